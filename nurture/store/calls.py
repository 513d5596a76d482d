"""Calls: webhooks on their way out, born with the decision, claimed for a while, made at least once.

The id stays the same at every attempt: whoever is called knows a second time by it. All moments are machine time.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from nurture.store.schema import micros
from nurture.store.transaction import Session

ONE_CLAIMS = 0x6E75_0CA1  # the number under which PostgreSQL lets one process claim at a time
COLUMNS = "id, outbound, body, attempt"
DUE = (
    "state = 'queued' AND retry_at <= :machine AND NOT EXISTS (SELECT 1 FROM customers c"
    " WHERE c.id = calls.customer_id AND c.held_at IS NOT NULL)"
)  # nothing goes out about whom staff hold


class Call(NamedTuple):
    """One claimed call.  outbound: the document that says where.  body: JSON, as it is sent.  attempt: from 1."""

    id: str
    outbound: str
    body: str
    attempt: int


def any_due(session: Session, machine: datetime) -> bool:
    """Whether any call may be made now."""
    due = f"SELECT 1 FROM calls WHERE {DUE} LIMIT 1"  # noqa: S608
    return bool(session.rows(due, {"machine": micros(machine)}))


class Room(NamedTuple):
    """How many calls may be under way: to one outbound, over all processes; and how many more one process can make."""

    to_one: int
    here: int


def claim(session: Session, machine: datetime, lease: timedelta, worker: str, room: Room) -> list[Call]:
    """Claim what may be called now, the outbound first that has waited longest; processes claim one after the other."""
    if session.dialect == "postgresql":
        session.rows("SELECT pg_advisory_xact_lock(:key)", {"key": ONE_CLAIMS})
    due = session.rows(
        f"SELECT outbound, MIN(retry_at) FROM calls WHERE {DUE}"  # noqa: S608
        " GROUP BY outbound ORDER BY MIN(retry_at)",
        {"machine": micros(machine)},
    )
    under_way = dict(session.rows("SELECT outbound, COUNT(*) FROM calls WHERE state = 'calling' GROUP BY outbound"))
    chosen = [
        call
        for outbound, _ in due
        if (free := room.to_one - under_way.get(outbound, 0)) > 0
        for call in _oldest(session, outbound, machine, free)
    ][: room.here]
    session.many(
        "UPDATE calls SET state = 'calling', attempt = :attempt, lease_until = :lease_until, worker = :worker"
        " WHERE id = :id",
        [
            {"id": one.id, "attempt": one.attempt, "lease_until": micros(machine + lease), "worker": worker}
            for one in chosen
        ],
    )
    return chosen


def _oldest(session: Session, outbound: str, machine: datetime, limit: int) -> Iterable[Call]:
    rows = session.rows(
        f"SELECT {COLUMNS} FROM calls WHERE {DUE} AND outbound = :outbound"  # noqa: S608
        " ORDER BY retry_at, id LIMIT :limit",
        {"outbound": outbound, "machine": micros(machine), "limit": limit},
    )
    return [Call(own, to, body, tried + 1) for own, to, body, tried in rows]


def end(session: Session, call: Call, state: str, because: str, machine: datetime, http_status: int | None) -> None:
    """Write down that a call was accepted, or has failed for good."""
    _conclude(session, call, state, because, http_status, ended_at=micros(machine))


def put_off(session: Session, call: Call, because: str, until: datetime, http_status: int | None) -> None:
    """Write down that an attempt failed, and when the next one may be made."""
    _conclude(session, call, "queued", because, http_status, retry_at=micros(until))


def _conclude(session: Session, call: Call, state: str, because: str, http_status: int | None, **at: int) -> None:
    """Write down an attempt's outcome, unless another attempt has begun since."""
    moments = "".join(f", {column} = :{column}" for column in at)
    session.run(
        f"UPDATE calls SET state = :state, because = :because, http_status = :http_status, lease_until = NULL,"  # noqa: S608
        f" worker = NULL{moments} WHERE id = :id AND attempt = :attempt AND state IN ('calling', 'queued')",
        {"id": call.id, "attempt": call.attempt, "state": state, "because": because, "http_status": http_status, **at},
    )


def expired(session: Session, machine: datetime, limit: int) -> list[Call]:
    """List calls that were begun and never concluded: whoever made them is gone."""
    rows = session.rows(
        f"SELECT {COLUMNS} FROM calls WHERE state = 'calling' AND lease_until < :machine"  # noqa: S608
        " ORDER BY lease_until LIMIT :limit",
        {"machine": micros(machine), "limit": limit},
    )
    return [Call(*row) for row in rows]
