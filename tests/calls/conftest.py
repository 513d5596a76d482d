"""What the tests of webhooks share: a receiver on loopback, and a town whose journeys call it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.calls.playbook import texts
from tests.calls.receiver import Receiver, a_receiver
from tests.mail.conftest import certificate
from tests.postgres import Prepare
from tests.stories.care_playbook import published
from tests.stories.town import Town, a_town

__all__ = ["certificate"]


@pytest.fixture(scope="session")
def listening() -> Iterator[Receiver]:
    with a_receiver() as opened:
        yield opened


@pytest.fixture
def receiver(listening: Receiver) -> Iterator[Receiver]:
    """The receiver as if nobody had called it before."""
    listening.begin()
    yield listening
    listening.let_go.set()


@pytest.fixture(scope="session")
def prepare_database(listening: Receiver) -> Prepare:
    return partial(published, texts=texts(listening.port))


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Iterator[Town]:
    with a_town(database_url, tmp_path) as opened:
        yield opened
