"""Staff give a condition a name, see who belongs, change it, and put it away once nothing asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nurture.store import audit, drafts
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import hidden, signed_in
from tests.web.test_console_lifecycle import sends, standing

NEW = {"name": "Asked lately", "when": "{did: ticket_opened, within: 3d}"}


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    """Ada asked for help; Bo did not."""
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        opened.signs_up("bo")
        opened.signs_up("ada")
        opened.does("ada", "ticket_opened")
        yield opened


def posts(client: FlaskClient, path: str, **said: str) -> TestResponse:
    return client.post(path, data={"csrf": hidden(client.get("/segments").text, "csrf"), **said})


def test_segments_are_listed_with_who_belongs_and_what_asks(harbour: Harbour) -> None:
    client = signed_in(harbour)
    page, one = client.get("/segments").text, client.get("/segments/in-trouble").text

    assert "did ticket opened within 2 days, or did refresh failed within 2 days" in page
    assert '<a href="/segments/in-trouble#members">1</a>' in page
    assert "<b>1</b> of 2 customers looked at" in one
    assert "ada@example.com" in one
    assert "bo@example.com" not in one
    assert 'href="/lifecycle?open=moves/8#at-moves-8"' in one


def test_a_segment_is_made_changed_and_put_away(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")

    made = posts(client, "/segments", **NEW)
    shown = client.get(made.headers["Location"]).text
    sends(client, harbour, "/documents/segment/asked-lately/edit", at="", when="{did: ticket_opened, within: 9d}")
    changed = standing(harbour, "segment", "asked-lately")
    away = posts(client, "/segments/asked-lately/put-away")
    with harbour.parts.ground.sessions.read() as session:
        at_hand = [one.key for one in drafts.at_hand(session, "segment")]
    back = posts(client, "/segments/asked-lately/bring-back")

    assert made.headers["Location"] == "/segments/asked-lately"
    assert "<b>1</b> of 2 customers looked at" in shown
    assert changed.text == "id: asked-lately\nname: Asked lately\nwhen: {did: ticket_opened, within: 9d}\n"
    assert away.headers["Location"] == "/segments"
    assert at_hand == ["in-trouble", "paying"]
    assert back.headers["Location"] == "/segments/asked-lately"
    with harbour.parts.ground.sessions.read() as session:
        acts = {one.act for one in audit.entries(session, about="segment/asked-lately")}
    assert acts == {"put away", "bring back"}


def test_what_something_asks_for_stays(harbour: Harbour) -> None:
    client = signed_in(harbour, "publisher")

    posts(client, "/segments/in-trouble/put-away")

    assert "asked for by lifecycle" in client.get("/segments/in-trouble").text
    assert standing(harbour, "segment", "in-trouble").published == 1


def test_a_live_one_is_a_publishers_to_take_away(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")

    posts(client, "/segments/paying/put-away")

    assert "Ask a publisher" in client.get("/segments/paying").text
    assert standing(harbour, "segment", "paying").published == 1


def test_what_cannot_be_read_is_told_and_kept(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")

    answer = posts(client, "/segments", name="", when="{did: ticket_opened, within: lately}")

    assert answer.status_code == 422
    assert "give it a name" in answer.text
    assert 'value="{did: ticket_opened, within: lately}"' in answer.text
    with harbour.parts.ground.sessions.read() as session:
        assert [one.key for one in drafts.at_hand(session, "segment")] == ["in-trouble", "paying"]


def test_two_of_one_name_have_keys_of_their_own(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")

    places = [posts(client, "/segments", **NEW).headers["Location"] for _ in range(2)]

    assert places == ["/segments/asked-lately", "/segments/asked-lately-2"]
