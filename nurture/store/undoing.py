"""Undoing: whom a publish moved, what has been done to them since, and how it is taken back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from nurture.engine.snapshot import Enrollment
from nurture.store.bulk import among, tell
from nurture.store.messages import TAKEN_BACK
from nurture.store.photographs import WALK, read_walk
from nurture.store.publishing import Name, from_json
from nurture.store.schema import micros, moment
from nurture.store.transaction import Session


class Standing(NamedTuple):
    """A move of a publish: where they stood before it, since it, and now.

    acted: the steps, each with its pass, that had done something to them before it.
    """

    customer_id: str
    email: str
    before: Enrollment
    after: Enrollment
    now: Enrollment
    acted: frozenset[tuple[str, int]] = frozenset()

    @property
    def name(self) -> Name:
        return self.customer_id, self.before.journey, self.before.entry


def moved_ids(session: Session, playbook: int) -> list[str]:
    """List whom a publish moved, where that was not undone."""
    rows = session.rows(
        "SELECT DISTINCT customer_id FROM moves WHERE playbook = :playbook AND undone_at IS NULL ORDER BY customer_id",
        {"playbook": playbook},
    )
    return [row[0] for row in rows]


def moved(session: Session, playbook: int, customer_ids: Iterable[str]) -> list[Standing]:
    """Read the moves of these customers at a publish, and where they stand now."""
    where, bound = among(session, "m.customer_id", customer_ids)
    rows = session.rows(
        "SELECT m.customer_id, c.email, m.body, e.revision, e.state, e.step, e.since FROM moves m"  # noqa: S608
        " JOIN customers c ON c.id = m.customer_id JOIN enrollments e ON e.customer_id = m.customer_id"
        " AND e.journey = m.journey AND e.entry = m.entry"
        f" WHERE m.playbook = :playbook AND m.undone_at IS NULL AND {where} ORDER BY m.customer_id, m.journey",
        {"playbook": playbook, "among": bound},
    )
    return [_standing(row) for row in rows]


def _standing(row: tuple[Any, ...]) -> Standing:
    body = orjson.loads(row[2])
    before, after = from_json(body["before"]), from_json(body["after"])
    now = after._replace(revision=row[3], state=row[4], step=row[5], since=moment(row[6]))
    acted = frozenset((step, pass_) for step, pass_ in body.get("acted", ()))
    return Standing(row[0], row[1], before, after, now, acted)


ENTERED = '%"do":"entered"%'  # in a decision's notes: it let somebody in, and did not only move them


def let_in_since(session: Session, journeys: Iterable[str], since: datetime, cause: str) -> list[Standing]:
    """List whom a publish let into these journeys, those who are through already too.

    cause: of the decisions by which a publish lets people in, rather than something they did.
    """
    where, bound = among(session, "e.journey", journeys)
    rows = session.rows(
        f"SELECT e.customer_id, c.email, {WALK} FROM enrollments e"  # noqa: S608
        f" JOIN customers c ON c.id = e.customer_id WHERE e.entered_at >= :since AND {where} AND EXISTS"
        " (SELECT 1 FROM decisions d WHERE d.customer_id = e.customer_id AND d.at = e.entered_at"
        " AND d.cause = :cause AND d.body LIKE :entered)"
        " ORDER BY e.customer_id",
        {"among": bound, "since": micros(since), "cause": cause, "entered": ENTERED},
    )
    walks = [(customer_id, email, read_walk(walk)) for customer_id, email, *walk in rows]
    return [Standing(customer_id, email, walk, walk, walk) for customer_id, email, walk in walks]


class Since(NamedTuple):
    """What was decided about a customer since a publish: by what cause, and about which journeys."""

    customer_id: str
    cause: str
    journeys: frozenset[str]


def decided_since(session: Session, customer_ids: Iterable[str], since: datetime) -> list[Since]:
    """List what was decided about these customers since a moment."""
    where, bound = among(session, "customer_id", customer_ids)
    rows = session.rows(
        f"SELECT customer_id, cause, body FROM decisions WHERE {where} AND at >= :since",  # noqa: S608
        {"among": bound, "since": micros(since)},
    )
    return [
        Since(customer, cause, frozenset(note["journey"] for note in orjson.loads(body) if "journey" in note))
        for customer, cause, body in rows
    ]


DONE = {"messages": "decided_at", "tasks": "opened_at", "notices": "at", "calls": "decided_at"}


def done_since(session: Session, customer_ids: Iterable[str], since: datetime) -> set[Name]:
    """Say for which enrollments something has happened since a moment that cannot be taken back."""
    where, bound = among(session, "customer_id", customer_ids)
    found: set[Name] = set()
    for table, at in DONE.items():
        final = " AND state NOT IN ('queued', 'cancelled')" if table == "messages" else ""
        found |= set(
            session.rows(
                f"SELECT customer_id, journey, entry FROM {table} WHERE {where} AND {at} >= :since{final}",  # noqa: S608
                {"among": bound, "since": micros(since)},
            )
        )
    return found


class Letter(NamedTuple):
    """A letter that is queued."""

    id: str
    name: Name
    step: str
    pass_: int


def queued_since(session: Session, customer_ids: Iterable[str], since: datetime) -> list[Letter]:
    """List the letters of these customers that were decided since a moment and are still queued."""
    where, bound = among(session, "customer_id", customer_ids)
    rows = session.rows(
        "SELECT id, customer_id, journey, entry, step, pass FROM messages"  # noqa: S608
        f" WHERE state = 'queued' AND {where} AND decided_at >= :since",
        {"among": bound, "since": micros(since)},
    )
    return [Letter(row[0], (row[1], row[2], row[3]), row[4], row[5]) for row in rows]


def take_back(session: Session, ids: Iterable[str]) -> None:
    """Cancel queued letters so that they may be asked for again."""
    tell(
        session,
        "UPDATE messages SET state = 'cancelled', because = :because WHERE messages.id = :id"
        " AND messages.state = 'queued'",
        [{"id": one, "because": TAKEN_BACK} for one in ids],
    )


REOPEN = (
    "UPDATE tasks SET state = 'open', closed_at = NULL, because = :because WHERE tasks.customer_id = :customer_id"
    " AND tasks.journey = :journey AND tasks.entry = :entry AND tasks.step = :step AND tasks.pass = :pass"
    " AND tasks.state = 'closed'"
)


def reopen(session: Session, stood: Iterable[tuple[str, Enrollment]], because: str) -> None:
    """Ask again for the tasks that these enrollments were waiting for."""
    rows = [
        {
            "customer_id": customer_id,
            "journey": one.journey,
            "entry": one.entry,
            "step": one.step,
            "pass": one.pass_,
            "because": because,
        }
        for customer_id, one in stood
    ]
    tell(session, REOPEN, rows)


UNDO_MOVE = (
    "UPDATE moves SET undone_at = :undone_at WHERE moves.playbook = :playbook AND moves.customer_id = :customer_id"
    " AND moves.journey = :journey AND moves.entry = :entry"
)


def mark_put_back(session: Session, playbook: int, names: Iterable[Name], now: datetime) -> None:
    """Say that these moves of a publish were undone."""
    at = {"playbook": playbook, "undone_at": micros(now)}
    rows = [{"customer_id": customer, "journey": journey, "entry": entry, **at} for customer, journey, entry in names]
    tell(session, UNDO_MOVE, rows)
