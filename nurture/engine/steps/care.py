"""The step where a person takes over, and the journey waits for what came of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from nurture.engine.document import Document, Key
from nurture.engine.duration import Duration, in_words
from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps.base import CareTask, Outcome, Step

if TYPE_CHECKING:
    from nurture.engine.steps import AnyStep


class Escalate(Document):
    """Whose it becomes when it is overdue by so much."""

    after: Duration
    to: Key


class Care(Step):
    """Ask a person of ours to do something, and wait for its outcome, at most so long.

    Each outcome leads down its own path; `else` is walked when nobody has recorded one in time. All rejoin below.
    Without `wait_for_outcome` the task is made and the journey goes on. A task touches no cap, window or holdout.
    """

    example: ClassVar[str] = (
        "{id: call, do: care, task: call, due: 1d, escalate: {after: 4h, to: lead}, wait_for_outcome: 3d,"
        " outcomes: {booked: [{id: enough, do: end}]}}"
    )

    do: Literal["care"] = "care"
    task: Key
    owner: Key | None = None
    due: Duration
    escalate: Escalate | None = None
    patience: Duration | None = Field(default=None, alias="wait_for_outcome")
    outcomes: Mapping[Key, tuple["AnyStep", ...]] = {}
    else_: tuple["AnyStep", ...] = Field(default=(), alias="else")

    @model_validator(mode="after")
    def _waits_for_what_it_asks(self) -> "Care":
        waits = self.patience is not None
        if "else" in self.outcomes:
            raise ValueError("`else` is no outcome: it is walked when there is none")
        if not waits and (self.outcomes or self.else_ or self.escalate):
            raise ValueError("outcomes, else and escalate need `wait_for_outcome`")
        if self.patience is not None and self.escalate and self.due + self.escalate.after >= self.patience:
            raise ValueError("it would escalate only after `wait_for_outcome` is over")
        return self

    def decide(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Outcome:
        given = snapshot.facts.care.get(walk.key)
        if given is not None:
            path = given.outcome if given.outcome in self.outcomes else None
            return Outcome(f"{self.task}: {given.outcome}", onward=True, path=path)
        due_at = walk.since + self.due
        task = CareTask("open", self.task, self.owner, due_at)
        if self.patience is None:
            return Outcome(f"{self.task}, due in {in_words(self.due)}", onward=True, effect=task)
        limit, remembered = walk.since + self.patience, walk.memory.get("step", {})
        waits = f"waits up to {in_words(self.patience)} for the outcome of {self.task}"
        escalates_at = due_at + self.escalate.after if self.escalate else limit
        if "opened" not in remembered:
            return Outcome(waits, due_at=escalates_at, effect=task, remember={"opened": True})
        if now >= limit:
            because = f"{in_words(self.patience)} are over, and {self.task} has no outcome"
            return Outcome(because, onward=True, path="else", planned=limit, effect=task._replace(do="lapse"))
        if self.escalate is None or "escalated" in remembered or now < escalates_at:
            return Outcome(waits, due_at=limit if "escalated" in remembered else escalates_at)
        risen = CareTask("escalate", self.task, self.escalate.to, due_at)
        return Outcome(waits, due_at=limit, effect=risen, remember={"opened": True, "escalated": True})

    def sequences(self) -> Mapping[str, Sequence["AnyStep"]]:
        return {**self.outcomes, "else": self.else_}
