"""What every step type shares: its fields, and the outcome it gives."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from nurture.engine.document import Document, Key
from nurture.engine.snapshot import Snapshot

if TYPE_CHECKING:
    from nurture.engine.steps import AnyStep


class Letter(NamedTuple):
    """A letter that a step wants written; whether it may go is decided over all journeys at once."""

    email: str
    urgent: bool = False
    late: str | None = None


class Outcome(NamedTuple):
    """One step's part of the answer.

    because: why, in words.  onward: go on to what follows.  path: go into this inner sequence first.
    due_at: rest here until then, when there is nothing else to wait for.
    planned: when this became true, where that lies before now: what comes next may be late by as much.
    """

    because: str
    onward: bool = False
    path: str | None = None
    due_at: datetime | None = None
    planned: datetime | None = None
    letter: Letter | None = None
    sets: Mapping[str, Any] | None = None
    moves_to: str | None = None
    ends: bool = False


class Step(Document):
    """One stop in a journey.  A step that is off is walked past."""

    example: ClassVar[str] = ""

    id: Key
    off: bool = False

    def decide(self, snapshot: Snapshot, since: datetime, now: datetime) -> Outcome:
        """Say what should happen to someone who arrived here at `since`."""
        raise NotImplementedError(type(self).__name__)

    def sequences(self) -> Mapping[str, Sequence["AnyStep"]]:
        """The inner sequences by the name of their path; they all rejoin after this step."""
        return {}
