"""The step that moves the customer to another stage."""

from datetime import datetime
from typing import ClassVar, Literal

from nurture.engine.document import Key
from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps.base import Outcome, Step


class Move(Step):
    """Move the customer to a stage; journeys that do not stay there end, this one among them."""

    example: ClassVar[str] = "{id: give-up, do: move, to: at_risk}"

    do: Literal["move"] = "move"
    to: Key

    def decide(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Outcome:
        return Outcome(f"moves to {self.to}", onward=True, moves_to=self.to)
