"""Claims: who is due, or behind a publish, taken to be settled; and who is made due, now or later."""

from collections.abc import Iterable
from datetime import datetime

from nurture.store.bulk import tell
from nurture.store.schema import micros, moment
from nurture.store.transaction import Session


def due(session: Session, now: datetime, limit: int) -> list[str]:
    """Claim customers whose moment has come, the longest overdue first."""
    return _claimed(session, "c.due_at <= :asked", "c.due_at", micros(now), limit)


def behind(session: Session, revision: int, limit: int) -> list[str]:
    """Claim customers who were last settled under an older playbook than this.

    Who is set aside comes by time, and whom staff hold when they are released.
    """
    where = "c.revision < :asked AND c.failures = 0 AND c.held_at IS NULL"
    return _claimed(session, where, "c.revision", revision, limit)


def any_behind(session: Session, revision: int) -> bool:
    """Whether anybody was last settled under an older playbook: one look at an index."""
    return bool(
        session.rows(
            "SELECT 1 FROM customers WHERE revision < :revision AND failures = 0 AND held_at IS NULL LIMIT 1",
            {"revision": revision},
        )
    )


def _claimed(session: Session, where: str, order: str, asked: int, limit: int) -> list[str]:
    """List customers; on PostgreSQL, lock their accounts and pass over those another worker holds."""
    sql = f"SELECT c.id FROM customers c WHERE {where} ORDER BY {order} LIMIT :limit"  # noqa: S608
    if session.dialect == "postgresql":
        sql = (
            f"SELECT c.id, a.id FROM customers c JOIN accounts a ON a.id = c.account_id WHERE {where}"  # noqa: S608
            f" ORDER BY {order} LIMIT :limit FOR NO KEY UPDATE OF a SKIP LOCKED"
        )
    rows = session.rows(sql, {"asked": asked, "limit": limit})
    session.locked.update(row[1] for row in rows if session.dialect == "postgresql")
    return [row[0] for row in rows]


WAKE = "UPDATE customers SET due_at = :due_at, due_because = :due_because WHERE customers.id = :id"


def wake(session: Session, customer_ids: Iterable[str], now: datetime, because: str) -> None:
    """Make these customers due now."""
    rows = [{"id": one, "due_at": micros(now), "due_because": because} for one in sorted(set(customer_ids))]
    tell(session, WAKE, rows)


def set_aside(session: Session, customer_id: str, until: datetime, because: str) -> None:
    """Put off a customer who could not be decided, and count the failure."""
    session.run(
        "UPDATE customers SET due_at = :until, due_because = :because, failures = failures + 1 WHERE id = :id",
        {"id": customer_id, "until": micros(until), "because": because},
    )


def oldest_due(session: Session, now: datetime) -> datetime | None:
    """When the customer who has waited longest became due; None if nobody is."""
    rows = session.rows(
        "SELECT due_at FROM customers WHERE due_at <= :now ORDER BY due_at LIMIT 1", {"now": micros(now)}
    )
    return moment(rows[0][0]) if rows else None
