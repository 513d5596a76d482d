"""Guessing a password: told nothing, slower with each try, and nobody else is slowed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from nurture.store import staff
from nurture.web.console.backoff import ROOM, Backoff
from tests.sqlite import SqliteFiles
from tests.web.harbour import MONDAY, PASSWORD, Harbour, harbour_at, prepare
from tests.web.staff import EMAIL, app_of, hidden, sign_in

SECOND = timedelta(seconds=1)


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


def test_unknown_wrong_and_locked_are_told_alike(harbour: Harbour) -> None:
    harbour.hires("viewer")
    locked = harbour.hires("viewer", "lou@harbour.example")
    harbour.parts.ground.sessions.write(lambda session: staff.disable(session, locked, harbour.machine))
    app = app_of(harbour)

    answers = []
    for email, password in [
        (EMAIL, "wrong password"),
        ("no@harbour.example", PASSWORD),
        ("lou@harbour.example", PASSWORD),
    ]:
        client = app.test_client()
        answer = sign_in(client, email, password)
        knock = hidden(answer.text, "knock")
        answers.append((answer.status_code, answer.text.replace(email, "").replace(knock, "")))

    assert answers[0][0] == 401
    assert answers[0] == answers[1] == answers[2]


def test_guessing_becomes_slow_for_the_guesser_alone(harbour: Harbour) -> None:
    harbour.hires("viewer")
    app = app_of(harbour)
    guesser, owner = app.test_client(), app.test_client()
    guesser.environ_base["REMOTE_ADDR"] = "192.0.2.7"

    answers = [sign_in(guesser, password=f"guess number {n}") for n in range(40)]
    right = sign_in(guesser)

    assert [answer.status_code for answer in answers].count(401) == 6
    assert (answers[-1].status_code, answers[-1].headers["Retry-After"]) == (429, "1")
    assert right.status_code == 429
    assert sign_in(owner).status_code == 303

    harbour.machine += timedelta(seconds=1)
    assert sign_in(guesser).status_code == 303


def test_an_unknown_address_is_slowed_like_a_known_one(stranger: FlaskClient) -> None:
    known = [sign_in(stranger, password="not this one").status_code for _ in range(8)]
    unknown = [sign_in(stranger, "no@harbour.example").status_code for _ in range(8)]

    assert known == unknown == [401] * 6 + [429] * 2


def test_each_try_beyond_the_free_ones_doubles_the_wait() -> None:
    backoff, now = Backoff(free=3, longest=timedelta(seconds=20)), MONDAY
    tries = [backoff.wait("ada", now) for _ in range(4)]

    waits = []
    for _ in range(7):
        waits.append(backoff.wait("ada", now) // SECOND)
        now += waits[-1] * SECOND
        tries.append(backoff.wait("ada", now))

    assert waits == [1, 2, 4, 8, 16, 20, 20]
    assert set(tries) == {timedelta()}
    assert backoff.wait("bo", now) == timedelta()


def test_an_hour_or_the_right_password_makes_it_forgotten() -> None:
    backoff = Backoff(free=1, longest=timedelta(hours=1))
    for _ in range(2):
        backoff.wait("ada", MONDAY)
        backoff.wait("bo", MONDAY)

    backoff.forgive("bo")

    assert backoff.wait("ada", MONDAY) > timedelta()
    assert backoff.wait("bo", MONDAY) == timedelta()
    assert backoff.wait("ada", MONDAY + timedelta(hours=1)) == timedelta()
    assert backoff.wait("ada", MONDAY + timedelta(hours=1)) == timedelta()


def test_a_flood_of_names_fills_no_memory() -> None:
    backoff = Backoff(free=1, longest=timedelta(minutes=5))

    for n in range(ROOM + 50):
        backoff.wait(f"name {n}", MONDAY)

    assert len(backoff._tries) == ROOM
