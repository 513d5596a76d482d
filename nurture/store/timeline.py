"""The timeline: everything that happened to one customer and everything decided about them, with the reasons.

Also the messages by themselves: one customer's, and the outbox of all.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Select, select

from nurture.store import schema
from nurture.store.schema import micros, moment
from nurture.store.transaction import Session

NOTHING: Mapping[str, Any] = MappingProxyType({})
TOLD_BY_ROWS = frozenset({"born", "moved", "milestone"})  # notes that repeat what a stage change or a milestone says


class Message(NamedTuple):
    """One letter and what became of it. `to` is the customer's address, `state` one of schema.MESSAGE_STATES."""

    id: str
    send_id: str
    customer_id: str
    to: str
    journey: str
    entry: int
    step: str
    pass_: int
    email: str
    topic: str
    urgent: bool
    state: str
    because: str
    decided_at: datetime
    not_before: datetime
    expires_at: datetime
    attempt: int
    handed_at: datetime | None
    provider_id: str | None
    variant: str | None
    persona: str | None
    subject: str | None


class Attempt(NamedTuple):
    """One try to hand a message over; machine time."""

    n: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    http_status: int | None
    because: str


class Entry(NamedTuple):
    """One line of a timeline.

    kind: event, stage, milestone, message, or what a decision noted: entered, refused, left, finished, rest,
    onward, held, skipped, withheld, persona ...
    what: the event's name, the stage, the milestone, the email; for a note what it is about, '' for nothing.
    until: when a held or resting customer is looked at again.
    """

    at: datetime
    kind: str
    what: str
    because: str
    journey: str | None = None
    step: str | None = None
    until: datetime | None = None
    cause: str | None = None  # of a decision: what woke the customer
    message: Message | None = None
    properties: Mapping[str, Any] = NOTHING


class Told(NamedTuple):
    """Part of a timeline, newest first, and the `before` that asks for what came earlier; None where nothing did."""

    entries: list[Entry]
    before: datetime | None


def timeline(session: Session, customer_id: str, limit: int = 50, before: datetime | None = None) -> Told:
    """Tell what happened to a customer before a moment.

    limit: about how many entries; what happened at one moment is never parted.
    """
    span = {"id": customer_id, "since": FIRST, "before": LAST if before is None else micros(before)}
    cut = _cut(session, span, limit)
    if cut is not None:
        span["since"] = cut
    messages = {_place(message): message for message in _sent(session, span)}
    told = [
        *_notes(session, span, messages),
        *_stages(session, span),
        *_milestones(session, span),
    ]
    told += [_letter(message, message.because) for message in messages.values()]
    told += _events(session, span)  # last, and so the earliest of their moment: the rest came of them
    told.sort(key=lambda entry: entry.at, reverse=True)
    if len(told) > limit:
        oldest = told[limit - 1].at
        kept = [entry for entry in told if entry.at >= oldest]
        return Told(kept, oldest if len(kept) < len(told) or cut is not None else None)
    return Told(told, None if cut is None else moment(cut))


def messages_of(session: Session, customer_id: str, limit: int = 200) -> list[Message]:
    """List a customer's messages, the latest decided first."""
    messages = schema.messages.c
    wanted = _messages().where(messages.customer_id == customer_id)
    return _listed(session, wanted.order_by(messages.decided_at.desc(), messages.id.desc()).limit(limit))


def outbox(
    session: Session, *, state: str | None = None, cursor: str | None = None, limit: int = 50
) -> tuple[list[Message], str | None]:
    """List messages of all customers, the latest first, and the cursor of those that follow; None at the end."""
    messages = schema.messages.c
    wanted = _messages().order_by(messages.id.desc()).limit(limit + 1)
    if state is not None:
        wanted = wanted.where(messages.state == state)
    if cursor is not None:
        wanted = wanted.where(messages.id < cursor)
    found = _listed(session, wanted)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def message(session: Session, message_id: str) -> Message | None:
    """Find one message by its id or by its send_id."""
    messages = schema.messages.c
    found = _listed(session, _messages().where((messages.id == message_id) | (messages.send_id == message_id)))
    return found[0] if found else None


def attempts_of(session: Session, message_id: str) -> list[Attempt]:
    """List the tries to hand a message over, the first first."""
    attempts = schema.attempts.c
    columns = [attempts[field] for field in Attempt._fields]
    wanted = select(*columns).where(attempts.message_id == message_id).order_by(attempts.n)
    return [Attempt._make(row) for row in session.execute(wanted)]


FIRST, LAST = micros(datetime.min.replace(tzinfo=UTC)), micros(datetime.max.replace(tzinfo=UTC))
Place = tuple[str | None, str | None, datetime]
Span = dict[str, Any]
"""A customer's `id`, and the microseconds between which to look: `since` <= at < `before`."""


def _cut(session: Session, span: Span, limit: int) -> int | None:
    """Find how far back to look: to where decisions or events, each by themselves, have filled the limit."""
    cut: int | None = session.rows(
        "SELECT MAX(at) FROM (SELECT (SELECT at FROM decisions WHERE customer_id = :id AND at < :before"
        " ORDER BY at DESC LIMIT 1 OFFSET :skip) AS at UNION ALL"
        " SELECT (SELECT at FROM events WHERE customer_id = :id AND at < :before"
        " ORDER BY at DESC LIMIT 1 OFFSET :skip)) cuts",
        {**span, "skip": limit - 1},
    )[0][0]
    return cut


def _place(message: Message) -> Place:
    return message.journey, message.step, message.decided_at


def _letter(message: Message, because: str, cause: str | None = None) -> Entry:
    return Entry(
        message.decided_at,
        "message",
        message.email,
        because,
        journey=message.journey,
        step=message.step,
        cause=cause,
        message=message,
    )


def _notes(session: Session, span: Span, messages: dict[Place, Message]) -> Iterator[Entry]:
    """Read the notes of decisions; one that asked for a letter takes that message out of `messages`, to tell both."""
    found = session.rows(
        "SELECT at, cause, body FROM decisions WHERE customer_id = :id AND at >= :since AND at < :before"
        " ORDER BY at DESC, n DESC",
        span,
    )
    for at, cause, body in found:
        for note in reversed(orjson.loads(body)):
            place = (note.get("journey"), note.get("step"), moment(at))
            if note["do"] == "letter" and place in messages:
                yield _letter(messages.pop(place), note["because"], cause)
            elif note["do"] not in TOLD_BY_ROWS:
                yield _note(moment(at), cause, note)


def _note(at: datetime, cause: str, note: dict[str, Any]) -> Entry:
    until = note.get("until")
    return Entry(
        at,
        note["do"],
        note.get("about") or "",
        note["because"],
        journey=note.get("journey"),
        step=note.get("step"),
        until=None if until is None else datetime.fromisoformat(until),
        cause=cause,
    )


def _events(session: Session, span: Span) -> Iterator[Entry]:
    found = session.rows(
        "SELECT at, name, source, properties FROM events WHERE customer_id = :id AND at >= :since AND at < :before"
        " ORDER BY at DESC, id DESC",
        span,
    )
    for at, name, source, properties in found:
        yield Entry(moment(at), "event", name, f"told by {source}", properties=orjson.loads(properties))


def _stages(session: Session, span: Span) -> Iterator[Entry]:
    found = session.rows(
        "SELECT at, to_stage, because FROM stage_changes WHERE customer_id = :id AND at >= :since AND at < :before"
        " ORDER BY n DESC",
        span,
    )
    for at, stage, because in found:
        yield Entry(moment(at), "stage", stage, because)


def _milestones(session: Session, span: Span) -> Iterator[Entry]:
    found = session.rows(
        "SELECT at, milestone, because FROM milestones WHERE customer_id = :id AND at >= :since AND at < :before"
        " ORDER BY at DESC",
        span,
    )
    for at, milestone, because in found:
        yield Entry(moment(at), "milestone", milestone, because)


def _sent(session: Session, span: Span) -> list[Message]:
    messages = schema.messages.c
    within = (messages.decided_at >= moment(span["since"])) & (messages.decided_at < moment(span["before"]))
    return _listed(session, _messages().where(messages.customer_id == span["id"], within))


def _messages() -> Select[Any]:
    messages, customers = schema.messages, schema.customers
    named = {"to": customers.c.email, "pass_": messages.c["pass"]}
    columns = [named[field] if field in named else messages.c[field] for field in Message._fields]
    return select(*columns).join_from(messages, customers, customers.c.id == messages.c.customer_id)


def _listed(session: Session, wanted: Select[Any]) -> list[Message]:
    return [Message._make(row) for row in session.execute(wanted)]
