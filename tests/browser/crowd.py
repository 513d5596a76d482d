"""A crowd: a town that was lived through the real engine for 90 days, and then many times as many people like them.

Living a past takes seconds per hundred people, so a hundred live one, and the others are their likes: the same rows
under other ids, with everything that hangs together still hanging together.  Every number that the console shows is
held against this database itself.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nurture.channels.email.links import Links
from nurture.cli.demo import make
from nurture.flow.ground import Shelf
from nurture.flow.letters import Composer
from nurture.settings import Settings
from tests.web.harbour import KEYS, URL, Harbour

END = datetime(2026, 4, 6, 9, tzinfo=UTC)  # a Monday morning
DAYS = 90
SIZE = "NURTURE_TEST_CROWD"  # names how many customers there are, where a test does not
LIVED = 100  # people who lived their days; all others are likes of theirs
OWN = (
    "id",
    "ext_id",
    "email",
    "email_key",
    "email_hash",
    "send_id",
    "customer_id",
    "account_id",
    "message_id",
    "held_for",
)
"""The columns by which a row is somebody's own."""
OF_PEOPLE = (
    "accounts",
    "customers",
    "events",
    "stage_changes",
    "milestones",
    "decisions",
    "enrollments",
    "messages",
    "attempts",
    "tasks",
    "notices",
    "calls",
    "suppressions",
)


def lived_town(folder: Path) -> Path:
    """Live a town of `LIVED` people, and give its database; one that is there already is taken."""
    database = folder / "lived.db"
    if not database.exists():
        said = {"NURTURE_VAR": str(folder), "NURTURE_MAIL": f"outbox:{folder / 'outbox'}"}
        settings = Settings.load(said).model_copy(update={"secret_key": ",".join(KEYS)})
        make(settings, database, LIVED, END - timedelta(days=DAYS), END, seed=1)
    return database


def multiplied(database: Path, customers: int) -> None:
    """Let there be as many customers, each a like of one who lived."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for table in OF_PEOPLE:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            chosen = ", ".join(_another(column) if column in OWN else f'"{column}"' for column in columns)
            names = ", ".join(f'"{column}"' for column in columns)
            connection.execute(
                f"WITH RECURSIVE likes(like_n) AS (SELECT 1 UNION ALL SELECT like_n + 1 FROM likes WHERE like_n < ?)"
                f" INSERT INTO {table} ({names}) SELECT {chosen} FROM likes JOIN {table}",
                (max(1, customers // LIVED - 1),),
            )
        connection.execute("ANALYZE")


def _another(column: str) -> str:
    """Name somebody's like: the same word with a number behind it, an address with it before the @."""
    if column in ("email", "email_key"):
        return f"replace(\"{column}\", '@', '-' || likes.like_n || '@')"
    return f"\"{column}\" || '-' || likes.like_n"


@contextmanager
def crowd_at(folder: Path, customers: int | None = None, lived: Path | None = None) -> Iterator[Harbour]:
    """Open an installation with so many customers, at a Monday morning after 90 days.  lived: a town made before.

    customers: 2,000, or as many as `make score` asks for, where nobody says.
    """
    customers = customers or int(os.environ.get(SIZE, "2000"))
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "crowd.db"
    shutil.copy(lived or lived_town(folder), database)
    if customers > LIVED:
        multiplied(database, customers)
    opened = Harbour(f"sqlite:///{database}", folder, shelf=Shelf(), composer=Composer(Links(URL, KEYS), URL))
    opened.now = opened.machine = END
    yield opened
    opened.parts.ground.sessions.close()
