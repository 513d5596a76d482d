"""The step types, one file each: fields, meaning, help text and an example that simulates to an end.

Takes: the photograph of one customer, when they arrived at the step, and now.
Gives: an outcome: why, and onward, rest until, or a letter to write.
May touch: conditions and durations.
Never: another step type, the policy, a clock.
"""

from typing import Annotated, Any, TypeAlias, Union

from pydantic import Field

from nurture.engine.steps.base import Call, CareTask, Effect, Letter, Notice, Outcome, Start, Step
from nurture.engine.steps.care import Care
from nurture.engine.steps.email import Email
from nurture.engine.steps.end import End
from nurture.engine.steps.experiment import Arm, Experiment
from nurture.engine.steps.message import Message
from nurture.engine.steps.move import Move
from nurture.engine.steps.repeat import Repeat
from nurture.engine.steps.set import Set
from nurture.engine.steps.split import Path, Split
from nurture.engine.steps.start import StartAnother
from nurture.engine.steps.survey import Survey
from nurture.engine.steps.wait import Wait
from nurture.engine.steps.wait_for import WaitFor
from nurture.engine.steps.wait_until import WaitUntil
from nurture.engine.steps.webhook import Webhook

STEP_TYPES: tuple[type[Step], ...] = (
    *(Email, Wait, WaitFor, WaitUntil, Split, Experiment, Care, Survey),
    *(Message, Webhook, Set, Move, StartAnother, Repeat, End),
)

AnyStep: TypeAlias = Annotated[
    Union[  # noqa: UP007 - kept beside STEP_TYPES
        Email,
        Wait,
        WaitFor,
        WaitUntil,
        Split,
        Experiment,
        Care,
        Survey,
        Message,
        Webhook,
        Set,
        Move,
        StartAnother,
        Repeat,
        End,
    ],
    Field(discriminator="do"),
]

_names: dict[str, Any] = {"AnyStep": AnyStep}
for _model in (Path, Arm, WaitFor, Split, Experiment, Care, Repeat):
    _model.model_rebuild(_types_namespace=_names)

__all__ = [
    "STEP_TYPES",
    "AnyStep",
    "Call",
    "CareTask",
    "Effect",
    "Letter",
    "Notice",
    "Outcome",
    "Start",
    "Step",
]
