"""The timeline: everything that happened to one customer and everything decided about them, with the reasons.

Also the messages by themselves: one customer's, and the outbox of all.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Select, select

from nurture.engine.decision import Reached, StageChange
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
    onward, held, skipped, withheld, persona ...; for staff also note, act, outcome, seen, called (see `life`).
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


class Life(NamedTuple):
    """A part of a timeline, and what the same three queries tell beside it, whatever part was asked for.

    stages, milestones: the first first.  unwanted: what they want no letters about -> why, `all` for everything.
    pending: letters on their way.
    """

    told: Told
    stages: list[StageChange]
    milestones: list[Reached]
    unwanted: dict[str, str]
    pending: list[Message]


def timeline(session: Session, customer_id: str, limit: int = 50, before: datetime | None = None) -> Told:
    """Tell what happened to a customer before a moment.

    limit: about how many entries; what happened at one moment is never parted.
    """
    return life(session, customer_id, limit, before).told


def life(
    session: Session, customer_id: str, limit: int = 50, before: datetime | None = None, *, staff: bool = False
) -> Life:
    """Tell what happened to a customer before a moment, and what a page about them needs beside it.

    staff: also what staff wrote (kind note) and did (act), what came of tasks (outcome), which notices were seen, and
    how webhooks were answered (called).  `cause` of these is who it was, or the state.
    """
    span = {"id": customer_id, "since": FIRST, "before": LAST if before is None else micros(before)}
    cut = _cut(session, span, limit)
    if cut is not None:
        span["since"] = cut
    asked = f"{TOLD}{TOLD_TO_STAFF if staff else ''} ORDER BY 1, 2 DESC, 3 DESC, 4 DESC"
    rows = [Row(*row) for row in session.rows(asked, span)]
    letters = _sent(session, span)
    return Life(
        _parted(_entries(rows, letters, span), limit, cut),
        [StageChange(row.more or None, row.what, moment(row.at), row.because) for row in _of(rows, Kind.STAGE)],
        [Reached(row.what, moment(row.at), row.because) for row in _of(rows, Kind.MILESTONE)],
        {row.what: row.because for row in _of(rows, Kind.UNWANTED)},
        [one for one in letters if one.state in ("queued", "handing")],
    )


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


class Kind(IntEnum):
    """What a row of the timeline is, in the order in which rows of one moment are told."""

    DECISION = 0
    STAGE = 1
    MILESTONE = 2
    NOTE = 3
    ACT = 4
    OUTCOME = 5
    SEEN = 6
    CALLED = 7
    EVENT = 8
    UNWANTED = 9


class Row(NamedTuple):
    """One row of everything, whatever table it came from."""

    kind: int
    at: int
    n: int
    id: str
    what: str
    because: str
    more: str | None


TOLD = """
SELECT 0, at, n, '', cause, body, '' FROM decisions WHERE customer_id = :id AND at >= :since AND at < :before
UNION ALL SELECT 1, at, n, '', to_stage, because, from_stage FROM stage_changes WHERE customer_id = :id
UNION ALL SELECT 2, at, 0, milestone, milestone, because, '' FROM milestones WHERE customer_id = :id
UNION ALL SELECT 8, at, 0, id, name, source, properties FROM events
 WHERE customer_id = :id AND at >= :since AND at < :before
UNION ALL SELECT 9, s.at, 0, '', s.scope, s.reason, '' FROM suppressions s
 JOIN customers c ON c.email_hash = s.email_hash WHERE c.id = :id
"""
"""One question for each table, each giving a Row; stages, milestones and wishes are few, and given whole."""
TOLD_TO_STAFF = """
UNION ALL SELECT 3, at, 0, id, '', text, author FROM notes
 WHERE customer_id = :id AND at >= :since AND at < :before
UNION ALL SELECT 4, at, 0, id, act, COALESCE(after, 'null'), actor FROM audit
 WHERE subject = :id AND at >= :since AND at < :before
UNION ALL SELECT 5, closed_at, 0, id, task, note, COALESCE(outcome, state) FROM tasks
 WHERE customer_id = :id AND state IN ('done', 'lapsed') AND closed_at >= :since AND closed_at < :before
UNION ALL SELECT 6, seen_at, 0, id, title, because, 'seen' FROM notices
 WHERE customer_id = :id AND seen_at >= :since AND seen_at < :before
UNION ALL SELECT 7, decided_at, 0, id, outbound, because, state FROM calls
 WHERE customer_id = :id AND state <> 'queued' AND decided_at >= :since AND decided_at < :before
"""


def _of(rows: Sequence[Row], kind: Kind) -> Iterator[Row]:
    """Those of one kind, the first first."""
    return (row for row in reversed(rows) if row.kind == kind)


def _entries(rows: Sequence[Row], letters: Sequence[Message], span: Span) -> list[Entry]:
    """Write what was read, the newest first; of what happened at one moment, the events are the earliest."""
    left = {_place(one): one for one in letters if span["since"] <= micros(one.decided_at) < span["before"]}
    within = [row for row in rows if span["since"] <= row.at < span["before"] and row.kind != Kind.UNWANTED]
    told = [entry for row in within if row.kind != Kind.EVENT for entry in _written(row, left)]
    told += [_letter(message, message.because) for message in left.values()]
    told += [entry for row in within if row.kind == Kind.EVENT for entry in _written(row, left)]
    return sorted(told, key=lambda entry: entry.at, reverse=True)


def _parted(told: list[Entry], limit: int, cut: int | None) -> Told:
    """Keep about as many as were asked for, and the moment before which there is more."""
    if len(told) > limit:
        oldest = told[limit - 1].at
        kept = [entry for entry in told if entry.at >= oldest]
        return Told(kept, oldest if len(kept) < len(told) or cut is not None else None)
    return Told(told, None if cut is None else moment(cut))


def _written(row: Row, letters: dict[Place, Message]) -> Iterator[Entry]:
    """Write one row; one that asked for a letter takes that message out of `letters`, to tell both."""
    at = moment(row.at)
    match row.kind:
        case Kind.DECISION:
            yield from _notes(at, row.what, row.because, letters)
        case Kind.EVENT:
            yield Entry(at, "event", row.what, f"told by {row.because}", properties=orjson.loads(row.more or "{}"))
        case Kind.ACT:
            after = orjson.loads(row.because)
            yield Entry(at, "act", row.what, "", cause=row.more, properties=after if isinstance(after, dict) else {})
        case _:
            yield Entry(at, Kind(row.kind).name.lower(), row.what, row.because, cause=row.more or None)


def _notes(at: datetime, cause: str, body: str, letters: dict[Place, Message]) -> Iterator[Entry]:
    for note in reversed(orjson.loads(body)):
        place = (note.get("journey"), note.get("step"), at)
        if note["do"] == "letter" and place in letters:
            yield _letter(letters.pop(place), note["because"], cause)
        elif note["do"] not in TOLD_BY_ROWS:
            yield _note(at, cause, note)


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


def _sent(session: Session, span: Span) -> list[Message]:
    """The letters of this part, and those on their way."""
    messages = schema.messages.c
    within = (messages.decided_at >= moment(span["since"])) & (messages.decided_at < moment(span["before"]))
    asked = within | messages.state.in_(("queued", "handing"))
    return _listed(session, _messages().where(messages.customer_id == span["id"], asked))


def _messages() -> Select[Any]:
    messages, customers = schema.messages, schema.customers
    named = {"to": customers.c.email, "pass_": messages.c["pass"]}
    columns = [named[field] if field in named else messages.c[field] for field in Message._fields]
    return select(*columns).join_from(messages, customers, customers.c.id == messages.c.customer_id)


def _listed(session: Session, wanted: Select[Any]) -> list[Message]:
    return [Message._make(row) for row in session.execute(wanted)]
