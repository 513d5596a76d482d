"""The step that writes down a trait."""

from datetime import datetime
from typing import ClassVar, Literal

from nurture.engine.document import Key
from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps.base import Outcome, Step


class Set(Step):
    """Set a trait of the customer to a value."""

    example: ClassVar[str] = "{id: mark, do: set, trait: walked_first_win, to: true}"

    do: Literal["set"] = "set"
    trait: Key
    to: str | int | float | bool | None

    def decide(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Outcome:
        return Outcome(f"{self.trait} set to {self.to}", onward=True, sets={self.trait: self.to})
