"""SQLite's own way: one writer's connection behind the gate, and a pool of connections that can only read."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, RootTransaction, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolIsEmpty
from sqlalchemy.pool import NullPool, QueuePool

from nurture.store.gate import Gate, Spoiled
from nurture.store.transaction import Session, Unavailable, refuse

T = TypeVar("T")

# FULL: a commit that was answered survives a power cut. The timeout is for the command line beside a service.
PATIENCE_SECONDS = 5.0
PRAGMAS = (
    "busy_timeout=5000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-20000",
    "temp_store=MEMORY",
)


def sqlite_engine(url: str, *, begin: str, pragmas: tuple[str, ...] = PRAGMAS, **pool: Any) -> Engine:
    """Make an engine whose transactions begin with the words given, on connections set up as the pragmas say."""
    engine = create_engine(url, connect_args={"check_same_thread": False, "cached_statements": 512}, **pool)

    @event.listens_for(engine, "connect")
    def _set_up(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # the driver begins nothing by itself
        for pragma in pragmas:
            _set(raw, pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _set(raw: Any, pragma: str) -> None:
    """Set a pragma; where two connections turn a new file to WAL at once, SQLite does not wait, so we do."""
    give_up_at = monotonic() + PATIENCE_SECONDS
    while True:
        try:
            raw.execute(f"PRAGMA {pragma}").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > give_up_at:
                raise
            Event().wait(0.01)
        else:
            return


class Writer:
    """The one connection that writes, and the transaction that a group of acts shares."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._transaction: RootTransaction | None = None

    @property
    def connection(self) -> Connection:
        """The connection, opened when first needed."""
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def begin(self) -> None:
        """Take SQLite's write lock."""
        self._transaction = self.connection.begin()

    def run(self, act: Callable[[], Any]) -> Any:
        """Run an act behind a savepoint of its own; raises Spoiled where SQLite dropped the whole transaction."""
        raw: Any = self.connection.connection.driver_connection
        _say(raw, "SAVEPOINT act")
        try:
            result = act()
        except Exception as error:
            if not raw.in_transaction:
                raise Spoiled from error
            _say(raw, "ROLLBACK TO act")
            _say(raw, "RELEASE act")
            raise
        _say(raw, "RELEASE act")
        return result

    def commit(self) -> None:
        """Make the group durable."""
        if self._transaction is not None:
            self._transaction.commit()
            self._transaction = None

    def rollback(self) -> None:
        """Undo the group by closing the connection: that works whatever went wrong. The next group opens another."""
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        connection, self._connection, self._transaction = self._connection, None, None
        if connection is not None:
            with suppress(SQLAlchemyError):
                connection.close()

    def tidy(self) -> None:
        """Let SQLite bring its statistics up to date, between groups; where it cannot, they stay as they are."""
        if self._connection is not None:
            raw: Any = self._connection.connection.driver_connection
            with suppress(sqlite3.Error):
                raw.execute("PRAGMA optimize")


def _say(raw: Any, sql: str) -> None:
    try:
        raw.execute(sql)
    except sqlite3.Error as error:
        raise Spoiled from error


class SqliteDatabase:
    """One file: many readers, and writers in line."""

    def __init__(self, url: str, pool_size: int) -> None:
        self._writes = sqlite_engine(url, begin="BEGIN IMMEDIATE", poolclass=NullPool)
        self._reads = sqlite_engine(
            url,
            begin="BEGIN",
            pragmas=(*PRAGMAS, "query_only=ON"),
            poolclass=QueuePool,
            pool_size=pool_size,
            max_overflow=2 * pool_size,
            pool_timeout=5,
        )
        self._writer = Writer(self._writes)
        self._gate = Gate(self._writer)

    def write(self, act: Callable[[Session], T]) -> T:
        """Stand in line, run, and return after the commit that the whole group shares."""
        result: T = self._gate.pass_through(lambda: act(Session(self._writer.connection)))
        return result

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a snapshot: what is committed when it first looks is what it sees to the end."""
        try:
            connection = self._reads.connect()
        except (DBAPIError, PoolIsEmpty) as error:
            refuse(error, self._reads.dialect.loaded_dbapi)
        with connection, connection.begin() as transaction:
            yield Session(connection)
            transaction.rollback()

    def close(self) -> None:
        """Let go of every connection."""
        self._writer.tidy()
        self._writer.close()
        self._writes.dispose()
        self._reads.dispose()


def copied(database: Path, file: Path) -> None:
    """Copy a database, whole and as of one moment, into a new file while others write to it.

    Raises OSError or Unavailable; then there is no file.  Source: SQLite, "Online Backup API".
    """
    file.touch(mode=0o600, exist_ok=False)
    source, copy = sqlite3.connect(f"file:{database}?mode=ro", uri=True), sqlite3.connect(file)
    try:
        with closing(source), closing(copy):
            source.backup(copy)
    except sqlite3.Error as error:
        file.unlink()
        raise Unavailable(str(error)) from error
