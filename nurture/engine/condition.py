"""Conditions: structured, so that a form can edit them, and explained leaf by leaf."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeAlias, Union

from pydantic import Discriminator, Field, Tag

from nurture.engine.document import Document, Key
from nurture.engine.leaves import (
    Did,
    DidNot,
    DriverIs,
    MilestoneReached,
    MilestonesReached,
    PersonaIs,
    SilentFor,
    StageFor,
    StageIs,
    StageWas,
    SurveyAnswered,
    TrialIs,
)
from nurture.engine.question import Glance, Question
from nurture.engine.snapshot import Snapshot
from nurture.engine.told import ArmIs, CareGave, MessageWas
from nurture.engine.trait import AccountTraitIs, TraitIs


class InSegment(Question):
    """They belong to a named segment; nobody does to one that was deleted while an older version still asks for it."""

    segment: Key

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        rule = snapshot.segments.get(self.segment)
        return rule.glance(snapshot, now) if rule is not None else (False, None)

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        rule = snapshot.segments.get(self.segment)
        said = rule.words(snapshot, now) if rule is not None else "it is not published any more"
        return f"segment {self.segment}: {said}"


class All(Question):
    """All of these hold."""

    all: tuple["Condition", ...] = Field(min_length=1)

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        return _joined(self.all, True, snapshot, now)

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        missing = [part for part in self.all if not part.glance(snapshot, now)[0]]
        return " and ".join(part.words(snapshot, now) for part in missing or self.all)


class Any_(Question):  # noqa: N801 - `Any` is taken
    """At least one of these holds."""

    any: tuple["Condition", ...] = Field(min_length=1)

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        return _joined(self.any, False, snapshot, now)

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        true = [part for part in self.any if part.glance(snapshot, now)[0]]
        return (" and " if true else "; ").join(part.words(snapshot, now) for part in true or self.any)


def _joined(parts: Sequence["Condition"], usual: bool, snapshot: Snapshot, now: datetime) -> Glance:
    """Join the parts of `all` (usual: True) or of `any` (usual: False): they are `usual` unless one part differs.

    While several differ, the last of them to flip decides; so one that no time can flip means never.
    """
    differing: list[datetime | None] = []
    first: datetime | None = None
    for part in parts:
        holds, flips_at = part.glance(snapshot, now)
        if holds is not usual:
            differing.append(flips_at)
        elif flips_at is not None and (first is None or flips_at < first):
            first = flips_at
    if not differing:
        return usual, first
    known = [at for at in differing if at is not None]
    return not usual, max(known) if len(known) == len(differing) else None


class Not(Question):
    """This does not hold."""

    not_: "Condition" = Field(alias="not")

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        holds, flips_at = self.not_.glance(snapshot, now)
        return not holds, flips_at

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        return self.not_.words(snapshot, now)


LEAVES: Mapping[str, type[Document]] = {
    "trait": TraitIs,
    "account_trait": AccountTraitIs,
    "persona": PersonaIs,
    "stage": StageIs,
    "stage_for": StageFor,
    "stage_was": StageWas,
    "did": Did,
    "did_not": DidNot,
    "silent_for": SilentFor,
    "milestone": MilestoneReached,
    "milestones": MilestonesReached,
    "driver": DriverIs,
    "survey": SurveyAnswered,
    "trial": TrialIs,
    "message": MessageWas,
    "care": CareGave,
    "arm": ArmIs,
    "segment": InSegment,
    "all": All,
    "any": Any_,
    "not": Not,
}


def _kind(tree: Any) -> str:
    """Tell which leaf a tree means, by the key that only this leaf has; unknown ones name the tree's own first key."""
    if isinstance(tree, Mapping):
        keys = [str(key) for key in tree]
        return next((key for key in keys if key in LEAVES), keys[0] if keys else "nothing")
    return next((name for name, model in LEAVES.items() if isinstance(tree, model)), "nothing")


Condition: TypeAlias = Annotated[
    Union[  # noqa: UP007 - a tuple of tagged members
        Annotated[TraitIs, Tag("trait")],
        Annotated[AccountTraitIs, Tag("account_trait")],
        Annotated[PersonaIs, Tag("persona")],
        Annotated[StageIs, Tag("stage")],
        Annotated[StageFor, Tag("stage_for")],
        Annotated[StageWas, Tag("stage_was")],
        Annotated[Did, Tag("did")],
        Annotated[DidNot, Tag("did_not")],
        Annotated[SilentFor, Tag("silent_for")],
        Annotated[MilestoneReached, Tag("milestone")],
        Annotated[MilestonesReached, Tag("milestones")],
        Annotated[DriverIs, Tag("driver")],
        Annotated[SurveyAnswered, Tag("survey")],
        Annotated[TrialIs, Tag("trial")],
        Annotated[MessageWas, Tag("message")],
        Annotated[CareGave, Tag("care")],
        Annotated[ArmIs, Tag("arm")],
        Annotated[InSegment, Tag("segment")],
        Annotated[All, Tag("all")],
        Annotated[Any_, Tag("any")],
        Annotated[Not, Tag("not")],
    ],
    Discriminator(_kind),
]

for _model in (All, Any_, Not):
    _model.model_rebuild()


class Segment(Document):
    """A named condition, so that staff can say it once."""

    id: Key
    name: str = ""
    when: Condition
