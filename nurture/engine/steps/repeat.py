"""The step that walks its steps several times, never for ever."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from nurture.engine.condition import Condition
from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps.base import Outcome, Step

if TYPE_CHECKING:
    from nurture.engine.steps import AnyStep

AGAIN = "again"


class Repeat(Step):
    """Walk these steps so many times; `until` is asked before each round and ends it early."""

    example: ClassVar[str] = (
        "{id: weekly, do: repeat, times: 3, until: {persona: kevin}, steps: [{id: a-week, do: wait, for: 1w}]}"
    )

    do: Literal["repeat"] = "repeat"
    times: int = Field(ge=2, le=20)
    until: Condition | None = None
    steps: tuple["AnyStep", ...] = Field(min_length=1)

    def decide(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Outcome:
        walked = walk.memory.get("passes", {}).get(self.id, 0)
        if self.until is not None and self.until.glance(snapshot, now)[0]:
            return Outcome(f"no more rounds: {self.until.words(snapshot, now)}", onward=True, passes={})
        if walked >= self.times:
            return Outcome(f"walked {self.times} times", onward=True, passes={})
        because = f"round {walked + 1} of {self.times}"
        return Outcome(because, onward=True, path=AGAIN, passes={self.id: walked + 1})

    def sequences(self) -> Mapping[str, Sequence["AnyStep"]]:
        return {AGAIN: self.steps}
