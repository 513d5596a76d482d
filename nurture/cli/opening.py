"""Opening an installation for one command: the settings, the database at this version's schema, the parts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nurture.cli.speech import Refusal

if TYPE_CHECKING:
    from nurture.parts import Parts
    from nurture.settings import Settings

MAGIC = b"SQLite format 3\x00"  # how every SQLite file begins (sqlite.org, "Database File Format", 1.3.1)
KINDS = ("sqlite", "postgres", "postgresql", "postgresql+psycopg")


@contextmanager
def opened() -> "Iterator[Parts]":
    """Open the installation that the environment names, and let go of it afterwards.

    Raises BadSetting, Unavailable, or Refusal where the database must first be brought up to date.
    """
    from nurture.app import create_parts

    settings = load()
    refuse_another_schema(settings)
    parts = create_parts(settings)
    try:
        yield parts
    finally:
        parts.ground.sessions.close()


def load() -> "Settings":
    """Read the settings; that the database's address can be used is seen here too.  Raises BadSetting."""
    from nurture.settings import BadSetting, Settings
    from nurture.store.session import driver_url

    settings = Settings.load()
    try:
        if urlsplit(settings.database_url).scheme not in KINDS:
            raise ValueError("the database must be sqlite:///a/file or postgresql://...")  # noqa: TRY301
        driver_url(settings.database_url)
    except ValueError as error:
        raise BadSetting(f"NURTURE_DATABASE_URL: {error}") from None
    return settings


def refuse_another_schema(settings: "Settings") -> None:
    """Raise Refusal unless the database stands at the schema of this version."""
    from nurture.store import migrate

    stands, newest = standing(settings), migrate.head()
    if stands is None:
        raise Refusal("there is no database yet; run `nurture db upgrade`")
    if stands < newest:
        raise Refusal(f"the database stands at {stands}, this version needs {newest}; run `nurture db upgrade`")
    try:
        migrate.refuse_newer(stands)
    except migrate.Newer as error:
        raise Refusal(str(error)) from None


def standing(settings: "Settings") -> str | None:
    """Name the revision the database stands at; None where there is none yet.  Raises Unavailable, BadSetting."""
    from nurture.settings import BadSetting
    from nurture.store import migrate
    from nurture.store.session import Sessions

    file = sqlite_file(settings)
    if file is not None and not file.exists():
        return None
    if file is not None and not _is_sqlite(file):
        raise BadSetting(f"NURTURE_DATABASE_URL: {file} is not a SQLite database")
    sessions = Sessions(settings.database_url)
    try:
        with sessions.read() as session:
            return migrate.revision(session)
    finally:
        sessions.close()


def sqlite_file(settings: "Settings") -> Path | None:
    """Find the file of a SQLite database; None on PostgreSQL."""
    path = settings.database_url.removeprefix("sqlite:///")
    return None if path == settings.database_url else Path(path.partition("?")[0])


def _is_sqlite(file: Path) -> bool:
    """Whether this is a SQLite file, or an empty one that is going to be."""
    with file.open("rb") as opened_file:
        head = opened_file.read(len(MAGIC))
    return head in (b"", MAGIC)
