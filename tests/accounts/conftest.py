"""Every story of colleagues is told in a town of its own, once on SQLite and once on PostgreSQL."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from nurture.channels.email.links import Links
from nurture.flow.ground import Shelf
from nurture.flow.letters import Composer
from tests.accounts.colleagues import founded, publishes
from tests.engine.builders import policy
from tests.postgres import Prepare
from tests.stories.town import KEYS, URL, Town, a_town


@pytest.fixture(scope="session")
def prepare_database() -> Prepare:
    return founded


@pytest.fixture(scope="session")
def compiled() -> tuple[Shelf, Composer]:
    """The playbook and its emails, compiled once for all towns that publish nothing else."""
    return Shelf(), Composer(Links(URL, KEYS), URL)


@pytest.fixture(autouse=True)
def logged() -> Iterator[Sequence[Mapping[str, Any]]]:
    """What is logged during a test: kept, because drawing a traceback with all its values takes seconds."""
    with capture_logs() as entries:
        yield entries


@pytest.fixture
def town(database_url: str, tmp_path: Path, compiled: tuple[Shelf, Composer]) -> Iterator[Town]:
    with a_town(database_url, tmp_path) as opened:
        shelf, opened.post.composer = compiled
        opened.ground = opened.ground._replace(shelf=shelf)
        yield opened


@pytest.fixture
def uncapped(town: Town) -> Town:
    """A town in which an account has no cap."""
    publishes(town, policy())
    return town
