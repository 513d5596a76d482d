"""What every step type shares: its fields, and the outcome it gives."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias

from pydantic import Field

from nurture.engine.document import Document, Key
from nurture.engine.snapshot import Enrollment, Snapshot

if TYPE_CHECKING:
    from nurture.engine.steps import AnyStep


class Letter(NamedTuple):
    """A letter that a step wants written; whether it may go is decided over all journeys at once."""

    email: str
    urgent: bool = False
    late: str | None = None


class CareTask(NamedTuple):
    """Something for a person of ours.  do: `open`, `escalate`, `lapse`.  owner: None lets the policy choose."""

    do: str
    task: str
    owner: str | None
    due_at: datetime


class Notice(NamedTuple):
    """A message to be shown in the product."""

    title: str
    body: str
    label: str | None
    url: str | None


class Call(NamedTuple):
    """A webhook to be called.  outbound: the document that says where."""

    outbound: str
    send: Mapping[str, Any]


class Start(NamedTuple):
    """Another journey to be entered."""

    journey: str


Effect: TypeAlias = Letter | CareTask | Notice | Call | Start


class Outcome(NamedTuple):
    """One step's part of the answer.

    because: why, in words.  onward: go on to what follows.  path: go into this inner sequence first.
    due_at: rest here until then, when there is nothing else to wait for.
    planned: when this became true, where that lies before now: what comes next may be late by as much.
    effect: what it asks for besides.  skipped: the step had nothing to do, which is worth telling.
    arm: the experiment and the arm they are in.  remember: what the step remembers while they rest here.
    passes: the `repeat` they are inside and which time round; empty outside.
    """

    because: str
    onward: bool = False
    path: str | None = None
    due_at: datetime | None = None
    planned: datetime | None = None
    effect: Effect | None = None
    skipped: bool = False
    sets: Mapping[str, Any] | None = None
    moves_to: str | None = None
    ends: bool = False
    arm: tuple[str, str] | None = None
    remember: Mapping[str, Any] | None = None
    passes: Mapping[str, int] | None = None


class Step(Document):
    """One stop in a journey.  A step that is off is walked past.  note: for whoever edits it; it decides nothing."""

    example: ClassVar[str] = ""

    id: Key
    off: bool = False
    note: str | None = Field(default=None, max_length=500)

    def decide(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Outcome:
        """Say what should happen to someone who stands here, since `walk.since`."""
        raise NotImplementedError(type(self).__name__)

    def sequences(self) -> Mapping[str, Sequence["AnyStep"]]:
        """The inner sequences by the name of their path; they all rejoin after this step."""
        return {}
