"""A database at the newest schema, and the sessions to it."""

from collections.abc import Iterator

import pytest

from nurture.store import migrate
from nurture.store.session import Sessions
from tests.postgres import Prepare


@pytest.fixture(scope="session")
def prepare_database() -> Prepare:
    return migrate.upgrade


@pytest.fixture
def sessions(database_url: str) -> Iterator[Sessions]:
    opened = Sessions(database_url)
    yield opened
    opened.close()
