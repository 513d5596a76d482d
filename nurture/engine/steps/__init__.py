"""The step types, one file each: fields, meaning, help text and an example that simulates to an end.

Takes: the photograph of one customer, when they arrived at the step, and now.
Gives: an outcome: why, and onward, rest until, or a letter to write.
May touch: conditions and durations.
Never: another step type, the policy, a clock.
"""

from typing import Annotated, Any, TypeAlias, Union

from pydantic import Field

from nurture.engine.steps.base import Letter, Outcome, Step
from nurture.engine.steps.email import Email
from nurture.engine.steps.end import End
from nurture.engine.steps.move import Move
from nurture.engine.steps.set import Set
from nurture.engine.steps.split import Path, Split
from nurture.engine.steps.wait import Wait
from nurture.engine.steps.wait_for import WaitFor
from nurture.engine.steps.wait_until import WaitUntil

STEP_TYPES: tuple[type[Step], ...] = (Email, Wait, WaitFor, WaitUntil, Split, Set, Move, End)

AnyStep: TypeAlias = Annotated[
    Union[Email, Wait, WaitFor, WaitUntil, Split, Set, Move, End],  # noqa: UP007 - kept beside STEP_TYPES
    Field(discriminator="do"),
]

_names: dict[str, Any] = {"AnyStep": AnyStep}
for _model in (Path, WaitFor, Split):
    _model.model_rebuild(_types_namespace=_names)

__all__ = ["STEP_TYPES", "AnyStep", "Letter", "Outcome", "Step"]
