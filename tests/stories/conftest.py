"""Every story is told in a town of its own, once on SQLite and once on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nurture.flow.ground import Ground, Seals, Shelf
from nurture.store.session import Sessions
from tests.conftest import Databases
from tests.postgres import Prepare
from tests.stories.crowd import crowded
from tests.stories.town import KEYS, Town, a_town, founded


@pytest.fixture(scope="session")
def prepare_database() -> Prepare:
    return founded


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    with a_town(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def crowd(databases: Databases) -> Iterator[Ground]:
    with databases.database(crowded) as url:
        ground = Ground(Sessions(url), Shelf(), Seals(KEYS))
        yield ground
        ground.sessions.close()
