"""Holdings: everything that is held about one person, to be handed to them, or to be forgotten."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from nurture.store import schema
from nurture.store.lines import Erased
from nurture.store.transaction import Session

OWN = "customer_id = :id"
HELD = {
    "attempts": "message_id IN (SELECT id FROM messages WHERE customer_id = :id)",
    "themes": "event_id IN (SELECT id FROM events WHERE customer_id = :id)",
    "messages": OWN,
    "events": OWN,
    "stage_changes": OWN,
    "milestones": OWN,
    "decisions": OWN,
    "enrollments": OWN,
    "tasks": OWN,
    "notices": OWN,
    "calls": OWN,
    "notes": OWN,
    "moves": OWN,
    "customers": "id = :id",
}
"""Where something of a person is held, in the order in which it can be forgotten: what leans on a row before it."""


def everything(session: Session, customer_id: str) -> dict[str, list[dict[str, Any]]]:
    """Give all that is held about a customer: table -> its rows, moments as ISO 8601; nothing of empty tables.

    What colleagues share, and what staff did, is not theirs alone and is not among it.
    """
    found = {}
    for table, condition in HELD.items():
        rows = session.execute(select(schema.metadata.tables[table]).where(text(condition)), {"id": customer_id})
        if said := [_plain(row) for row in rows.mappings()]:
            found[table] = said
    return found


def _plain(row: Any) -> dict[str, Any]:
    return {str(name): value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def forget(session: Session, customer_id: str) -> list[str]:
    """Take away all that is held about a customer, and give the ids of the letters they were sent.

    What stands of it in the audit is taken out as well; that something was done, by whom and when, stays.  An account
    of one goes with them.
    """
    who = {"id": customer_id}
    letters = [row[0] for row in session.rows("SELECT id FROM messages WHERE customer_id = :id", who)]
    account = session.rows("SELECT account_id FROM customers WHERE id = :id", who)
    for table, condition in HELD.items():
        session.run(f"DELETE FROM {table} WHERE {condition}", who)  # noqa: S608 - both are our own words
    session.note(Erased(customer_id))
    session.run("UPDATE audit SET before = NULL, after = NULL WHERE subject = :id", who)
    session.run(
        "DELETE FROM accounts WHERE id = :account AND ext_id IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.account_id = accounts.id)",
        {"account": account[0][0] if account else ""},
    )
    return letters


def sealed_address(session: Session, customer_id: str) -> str | None:
    """The seal of a customer's address, None where there is nobody."""
    found = session.rows("SELECT email_hash FROM customers WHERE id = :id", {"id": customer_id})
    return str(found[0][0]) if found else None
