"""The step that waits for something to happen, but not for ever."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from nurture.engine.condition import Condition
from nurture.engine.duration import Duration, in_words
from nurture.engine.question import earliest
from nurture.engine.snapshot import Snapshot
from nurture.engine.steps.base import Outcome, Step

if TYPE_CHECKING:
    from nurture.engine.steps import AnyStep


class WaitFor(Step):
    """Wait until a condition holds, at most so long; then take one of two paths, which rejoin below."""

    example: ClassVar[str] = "{id: started, do: wait_for, what: {milestone: first_project}, up_to: 2d}"

    do: Literal["wait_for"] = "wait_for"
    what: Condition
    up_to: Duration
    then: tuple["AnyStep", ...] = ()
    else_: tuple["AnyStep", ...] = Field(default=(), alias="else")

    def decide(self, snapshot: Snapshot, since: datetime, now: datetime) -> Outcome:
        answer = self.what.answer(snapshot, now)
        if answer.holds:
            return Outcome(f"it happened: {answer.because}", onward=True, path="then")
        limit = since + self.up_to
        if now < limit:
            waits = f"waits up to {in_words(self.up_to)}: {answer.because}"
            return Outcome(waits, due_at=earliest((limit, answer.flips_at)))
        return Outcome(f"{in_words(self.up_to)} are over: {answer.because}", onward=True, path="else", planned=limit)

    def sequences(self) -> Mapping[str, Sequence["AnyStep"]]:
        return {"then": self.then, "else": self.else_}
