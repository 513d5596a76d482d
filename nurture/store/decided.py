"""What was decided about customers, written down: a fixed number of statements, however many they are.

The letters among it are `messages`, tasks, notices and calls are `effects`; this is everything else.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from nurture.engine.decision import Decision, note_as_json
from nurture.engine.snapshot import Customer
from nurture.store.bulk import tell
from nurture.store.facts import micros_of, write_facts
from nurture.store.lines import Moved
from nurture.store.schema import micros
from nurture.store.transaction import Session


class Settled(NamedTuple):
    """One customer's decision on its way into the database."""

    decision: Decision
    cause: str
    account_gen: int


UPDATE_CUSTOMER = (
    "UPDATE customers SET stage = :stage, stage_since = :stage_since, persona = :persona,"
    " persona_because = :persona_because, gen = :gen, traits = :traits, facts = :facts, due_at = :due_at,"
    " due_because = :due_because, revision = :revision, trial_ends_at = :trial_ends_at,"
    " trial_paused_at = :trial_paused_at, persona_locked = :persona_locked, held_at = :held_at,"
    " held_because = :held_because, failures = 0 WHERE customers.id = :id"
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
    changes = [values for one in settled for values in _stage_changes(one.decision)]
    session.many(INSERT_STAGE_CHANGE, changes)
    for change in changes:
        if change["from"] is not None:
            session.note(Moved(change["id"], change["to"], change["at"]))
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
        "held_at": micros_of(customer.held_at),
        "held_because": customer.held_because,
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
