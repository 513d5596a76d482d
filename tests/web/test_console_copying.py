"""Several steps are copied at once, into this journey or another; a note that has had its day is resolved."""

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.sqlite import SqliteFiles
from tests.web.drawing import HEAD, TEXT, draft, ids, page, presses, tree, writes
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import hidden, signed_in

OTHER = HEAD.replace("id: ours", "id: theirs") + "steps:\n  - {id: rest, do: wait, for: 2d}\n"


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


@pytest.fixture
def client(harbour: Harbour) -> FlaskClient:
    writes(harbour, TEXT)
    writes(harbour, OTHER, key="theirs")
    return signed_in(harbour, "editor")


def copies(client: FlaskClient, step: str, until: str, to: str, emails: str = "same") -> TestResponse:
    csrf = hidden(page(client, f"?step={step}&show=copy"), "csrf")
    form = {"csrf": csrf, "draft": "1", "step": step, "part": "", "until": until, "to": to, "emails": emails}
    return client.post("/journeys/ours/copy", data=form)


def test_a_step_is_copied_with_those_behind_it(harbour: Harbour, client: FlaskClient) -> None:
    answer = copies(client, "rest", "who", "theirs")
    told = unescape(client.get(answer.headers["Location"]).text)

    assert answer.status_code == 303
    assert ids(harbour, "theirs") == ["rest", "rest-2", "who"]
    assert tree(harbour, "theirs")["steps"][2]["paths"][0]["steps"][0]["id"] == "tips"
    assert "Copied 2 steps from Our journey to the end of Our journey" in told
    assert draft(harbour).text == TEXT


def test_they_are_copied_within_their_own_journey_too(harbour: Harbour, client: FlaskClient) -> None:
    assert copies(client, "hello", "rest", "ours").status_code == 303

    assert ids(harbour) == ["hello", "rest", "who", "bye", "hello-2", "rest-2"]


def test_one_is_copied_alone_unless_more_are_asked_for(harbour: Harbour, client: FlaskClient) -> None:
    assert copies(client, "hello", "hello", "theirs").status_code == 303
    assert copies(client, "hello", "", "theirs").status_code == 303

    assert ids(harbour, "theirs") == ["rest", "hello", "hello-2"]


@pytest.mark.parametrize(("step", "until"), [("bye", "hello"), ("hello", "tips"), ("hello", "gone"), ("tips", "bye")])
def test_what_does_not_stand_behind_it_is_not_copied(
    harbour: Harbour, client: FlaskClient, step: str, until: str
) -> None:
    answer = copies(client, step, until, "theirs")

    assert answer.status_code == 422
    assert "Nothing was changed" in answer.text
    assert draft(harbour, "theirs").text == OTHER


def test_the_panel_offers_the_steps_behind_it_on_its_own_path(client: FlaskClient) -> None:
    outer, inner = page(client, "?step=rest&show=copy"), page(client, "?step=tips&show=copy")
    last = page(client, "?step=bye&show=copy")

    assert ">2 steps, to Split: By persona</option>" in outer
    assert ">3 steps, to " in outer
    assert ">2 steps, to " in inner
    assert ">3 steps, to " not in inner
    assert "How much" not in last


def test_a_note_is_resolved_and_brought_back_by_undo(harbour: Harbour, client: FlaskClient) -> None:
    noted = TEXT.replace("for: 1d}", "for: 1d, note: waiting for legal}")
    writes(harbour, noted, 1)
    assert "Resolve the note" in page(client, "?step=rest")

    answer = presses(client, "resolve", draft=2, step="rest")
    told = unescape(client.get(answer.headers["Location"]).text)

    assert draft(harbour).text == TEXT
    assert "Resolved the note “waiting for legal” on Wait 1 day" in told
    assert "Resolve the note" not in page(client, "?step=rest")
    assert presses(client, "resolve", draft=3, step="rest").status_code == 422

    client.post("/documents/journey/ours/undo", data={name: hidden(told, name) for name in ("csrf", "draft", "here")})
    assert draft(harbour).text == noted
