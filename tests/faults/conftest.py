"""Every fault is met in a town of its own, once on SQLite and once on PostgreSQL."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from nurture.channels.email.links import Links
from nurture.flow.ground import Shelf
from nurture.flow.letters import Composer
from tests.postgres import Prepare
from tests.stories.town import KEYS, URL, Town, a_town, founded

Compiled = tuple[Shelf, Composer]


@pytest.fixture(scope="session")
def prepare_database() -> Prepare:
    return founded


@pytest.fixture(scope="session")
def first_playbook() -> Compiled:
    """The first-run playbook and its emails, compiled once for all towns; `publishes` takes others for a test."""
    return Shelf(), Composer(Links(URL, KEYS), URL)


@pytest.fixture(autouse=True)
def logged() -> Iterator[Sequence[Mapping[str, Any]]]:
    """What is logged during a test: kept, because drawing a traceback with all its values takes seconds."""
    with capture_logs() as entries:
        yield entries


@contextmanager
def playing(url: str, folder: Path, compiled: Compiled) -> Iterator[Town]:
    """Open a town whose playbook was compiled before."""
    with a_town(url, folder) as opened:
        shelf, opened.post.composer = compiled
        opened.ground = opened.ground._replace(shelf=shelf)
        yield opened


@pytest.fixture
def town(database_url: str, tmp_path: Path, first_playbook: Compiled) -> Iterator[Town]:
    with playing(database_url, tmp_path, first_playbook) as opened:
        yield opened
