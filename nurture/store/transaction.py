"""One open transaction as an act sees it, in the same words for SQLite and PostgreSQL."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Literal, NoReturn

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolIsEmpty

from nurture.store.lines import Line

Params = Mapping[str, Any] | Sequence[Any]
SQLITE_ERROR = 1  # the statement itself is wrong; the other codes say that the database is not well


class Unavailable(Exception):
    """The database could not be reached, or could not promise to keep it; ask again later."""


class Conflict(Exception):
    """A unique key, a check or a foreign key said no."""


class Session:
    """One open transaction, given to an act; useless after it."""

    __slots__ = ("_dbapi", "_points", "_raw", "_sqlite", "connection", "dialect", "locked", "noted")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._sqlite = connection.dialect.name == "sqlite"
        self.dialect: Literal["sqlite", "postgresql"] = "sqlite" if self._sqlite else "postgresql"
        self._raw: Any = connection.connection.driver_connection
        self._dbapi: Any = connection.dialect.loaded_dbapi
        self.noted: list[Line] = []
        self.locked: set[str] = set()  # accounts whose rows are locked until the end; SQLite has one lock for all
        self._points = 0

    def execute(self, statement: Executable, params: Any = None) -> CursorResult[Any]:
        """Run a statement of SQLAlchemy's Core; raises Conflict or Unavailable."""
        try:
            return self.connection.execute(statement, params)
        except DBAPIError as error:
            refuse(error, self._dbapi)

    def rows(self, sql: str, params: Params = ()) -> list[tuple[Any, ...]]:
        """Ask the driver itself, for the hot path: moments are integer microseconds here, JSON is text.

        sql: one statement for both databases, with `:name` where params is a mapping, `?` where a sequence.
        """
        try:
            found: list[tuple[Any, ...]] = self._raw.execute(self._spoken(sql, params), params).fetchall()
        except self._dbapi.Error as error:
            refuse(error, self._dbapi)
        return found

    def run(self, sql: str, params: Params = ()) -> int:
        """Tell the driver itself, and return how many rows it concerned; `sql` as in `rows`."""
        try:
            count: int = self._raw.execute(self._spoken(sql, params), params).rowcount
        except self._dbapi.Error as error:
            refuse(error, self._dbapi)
        return count

    def many(self, sql: str, params: Sequence[Params]) -> None:
        """Tell the driver the same for each of the params; none at all is no statement."""
        if not params:
            return
        try:
            self._raw.cursor().executemany(self._spoken(sql, params[0]), params)
        except self._dbapi.Error as error:
            refuse(error, self._dbapi)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What fails inside is undone alone, and raised."""
        self._points += 1
        noted = len(self.noted)
        point = f"point_{self._points}"
        self.run(f"SAVEPOINT {point}")
        try:
            yield
        except BaseException:
            del self.noted[noted:]
            if not self._sqlite or self._raw.in_transaction:
                self.run(f"ROLLBACK TO {point}")
                self.run(f"RELEASE {point}")
            raise
        self.run(f"RELEASE {point}")

    def note(self, line: Line) -> None:
        """Have the journal say so once all this is durable, before whoever asked for the write goes on; else never."""
        self.noted.append(line)

    def _spoken(self, sql: str, params: Params) -> str:
        return sql if self._sqlite else psycopg_sql(sql)


TOKENS = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|::|:([a-z_]\w*)|\?|%", re.IGNORECASE)


@lru_cache(maxsize=1024)
def psycopg_sql(sql: str) -> str:
    """Say a statement as psycopg reads it: `:name` and `?` outside quotes become its places, a `%` is doubled."""

    def word(token: re.Match[str]) -> str:
        text = token[0]
        if token[1]:
            return f"%({token[1]})s"
        return "%s" if text == "?" else text.replace("%", "%%")

    return TOKENS.sub(word, sql)


def refuse(error: Exception, dbapi: Any) -> NoReturn:
    """Raise Conflict or Unavailable where the error is one, else the error as it is."""
    told = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(told, dbapi.IntegrityError):
        raise Conflict(str(told)) from error
    if isinstance(error, PoolIsEmpty):
        raise Unavailable("every connection to the database is in use") from error
    unwell = isinstance(told, dbapi.OperationalError | dbapi.InterfaceError)
    if unwell and getattr(told, "sqlite_errorcode", None) != SQLITE_ERROR:
        raise Unavailable(str(told)) from error
    raise error
