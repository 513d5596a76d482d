"""A publisher pauses a journey and lets it go on, knowing what becomes of those inside; the database says it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nurture.flow.drafts import read_draft
from nurture.flow.publish import go_on
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import hidden, signed_in
from tests.web.test_console import words
from tests.web.test_console_publishing import SHORTER, drafts, letters, live, stands

PAUSE = "/journeys/first-win/pause"


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    """Ada has got her welcome, and waits for her data; in two days she would be nudged."""
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        opened.signs_up("ada")
        opened.pass_time(hours=1)
        yield opened


def turns(harbour: Harbour, **said: str) -> int:
    client = signed_in(harbour, "publisher", f"p{live(harbour)}{said['way'][:3]}@harbour.example")
    page = client.get(PAUSE).text
    return client.post(PAUSE, data={"csrf": hidden(page, "csrf"), **said}).status_code


def test_what_a_pause_does_is_said_before_it(harbour: Harbour) -> None:
    page = signed_in(harbour, "publisher").get(PAUSE).text

    assert "1 person inside waits where they are" in page
    assert "Time stands still for them" in page
    assert (
        'href="/journeys/first-win/pause"'
        not in signed_in(harbour, "editor", "ed@harbour.example").get("/journeys/first-win/flow").text
    )


def test_nobody_enters_and_nobody_moves_until_it_goes_on(harbour: Harbour) -> None:
    paused = turns(harbour, way="freeze")
    harbour.signs_up("bo")
    harbour.pass_time(days=7)
    standing, sent = stands(harbour), letters(harbour)
    viewer = signed_in(harbour, "viewer", "vi@harbour.example")
    listed = words(viewer.get("/journeys").text)

    going = turns(harbour, way="")
    harbour.pass_time(days=1)
    early = stands(harbour)
    harbour.pass_time(days=1)

    assert (paused, going) == (303, 303)
    assert ("Paused" in listed, "Paused" in words(viewer.get("/journeys").text)) == (True, False)
    assert (standing, sent) == ([(2, "data-in")], [("welcome", "accepted")])
    assert (early, stands(harbour)) == ([(3, "data-in")], [(3, "nudge-data")])


def test_those_who_came_meanwhile_are_let_in_where_that_is_chosen(harbour: Harbour) -> None:
    turns(harbour, way="count")
    harbour.signs_up("bo")
    harbour.pass_time(days=1)
    page = signed_in(harbour, "publisher").get(PAUSE).text

    turns(harbour, way="", enter="enter")
    while go_on(harbour.parts.ground, harbour.look()):
        pass

    assert "1 person met its entry meanwhile" in page
    assert len(stands(harbour)) == 2


def test_a_draft_beside_it_says_the_same(harbour: Harbour) -> None:
    drafts(harbour, SHORTER)

    turns(harbour, way="freeze")
    text = read_draft(harbour.parts.ground, "journey", "first-win").text
    turns(harbour, way="")

    assert ("paused: freeze" in text, "up_to: 1d" in text) == (True, True)
    going = read_draft(harbour.parts.ground, "journey", "first-win").text
    assert ("paused" in going, "up_to: 1d" in going) == (False, True)


def test_what_is_so_already_is_not_done_again(harbour: Harbour) -> None:
    assert turns(harbour, way="") == 422
    assert turns(harbour, way="for ever") == 422
    assert live(harbour) == 1
