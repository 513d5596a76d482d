"""The step that tries several ways on and keeps each customer in theirs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from nurture.engine.allocation import pick
from nurture.engine.document import Document, Key
from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps.base import Outcome, Step

if TYPE_CHECKING:
    from nurture.engine.steps import AnyStep


class Arm(Document):
    """One way that is tried; a weight of 2 is drawn twice as often as one of 1."""

    id: Key
    weight: int = Field(default=1, ge=0, le=1000)
    steps: tuple["AnyStep", ...] = ()


class Experiment(Step):
    """Send some this way and some that way, by lot; whoever has an arm keeps it for life.

    Changing the weights concerns new arrivals only.  All arms rejoin below.
    """

    example: ClassVar[str] = "{id: tone, do: experiment, arms: [{id: plain}, {id: warm, weight: 2}]}"

    do: Literal["experiment"] = "experiment"
    arms: tuple[Arm, ...] = Field(min_length=2, max_length=6)

    @model_validator(mode="after")
    def _a_real_choice(self) -> "Experiment":
        if len({arm.id for arm in self.arms}) < len(self.arms):
            raise ValueError("the arms of an experiment must have different ids")
        if not any(arm.weight for arm in self.arms):
            raise ValueError("at least one arm needs a weight above 0")
        return self

    def decide(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Outcome:
        key = f"{walk.shape}.{self.id}"
        kept = snapshot.facts.arms.get(key)
        if any(arm.id == kept for arm in self.arms):
            return Outcome(f"arm {kept}, as before", onward=True, path=kept)
        chosen = self.arms[pick(f"arm|{key}|{snapshot.customer.id}", [arm.weight for arm in self.arms])]
        return Outcome(f"arm {chosen.id}, by lot", onward=True, path=chosen.id, arm=(key, chosen.id))

    def sequences(self) -> Mapping[str, Sequence["AnyStep"]]:
        return {arm.id: arm.steps for arm in self.arms}
