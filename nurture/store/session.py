"""Sessions: the one way to the database. An act gets an open transaction, and `write` returns when it is durable.

SQLite has one writer: writers stand in line at the gate (gate.py) and share commits. PostgreSQL gives each act a
transaction of its own, READ COMMITTED. Both read in a snapshot that stays as it was when first looked at.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from sqlalchemy import make_url
from sqlalchemy.pool import NullPool

from nurture.store.fence import Fence, FileFence, PostgresFence, fence_beside
from nurture.store.journal import Journal, Unwritten
from nurture.store.lines import Line
from nurture.store.postgres import PostgresDatabase, postgres_engine
from nurture.store.sqlite import SqliteDatabase
from nurture.store.transaction import Conflict, Session, Unavailable

__all__ = ["Conflict", "Session", "Sessions", "Unavailable", "Unwritten", "driver_url"]

T = TypeVar("T")
Point = Literal["asked", "decided", "committed", "journalled"]
Reached = Callable[[str, Point], None]
"""Is told by which act a write has come to which fail-point, and may raise there."""

# So that a machine that vanished lets go of the fence.
KEPT_ALIVE = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3}


def driver_url(url: str) -> str:
    """Name the driver in a database's address: `postgresql://...` goes by psycopg, a SQLite one must name a file.

    Raises ValueError for any other kind of database.
    """
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    if parsed.drivername == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return url
    if parsed.drivername != "postgresql+psycopg":
        raise ValueError("the database must be sqlite:///a/file or postgresql://...")
    return url


class Database(Protocol):
    """What SQLite and PostgreSQL do each in their own way."""

    def write(self, act: Callable[[Session], T]) -> T:
        """Run an act in a write transaction and return after its commit."""

    def read(self) -> AbstractContextManager[Session]:
        """Open a snapshot that can only be read."""

    def close(self) -> None:
        """Let go of every connection."""


class Sessions:
    """The database of one installation, shared by every thread of a process."""

    def __init__(self, url: str, *, pool_size: int = 10, journal: Journal | None = None) -> None:
        """Take the address; nothing is opened before it is asked for.

        pool_size: connections kept (twice as many more are opened in a rush).  journal: None where none is kept.
        Raises ValueError where the address names neither a SQLite file nor PostgreSQL.
        """
        address = driver_url(url)
        self.journal = journal
        self.reached: Reached | None = None  # told of each fail-point of a write; only a test listens
        self.dialect: Literal["sqlite", "postgresql"] = "sqlite" if address.startswith("sqlite") else "postgresql"
        self._database: Database
        self.fence: Fence
        if self.dialect == "sqlite":
            self._database = SqliteDatabase(address, pool_size)
            self.fence = FileFence(fence_beside(Path(str(make_url(address).database))))
        else:
            self._database = PostgresDatabase(address, pool_size)
            self.fence = PostgresFence(postgres_engine(address, poolclass=NullPool, connect_args=KEPT_ALIVE))

    def write(self, act: Callable[[Session], T]) -> T:
        """Run the act in a write transaction; when this returns, what it wrote is durable, and the journal says so.

        The act must be short, touch nothing but its session, and never write through `Sessions` again
        (RuntimeError). On SQLite another writer's thread may run it, in the caller's context.
        Raises what the act raised (then nothing of it is kept), Conflict, Unavailable, or Unwritten (then it is kept).
        """
        noted: list[Line] = []

        def noting(session: Session) -> T:
            result = act(session)
            noted.extend(session.noted)
            self._reaches("decided", act)
            return result

        self._reaches("asked", act)
        result = self._database.write(noting)
        self._reaches("committed", act)
        if noted and self.journal is not None:
            self.journal.append(noted)
            self._reaches("journalled", act)
        return result

    def _reaches(self, point: Point, act: Callable[[Session], Any]) -> None:
        if self.reached is not None:
            made = getattr(act, "func", act)  # a partial has no name of its own
            self.reached(f"{made.__module__.rpartition('.')[2]}.{made.__qualname__}", point)

    def read(self) -> AbstractContextManager[Session]:
        """Open one consistent snapshot for reading; a write through it is an error."""
        return self._database.read()

    def close(self) -> None:
        """Let go of every connection, and of what is held of the fence."""
        self.fence.close()
        self._database.close()
        if self.journal is not None:
            self.journal.close()
