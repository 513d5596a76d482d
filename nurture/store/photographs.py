"""Photographs: everything known about N customers, in a fixed number of queries.

The driver's own cursors are used here, and plain text SQL: this is the path every webhook and every tick takes.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from nurture.engine.snapshot import Customer, Enrollment, Snapshot
from nurture.store.bulk import among
from nurture.store.facts import read_account, read_facts, when
from nurture.store.schema import moment
from nurture.store.transaction import Session


class Photograph(NamedTuple):
    """One customer as the engine sees them, and what only the store needs to write them back."""

    snapshot: Snapshot
    account_gen: int
    failures: int
    account_name: str | None = None

    def closed(self) -> "Photograph":
        """The same customer after a close: whatever was decided before is void."""
        customer = self.snapshot.customer
        return self._replace(snapshot=self.snapshot._replace(customer=customer._replace(gen=customer.gen + 1)))


COLUMNS = (
    "c.id, c.account_id, c.ext_id, c.email, c.stage, c.stage_since, c.persona, c.persona_because, c.persona_locked,"
    " c.gen, c.zone, c.locale, c.signed_up_at, c.trial_starts_at, c.trial_ends_at, c.traits, c.created_at, c.revision,"
    " c.facts, c.failures, a.gen, a.name, c.trial_paused_at, a.ext_id, a.traits, a.facts, c.owner, c.held_at,"
    " c.held_because"
)
WALK = (
    "e.journey, e.entry, e.revision, e.step, e.since, e.due_at, e.because, e.entered_at, e.entered_because, e.variant,"
    " e.facts, e.state"
)
SUPPRESSED = {
    "sqlite": "(SELECT group_concat(s.scope) FROM suppressions s WHERE s.email_hash = c.email_hash)",
    "postgresql": "(SELECT string_agg(s.scope, ',') FROM suppressions s WHERE s.email_hash = c.email_hash)",
}


def lock(session: Session, customer_ids: Sequence[str]) -> None:
    """Lock the accounts of these customers, in ascending order.  SQLite's one writer holds the only lock already."""
    if session.dialect == "postgresql":
        where, bound = among(session, "id", customer_ids)
        session.locked.update(
            row[0]
            for row in session.rows(
                "SELECT id FROM accounts WHERE id IN (SELECT account_id FROM customers WHERE "  # noqa: S608
                f"{where}) ORDER BY id FOR NO KEY UPDATE",
                {"among": bound},
            )
        )


def photographs(session: Session, customer_ids: Sequence[str]) -> dict[str, Photograph]:
    """Take the photographs of these customers, whose accounts must be locked: two queries, however many they are.

    Somebody may have changed accounts while the lock of the old one was waited for: then the new one is locked, and
    the photographs are taken anew.
    """
    taken = _taken(session, customer_ids, enrollments(session, customer_ids))
    if session.locked and any(one.snapshot.customer.account_id not in session.locked for one in taken.values()):
        lock(session, customer_ids)
        taken = _taken(session, customer_ids, enrollments(session, customer_ids))
    return taken


def portraits(session: Session, customer_ids: Sequence[str]) -> dict[str, Photograph]:
    """Take photographs without the journeys they walk: one query, for whoever asks about the person alone."""
    return _taken(session, customer_ids, {})


def _taken(
    session: Session, customer_ids: Sequence[str], walking: Mapping[str, tuple[Enrollment, ...]]
) -> dict[str, Photograph]:
    where, bound = among(session, "c.id", customer_ids)
    people = session.rows(
        f"SELECT {COLUMNS}, {SUPPRESSED[session.dialect]}"  # noqa: S608
        f" FROM customers c JOIN accounts a ON a.id = c.account_id WHERE {where}",
        {"among": bound},
    )
    return {row[0]: _photograph(row, walking.get(row[0], ())) for row in people}


def enrollments(session: Session, customer_ids: Sequence[str]) -> dict[str, tuple[Enrollment, ...]]:
    """Give the active enrollments of these customers."""
    where, bound = among(session, "e.customer_id", customer_ids)
    rows = session.rows(
        f"SELECT e.customer_id, {WALK} FROM enrollments e WHERE e.state = 'active' AND {where}",  # noqa: S608
        {"among": bound},
    )
    found: dict[str, list[Enrollment]] = {}
    for customer_id, *walk in rows:
        found.setdefault(customer_id, []).append(read_walk(walk))
    return {customer_id: tuple(walking) for customer_id, walking in found.items()}


def read_walk(row: Sequence[Any]) -> Enrollment:
    """Read an enrollment from the columns of `WALK`."""
    return Enrollment(
        journey=row[0],
        entry=row[1],
        revision=row[2],
        step=row[3],
        since=moment(row[4]),
        due_at=when(row[5]),
        because=row[6],
        entered_at=moment(row[7]),
        entered_because=row[8],
        variant=row[9],
        memory=orjson.loads(row[10]),
        state=row[11],
    )


def _photograph(row: tuple[Any, ...], walking: tuple[Enrollment, ...]) -> Photograph:
    customer = Customer(
        id=row[0],
        account_id=row[1],
        ext_id=row[2],
        email=row[3],
        stage=row[4],
        stage_since=moment(row[5]),
        persona=row[6],
        persona_because=row[7],
        persona_locked=bool(row[8]),
        gen=row[9],
        zone=row[10],
        locale=row[11],
        signed_up_at=when(row[12]),
        trial_starts_at=when(row[13]),
        trial_ends_at=when(row[14]),
        traits=orjson.loads(row[15]),
        created_at=moment(row[16]),
        revision=row[17],
        trial_paused_at=when(row[22]),
        owner=row[26],
        held_at=when(row[27]),
        held_because=row[28],
    )
    suppressed = frozenset(row[29].split(",")) if row[29] else frozenset[str]()
    snapshot = Snapshot(
        customer, read_facts(row[18]), walking, suppressed=suppressed, account=read_account(row[23], row[24], row[25])
    )
    return Photograph(snapshot, row[20], row[19], row[21])
