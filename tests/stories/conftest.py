"""Every story is told in a town of its own, once on SQLite and once on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Prepare
from tests.stories.town import Town, a_town, founded


@pytest.fixture(scope="session")
def prepare_database() -> Prepare:
    return founded


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    with a_town(database_url, tmp_path) as opened:
        yield opened
