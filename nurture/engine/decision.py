"""What comes out: one decision about one customer, as frozen values that say why."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from nurture.engine.snapshot import Account, Customer, Enrollment, Facts, Snapshot, message_key


class Note(NamedTuple):
    """One sentence of a decision, kept for ever on the customer's timeline.

    do: born, moved, persona, milestone, answered, wishes, trial, aside, hold, release (of the customer); refused,
    entered, left, finished, suspended, resumed, changed (of a journey); rest, onward, letter, held, skipped, withheld,
    task, escalated, notice, call (of a step).  until: when it is looked at again.
    about: the email, stage, milestone, task, variant or outbound meant.
    """

    do: str
    because: str
    journey: str | None = None
    step: str | None = None
    until: datetime | None = None
    about: str | None = None


class Order(NamedTuple):
    """A message to be born now: it may go at once, and no later than `expires_at`."""

    journey: str
    entry: int
    step: str
    email: str
    topic: str
    urgent: bool
    because: str
    expires_at: datetime
    pass_: int = 1

    @property
    def key(self) -> str:
        """The message's natural key within its customer; a touch is counted under it."""
        return message_key(self.journey, self.entry, self.step, self.pass_)


class TaskOrder(NamedTuple):
    """Something for a person of ours to do, or that need not be done any more.

    do: `open`; `escalate` to `owner`; `lapse` (nobody did it in time); `close` (their journey ended).
    task: the task document.  owner: None where the policy names nobody.
    """

    do: str
    journey: str
    entry: int
    step: str
    pass_: int
    task: str
    owner: str | None
    because: str
    due_at: datetime

    @property
    def key(self) -> str:
        """The task's natural key within its customer; its outcome is remembered under it."""
        return message_key(self.journey, self.entry, self.step, self.pass_)


class NoticeOrder(NamedTuple):
    """A message to be shown in the product."""

    journey: str
    entry: int
    step: str
    pass_: int
    title: str
    body: str
    label: str | None
    url: str | None
    because: str


class CallOrder(NamedTuple):
    """A webhook to be called.  outbound: the document that says where.  send: what staff chose to tell."""

    journey: str
    entry: int
    step: str
    pass_: int
    outbound: str
    send: Mapping[str, Any]
    because: str


class StageChange(NamedTuple):
    """One move through the lifecycle.  `from_` is None at a customer's birth."""

    from_: str | None
    to: str
    at: datetime
    because: str


class Reached(NamedTuple):
    """A milestone, reached."""

    milestone: str
    at: datetime
    because: str


class Decision(NamedTuple):
    """Everything that follows from one photograph at one moment.

    customer, facts: as they are afterwards.  enrollments: those that are new, moved on or ended.
    account: what its people share, as it is afterwards, where it changed.
    turned: what was decided before is cancelled.  due_at: when time alone could change anything; None for never.
    """

    customer: Customer
    facts: Facts
    enrollments: tuple[Enrollment, ...]
    orders: tuple[Order, ...]
    stage_changes: tuple[StageChange, ...]
    milestones: tuple[Reached, ...]
    notes: tuple[Note, ...]
    turned: bool
    due_at: datetime | None
    due_because: str
    tasks: tuple[TaskOrder, ...] = ()
    notices: tuple[NoticeOrder, ...] = ()
    calls: tuple[CallOrder, ...] = ()
    account: Account | None = None


def after(snapshot: Snapshot, decision: Decision) -> Snapshot:
    """The photograph that would be taken next, had nothing else happened: what simulation walks on."""
    changed = {(one.journey, one.entry): one for one in decision.enrollments}
    kept = [one for one in snapshot.enrollments if (one.journey, one.entry) not in changed]
    active = tuple(one for one in (*kept, *changed.values()) if one.state == "active")
    return snapshot._replace(
        customer=decision.customer,
        facts=decision.facts,
        enrollments=active,
        news=(),
        newborn=False,
        account=decision.account or snapshot.account,
    )


def note_as_json(note: Note) -> dict[str, Any]:
    """Write a note as the timeline keeps it: absent parts left out, moments in ISO 8601."""
    kept: dict[str, Any] = {name: value for name, value in note._asdict().items() if value is not None}
    if note.until is not None:
        kept["until"] = note.until.isoformat()
    return kept
