"""The least that must happen: the same rows read and changed by the raw driver, the same templates by bare Jinja2.

Nothing here decides anything. What is written was decided before, by nurture, in a twin of the database; so the
limit does the same durable work, and afterwards both must hold the same rows.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from jinja2 import Environment

from nurture.store.schema import customers, decisions, enrollments, messages

Row = tuple[Any, ...]
BATCH = {"sqlite": 100, "postgresql": 500}  # as large as nurture's own: one durable commit each

CUSTOMER = ("facts", "due_at", "due_because", "revision")  # what a settle that moves nobody's stage changes
ENROLLMENT = ("step", "since", "due_at", "because")
TABLES = ((customers, "id"), (enrollments, "customer_id"), (decisions, "customer_id"), (messages, "customer_id"))


class Written(NamedTuple):
    """What a settle leaves behind, by customer, in the order in which the limit binds it."""

    customers: dict[str, list[Row]]
    enrollments: dict[str, list[Row]]
    decisions: dict[str, list[Row]]
    messages: dict[str, list[Row]]


def rows_of(raw: Any, dialect: str, ids: Sequence[str]) -> list[set[Row]]:
    """Read everything that a settle may change about these customers, table by table."""
    return [
        set(raw.execute(*_among(dialect, f'SELECT * FROM "{table.name}" WHERE {column} IN', ids)).fetchall())  # noqa: S608
        for table, column in TABLES
    ]


def written(ours: Sequence[set[Row]], before: Sequence[set[Row]]) -> Written:
    """Say what was written, from the rows as nurture left them and as they were."""
    changed = [after - known for after, known in zip(ours, before, strict=True)]
    return Written(
        _by_customer(changed[0], customers, (*CUSTOMER, "id")),
        _by_customer(changed[1], enrollments, (*ENROLLMENT, "customer_id", "journey", "entry")),
        _by_customer(changed[2], decisions, tuple(column.name for column in decisions.columns)),
        _by_customer(changed[3], messages, tuple(column.name for column in messages.columns)),
    )


def _by_customer(rows: Iterable[Row], table: Any, names: Sequence[str]) -> dict[str, list[Row]]:
    columns = [column.name for column in table.columns]
    places = [columns.index(name) for name in names]
    owner = columns.index("id" if table is customers else "customer_id")
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[owner]].append(tuple(row[place] for place in places))
    return found


def _among(dialect: str, sql: str, ids: Sequence[str]) -> tuple[str, Any]:
    if dialect == "sqlite":
        return f"{sql} ({', '.join('?' * len(ids))})", ids
    return f"{sql.removesuffix('IN')} = ANY(%s)", [ids]


def settle(raw: Any, dialect: str, now: int, left: Written) -> int:
    """Read what a settle reads and write what it wrote, batch by batch, until nobody is due.  Returns how many."""
    act = settle_sqlite if dialect == "sqlite" else settle_postgres
    count = 0
    while done := act(raw, now, left):
        count += done
    return count


PHOTOGRAPH = "SELECT c.*, a.* FROM customers c JOIN accounts a ON a.id = c.account_id WHERE c.id"
WALKING = "SELECT * FROM enrollments WHERE state = 'active' AND customer_id"


def settle_sqlite(raw: Any, now: int, left: Written) -> int:
    """Settle one batch the plain way: three reads, four writes, one commit."""
    raw.execute("BEGIN IMMEDIATE")
    asked = (now, BATCH["sqlite"])
    ids = [row[0] for row in raw.execute("SELECT id FROM customers WHERE due_at <= ? ORDER BY due_at LIMIT ?", asked)]
    marks = f"IN ({', '.join('?' * len(ids))})"
    raw.execute(f"{PHOTOGRAPH} {marks}", ids).fetchall()
    raw.execute(f"{WALKING} {marks}", ids).fetchall()
    for sql, rows in zip(SQLITE_WRITES, left, strict=True):
        raw.executemany(sql, [row for one in ids for row in rows[one]])
    raw.execute("COMMIT")
    return len(ids)


def _inserted(table: Any) -> str:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    return f"INSERT INTO {table.name} ({names}) VALUES ({', '.join('?' * len(table.columns))})"  # noqa: S608


ONE = "customer_id = ? AND journey = ? AND entry = ?"
SQLITE_WRITES = (
    f"UPDATE customers SET {', '.join(f'{name} = ?' for name in CUSTOMER)} WHERE id = ?",  # noqa: S608
    f"UPDATE enrollments SET {', '.join(f'{name} = ?' for name in ENROLLMENT)} WHERE {ONE}",  # noqa: S608
    _inserted(decisions),
    _inserted(messages),
)


def settle_postgres(raw: Any, now: int, left: Written) -> int:
    """Settle one batch the plain way: a locking read, two reads, four writes by array, one commit."""
    with raw.cursor(binary=True) as cursor:
        cursor.execute(
            "SELECT c.id FROM customers c JOIN accounts a ON a.id = c.account_id WHERE c.due_at <= %s"
            " ORDER BY c.due_at LIMIT %s FOR NO KEY UPDATE OF a SKIP LOCKED",
            (now, BATCH["postgresql"]),
        )
        ids = [row[0] for row in cursor.fetchall()]
        if ids:
            cursor.execute(f"{PHOTOGRAPH} = ANY(%s)", [ids]).fetchall()
            cursor.execute(f"{WALKING} = ANY(%s)", [ids]).fetchall()
            for sql, rows in zip(POSTGRES_WRITES, left, strict=True):
                cursor.execute(
                    sql, [list(column) for column in zip(*(r for one in ids for r in rows[one]), strict=True)]
                )
    raw.commit()
    return len(ids)


KINDS = {"BIGINT": "bigint", "TEXT": "text", "INTEGER": "integer", "BOOLEAN": "boolean"}


def _arrays(table: Any, names: Sequence[str]) -> str:
    """Say that arrays of these columns' kinds are rows `u`."""
    kinds = [KINDS[str(table.columns[name].type)] for name in names]
    places = ", ".join(f"%b::{kind}[]" for kind in kinds)
    listed = ", ".join(f'"{name}"' for name in names)
    return f"unnest({places}) AS u({listed})"


def _updated(table: Any, changed: Sequence[str], keys: Sequence[str]) -> str:
    sets = ", ".join(f"{name} = u.{name}" for name in changed)
    where = " AND ".join(f"t.{name} = u.{name}" for name in keys)
    return f"UPDATE {table.name} t SET {sets} FROM {_arrays(table, (*changed, *keys))} WHERE {where}"  # noqa: S608


def _inserted_by_array(table: Any) -> str:
    names = [column.name for column in table.columns]
    listed = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table.name} ({listed}) SELECT * FROM {_arrays(table, names)}"  # noqa: S608


POSTGRES_WRITES = (
    _updated(customers, CUSTOMER, ("id",)),
    _updated(enrollments, ENROLLMENT, ("customer_id", "journey", "entry")),
    _inserted_by_array(decisions),
    _inserted_by_array(messages),
)


def bare(source: str, *, escape: bool) -> Callable[[dict[str, Any]], str]:
    """Compile a template with Jinja2 as it comes; what holds no Jinja is a string, as it is for us."""
    if "{{" not in source and "{%" not in source:
        return lambda _: source
    return Environment(autoescape=escape, trim_blocks=not escape, lstrip_blocks=not escape).from_string(source).render  # noqa: S701
