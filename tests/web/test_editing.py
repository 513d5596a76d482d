"""One change to a draft: nothing beside it moves, it says what was done, and it can be taken back."""

from typing import Any

import pytest

from nurture.engine.document import read_yaml
from tests.web.product import Product, refusal, told

DRAFT = "/v1/documents/journey/first-win/draft"


def posts(product: Product, act: str, match: int, content: Any, key: dict[str, str] | None = None) -> Any:
    headers = (key or product.key("write")) | {"If-Match": f'"{match}"'}
    return product.client.post(f"{DRAFT}/{act}", json=content, headers=headers)


def text(product: Product) -> str:
    found: str = product.asks("documents/journey/first-win/draft")["text"]
    return found


SHORTER = {"do": "set", "step": "data-in", "path": ["up_to"], "value": "3d"}


def test_a_change_is_made_taken_back_and_brought_back(product: Product) -> None:
    before, key = text(product), product.key("write")

    made = told(posts(product, "edit", 1, SHORTER, key))
    taken_back = told(posts(product, "undo", 2, {}, key))
    brought_back = told(posts(product, "redo", 3, {}, key))
    thrown_away = told(posts(product, "discard", 4, {}, key))

    assert made["text"] == before.replace("up_to: 2d", "up_to: 3d", 1)
    assert "2 days -> 3 days" in made["note"]
    assert (taken_back["text"], brought_back["text"]) == (before, made["text"])
    assert (thrown_away["text"], thrown_away["draft"], thrown_away["revision"]) == (before, False, 5)


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        ({"do": "remove", "step": "data-in"}, ["welcome"]),
        ({"do": "move", "step": "welcome", "to": {"path": ["steps"]}, "index": 1}, ["data-in", "welcome"]),
        (
            {"do": "add", "path": ["steps"], "index": 1, "value": {"id": "rest", "do": "wait", "for": "1d"}},
            ["welcome", "rest", "data-in"],
        ),
    ],
)
def test_steps_come_go_and_change_places(product: Product, content: Any, ids: list[str]) -> None:
    changed = told(posts(product, "edit", 1, content))["text"]

    tree, _ = read_yaml(changed, "")
    assert [step["id"] for step in tree["steps"] if step["id"] in ("welcome", "rest", "data-in")] == ids


@pytest.mark.parametrize(
    ("act", "match", "content", "status", "said"),
    [
        ("edit", 9, SHORTER, 412, "Nothing was kept"),
        ("edit", 1, {"do": "set", "step": "nowhere", "value": 1}, 422, "nowhere"),
        ("edit", 1, {"do": "add", "path": ["steps"], "value": 1}, 422, "add needs an index"),
        ("edit", 1, {"do": "move", "step": "welcome", "index": 1}, 422, "move needs `to`"),
        ("edit", 1, {"do": "remove"}, 422, "name a step, a path or both"),
        ("undo", 1, {}, 409, "There is nothing to undo."),
        ("redo", 1, {}, 409, "There is nothing to redo."),
        ("discard", 1, {}, 409, "There is no draft beside the published text."),
    ],
)
def test_what_cannot_be_done_is_told_and_keeps_nothing(
    product: Product, act: str, match: int, content: Any, status: int, said: str
) -> None:
    before = product.asks("documents/journey/first-win/draft")

    document = refusal(posts(product, act, match, content), status)

    assert said in document["detail"] + "".join(wrong["msg"] for wrong in document.get("errors", ()))
    assert product.asks("documents/journey/first-win/draft") == before


def test_a_colleagues_change_is_taken_back_only_if_that_is_meant(product: Product) -> None:
    made = told(posts(product, "edit", 1, SHORTER))
    another = product.key("write")

    document = refusal(posts(product, "undo", 2, {}, another), 409)
    meant = told(posts(product, "undo", 2, {"anybodys": True}, another))

    assert "Send `anybodys: true` if it is meant." in document["detail"]
    assert (document["author"], document["note"]) == (made["author"], made["note"])
    assert (meant["revision"], meant["draft"]) == (3, False)


def test_an_email_is_no_yaml(product: Product) -> None:
    headers = product.key("write") | {"If-Match": '"1"'}

    answer = product.client.post("/v1/documents/email/welcome/draft/edit", json=SHORTER, headers=headers)

    assert "PUT its whole text" in refusal(answer, 409)["detail"]
