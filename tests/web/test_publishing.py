"""A program previews a publish, makes it with a choice for people, and takes it back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nurture.flow.publish import go_on
from nurture.settings import ROOT
from nurture.store import documents
from tests.sqlite import SqliteFiles
from tests.web.harbour import harbour_at, prepare
from tests.web.product import Product, refusal, told

FIRST_WIN = "/v1/documents/journey/first-win"
WRITTEN = (ROOT / "config/journeys/first-win.yaml").read_text(encoding="utf-8")
SHORTER = WRITTEN.replace("up_to: 2d", "up_to: 1d", 1)


@pytest.fixture
def product(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Product]:
    """Harbour's software, with Ada in her trial; on SQLite, for what the doors do with both alike."""
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as harbour:
        product = Product(harbour)
        product.signs_up()
        yield product


def posts(product: Product, path: str, scope: str = "admin", **body: Any) -> Any:
    return product.client.post(path, json=body, headers=product.key(scope))


def stands(product: Product) -> list[tuple[int, str]]:
    with product.harbour.parts.ground.sessions.read() as session:
        return [
            (n, step) for n, step in session.rows("SELECT revision, step FROM enrollments WHERE journey = 'first-win'")
        ]


def test_a_preview_tells_where_people_stand_and_changes_nothing(product: Product) -> None:
    found = told(posts(product, f"{FIRST_WIN}/impact", "read", text=SHORTER, people="move"))

    [journey] = found["journeys"]
    assert (journey["people"], journey["version"]) == (1, 2)
    assert [(step["step"], step["people"], step["do"]) for step in journey["steps"]] == [("data-in", 1, "stays")]
    assert found["edited"] == ["journey/first-win"]
    assert stands(product) == [(1, "data-in")]


def test_what_was_previewed_is_published_and_taken_back(product: Product) -> None:
    token = told(posts(product, f"{FIRST_WIN}/impact", "read", text=SHORTER, people="move"))["token"]

    published = told(posts(product, f"{FIRST_WIN}/publish", text=SHORTER, people="move", token=token))
    moved = stands(product)
    undone = told(posts(product, "/v1/playbook/undo", playbook=published["playbook"]))

    assert published == {"playbook": 2, "changed": True}
    assert (moved, stands(product)) == ([(2, "data-in")], [(1, "data-in")])
    assert (undone["playbook"], undone["restored"], undone["moved_on"]) == (3, 1, [])
    late = refusal(posts(product, "/v1/playbook/undo", playbook=2), 409)
    assert late["too_late"] is True


def test_people_keep_their_version_unless_told_to_move(product: Product) -> None:
    told(posts(product, f"{FIRST_WIN}/publish", text=SHORTER))
    kept = stands(product)
    rerouted = {"reroute": {"data-in": "report-built"}}
    told(posts(product, f"{FIRST_WIN}/publish", revision=1, people=rerouted))

    assert kept == [(1, "data-in")]
    assert stands(product) == [(3, "report-built")]


def test_a_stale_token_publishes_nothing(product: Product) -> None:
    token = told(posts(product, f"{FIRST_WIN}/impact", "read", text=SHORTER))["token"]
    told(posts(product, f"{FIRST_WIN}/publish", text=SHORTER))

    answer = refusal(posts(product, f"{FIRST_WIN}/publish", text=WRITTEN + "# more\n", token=token), 409)

    assert answer["stale"] is True
    with product.harbour.parts.ground.sessions.read() as session:
        assert documents.revision_number(session) == 2


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"text": "id: first-win"}, 422, "is missing"),
        ({"text": SHORTER, "people": {"reroute": {"data-in": "nowhere"}}}, 422, "a step of the new version"),
        ({"text": SHORTER, "people": "drop"}, 422, "people"),
        ({}, 404, "no draft"),
        ({"revision": 7}, 404, "revision 7"),
        ({"revision": 1, "text": SHORTER, "note": "x"}, 422, "one of text and revision"),
    ],
)
def test_what_cannot_be_published_is_refused(product: Product, body: Any, status: int, said: str) -> None:
    for act in ("impact", "publish"):
        answer = refusal(posts(product, f"{FIRST_WIN}/{act}", **body), status)
        assert said in answer["detail"]
    assert stands(product) == [(1, "data-in")]


@pytest.mark.parametrize(
    ("name", "body", "status", "said"),
    [
        ("journy/x", {"text": "id: x"}, 404, "did you mean 'journey'?"),
        ("policy/other", {"text": "caps: []"}, 404, "There is one policy"),
        ("journey/No", {"text": SHORTER}, 404, "lower case letters"),
        ("email/welcome", {"text": "hello"}, 422, "a JSON map of its files"),
        ("email/welcome", {"files": {"email.md": "hello", "../x": ""}}, 422, "a JSON map of its files"),
        ("email/welcome", {"text": '{"email.md": 3}'}, 422, "a JSON map of its files"),
        ("journey/first-win", {"files": {"email.md": SHORTER}}, 422, "is one text"),
    ],
)
def test_what_no_document_can_be_is_not_published(
    product: Product, name: str, body: Any, status: int, said: str
) -> None:
    for act in ("impact", "publish"):
        assert said in refusal(posts(product, f"/v1/documents/{name}/{act}", **body), status)["detail"]
    with product.harbour.parts.ground.sessions.read() as session:
        assert documents.revision_number(session) == 1


def test_an_email_is_published_by_its_files_as_it_is_read(product: Product) -> None:
    files = product.asks("documents/email/welcome/draft")["files"]
    files["email.md"] += "\nUntil soon.\n"

    published = told(posts(product, "/v1/documents/email/welcome/publish", files=files))

    assert published == {"playbook": 2, "changed": True}
    assert product.asks("documents/email/welcome/draft")["files"] == files


@pytest.mark.parametrize("path", [f"{FIRST_WIN}/publish", "/v1/playbook/undo"])
def test_only_an_admin_publishes(product: Product, path: str) -> None:
    assert "admin" in refusal(posts(product, path, "write", text=SHORTER), 403)["detail"]


@pytest.mark.parametrize("path", ["impact", "publish"])
def test_a_choice_that_the_text_contradicts_is_refused(product: Product, path: str) -> None:
    text = "id: new\nname: New\nenter: {stage: assessing, existing: enter}\nsteps: [{id: w, do: wait, for: 1d}]\n"

    answer = posts(product, f"/v1/documents/journey/new/{path}", text=text, enter="leave")

    (wrong,) = refusal(answer, 422)["errors"]
    assert (wrong["loc"], "the text says `existing: enter`" in wrong["msg"]) == ("enter", True)


NEW = "id: new\nname: New\nenter: {stage: assessing}\nsteps: [{id: w, do: wait, for: 1d}]\n"


def test_people_outside_are_let_in_at_a_rate(product: Product) -> None:
    for n in range(3):
        told(product.signs_up(f"more-{n}", user_id=f"more-{n}", email=f"more-{n}@customer.example"), 201)
    told(posts(product, "/v1/documents/journey/new/publish", text=NEW, enter={"per_hour": 3}))

    while go_on(product.harbour.parts.ground, product.harbour.parts.look()):
        pass

    with product.harbour.parts.ground.sessions.read() as session:
        assert session.rows("SELECT COUNT(*) FROM enrollments WHERE journey = 'new'") == [(3,)]


@pytest.mark.parametrize(
    ("body", "where", "said"),
    [
        ({"enter": {"per_hour": 0}}, "enter", "1"),
        ({"enter": {"per_day": 3}}, "enter", "per_hour"),
        (
            {"enter": {"per_hour": 3}, "text": NEW.replace("}", ", existing: enter}", 1)},
            "enter",
            "everybody in at once",
        ),
        ({"spread": "2 hours"}, "spread", "a duration such as"),
        ({"spread": "30d"}, "spread", "from a minute to seven days"),
        ({"spread": "5s"}, "spread", "from a minute to seven days"),
    ],
)
def test_a_pace_that_cannot_be_kept_is_refused(product: Product, body: Any, where: str, said: str) -> None:
    for act in ("impact", "publish"):
        errors = refusal(posts(product, f"/v1/documents/journey/new/{act}", **{"text": NEW, **body}), 422)["errors"]
        assert {wrong["loc"].split(".")[0] for wrong in errors} == {where}
        assert any(said in f"{wrong['loc']}: {wrong['msg']}" for wrong in errors)


def test_a_preview_tells_of_waits_tasks_and_words(product: Product) -> None:
    task = "{id: ring, do: care, task: call-about-their-question, due: 1d}"
    text = SHORTER.replace("up_to: 1d", "up_to: 0s", 1).replace(
        "\n  - id: data-in", f"\n  - {task}\n  - id: data-in", 1
    )
    people = {"reroute": {"data-in": "ring"}, "others": "keep"}

    found = told(posts(product, f"{FIRST_WIN}/impact", "read", text=text, people="move", spread="2h"))
    rerouted = told(posts(product, f"{FIRST_WIN}/impact", "read", text=text, people=people))

    [wait] = found["journeys"][0]["waits"]
    assert (wait["version"], wait["step"], wait["was"], wait["then"]) == (1, "data-in", "2 days", "no time")
    assert (wait["people"], wait["asked"], wait["over"]) == (1, 1, 1)
    assert (found["tasks"], rerouted["journeys"][0]["waits"]) == ([], [])
    assert [(load["before"], load["after"]) for load in rerouted["tasks"]] == [(0, 1)]
    assert {"email": "welcome", "word": "customer.first_name", "fallback": "there", "empty": 0, "asked": 1} in found[
        "variables"
    ]
