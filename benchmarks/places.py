"""Where the measured databases stand: SQLite files in a folder, or a PostgreSQL server up for this run alone."""

import itertools
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import psycopg

from benchmarks.meter import children
from tests.postgres import PostgresServer, find_binaries


class Place(Protocol):
    """One kind of database."""

    dialect: str

    def found(self) -> str:
        """Make an empty database; returns its URL."""

    def copy(self, url: str) -> str:
        """Make a second database with every row of the first, which nobody may be using."""

    def drop(self, url: str) -> None:
        """Remove a database."""

    def connect(self, url: str) -> Any:
        """Open it with the raw driver, as durable as nurture's own connections are."""

    def pids(self) -> Sequence[int]:
        """Name the server's processes."""


class SqlitePlace:
    """Files in one folder."""

    dialect = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    def found(self) -> str:
        return f"sqlite:///{self._folder}/{next(self._numbers)}.db"

    def copy(self, url: str) -> str:
        with closing(self.connect(url)) as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        twin = self.found()
        shutil.copyfile(_file(url), _file(twin))
        return twin

    def drop(self, url: str) -> None:
        for ending in ("", "-wal", "-shm"):
            Path(_file(url) + ending).unlink(missing_ok=True)

    def connect(self, url: str) -> sqlite3.Connection:
        raw = sqlite3.connect(_file(url), isolation_level=None, cached_statements=512)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-20000", "temp_store=MEMORY"):
            raw.execute(f"PRAGMA {pragma}")
        return raw

    def pids(self) -> Sequence[int]:
        return ()


def _file(url: str) -> str:
    return url.removeprefix("sqlite:///")


class PostgresPlace:
    """Databases of one server.  Its commits reach the disk, and nothing tidies up in the middle of a measurement."""

    dialect = "postgresql"
    SETTINGS = ("fsync = on", "full_page_writes = on", "autovacuum = off", "max_wal_size = '8GB'")

    def __init__(self, server: PostgresServer) -> None:
        self._url = server.url
        self._numbers = itertools.count(1)
        self._admin = psycopg.connect(server.url("postgres"), autocommit=True)
        for setting in self.SETTINGS:
            self._admin.execute(f"ALTER SYSTEM SET {setting}".encode())
        self._admin.execute("SELECT pg_reload_conf()")
        row = self._admin.execute("SHOW data_directory").fetchone()
        assert row is not None
        self._postmaster = int((Path(row[0]) / "postmaster.pid").read_text().split()[0])

    def found(self) -> str:
        return self._made("template0")

    def copy(self, url: str) -> str:
        return self._made(_name(url))

    def _made(self, template: str) -> str:
        name = f"bench_{next(self._numbers)}"
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy".encode())
        return self._url(name)

    def drop(self, url: str) -> None:
        self._admin.execute(f"DROP DATABASE {_name(url)} WITH (FORCE)".encode())

    def connect(self, url: str) -> "psycopg.Connection[Any]":
        return psycopg.connect(url)

    def pids(self) -> Sequence[int]:
        return children(self._postmaster)


def _name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


@contextmanager
def places() -> Iterator[list[Place]]:
    """Lend SQLite, and PostgreSQL where it is installed."""
    with TemporaryDirectory(prefix="nurture-bench-") as folder:
        here: list[Place] = [SqlitePlace(Path(folder))]
        binaries = find_binaries()
        if binaries is None:
            yield here
            return
        with PostgresServer(binaries) as server:
            yield [*here, PostgresPlace(server)]
