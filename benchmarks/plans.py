"""Which indexes a tick uses, by the database's own account, and which tables it reads from end to end: none."""

import re
from typing import Any

from benchmarks.population import moment
from nurture.flow.ground import Ground
from nurture.flow.tick import tick
from nurture.store.session import Session

GROWING = ("accounts", "customers", "enrollments", "messages", "decisions")
INDEX = re.compile(r"(?:USING (?:COVERING )?INDEX|using) (\w+)")
SCAN = re.compile(r"(?:SCAN|Seq Scan on) (\w+)")
ALIASES = {"c": "customers", "a": "accounts", "s": "suppressions"}
EXPLAINING = (
    "LOAD 'auto_explain'",
    "SET auto_explain.log_min_duration = 0",
    "SET auto_explain.log_level = 'notice'",
    "SET client_min_messages = 'notice'",
)


def plans_of(ground: Ground, number: int) -> str:
    """Settle one batch of a round and say what the database's plans for it were."""
    told = _sqlite(ground, number) if ground.sessions.dialect == "sqlite" else _postgres(ground, number)
    scans = {ALIASES.get(name, name) for name in SCAN.findall(told)}
    scanned = sorted(scans & set(GROWING))
    due = "found by ix_customers_due" if "ix_customers_due" in INDEX.findall(told) else "NOT found by ix_customers_due"
    return f"due customers {due}, tables read whole: {', '.join(scanned) or 'none'}"


def _sqlite(ground: Ground, number: int) -> str:
    """Listen to one tick's statements, then ask for the plan of each."""
    heard: dict[str, str] = {}

    def listen(session: Session) -> Any:
        raw: Any = session.connection.connection.driver_connection
        raw.set_trace_callback(lambda sql: heard.setdefault(sql[:60], sql))
        return raw

    raw = ground.sessions.write(listen)
    tick(ground, moment(number))
    raw.set_trace_callback(None)
    asked = [sql for sql in heard.values() if sql.startswith(("SELECT", "UPDATE", "INSERT"))]
    # A scan that follows an index is none; SQLite says both in one line.
    lines = [row[3] for sql in asked for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()]
    return "\n".join(line.replace("SCAN", "WALK") if "USING" in line else line for line in lines)


def _postgres(ground: Ground, number: int) -> str:
    """Have the server explain every statement of one tick."""
    heard: list[str] = []

    def listen(session: Session) -> None:
        raw: Any = session.connection.connection.driver_connection
        for statement in EXPLAINING:
            session.run(statement)
        raw.add_notice_handler(lambda told: heard.append(str(told.message_primary)))

    ground.sessions.write(listen)
    tick(ground, moment(number))
    return "\n".join(heard)
