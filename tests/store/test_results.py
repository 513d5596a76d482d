"""Results add up: for every span, in all and at each step, on both databases; and each number is a list of people."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from nurture.flow.publish import Choices
from nurture.flow.publish import publish as release
from nurture.store import results, walkers
from nurture.store.results import Entered
from nurture.store.walkers import Sought
from tests.conftest import Databases
from tests.stories.crowd import NAME, path
from tests.stories.test_undoing import lettered
from tests.stories.town import Town, a_town


@pytest.fixture
def town(databases: Databases, tmp_path: Path) -> Iterator[Town]:
    """Ada is through, Bo has left at the first wait, Cy stands at the second one, moved there by a publish."""
    with databases.database(lettered) as url, a_town(url, tmp_path) as opened:
        opened.signs_up("ada")
        opened.passes(days=20)
        bo = opened.signs_up("bo")
        opened.signs_up("cy")
        opened.passes(days=2)
        bo.does("trial_cancelled")
        opened.passes(days=8)
        text = path("a:9d", "@one", "b:8d", "@two")
        release(opened.ground, {NAME: text}, "ada", "", opened.look(), people=Choices())
        yield opened


def counted(town: Town, entered: Entered) -> dict[tuple[str, bool], int]:
    with town.ground.sessions.read() as session:
        return {(one.state, bool(one.moved)): one.number for one in results.tallies(session, entered)}


def test_who_entered_is_here_finished_or_left(town: Town) -> None:
    whole = Entered(NAME[1])
    late = whole._replace(since=town.now - timedelta(days=15))
    early = whole._replace(until=town.now - timedelta(days=15))

    assert counted(town, whole) == {("finished", False): 1, ("left", False): 1, ("active", True): 1}
    assert counted(town, late) == {("left", False): 1, ("active", True): 1}
    assert counted(town, early) == {("finished", False): 1}
    with town.ground.sessions.read() as session:
        assert results.states(session, NAME[1]) == {"finished": 1, "left": 1, "active": 1}


def test_who_came_to_a_step_is_there_has_passed_or_left(town: Town) -> None:
    with town.ground.sessions.read() as session:
        found = results.trodden(session, Entered(NAME[1]))
        latest = results.trodden(session, Entered(NAME[1]), most=1)

    steps = {step: (n, found.here[step], found.passed(step), found.left[step]) for step, n in found.came.items()}
    assert steps == {"a": (3, 0, 2, 1), "one": (2, 0, 2, 0), "b": (2, 1, 1, 0), "two": (1, 0, 1, 0)}
    assert latest.looked == 1


def test_every_number_is_a_list_of_people(town: Town) -> None:
    entered = Entered(NAME[1])
    asked = {
        "ada bo cy": Sought(entered),
        "cy": Sought(entered, state="active", step="b"),
        "ada cy": Sought(entered, passed="a"),
        "bo": Sought(entered, left_at="a"),
        "ada": Sought(entered, state="finished"),
    }

    with town.ground.sessions.read() as session:
        for names, sought in asked.items():
            found, cursor = walkers.walkers(session, sought)
            assert sorted(one.email.partition("@")[0] for one in found) == names.split()
            assert (walkers.number(session, sought), cursor) == (len(names.split()), "")
        moved = walkers.number(session, Sought(entered, moved=True))
    assert moved == 1


def test_a_list_is_read_in_pages(town: Town) -> None:
    sought, cursor, names = Sought(Entered(NAME[1])), "", []
    with town.ground.sessions.read() as session:
        for _ in range(3):
            found, cursor = walkers.walkers(session, sought, cursor, 1)
            names += [one.email for one in found]

    assert (len(set(names)), cursor) == (3, "")


def test_who_is_kept_aside_is_counted_apart(town: Town) -> None:
    keep = """UPDATE customers SET facts = '{"aside": {"": true}}' WHERE email LIKE 'ada@%'"""
    town.ground.sessions.write(lambda session: session.run(keep))

    assert counted(town, Entered(NAME[1], aside=True)) == {("finished", False): 1}
    assert counted(town, Entered(NAME[1], aside=False)) == {("left", False): 1, ("active", True): 1}


def test_the_way_of_one_of_them_is_followed(town: Town) -> None:
    with town.ground.sessions.read() as session:
        [(cy,)] = session.rows("SELECT id FROM customers WHERE email LIKE 'cy@%'")
        one, traces = walkers.way(session, cy, NAME[1])
        nobody, none = walkers.way(session, cy, "another")

    assert one is not None
    assert (one.step, one.shape, one.number, list(traces)) == ("b", NAME[1], 2, ["a", "one", "b"])
    assert traces["b"].because == "version 2 was published: stays at b"
    assert (nobody, none) == (None, {})
