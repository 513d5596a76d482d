"""A program edits a document: it is told what is wrong, and never overwrites what a colleague did meanwhile."""

import re
from typing import Any

from werkzeug.test import TestResponse

from tests.web.product import Product, refusal, told

DRAFT = "/v1/documents/journey/first-win/draft"


def published(product: Product) -> str:
    text: str = product.asks("documents/journey/first-win/draft")["text"]
    return text


def puts(product: Product, text: str, match: str | None, path: str = DRAFT, **more: Any) -> TestResponse:
    headers = product.key("write") | ({"If-Match": match} if match is not None else {})
    return product.client.put(path, json={"text": text, **more}, headers=headers)


def test_the_draft_starts_as_what_is_published(product: Product) -> None:
    answer = product.client.get(DRAFT, headers=product.key("read"))

    document = told(answer)
    assert answer.headers["ETag"] == '"1"'
    assert document["text"].startswith("# The heart of the trial")
    assert (document["revision"], document["published"], document["draft"]) == (1, 1, False)


def test_a_saved_draft_has_the_next_etag_and_is_what_is_read_then(product: Product) -> None:
    text = published(product).replace("up_to: 2d", "up_to: 3d")

    answer = puts(product, text, '"1"', note="wait 2 days -> 3 days")

    saved = told(answer)
    assert answer.headers["ETag"] == '"2"'
    assert saved["problems"] == []
    assert (saved["note"], saved["published"], saved["draft"]) == ("wait 2 days -> 3 days", 1, True)
    assert product.asks("documents/journey/first-win/draft") == {
        name: value for name, value in saved.items() if name != "problems"
    }


def test_a_stale_save_is_refused_with_who_did_what(product: Product) -> None:
    text = published(product)
    told(puts(product, text + "# one\n", '"1"', note="a comment"))

    refused = refusal(puts(product, text + "# two\n", '"1"'), 412)

    assert re.match(r"Changed meanwhile by \w+: a comment\. Nothing was kept", refused["detail"])
    assert refused["revision"] == 2
    assert [(one["revision"], one["note"]) for one in refused["meanwhile"]] == [(2, "a comment")]
    assert published(product) == text + "# one\n"


def test_a_save_that_saw_nothing_is_refused(product: Product) -> None:
    assert '"1"' in refusal(puts(product, "id: first-win\n", None), 428)["detail"]
    refusal(puts(product, "id: first-win\n", "W/nonsense"), 412)
    assert refusal(puts(product, "id: first-win\n", '"9"'), 412)["detail"].startswith("There is no such revision")
    refusal(puts(product, "id: new\n", '"1"', "/v1/documents/journey/new/draft"), 412)
    assert product.asks("documents/journey/first-win/revisions")["revisions"][0]["revision"] == 1


def test_a_broken_text_is_kept_and_its_problems_are_told(product: Product) -> None:
    saved = told(puts(product, "id: first-win\nsteps: [", '"1"'))

    assert published(product) == "id: first-win\nsteps: ["
    assert [(one["file"], one["line"], one["must_fix"]) for one in saved["problems"]] == [
        ("config/journeys/first-win.yaml", 2, True)
    ]
    assert "not valid YAML" in saved["problems"][0]["message"]


def test_a_new_document_needs_no_etag(product: Product) -> None:
    text = "id: new\nname: New\nenter: {stage: assessing}\nsteps: [{id: a, do: email, email: ghost}]\n"

    saved = told(puts(product, text, None, "/v1/documents/journey/new/draft"), 201)

    assert (saved["revision"], saved["published"], saved["draft"]) == (1, None, True)
    assert [one["message"] for one in saved["problems"]] == ["there is no email 'ghost'"]
    assert "new" in [one["key"] for one in product.asks("documents/journey")["documents"] if one["draft"]]


def test_a_text_is_checked_and_not_kept(product: Product) -> None:
    text = published(product)

    def check(body: dict[str, Any]) -> Any:
        path = "/v1/documents/journey/first-win/check"
        return told(product.client.post(path, json=body, headers=product.key("read")))

    assert check({}) == {"sound": True, "problems": []}
    wrong = check({"text": text.replace("do: wait_for", "do: wait_four", 1)})
    assert not wrong["sound"]
    assert wrong["problems"][0]["suggestion"] == "did you mean 'wait_for'?"
    assert wrong["problems"][0]["key"].startswith("steps.")
    assert published(product) == text


def test_a_key_that_is_a_number_is_a_mistake_like_any_other(product: Product) -> None:
    path = "/v1/documents/lifecycle/lifecycle/check"
    wrong = told(product.client.post(path, json={"text": "1: 2\n"}, headers=product.key("read")))

    assert "unknown key '1'" in [one["message"] for one in wrong["problems"]]


def test_the_revisions_say_what_each_was_made_from(product: Product) -> None:
    told(puts(product, published(product) + "# one\n", '"1"', note="a comment"))

    newest, first = product.asks("documents/journey/first-win/revisions")["revisions"]

    assert (newest["revision"], newest["parent"], newest["note"], newest["playbook"]) == (2, 1, "a comment", None)
    assert (first["revision"], first["parent"], first["playbook"]) == (1, None, 1)


def test_an_email_is_its_files(product: Product) -> None:
    path = "/v1/documents/email/welcome"
    files = product.asks("documents/email/welcome/draft")["files"]
    headers = product.key("write") | {"If-Match": "*"}

    saved = told(
        product.client.put(
            f"{path}/draft",
            json={"files": {**files, "email.md": files["email.md"] + "\n{{ ghost }}\n"}},
            headers=headers,
        )
    )

    assert any("ghost" in one["message"] for one in saved["problems"])
    for body in ({"text": "no map"}, {"text": "[1]"}, {"files": {"../x": "y"}}, {}):
        refusal(product.client.put(f"{path}/draft", json=body, headers=headers), 422)
    refusal(puts(product, "", None, DRAFT, files={}), 422)


def test_what_does_not_exist_is_told(product: Product) -> None:
    read = product.key("read")

    for path in ("journy", "journey/ghost/draft", "policy/other/draft", "journey/No/draft", "journey/ghost/revisions"):
        refusal(product.client.get(f"/v1/documents/{path}", headers=read), 404)
    misspelt = refusal(product.client.get("/v1/documents/journy", headers=read), 404)["detail"]
    assert misspelt == "There is no kind of document 'journy'; did you mean 'journey'?"


def test_who_may_only_read_may_not_write(product: Product) -> None:
    headers = product.key("read") | {"If-Match": '"1"'}

    refusal(product.client.put(DRAFT, json={"text": "x"}, headers=headers), 403)
    assert not product.asks("documents/journey/first-win/draft")["draft"]
