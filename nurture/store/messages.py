"""Messages: born with the decision, claimed under the account's lock, and never without an outcome.

A message is named by (customer, journey, entry, step, pass), across versions: the database says once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from nurture.engine.decision import Order
from nurture.engine.snapshot import Customer, message_key
from nurture.store import house
from nurture.store.bulk import among, tell
from nurture.store.decided import Settled
from nurture.store.ids import new_id
from nurture.store.lines import Handed
from nurture.store.schema import micros, moment
from nurture.store.transaction import Session

Seal = Callable[[str], str]
"""Turns a natural key into an opaque one that a restored database makes again: an HMAC under our secret."""


class Message(NamedTuple):
    """One letter on its way.  Moments named `retry_at` and `lease_until` are machine time, the others life time."""

    id: str
    send_id: str
    customer_id: str
    journey: str
    entry: int
    step: str
    pass_: int
    email: str
    topic: str
    urgent: bool
    customer_gen: int
    account_gen: int
    state: str
    not_before: datetime
    expires_at: datetime
    attempt: int

    @property
    def key(self) -> str:
        """The natural key within its customer: what its touch is counted under."""
        return message_key(self.journey, self.entry, self.step, self.pass_)


class Ending(NamedTuple):
    """What became of a claimed message, or of one that could not be claimed.

    handed_at: life time, where bytes may have left.  retry_at: machine time, where it is queued again.
    not_before, expires_at: life time, where a window or a cap holds it after all.
    """

    message: Message
    state: str
    because: str
    handed_at: datetime | None = None
    retry_at: datetime | None = None
    not_before: datetime | None = None
    expires_at: datetime | None = None
    provider_id: str | None = None
    http_status: int | None = None
    outcome: str | None = None


class Dress(NamedTuple):
    """What was chosen when the letter was composed, for the record."""

    variant: str
    persona: str | None
    subject: str


TAKEN_BACK = "cancelled, the publish that asked for it was undone"
"""Why a letter was cancelled that may be asked for again: no byte of it ever left."""

INSERT_MESSAGE = (
    "INSERT INTO messages (id, send_id, customer_id, journey, entry, step, pass, email, topic, urgent, customer_gen,"  # noqa: S608
    " account_gen, state, because, decided_at, not_before, expires_at, retry_at, attempt) VALUES (:id, :send_id,"
    " :customer_id, :journey, :entry, :step, :pass, :email, :topic, :urgent, :customer_gen, :account_gen, 'queued',"
    " :because, :decided_at, :decided_at, :expires_at, :retry_at, 0)"
    " ON CONFLICT (customer_id, journey, entry, step, pass) DO UPDATE SET state = 'queued', email = excluded.email,"
    " topic = excluded.topic, urgent = excluded.urgent, customer_gen = excluded.customer_gen,"
    " account_gen = excluded.account_gen, because = excluded.because, decided_at = excluded.decided_at,"
    " not_before = excluded.not_before, expires_at = excluded.expires_at, retry_at = excluded.retry_at"
    f" WHERE messages.state = 'cancelled' AND messages.because = '{TAKEN_BACK}'"
)
COLUMNS = (
    "id, send_id, customer_id, journey, entry, step, pass, email, topic, urgent, customer_gen, account_gen, state,"
    " not_before, expires_at, attempt"
)


def queue(session: Session, settled: Sequence[Settled], seal: Seal, now: datetime, machine: datetime) -> int:
    """Insert the messages that these decisions order; one that exists already stays as it is.  Returns how many.

    One that was taken back with the publish that asked for it is queued once more.
    """
    rows = [
        _values(one.decision.customer, order, one.account_gen, seal, now, machine)
        for one in settled
        for order in one.decision.orders
    ]
    tell(session, INSERT_MESSAGE, rows)
    return len(rows)


def _values(
    customer: Customer, order: Order, account_gen: int, seal: Seal, now: datetime, machine: datetime
) -> dict[str, Any]:
    return {
        "id": new_id("msg", now),
        "send_id": seal(f"{customer.ext_id or customer.email}|{order.key}"),
        "customer_id": customer.id,
        "journey": order.journey,
        "entry": order.entry,
        "step": order.step,
        "pass": order.pass_,
        "email": order.email,
        "topic": order.topic,
        "urgent": order.urgent,
        "customer_gen": customer.gen,
        "account_gen": account_gen,
        "because": order.because,
        "decided_at": micros(now),
        "expires_at": micros(order.expires_at),
        "retry_at": micros(machine),
    }


def queued(session: Session, now: datetime, machine: datetime, limit: int) -> list[Message]:
    """List messages that may be tried now, oldest first."""
    rows = session.rows(
        f"SELECT {COLUMNS} FROM messages WHERE state = 'queued' AND retry_at <= :machine"  # noqa: S608
        " AND not_before <= :now ORDER BY retry_at, not_before LIMIT :limit",
        {"now": micros(now), "machine": micros(machine), "limit": limit},
    )
    return [_message(row) for row in rows]


def of_ids(session: Session, ids: Iterable[str]) -> dict[str, Message]:
    """Read messages as they stand now."""
    where, bound = among(session, "id", ids)
    rows = session.rows(f"SELECT {COLUMNS} FROM messages WHERE {where}", {"among": bound})  # noqa: S608
    return {row[0]: _message(row) for row in rows}


def _message(row: tuple[Any, ...]) -> Message:
    opening, closing = moment(row[13]), moment(row[14])
    return Message._make((*row[:9], bool(row[9]), *row[10:13], opening, closing, row[15]))


CLAIM = (
    "UPDATE messages SET state = 'handing', attempt = :attempt, lease_until = :lease_until, worker = :worker,"
    " variant = :variant, persona = :persona, subject = :subject, handed_at = :handed_at"
    " WHERE messages.id = :id AND messages.state = 'queued'"
)
ATTEMPT = "INSERT INTO attempts (message_id, n, started_at) VALUES (:message_id, :n, :started_at)"


def claim(
    session: Session,
    chosen: Sequence[Message],
    dressed: Mapping[str, Dress],
    worker: str,
    now: datetime,
    machine: datetime,
    lease: timedelta,
) -> None:
    """Write down, before the call, that these messages are being handed over.  Their accounts must be locked."""
    rows = [
        {
            "id": one.id,
            "attempt": one.attempt + 1,
            "lease_until": micros(machine + lease),
            "worker": worker,
            "handed_at": micros(now),
            **dressed[one.id]._asdict(),
        }
        for one in chosen
    ]
    tell(session, CLAIM, rows)
    begun = [{"message_id": one.id, "n": one.attempt + 1, "started_at": micros(machine)} for one in chosen]
    tell(session, ATTEMPT, begun)
    for one in chosen:
        name = (one.customer_id, one.journey, one.entry, one.step, one.pass_)
        session.note(Handed(one.send_id, one.attempt + 1, *name, one.topic, micros(now)))


END = (
    "UPDATE messages SET state = :state, because = :because, lease_until = NULL, worker = NULL,"
    " handed_at = :handed_at, provider_id = :provider_id, retry_at = COALESCE(:retry_at, messages.retry_at),"
    " not_before = COALESCE(:not_before, messages.not_before),"
    " expires_at = COALESCE(:expires_at, messages.expires_at)"
    " WHERE messages.id = :id AND messages.state IN ('queued', 'handing')"
)
END_ATTEMPT = (
    "UPDATE attempts SET finished_at = :finished_at, outcome = :outcome, http_status = :http_status,"
    " because = :because WHERE attempts.message_id = :message_id AND attempts.n = :n"
)


def conclude(session: Session, endings: Sequence[Ending], machine: datetime) -> None:
    """Write down what became of messages, and of the attempt where there was one."""
    tell(
        session,
        END,
        [
            {
                "id": one.message.id,
                "state": one.state,
                "because": one.because,
                "handed_at": _micros(one.handed_at),
                "retry_at": _micros(one.retry_at),
                "not_before": _micros(one.not_before),
                "expires_at": _micros(one.expires_at),
                "provider_id": one.provider_id,
            }
            for one in endings
        ],
    )
    tell(
        session,
        END_ATTEMPT,
        [
            {
                "message_id": one.message.id,
                "n": one.message.attempt + 1,
                "finished_at": micros(machine),
                "outcome": one.outcome,
                "http_status": one.http_status,
                "because": one.because,
            }
            for one in endings
            if one.outcome is not None
        ],
    )


def _micros(at: datetime | None) -> int | None:
    return None if at is None else micros(at)


def expired(session: Session, machine: datetime, limit: int) -> list[Message]:
    """List messages whose hand-over was begun and never concluded: whoever had them is gone."""
    rows = session.rows(
        f"SELECT {COLUMNS} FROM messages WHERE state = 'handing' AND lease_until < :machine"  # noqa: S608
        " ORDER BY lease_until LIMIT :limit",
        {"machine": micros(machine), "limit": limit},
    )
    return [_message(row) for row in rows]


def handing(session: Session, customer_ids: Iterable[str]) -> list[str]:
    """List the messages of these customers that are being handed over at this moment."""
    where, bound = among(session, "customer_id", customer_ids)
    rows = session.rows(f"SELECT id FROM messages WHERE state = 'handing' AND {where}", {"among": bound})  # noqa: S608
    return [row[0] for row in rows]


def on_their_way(session: Session, customer_ids: Iterable[str]) -> list[tuple[str, Message]]:
    """Read the messages being handed over to these customers and their colleagues, each with its account's id."""
    where, bound = among(session, "id", customer_ids)
    columns = ", ".join(f"m.{column}" for column in COLUMNS.split(", "))
    rows = session.rows(
        f"SELECT {columns}, c.account_id FROM messages m JOIN customers c ON c.id = m.customer_id"  # noqa: S608
        f" WHERE m.state = 'handing' AND c.account_id IN (SELECT account_id FROM customers WHERE {where})",
        {"among": bound},
    )
    return [(row[-1], _message(row[:-1])) for row in rows]


def outdated(session: Session, customer_ids: Iterable[str]) -> list[str]:
    """List the messages on their way to these customers and their colleagues that were decided before a turn.

    Somebody who is set aside may have had one: what they told has taken no effect yet.
    """
    where, bound = among(session, "id", customer_ids)
    rows = session.rows(
        "SELECT m.id FROM messages m JOIN customers c ON c.id = m.customer_id JOIN accounts a ON a.id = c.account_id"  # noqa: S608
        f" WHERE m.state = 'handing' AND c.account_id IN (SELECT account_id FROM customers WHERE {where})"
        " AND (m.customer_gen <> c.gen OR m.account_gen <> a.gen OR c.failures > 0)",
        {"among": bound},
    )
    return [row[0] for row in rows]


def still_handing(session: Session, ids: Iterable[str]) -> bool:
    """Whether any of these messages is still without an outcome."""
    where, bound = among(session, "id", ids)
    return bool(session.rows(f"SELECT 1 FROM messages WHERE state = 'handing' AND {where} LIMIT 1", {"among": bound}))  # noqa: S608


def cancel_walk(session: Session, customer_id: str, journey: str, entry: int, because: str) -> None:
    """Cancel what is queued for one customer in one enrollment."""
    session.run(
        "UPDATE messages SET state = 'cancelled', because = :because WHERE state = 'queued'"
        " AND customer_id = :id AND journey = :journey AND entry = :entry",
        {"id": customer_id, "journey": journey, "entry": entry, "because": because},
    )


def cancel(session: Session, customer_ids: Iterable[str], topic: str | None, because: str) -> None:
    """Cancel what is queued for these customers, in one topic or in all."""
    where, bound = among(session, "customer_id", customer_ids)
    narrowed = "" if topic is None else " AND topic = :topic"
    bound_all = {"among": bound, "because": because, **({} if topic is None else {"topic": topic})}
    session.run(
        f"UPDATE messages SET state = 'cancelled', because = :because WHERE state = 'queued' AND {where}{narrowed}",  # noqa: S608
        bound_all,
    )


def go_on(session: Session, customer_id: str, hold: str, stood: timedelta, now: datetime) -> None:
    """Let what is queued for a customer go on as if it had not waited.

    hold: why it did, as it was written down.  stood: for how long they were held.
    """
    waiting = {"id": customer_id, "hold": hold, "stood": stood // timedelta(microseconds=1), "now": micros(now)}
    session.run(
        "UPDATE messages SET expires_at = expires_at + :stood,"
        " not_before = CASE WHEN because = :hold THEN :now ELSE not_before END,"
        " because = CASE WHEN because = :hold THEN 'released' ELSE because END"
        " WHERE customer_id = :id AND state = 'queued'",
        waiting,
    )


PUT_FACTS = "UPDATE customers SET facts = :facts WHERE customers.id = :id"


def put_facts(session: Session, facts: Mapping[str, str]) -> None:
    """Write what the past of these customers comes down to: customer id -> JSON."""
    tell(session, PUT_FACTS, [{"id": customer_id, "facts": text} for customer_id, text in facts.items()])


def held_or_oldest(session: Session, machine: datetime) -> tuple[str | None, str | None, datetime | None]:
    """In one question: what the house keeps of a hold and of a wrong clock, and what `oldest_queued` says."""
    ((held, clock, at),) = session.rows(
        "SELECT (SELECT value FROM house WHERE name = :hold), (SELECT value FROM house WHERE name = :clock),"
        " (SELECT retry_at FROM messages WHERE state = 'queued' AND retry_at <= :machine ORDER BY retry_at LIMIT 1)",
        {"hold": house.HOLD, "clock": house.CLOCK, "machine": micros(machine)},
    )
    return held, clock, moment(at) if at is not None else None


def oldest_queued(session: Session, machine: datetime) -> datetime | None:
    """When the message that has waited longest for its hand-over could have been tried; machine time, None if none."""
    rows = session.rows(
        "SELECT retry_at FROM messages WHERE state = 'queued' AND retry_at <= :machine ORDER BY retry_at LIMIT 1",
        {"machine": micros(machine)},
    )
    return moment(rows[0][0]) if rows else None
