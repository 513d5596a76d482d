"""What every test may ask for: a database, empty or prepared, on SQLite and on PostgreSQL alike."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

import pytest

from tests.campaign import Campaign, share
from tests.postgres import PostgresServer, Prepare, find_binaries
from tests.sqlite import SqliteFiles

CAMPAIGNS = pytest.StashKey[list[Campaign]]()
IN_CI = os.environ.get("CI") == "true"


class Databases(Protocol):
    """Whatever lends databases, one a test."""

    def database(self, prepare: Prepare | None = None) -> AbstractContextManager[str]:
        """Lend the URL of a new database, brought to the state that `prepare` leaves behind."""


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    return SqliteFiles(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One cluster for the whole session, started when the first test asks for it."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL here: install it (apt-get install postgresql) or put its bin folder on PATH")
    with PostgresServer(binaries) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Databases:
    """Each kind in turn: a test that asks for this, or for a URL below, runs once on each."""
    lender: Databases = request.getfixturevalue(
        {"sqlite": "sqlite_files", "postgresql": "postgres_server"}[request.param]
    )
    return lender


@pytest.fixture
def fresh_database_url(databases: Databases) -> Iterator[str]:
    """An empty database."""
    with databases.database() as url:
        yield url


@pytest.fixture
def database_url(databases: Databases, prepare_database: Prepare | None) -> Iterator[str]:
    """A database prepared by `prepare_database`, at the price of a copy."""
    with databases.database(prepare_database) as url:
        yield url


@pytest.fixture(scope="session")
def prepare_database() -> Prepare | None:
    """How `database_url` is prepared; a folder of tests may say it otherwise in its own conftest."""
    return None


@pytest.fixture
def campaign(request: pytest.FixtureRequest) -> Iterator[Campaign]:
    """The share of the time that this test has, its seeds, and what it counts."""
    running = Campaign(request.node.name.removeprefix("test_"), share(request.session))
    yield running
    request.config.stash.setdefault(CAMPAIGNS, []).append(running)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what the campaigns came to; one that failed is told of above."""
    failed = {report.nodeid.rpartition("::test_")[2] for report in terminalreporter.stats.get("failed", [])}
    for one in config.stash.get(CAMPAIGNS, []):
        if one.name not in failed:
            terminalreporter.write_line(one.says())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI nothing may be skipped: a skip there is a failure, said as one."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("\nCI=true: what is skipped above counts as failed.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
