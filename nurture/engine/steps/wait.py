"""The step that rests for a while."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from nurture.engine.duration import Duration, in_words
from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps.base import Outcome, Step


class Wait(Step):
    """Rest here for a while, counted from arrival, not from now."""

    example: ClassVar[str] = "{id: a-day, do: wait, for: 1d}"

    do: Literal["wait"] = "wait"
    span: Duration = Field(alias="for", examples=["1d"])

    def decide(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Outcome:
        ready = walk.since + self.span
        if now < ready:
            return Outcome(f"waits {in_words(self.span)}", due_at=ready)
        return Outcome(f"waited {in_words(self.span)}", onward=True, planned=ready)
