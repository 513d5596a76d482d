"""What a publish makes due waits ten minutes, whoever it reaches by then and whatever they wish for meanwhile."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from nurture.flow import feedback
from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.publish import Choices, publish
from nurture.store import migrate
from nurture.store.session import Sessions
from tests.accounts.colleagues import joins, waits
from tests.conftest import Databases
from tests.engine.builders import journey
from tests.stories.crowd import NAME, path, whole
from tests.stories.town import KEYS, MONDAY, Person, Town, a_town

ADOPTS = "{id: adopts, do: move, to: adopted}"
ENTER = "{on: project_created}"


def prepared(url: str) -> None:
    """Where the first letter is written after nine days, and another one to who adopts."""
    migrate.upgrade(url)
    ground = Ground(Sessions(url), Shelf(), Seals(KEYS))
    aboard = journey("[{id: aboard, do: email, email: aboard}]", "{stage: adopted}", key="aboard")
    publish(ground, whole(path("a:9d", "@one", enter=ENTER), aboard), "ada", "", Moment(MONDAY, MONDAY))
    ground.sessions.close()


@pytest.fixture
def town(databases: Databases, tmp_path: Path) -> Iterator[Town]:
    with databases.database(prepared) as url, a_town(url, tmp_path) as town:
        yield town


@pytest.fixture
def ann(town: Town) -> Person:
    """Who walks the journey; the first of her account."""
    ann = joins(town, "ann")
    ann.does("project_created")
    return ann


def publishes(town: Town, *written: str) -> None:
    publish(town.ground, {NAME: path(*written, enter=ENTER)}, "ada", "", town.look(), people=Choices())


def test_a_letter_to_a_colleague_waits_as_well(town: Town, ann: Person) -> None:
    bob = joins(town, "bob")
    town.passes(days=5)

    publishes(town, "a:3d", ADOPTS)
    town.beats()
    at_once = (bob.stage, ann.letters, bob.letters)
    town.passes(minutes=10)

    assert at_once == ("adopted", [], [])
    assert (ann.letters, bob.letters) == (["aboard"], ["aboard"])
    assert bob.moments == [MONDAY + timedelta(days=5, minutes=10)]


def test_a_wish_lets_nothing_go_that_a_publish_holds_back(town: Town, ann: Person) -> None:
    town.passes(days=5)
    publishes(town, "a:3d", "@one")
    town.passes(minutes=4)

    feedback.wish(town.ground, ann.id, "resume", town.look())
    town.passes(minutes=6, days=1)

    assert ann.moments == [MONDAY + timedelta(days=5, minutes=10)]


def test_a_wish_lets_everything_go_that_was_decided_before(town: Town, ann: Person) -> None:
    waits(town, days=9)
    feedback.wish(town.ground, ann.id, "pause", town.look())
    town.carries_the_post()
    town.sleeps(minutes=1)
    publishes(town, "a:9d", "@one", "b:9d")
    held = ann.letters

    feedback.wish(town.ground, ann.id, "resume", town.look())
    town.carries_the_post()

    assert (held, ann.letters) == ([], ["one"])
