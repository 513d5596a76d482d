"""PostgreSQL's own way: each act a transaction of its own, from a pool shared by readers and writers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import local
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolIsEmpty

from nurture.store.transaction import Session, refuse

T = TypeVar("T")

# An answered commit must survive a crash; a server that asks for more than `on` (a standby's word) keeps it.
DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"


def postgres_engine(url: str, **pool: Any) -> Engine:
    """Make an engine whose commits wait for the disk."""
    engine = create_engine(url, isolation_level="READ COMMITTED", **pool)

    @event.listens_for(engine, "connect")
    def _set_up(raw: Any, _record: Any) -> None:
        raw.execute(DURABLE)
        raw.commit()

    return engine


class PostgresDatabase:
    """One server's database: as many writers as connections, none of them ever retried."""

    def __init__(self, url: str, pool_size: int) -> None:
        self._engine = postgres_engine(url, pool_size=pool_size, max_overflow=2 * pool_size, pool_timeout=5)
        self._snapshots = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._inside = local()

    def write(self, act: Callable[[Session], T]) -> T:
        """Run the act in a transaction of its own and return after its commit."""
        if getattr(self._inside, "write", False):
            raise RuntimeError("a write inside a write: do it in the same act")
        self._inside.write = True
        try:
            with self._connection(self._engine) as connection:
                transaction = connection.begin()  # said aloud: what goes by the driver alone begins none
                result = act(Session(connection))
                transaction.commit()
        finally:
            self._inside.write = False
        return result

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a snapshot: what is committed when it first looks is what it sees to the end."""
        with self._connection(self._snapshots) as connection:
            yield Session(connection)

    @contextmanager
    def _connection(self, engine: Engine) -> Iterator[Connection]:
        """Lend a connection in a transaction that is rolled back unless committed.

        One that broke is thrown away, and every other in the pool with it: what broke it broke them.
        """
        dbapi = engine.dialect.loaded_dbapi
        try:
            connection = engine.connect()
        except (DBAPIError, PoolIsEmpty) as error:
            refuse(error, dbapi)
        with connection:
            raw: Any = connection.connection.driver_connection
            try:
                yield connection
            except DBAPIError as error:
                refuse(error, dbapi)
            finally:
                if raw.closed and not connection.invalidated:
                    connection.invalidate()
                    engine.pool.dispose()

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()
