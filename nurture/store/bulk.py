"""Bulk: one statement for many rows or about many keys, in whichever way the database is quickest at.

SQLite takes the statement once per row (executemany). PostgreSQL takes it once for all of them, the rows as one JSON
array: a seventh of the client's work per row, and two thirds of the server's (docs/explanation/performance.md).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from nurture.store.transaction import Session


def tell(session: Session, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run a statement for each of the rows; none at all is no statement.

    sql: an UPDATE with one WHERE, or an INSERT of VALUES; each `:name` is a column of its table, and an UPDATE names
    the table with its own columns. No two rows may concern the same row of the table.
    """
    if not rows:
        return
    if session.dialect == "sqlite":
        session.many(sql, rows)
    else:
        session.run(_by_array(sql), {"rows": orjson.dumps(rows).decode()})


@lru_cache(maxsize=256)
def _by_array(sql: str) -> str:
    """Say about an array of rows what a statement says about one."""
    act, *words = sql.split()
    array = f" FROM json_populate_recordset(NULL::{words[act != 'UPDATE']}, CAST(:rows AS json)) AS u"
    told = re.sub(r":([a-z_]+)", r'u."\1"', sql)
    if act == "UPDATE":
        return told.replace(" WHERE ", f"{array} WHERE ", 1)
    head, _, rest = told.partition(" VALUES (")
    values, on, conflict = rest.partition(" ON CONFLICT")
    return f"{head} SELECT {values.removesuffix(')')}{array}{on}{conflict}"


def among(session: Session, column: str, values: Iterable[str]) -> tuple[str, Any]:
    """Say `column is one of values` for this database: the condition, and what to bind as :among."""
    listed = list(values)
    if session.dialect == "sqlite":
        return f"{column} IN (SELECT value FROM json_each(:among))", orjson.dumps(listed).decode()  # noqa: S608
    return f"{column} = ANY(:among)", listed
