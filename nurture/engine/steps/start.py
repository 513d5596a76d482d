"""The step that begins another journey."""

from datetime import datetime
from typing import ClassVar, Literal

from nurture.engine.document import Key
from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps.base import Outcome, Start, Step


class StartAnother(Step):
    """Let them into another journey, if it may be walked (again); this one goes on."""

    example: ClassVar[str] = "{id: go-on, do: start, journey: path}"

    do: Literal["start"] = "start"
    journey: Key

    def decide(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Outcome:
        return Outcome(f"starts {self.journey}", onward=True, effect=Start(self.journey))
