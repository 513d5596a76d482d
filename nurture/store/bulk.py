"""Bulk: one statement for many rows, in whichever way the database is quickest at.

SQLite takes the statement once per row (executemany). PostgreSQL takes it once for all of them, the rows as one JSON
array: a seventh of the client's work per row, and two thirds of the server's (docs/explanation/performance.md).
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson

from nurture.store.transaction import Session

ROWS = " FROM rows"
"""Where a statement says that its `:names` come from rows."""


def tell(session: Session, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run a statement for each of the rows; none at all is no statement.

    sql: an UPDATE or an INSERT ... SELECT that says `FROM rows` once; each `:name` is a column of its table, and an
    UPDATE names its own columns with their table. No two rows may concern the same row of the table.
    """
    if not rows:
        return
    if session.dialect == "sqlite":
        session.many(sql.replace(ROWS, ""), rows)
    else:
        session.run(_by_array(sql), {"rows": orjson.dumps(rows).decode()})


@lru_cache(maxsize=256)
def _by_array(sql: str) -> str:
    table = sql.split()[1 if sql.startswith("UPDATE") else 2]
    array = f" FROM json_populate_recordset(NULL::{table}, CAST(:rows AS json)) AS u"
    return re.sub(r":([a-z_]+)", r'u."\1"', sql).replace(ROWS, array)
