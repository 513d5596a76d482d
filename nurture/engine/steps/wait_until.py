"""The step that waits for a moment of the trial."""

from datetime import datetime, timedelta
from typing import ClassVar, Literal

from pydantic import Field

from nurture.engine.duration import Offset, in_words
from nurture.engine.snapshot import Snapshot
from nurture.engine.steps.base import Outcome, Step

PATIENCE = timedelta(days=90)  # for a trial that is not known; an extended one is


class WaitUntil(Step):
    """Wait until the trial starts or ends, or so long before or after; an extended trial moves it along.

    Who has no trial waits 90 days for one; then the journey ends, for what follows would speak of nothing.
    """

    example: ClassVar[str] = "{id: before-end, do: wait_until, trial: end, offset: -2d}"

    do: Literal["wait_until"] = "wait_until"
    trial: Literal["start", "end"]
    offset: Offset = Field(default=timedelta())

    def decide(self, snapshot: Snapshot, since: datetime, now: datetime) -> Outcome:
        customer = snapshot.customer
        anchor = customer.trial_starts_at if self.trial == "start" else customer.trial_ends_at
        if anchor is None:
            given_up = since + PATIENCE
            if now < given_up:
                return Outcome(f"waits for the trial's {self.trial}, which is not known", due_at=given_up)
            return Outcome(f"the trial's {self.trial} did not become known in {in_words(PATIENCE)}", ends=True)
        ready = anchor + self.offset
        if now < ready:
            return Outcome(f"waits until {self._in_words()}", due_at=ready)
        return Outcome(f"it is {self._in_words()}", onward=True, planned=max(ready, since))

    def _in_words(self) -> str:
        if not self.offset:
            return f"the trial's {self.trial}"
        side = "before" if self.offset < timedelta() else "after"
        return f"{in_words(self.offset)} {side} the trial's {self.trial}"
