"""Tasks: what persons of ours are asked to do, as they look for it, take it, and say what came of it.

A task is born and taken back by the customer's decisions (`effects`); here it is what a member of staff does with it.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select

from nurture.engine.snapshot import message_key
from nurture.store import schema
from nurture.store.ids import new_id
from nurture.store.schema import micros
from nurture.store.transaction import Session

TASKS, CUSTOMERS, ENROLLMENTS = schema.tasks.c, schema.customers.c, schema.enrollments.c
OWN = (
    *("id", "customer_id", "journey", "entry", "step", "pass", "task", "persona", "owner", "state", "because"),
    *("opened_at", "due_at", "snoozed_until", "claimed_by", "escalated_at", "closed_at", "outcome", "note"),
)
WALKED = and_(
    ENROLLMENTS.customer_id == TASKS.customer_id,
    ENROLLMENTS.journey == TASKS.journey,
    ENROLLMENTS.entry == TASKS.entry,
    ENROLLMENTS.state == "active",
)

TAKE_OVER = "take-over"  # what a task is called by which somebody of ours took a customer over
NOBODYS = and_(TASKS.owner.is_(None), TASKS.claimed_by.is_(None))  # no owner fitted, and nobody took it


class Task(NamedTuple):
    """One task, whom it is about, and where they walk.

    persona: the one it was opened for, whose brief it shows.  owner: an owner of the policy, None where nobody fitted.
    claimed_by: the address of the member of staff who took it.
    revision, at_step, since: of the enrollment that asked for it; None once that has ended.
    """

    id: str
    customer_id: str
    journey: str
    entry: int
    step: str
    pass_: int
    task: str
    persona: str | None
    owner: str | None
    state: str
    because: str
    opened_at: datetime
    due_at: datetime
    snoozed_until: datetime | None
    claimed_by: str | None
    escalated_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    note: str
    email: str
    stage: str
    trial_ends_at: datetime | None
    traits: dict[str, Any]
    revision: int | None
    variant: str | None
    at_step: str | None
    since: datetime | None

    @property
    def key(self) -> str:
        """The natural key within its customer: what its outcome is remembered under."""
        return message_key(self.journey, self.entry, self.step, self.pass_)

    @property
    def by_hand(self) -> bool:
        """Whether somebody of ours took the customer over by it: no journey asked for it, and none waits."""
        return not self.journey

    @property
    def version(self) -> tuple[str, int] | None:
        """The version of a journey that the customer walks, None once they do not."""
        return None if self.revision is None else (self.variant or self.journey, self.revision)


class Desk(NamedTuple):
    """Whose tasks are meant: those of these owners of the policy, and those this member of staff has taken."""

    owners: Collection[str]
    member: str


class Count(NamedTuple):
    """How many tasks are open: of one desk, of all, of nobody, overdue, and put off; what is put off is in no other."""

    mine: int
    everybodys: int
    nobodys: int
    overdue: int
    snoozed: int


def open_tasks(
    session: Session,
    now: datetime,
    *,
    desk: Desk | None = None,
    customer_id: str | None = None,
    nobodys: bool = False,
    overdue: bool = False,
    snoozed: bool | None = False,
    limit: int = 100,
) -> list[Task]:
    """List what is open, the soonest due first, each condition narrowing it.

    snoozed: only those put off to a later day; None for these and the others.
    """
    wanted = _tasks().where(TASKS.state == "open").order_by(TASKS.due_at, TASKS.id).limit(limit)
    if desk is not None:
        wanted = wanted.where(_on(desk))
    if customer_id is not None:
        wanted = wanted.where(TASKS.customer_id == customer_id)
    if nobodys:
        wanted = wanted.where(NOBODYS)
    if overdue:
        wanted = wanted.where(TASKS.due_at < now)
    if snoozed is not None:
        wanted = wanted.where(_sleeps(now) if snoozed else ~_sleeps(now))
    return _listed(session, wanted)


def tasks_of(session: Session, customer_id: str, limit: int = 50) -> list[Task]:
    """List a customer's tasks, open or not, the latest first."""
    wanted = _tasks().where(TASKS.customer_id == customer_id)
    return _listed(session, wanted.order_by(TASKS.opened_at.desc(), TASKS.id.desc()).limit(limit))


def find(session: Session, task_id: str) -> Task | None:
    """Find one task, open or not."""
    found = _listed(session, _tasks().where(TASKS.id == task_id))
    return found[0] if found else None


class ByHand(NamedTuple):
    """A task that somebody of ours opens by taking a customer over.  because: what it is about."""

    owner: str | None
    claimed_by: str | None
    persona: str | None = None
    because: str = ""


def by_hand(session: Session, customer_id: str) -> Task | None:
    """Find the open task by which somebody has taken a customer over; their account must be locked."""
    mine = and_(TASKS.customer_id == customer_id, TASKS.journey == "", TASKS.state == "open")
    found = _listed(session, _tasks().where(mine).limit(1))
    return found[0] if found else None


def open_by_hand(session: Session, customer_id: str, asked: ByHand, now: datetime, due_at: datetime) -> str:
    """Open such a task; their account must be locked, and none be open.  Returns its id."""
    own, at = new_id("tsk", now), {"opened_at": micros(now), "due_at": micros(due_at)}
    session.run(
        "INSERT INTO tasks (id, customer_id, journey, entry, step, pass, task, persona, owner, state, because,"
        " opened_at, due_at, claimed_by) VALUES (:id, :customer_id, '', (SELECT COUNT(*) + 1 FROM tasks"
        " WHERE customer_id = :customer_id AND journey = ''), :task, 1, :task, :persona, :owner, 'open', :because,"
        " :opened_at, :due_at, :claimed_by)",
        {"id": own, "customer_id": customer_id, "task": TAKE_OVER, **at, **asked._asdict()},
    )
    return own


def counts(session: Session, now: datetime, desk: Desk) -> Count:
    """Count what is open, in one question."""
    awake = ~_sleeps(now)
    asked = (and_(awake, _on(desk)), awake, and_(awake, NOBODYS), and_(awake, TASKS.due_at < now), _sleeps(now))
    numbers = [func.coalesce(func.sum(case((which, 1), else_=0)), 0) for which in asked]
    row = session.execute(select(*numbers).where(TASKS.state == "open")).one()
    return Count(*(int(number) for number in row))


def claim(session: Session, task_id: str, member: str) -> bool:
    """Let a task be theirs if it is open and nobody else's; taking it again changes nothing.  Says whether it is."""
    return _told(
        session, "claimed_by = :member", task_id, " AND COALESCE(claimed_by, :member) = :member", member=member
    )


def snooze(session: Session, task_id: str, until: datetime) -> bool:
    """Put an open task off; it stays due when it was due.  Says whether it was open."""
    return _told(session, "snoozed_until = :until", task_id, until=micros(until))


def done(session: Session, task_id: str, outcome: str, note: str, member: str, now: datetime) -> bool:
    """Write down what came of an open task.  Says whether it was open."""
    changes = "state = 'done', outcome = :outcome, note = :note, closed_at = :now"
    changes += ", claimed_by = COALESCE(claimed_by, :member)"
    return _told(session, changes, task_id, outcome=outcome, note=note, member=member, now=micros(now))


def _told(session: Session, changes: str, task_id: str, unless: str = "", **bound: Any) -> bool:
    sql = f"UPDATE tasks SET {changes} WHERE id = :id AND state = 'open'{unless}"  # noqa: S608
    return bool(session.run(sql, {"id": task_id, **bound}))


def _on(desk: Desk) -> ColumnElement[bool]:
    theirs = TASKS.owner.in_(sorted(desk.owners)) if desk.owners else false()
    return or_(TASKS.claimed_by == desk.member, and_(TASKS.claimed_by.is_(None), theirs))


def _sleeps(now: datetime) -> ColumnElement[bool]:
    return and_(TASKS.snoozed_until.is_not(None), TASKS.snoozed_until > now)


def _tasks() -> Select[Any]:
    walk = (ENROLLMENTS.revision, ENROLLMENTS.variant, ENROLLMENTS.step.label("at_step"), ENROLLMENTS.since)
    person = (CUSTOMERS.email, CUSTOMERS.stage, CUSTOMERS.trial_ends_at, CUSTOMERS.traits)
    joined = schema.tasks.join(schema.customers, CUSTOMERS.id == TASKS.customer_id)
    return select(*(TASKS[name] for name in OWN), *person, *walk).select_from(
        joined.outerjoin(schema.enrollments, WALKED)
    )


def _listed(session: Session, wanted: Select[Any]) -> list[Task]:
    rows: Iterable[Sequence[Any]] = session.execute(wanted)
    at = Task._fields.index("traits")
    return [Task._make((*row[:at], orjson.loads(row[at]), *row[at + 1 :])) for row in rows]
