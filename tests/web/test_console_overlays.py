"""What the cards of a flow tell of first wins, and of letters: each number from what was really written down."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from nurture.flow.delivery import DeliveryEvent, Was, take_delivery
from nurture.store import mailed, results
from nurture.store.mailed import Mailed
from nurture.store.results import Entered
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import signed_in
from tests.web.test_console_footfall import FLOW, tread


@pytest.fixture(scope="module")
def harbour(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    """Ada read her welcome, Bo's scanner did, and Cem's address takes none; Bo has his first win an hour later."""
    folder: Path = tmp_path_factory.mktemp("overlays")
    with sqlite_files.database(prepare) as url, harbour_at(url, folder) as opened:
        for name in ("ada", "bo", "cem"):
            opened.signs_up(name)
        opened.pass_time(hours=2)
        opened.does("bo", "report_shared")
        opened.pass_time(hours=1)
        later = {"ada": timedelta(hours=1), "bo": timedelta(seconds=1), "cem": timedelta(hours=1)}
        told: dict[str, tuple[Was, ...]] = {
            "ada": ("delivered", "clicked", "clicked"),
            "bo": ("delivered", "clicked"),
            "cem": ("bounced",),
        }
        for name, words in told.items():
            tells(opened, name, later[name], *words)
        yield opened


@pytest.fixture(scope="module")
def client(harbour: Harbour) -> FlaskClient:
    return signed_in(harbour, "editor")


def tells(harbour: Harbour, name: str, later: timedelta, *words: Was) -> None:
    """The provider tells of somebody's welcome, so long after it was handed over."""
    with harbour.parts.ground.sessions.read() as session:
        [(send_id, handed_at)] = session.rows(
            "SELECT m.send_id, m.handed_at FROM messages m JOIN customers c ON c.id = m.customer_id"
            " WHERE c.ext_id = :id AND m.step = 'welcome'",
            {"id": f"u-{name}"},
        )
    at = results.FIRST + timedelta(microseconds=handed_at) + later
    events = [
        DeliveryEvent(f"{name}-{n}", was, at, send_id, f"{name}@example.com", link=f"https://example.com/{n}")
        for n, was in enumerate(words)
    ]
    take_delivery(harbour.parts.ground, "sendgrid", events, harbour.look())


def test_cards_tell_who_had_their_first_win_afterwards(client: FlaskClient) -> None:
    told = client.get(f"{FLOW}?counts=win").text

    assert tread(told, "welcome") == "3 came · 1 had their first win afterwards (33%)"
    assert tread(told, "goal-letter") == "nobody came here yet"
    assert "Afterwards is not because of it" in told
    assert 'href="?counts=win" aria-current="true"' in told


def test_a_first_win_from_before_is_told_apart(harbour: Harbour) -> None:
    with harbour.parts.ground.sessions.read() as session:
        trodden = results.trodden(session, Entered("first-win"))
        late = {key: {"welcome": 2**61} for key in trodden.arrivals}
        found = results.wins(session, trodden._replace(arrivals=late), {"first_value"})
        other = results.wins(session, trodden, {"first_source"})

    assert found["welcome"] == (1, 0)
    assert other["welcome"] == (0, 0)


def test_cards_tell_what_became_of_letters(client: FlaskClient) -> None:
    told = client.get(f"{FLOW}?counts=email").text

    assert tread(told, "welcome") == "3 sent · 2 delivered (67%) · 1 clicked (33%) · 1 bounced"
    assert tread(told, "goal-letter") == "no letter yet"
    assert tread(told, "half-time") == ""
    assert "clicks of mail scanners are left out" in told


def test_letters_are_counted_of_the_latest_who_entered(harbour: Harbour) -> None:
    with harbour.parts.ground.sessions.read() as session:
        whole = mailed.mailed(session, Entered("first-win"), 500)
        latest = mailed.mailed(session, Entered("first-win"), 1)
        later = mailed.mailed(session, Entered("first-win", harbour.now), 500)

    assert whole["welcome"] == Mailed(sent=3, delivered=2, clicked=1, bounced=1)
    assert latest["welcome"].sent == 1
    assert later == {}


def test_a_panel_tells_of_its_letters_of_the_last_month(client: FlaskClient) -> None:
    told = client.get(f"{FLOW}?step=welcome").text

    assert "Last 30 days: 3 sent · 2 delivered (67%)" in told
    assert "Last 30 days" not in client.get(f"{FLOW}?step=half-time").text


def test_what_no_card_can_tell_is_not_found(client: FlaskClient) -> None:
    assert client.get(f"{FLOW}?counts=money").status_code == 404
