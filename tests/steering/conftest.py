"""Every customer is steered in a town of its own, once on SQLite and once on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nurture.channels.email.links import Links
from nurture.flow.ground import Shelf
from nurture.flow.letters import Composer
from tests.postgres import Prepare
from tests.steering.cast import with_these
from tests.stories.town import KEYS, URL, Person, Town, a_town


@pytest.fixture(scope="session")
def prepare_database() -> Prepare:
    return with_these


@pytest.fixture(scope="session")
def compiled() -> tuple[Shelf, Composer]:
    """The playbook and its emails, compiled once for all of these tests; `publishes` takes others for one."""
    return Shelf(), Composer(Links(URL, KEYS), URL)


@pytest.fixture
def town(database_url: str, tmp_path: Path, compiled: tuple[Shelf, Composer]) -> Iterator[Town]:
    with a_town(database_url, tmp_path) as opened:
        shelf, opened.post.composer = compiled
        opened.ground = opened.ground._replace(shelf=shelf)
        yield opened


@pytest.fixture
def ada(town: Town) -> Person:
    """Somebody in Berlin who walks the journey of two letters, each behind two days, from Monday 10:00 UTC on."""
    town.passes(hours=1)
    ada = town.signs_up("ada", zone="Europe/Berlin")
    ada.does("asked")
    return ada
