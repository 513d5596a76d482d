"""The step where the way parts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from nurture.engine.condition import Condition
from nurture.engine.document import Document
from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps.base import Outcome, Step

if TYPE_CHECKING:
    from nurture.engine.steps import AnyStep


class Path(Document):
    """One way on: taken when its condition is the first to hold, or otherwise."""

    when: Condition | None = None
    otherwise: Literal[True] | None = None
    steps: tuple["AnyStep", ...] = ()

    @model_validator(mode="after")
    def _one_rule(self) -> "Path":
        if (self.when is None) == (self.otherwise is None):
            raise ValueError("a path needs exactly one of `when` and `otherwise: true`")
        return self


class Split(Step):
    """Take the first path whose condition holds; all paths rejoin below."""

    example: ClassVar[str] = "{id: by-persona, do: split, paths: [{when: {persona: kevin}}, {otherwise: true}]}"

    do: Literal["split"] = "split"
    paths: tuple[Path, ...] = Field(min_length=2, max_length=6)

    @model_validator(mode="after")
    def _ends_with_otherwise(self) -> "Split":
        if [bool(path.otherwise) for path in self.paths] != [False] * (len(self.paths) - 1) + [True]:
            raise ValueError("the last path, and only it, must say `otherwise: true`")
        return self

    def decide(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Outcome:
        refused: list[str] = []
        for n, path in enumerate(self.paths, 1):
            if path.when is None:
                return Outcome(f"path {n}, otherwise: {'; '.join(refused)}", onward=True, path=str(n))
            answer = path.when.answer(snapshot, now)
            if answer.holds:
                return Outcome(f"path {n}: {answer.because}", onward=True, path=str(n))
            refused.append(answer.because)
        raise AssertionError("a split always ends with `otherwise`")

    def sequences(self) -> Mapping[str, Sequence["AnyStep"]]:
        return {str(n): path.steps for n, path in enumerate(self.paths, 1)}
