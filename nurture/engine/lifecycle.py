"""The lifecycle: the stages a customer can be in, and the only moves between them."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from nurture.engine.condition import Condition
from nurture.engine.document import Document, Key
from nurture.engine.duration import Duration

Phase = Literal["learn", "buy", "use", "return", "recommend", "leave"]


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Keys = Annotated[tuple[Key, ...], BeforeValidator(_several), Field(min_length=1)]
"""One key, or a list of them."""

EventName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Events = Annotated[tuple[EventName, ...], BeforeValidator(_several), Field(min_length=1)]
"""The name of one product event, or a list of them, as the product sends it."""


class Measure(Document):
    """How success is quantified in a stage: a milestone that a share of customers reaches in time."""

    milestone: Key
    target: str = Field(pattern=r"^\d{1,3}%$")
    within: Duration


class Stage(Document):
    """One stage of the lifecycle.  A final one is left only by an explicit re-entry."""

    id: Key
    phase: Phase
    name: str = ""
    measure: Measure | None = None
    ask: Key | None = None
    moments_of_truth: tuple[str, ...] = ()
    final: bool = False


class Move(Document):
    """One permitted move: on an event, or when a condition comes to hold.  First match wins."""

    from_: Keys = Field(alias="from")
    to: Key
    on: Events | None = None
    when: Condition | None = None

    @model_validator(mode="after")
    def _one_cause(self) -> "Move":
        if (self.on is None) == (self.when is None):
            raise ValueError("a move needs exactly one of `on` (an event) and `when` (a condition)")
        return self


class Starts(Document):
    """The stage in which a lead and a sign-up begin."""

    lead: Key
    signup: Key


class Lifecycle(Document):
    """The stages, where customers start, and the moves; what is absent from `moves` cannot happen by rule."""

    stages: tuple[Stage, ...] = Field(min_length=2)
    starts: Starts
    moves: tuple[Move, ...]
    minimum_stay: Duration = Field(default="0s", validate_default=True)

    def stage(self, key: str) -> Stage:
        """Find a stage by its id; KeyError if the lifecycle has none such."""
        for stage in self.stages:
            if stage.id == key:
                return stage
        raise KeyError(key)

    def has(self, key: str) -> bool:
        """Whether there is such a stage; people may remember one that was deleted since."""
        return any(stage.id == key for stage in self.stages)

    def leads(self, stage: str, to: str) -> bool:
        """Whether any move leads from one stage to another."""
        return any(stage in move.from_ and move.to == to for move in self.moves)

    def final(self, key: str) -> bool:
        """Whether all mail ends in this stage; a stage that was deleted since is not final."""
        return any(stage.id == key and stage.final for stage in self.stages)
