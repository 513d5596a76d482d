"""The step where a journey ends early."""

from datetime import datetime
from typing import ClassVar, Literal

from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps.base import Outcome, Step


class End(Step):
    """End this journey here."""

    example: ClassVar[str] = "{id: enough, do: end}"

    do: Literal["end"] = "end"

    def decide(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Outcome:
        return Outcome("the journey ends here", ends=True)
