"""Photographs: everything known about N customers in a fixed number of queries, and what was decided written back.

The driver's own cursors are used here, and plain text SQL: this is the path every webhook and every tick takes.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from nurture.engine.decision import Decision, note_as_json
from nurture.engine.snapshot import Customer, Enrollment, Snapshot
from nurture.store.bulk import tell
from nurture.store.facts import micros_of, read_account, read_facts, when, write_facts
from nurture.store.schema import micros, moment
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


class Settled(NamedTuple):
    """One customer's decision on its way into the database."""

    decision: Decision
    cause: str
    account_gen: int


COLUMNS = (
    "c.id, c.account_id, c.ext_id, c.email, c.stage, c.stage_since, c.persona, c.persona_because, c.persona_locked,"
    " c.gen, c.zone, c.locale, c.signed_up_at, c.trial_starts_at, c.trial_ends_at, c.traits, c.created_at, c.revision,"
    " c.facts, c.failures, a.gen, a.name, c.trial_paused_at, a.ext_id, a.traits, a.facts"
)
SUPPRESSED = {
    "sqlite": "(SELECT group_concat(s.scope) FROM suppressions s WHERE s.email_hash = c.email_hash)",
    "postgresql": "(SELECT string_agg(s.scope, ',') FROM suppressions s WHERE s.email_hash = c.email_hash)",
}


def among(session: Session, column: str, values: Iterable[str]) -> tuple[str, Any]:
    """Say `column is one of values` for this database: the condition, and what to bind as :among."""
    listed = list(values)
    if session.dialect == "sqlite":
        return f"{column} IN (SELECT value FROM json_each(:among))", orjson.dumps(listed).decode()  # noqa: S608
    return f"{column} = ANY(:among)", listed


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
    where, bound = among(session, "customer_id", customer_ids)
    rows = session.rows(
        "SELECT customer_id, journey, entry, revision, step, since, due_at, because, entered_at, entered_because,"  # noqa: S608
        f" variant, facts FROM enrollments WHERE state = 'active' AND {where}",
        {"among": bound},
    )
    found: dict[str, list[Enrollment]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(
            Enrollment(
                journey=row[1],
                entry=row[2],
                revision=row[3],
                step=row[4],
                since=moment(row[5]),
                due_at=moment(row[6]),
                because=row[7],
                entered_at=moment(row[8]),
                entered_because=row[9],
                variant=row[10],
                memory=orjson.loads(row[11]),
            )
        )
    return {customer_id: tuple(walking) for customer_id, walking in found.items()}


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
    )
    suppressed = frozenset(row[26].split(",")) if row[26] else frozenset[str]()
    snapshot = Snapshot(
        customer, read_facts(row[18]), walking, suppressed=suppressed, account=read_account(row[23], row[24], row[25])
    )
    return Photograph(snapshot, row[20], row[19], row[21])


UPDATE_CUSTOMER = (
    "UPDATE customers SET stage = :stage, stage_since = :stage_since, persona = :persona,"
    " persona_because = :persona_because, gen = :gen, traits = :traits, facts = :facts, due_at = :due_at,"
    " due_because = :due_because, revision = :revision, trial_ends_at = :trial_ends_at,"
    " trial_paused_at = :trial_paused_at, persona_locked = :persona_locked, failures = 0 WHERE customers.id = :id"
)
INSERT_DECISION = (
    "INSERT INTO decisions (customer_id, at, n, cause, body) VALUES (:customer_id, :at, (SELECT COALESCE(MAX(d.n), 0)"
    " + 1 FROM decisions d WHERE d.customer_id = :customer_id AND d.at = :at), :cause, :body)"
)
PUT_ENROLLMENT = (
    "INSERT INTO enrollments (customer_id, journey, entry, revision, state, step, since, due_at, because, entered_at,"
    " entered_because, ended_at, variant, facts) VALUES (:customer_id, :journey, :entry, :revision, :state, :step,"
    " :since, :due_at, :because, :entered_at, :entered_because, :ended_at, :variant, :facts)"
    " ON CONFLICT (customer_id, journey, entry) DO UPDATE SET"
    " revision = excluded.revision, state = excluded.state, step = excluded.step, since = excluded.since,"
    " due_at = excluded.due_at, because = excluded.because, ended_at = excluded.ended_at,"
    " variant = excluded.variant, facts = excluded.facts"
)
INSERT_STAGE_CHANGE = (
    "INSERT INTO stage_changes (customer_id, n, from_stage, to_stage, at, because) VALUES (:id,"
    " (SELECT COALESCE(MAX(s.n), 0) + 1 FROM stage_changes s WHERE s.customer_id = :id), :from, :to, :at, :because)"
)  # one after the other: each is numbered after the one before
INSERT_MILESTONE = (
    "INSERT INTO milestones (customer_id, milestone, at, because) VALUES (:customer_id, :milestone, :at,"
    " :because) ON CONFLICT (customer_id, milestone) DO UPDATE SET at = excluded.at, because = excluded.because"
    " WHERE excluded.at < milestones.at"
)
CANCEL_QUEUED = (
    "UPDATE messages SET state = 'cancelled', because = :because"
    " WHERE messages.customer_id = :customer_id AND messages.state = 'queued'"
)


def record(session: Session, settled: Sequence[Settled], now: datetime, *, born: bool = False) -> None:
    """Write what was decided about each of these customers: a fixed number of statements, however many they are.

    born: the customer rows themselves were just inserted with the decision's own values.
    Messages are inserted by `messages.queue`.
    """
    if not born:
        tell(session, UPDATE_CUSTOMER, [customer_values(one.decision) for one in settled])
    tell(
        session,
        INSERT_DECISION,
        [
            {
                "customer_id": one.decision.customer.id,
                "at": micros(now),
                "cause": one.cause,
                "body": _body(one.decision),
            }
            for one in settled
            if one.decision.notes
        ],
    )
    tell(
        session,
        CANCEL_QUEUED,
        [
            {
                "customer_id": one.decision.customer.id,
                "because": f"cancelled: {one.decision.stage_changes[-1].because}",
            }
            for one in settled
            if one.decision.turned
        ],
    )
    session.many(INSERT_STAGE_CHANGE, [values for one in settled for values in _stage_changes(one.decision)])
    tell(session, INSERT_MILESTONE, [values for one in settled for values in _milestones(one.decision)])
    tell(session, PUT_ENROLLMENT, [values for one in settled for values in _enrollments(one.decision)])


def customer_values(decision: Decision) -> dict[str, Any]:
    """What a decision changes in the customer's own row."""
    customer = decision.customer
    return {
        "id": customer.id,
        "stage": customer.stage,
        "stage_since": micros(customer.stage_since),
        "persona": customer.persona,
        "persona_because": customer.persona_because,
        "persona_locked": customer.persona_locked,
        "gen": customer.gen,
        "traits": orjson.dumps(customer.traits).decode(),
        "facts": write_facts(decision.facts),
        "due_at": micros_of(decision.due_at),
        "due_because": decision.due_because,
        "revision": customer.revision,
        "trial_ends_at": micros_of(customer.trial_ends_at),
        "trial_paused_at": micros_of(customer.trial_paused_at),
    }


def _body(decision: Decision) -> str:
    return orjson.dumps([note_as_json(note) for note in decision.notes]).decode()


def _stage_changes(decision: Decision) -> list[dict[str, Any]]:
    return [
        {
            "id": decision.customer.id,
            "from": change.from_,
            "to": change.to,
            "at": micros(change.at),
            "because": change.because,
        }
        for change in decision.stage_changes
    ]


def _milestones(decision: Decision) -> list[dict[str, Any]]:
    return [
        {"customer_id": decision.customer.id, "milestone": one.milestone, "at": micros(one.at), "because": one.because}
        for one in decision.milestones
    ]


def _enrollments(decision: Decision) -> list[dict[str, Any]]:
    return [
        {
            "customer_id": decision.customer.id,
            "journey": one.journey,
            "entry": one.entry,
            "revision": one.revision,
            "state": one.state,
            "step": one.step,
            "since": micros(one.since),
            "due_at": micros_of(one.due_at),
            "because": one.because,
            "entered_at": micros(one.entered_at),
            "entered_because": one.entered_because,
            "ended_at": micros_of(one.ended_at),
            "variant": one.variant,
            "facts": orjson.dumps(one.memory).decode(),
        }
        for one in decision.enrollments
    ]


INSERT_CUSTOMER = (
    "INSERT INTO customers (id, account_id, ext_id, email, email_key, email_hash, stage, stage_since, persona,"
    " persona_because, persona_locked, gen, zone, locale, signed_up_at, trial_starts_at, trial_ends_at, traits, facts,"
    " due_at, due_because, revision, failures, created_at) VALUES (:id, :account_id, :ext_id, :email, :email_key,"
    " :email_hash, :stage, :stage_since, :persona, :persona_because, :persona_locked, :gen, :zone, :locale,"
    " :signed_up_at, :trial_starts_at, :trial_ends_at, :traits, :facts, :due_at, :due_because, :revision, 0,"
    " :created_at)"
)
UPDATE_PERSON = (
    "UPDATE customers SET account_id = :account_id, ext_id = :ext_id, email = :email, email_key = :email_key,"
    " email_hash = :email_hash, zone = :zone, locale = :locale, signed_up_at = :signed_up_at,"
    " trial_starts_at = :trial_starts_at, trial_ends_at = :trial_ends_at, traits = :traits,"
    " persona_locked = :persona_locked WHERE id = :id"
)


def insert_customer(session: Session, decision: Decision, email_key: str, email_hash: str) -> None:
    """Insert a customer as they are after their first decision.  Raises Conflict if they exist already."""
    session.run(INSERT_CUSTOMER, {**_person(decision.customer, email_key, email_hash), **customer_values(decision)})


def update_person(session: Session, customer: Customer, email_key: str, email_hash: str) -> None:
    """Write what a sign-up tells of someone already known, before they are settled."""
    session.run(UPDATE_PERSON, _person(customer, email_key, email_hash))


def _person(customer: Customer, email_key: str, email_hash: str) -> dict[str, Any]:
    assert customer.created_at is not None
    return {
        "id": customer.id,
        "account_id": customer.account_id,
        "ext_id": customer.ext_id,
        "email": customer.email,
        "email_key": email_key,
        "email_hash": email_hash,
        "persona_locked": customer.persona_locked,
        "zone": customer.zone,
        "locale": customer.locale,
        "signed_up_at": micros_of(customer.signed_up_at),
        "trial_starts_at": micros_of(customer.trial_starts_at),
        "trial_ends_at": micros_of(customer.trial_ends_at),
        "traits": orjson.dumps(customer.traits).decode(),
        "created_at": micros(customer.created_at),
    }


def due(session: Session, now: datetime, limit: int) -> list[str]:
    """Claim customers whose moment has come, the longest overdue first."""
    return _claimed(session, "c.due_at <= :asked", "c.due_at", micros(now), limit)


def behind(session: Session, revision: int, limit: int) -> list[str]:
    """Claim customers who were last settled under an older playbook than this; who is set aside comes by time."""
    return _claimed(session, "c.revision < :asked AND c.failures = 0", "c.revision", revision, limit)


def any_behind(session: Session, revision: int) -> bool:
    """Whether anybody was last settled under an older playbook: one look at an index."""
    return bool(
        session.rows(
            "SELECT 1 FROM customers WHERE revision < :revision AND failures = 0 LIMIT 1", {"revision": revision}
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


def set_aside(session: Session, customer_id: str, until: datetime, because: str) -> None:
    """Put off a customer who could not be decided, and count the failure."""
    session.run(
        "UPDATE customers SET due_at = :until, due_because = :because, failures = failures + 1 WHERE id = :id",
        {"id": customer_id, "until": micros(until), "because": because},
    )


def suppressed(session: Session, email_hash: str) -> frozenset[str]:
    """Say in which scopes nothing may be written to this address."""
    return frozenset(
        row[0] for row in session.rows("SELECT scope FROM suppressions WHERE email_hash = :h", {"h": email_hash})
    )


def oldest_due(session: Session, now: datetime) -> datetime | None:
    """When the customer who has waited longest became due; None if nobody is."""
    rows = session.rows(
        "SELECT due_at FROM customers WHERE due_at <= :now ORDER BY due_at LIMIT 1", {"now": micros(now)}
    )
    return moment(rows[0][0]) if rows else None
