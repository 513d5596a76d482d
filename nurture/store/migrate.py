"""Migrations: bring a database to the schema of this version, and say where it stands.

The migrations lie in `migrations/versions`, in one straight line, each file named by its revision: `0001_...`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, NullPool, inspect

from nurture.store.postgres import postgres_engine
from nurture.store.session import Session, Sessions, driver_url
from nurture.store.sqlite import PRAGMAS, sqlite_engine

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).resolve().parents[2] / "migrations"
LOCK = 0x6E757274  # one upgrade at a time on PostgreSQL; the number is ours and means nothing


class Newer(ValueError):
    """A newer version of nurture made this database; the message is a sentence."""


def refuse_newer(stands: str | None) -> None:
    """Raise Newer where a database stands at a revision that this version does not know yet."""
    if stands is not None and stands > head():
        raise Newer(f"the database stands at {stands}, which a newer nurture made; this one knows {head()}")


def upgrade(url: str) -> None:
    """Bring the database up to `head()`, all in one transaction; two at once wait for each other.

    Raises Newer, or ValueError where rows of a SQLite file would point at nothing afterwards; then nothing was changed.
    """
    from alembic import command  # heavy, and needed here alone

    with _connected(url) as connection, connection.begin():
        refuse_newer(_version(connection))
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        command.upgrade(config(connection), "head")
        if connection.dialect.name == "sqlite":
            _refuse_orphans(connection)


def current(url: str) -> str | None:
    """Name the revision a database stands at; None for one that was never brought to any."""
    with _connected(url) as connection:
        return _version(connection)


@cache
def head() -> str:
    """Name the newest revision this version knows; read from the file names alone."""
    return max(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*_*.py"))


def is_current(sessions: Sessions) -> bool:
    """Say whether the database stands at `head()`; cheap enough to ask for every /readyz."""
    with sessions.read() as session:
        return revision(session) == head()


def revision(session: Session) -> str | None:
    """Name the revision the database of an open session stands at."""
    return _version(session.connection)


def config(connection: Connection) -> "Config":
    """Make Alembic's configuration for one open connection."""
    from alembic.config import Config

    made = Config(attributes={"connection": connection})
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return made


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return None if found is None else str(found[0])


def _refuse_orphans(connection: Connection) -> None:
    """Rebuilding a table needs foreign keys unwatched; so they are counted before the commit."""
    orphan = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if orphan is not None:
        raise ValueError(f"a row of {orphan[0]} would point at no row of {orphan[2]}; nothing was changed")


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = _engine(driver_url(url))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _engine(address: str) -> Engine:
    if address.startswith("sqlite"):
        unwatched = tuple(pragma for pragma in PRAGMAS if not pragma.startswith("foreign_keys"))
        return sqlite_engine(address, begin="BEGIN IMMEDIATE", pragmas=unwatched, poolclass=NullPool)
    return postgres_engine(address, poolclass=NullPool)
