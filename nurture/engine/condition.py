"""Conditions: structured, so that a form can edit them, and explained leaf by leaf.

Every leaf answers three things: does it hold, why in words, and when time alone could change the answer.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, NamedTuple, TypeAlias, Union

from pydantic import Discriminator, Field, Tag, model_validator

from nurture.engine.document import DAY, Document, Key
from nurture.engine.duration import Duration, in_words
from nurture.engine.snapshot import Snapshot


class Answer(NamedTuple):
    """holds: is it so now.  because: why, in words.  flips_at: when time alone could change it; None for never."""

    holds: bool
    because: str
    flips_at: datetime | None = None


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """Pick the earliest moment, passing over the absent ones; None if there is none."""
    return min((at for at in moments if at is not None), default=None)


def _listed(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


class TraitIs(Document):
    """A trait compared with a value; a missing trait is never equal, never greater, and does not exist."""

    trait: str
    is_: Any = Field(default=None, alias="is")
    is_not: Any = None
    in_: tuple[Any, ...] | None = Field(default=None, alias="in")
    not_in: tuple[Any, ...] | None = None
    contains: str | None = None
    gt: float | None = None
    gte: float | None = None
    lt: float | None = None
    lte: float | None = None
    exists: bool | None = None

    @model_validator(mode="after")
    def _one_comparison(self) -> "TraitIs":
        if len(self.model_fields_set - {"trait"}) != 1:
            raise ValueError("a trait needs exactly one of is, is_not, in, not_in, contains, gt, gte, lt, lte, exists")
        return self

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        value = snapshot.customer.traits.get(self.trait)
        (name,) = self.model_fields_set - {"trait"}
        asked = getattr(self, name)
        holds = COMPARISONS[name](value, asked)
        said = f"{self.trait} is {value!r}" if value is not None else f"{self.trait} is not known"
        return Answer(holds, f"{said} (asked: {name.strip('_').replace('_', ' ')} {_show(asked)})")


def _show(asked: Any) -> str:
    return ", ".join(map(str, asked)) if isinstance(asked, tuple) else str(asked)


def _same(value: Any, asked: Any) -> bool:
    if isinstance(value, str) and isinstance(asked, str):
        return value.casefold() == asked.casefold()
    return bool(value == asked) and isinstance(value, bool) == isinstance(asked, bool)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


COMPARISONS: Mapping[str, Any] = {
    "is_": lambda value, asked: value is not None and _same(value, asked),
    "is_not": lambda value, asked: value is None or not _same(value, asked),
    "in_": lambda value, asked: value is not None and any(_same(value, one) for one in asked),
    "not_in": lambda value, asked: value is None or not any(_same(value, one) for one in asked),
    "contains": lambda value, asked: isinstance(value, str | list) and asked in value,
    "gt": lambda value, asked: _number(value) and value > asked,
    "gte": lambda value, asked: _number(value) and value >= asked,
    "lt": lambda value, asked: _number(value) and value < asked,
    "lte": lambda value, asked: _number(value) and value <= asked,
    "exists": lambda value, asked: (value is not None) == asked,
}


class PersonaIs(Document):
    """They are of this persona, or of one of these."""

    persona: Key | tuple[Key, ...]

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        return Answer(snapshot.customer.persona in _listed(self.persona), f"persona is {snapshot.customer.persona}")


class StageIs(Document):
    """They are in this stage, or in one of these."""

    stage: Key | tuple[Key, ...]

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        return Answer(snapshot.customer.stage in _listed(self.stage), f"stage is {snapshot.customer.stage}")


class AtLeast(Document):
    """A least span."""

    at_least: Duration


class StageFor(Document):
    """They have been in their present stage for at least so long."""

    stage_for: AtLeast

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        customer = snapshot.customer
        holds, flips = _reached(customer.stage_since + self.stage_for.at_least, now)
        return Answer(holds, f"{customer.stage} for {in_words(now - customer.stage_since)}", flips)


class StageWas(Document):
    """They have been in this stage at some time since their last sign-up."""

    stage_was: Key

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        holds = self.stage_was in snapshot.facts.stages or snapshot.customer.stage == self.stage_was
        return Answer(holds, f"{'was' if holds else 'never was'} {self.stage_was}")


class Did(Document):
    """They did something (`any` is any sign of life) so many times, within a span that ends now."""

    did: str
    at_least: int | None = Field(default=None, ge=1, le=100)
    at_most: int | None = Field(default=None, ge=0, le=100)
    within: Duration | None = None
    where: Mapping[str, str | int | float | bool] = {}

    @property
    def ring(self) -> str:
        """The key of the ring of moments that answers this."""
        return ring_key(self.did, self.where)

    @property
    def depth(self) -> int:
        """How many of the newest moments must be kept to answer this exactly."""
        return max(self.at_least or 1, 0 if self.at_most is None else self.at_most + 1)

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        ring = snapshot.facts.rings.get(self.ring, ())
        count = len(ring) if self.within is None else sum(at > now - self.within for at in ring)
        least = self.at_least if self.at_least is not None else (0 if self.at_most is not None else 1)
        holds = count >= least and (self.at_most is None or count <= self.at_most)
        flips = None
        if self.within is not None and count:
            counted = {least, *(() if self.at_most is None else (self.at_most + 1,))}
            flips = earliest(ring[n - 1] + self.within for n in counted if 0 < n <= count)
        shown = f"{count} or more" if count == self.depth and self.depth > 1 else str(count)
        within = f" within {in_words(self.within)}" if self.within is not None else ""
        return Answer(holds, f"{self.did}: {shown}{within} (asked: {self._asked(least)})", flips)

    def _asked(self, least: int) -> str:
        if self.at_most is None:
            return f"at least {least}"
        return f"at most {self.at_most}" if not least else f"{least} to {self.at_most}"


class DidNot(Document):
    """They did not do something, ever or within a span that ends now."""

    did_not: str
    within: Duration | None = None

    @property
    def ring(self) -> str:
        return ring_key(self.did_not, {})

    @property
    def depth(self) -> int:
        return 1

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        ring = snapshot.facts.rings.get(self.ring, ())
        if not ring:
            return Answer(True, f"{self.did_not}: never")
        if self.within is None:
            return Answer(False, f"{self.did_not}: {in_words(now - ring[0])} ago")
        holds, flips = _reached(ring[0] + self.within, now)
        return Answer(holds, f"{self.did_not}: {in_words(now - ring[0])} ago", flips)


def ring_key(event: str, where: Mapping[str, Any]) -> str:
    """Name the ring of moments of one event, narrowed by its properties."""
    return event if not where else f"{event} {json.dumps(dict(where), sort_keys=True)}"


class SilentFor(Document):
    """No first-party sign of life for at least so long, counted from the sign-up if there never was one."""

    silent_for: Duration

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        heard = last_heard(snapshot)
        holds, flips = _reached(heard + self.silent_for, now)
        return Answer(holds, f"silent for {in_words(now - heard)} (asked: {in_words(self.silent_for)})", flips)


def last_heard(snapshot: Snapshot) -> datetime:
    """When they last gave a sign of life: an event, or else their sign-up or first appearance."""
    customer = snapshot.customer
    known = (snapshot.facts.last_seen, customer.signed_up_at, customer.created_at)
    return max((at for at in known if at is not None), default=customer.stage_since)


class MilestoneReached(Document):
    """They, or their account, have reached a milestone."""

    milestone: Key

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        reached = self.milestone in snapshot.facts.milestones
        return Answer(reached, f"{self.milestone}: {'reached' if reached else 'not reached'}")


class Count(Document):
    """A least number."""

    at_least: int = Field(ge=1, le=100)


class MilestonesReached(Document):
    """They have reached at least so many milestones."""

    milestones: Count

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        count = len(snapshot.facts.milestones)
        asked = self.milestones.at_least
        return Answer(count >= asked, f"{count} milestone{'' if count == 1 else 's'} reached (asked: at least {asked})")


class DriverIs(Document):
    """What they said they want is this, or one of these."""

    driver: Key | tuple[Key, ...]

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        stated = snapshot.customer.traits.get("driver")
        return Answer(stated in _listed(self.driver), f"driver is {stated or 'not stated'}")


class SurveyAnswered(Document):
    """They answered a survey, with a score or at all."""

    survey: Key
    score_at_least: int | None = None
    score_at_most: int | None = None
    answered: bool | None = None

    @model_validator(mode="after")
    def _something_asked(self) -> "SurveyAnswered":
        if self.score_at_least is None and self.score_at_most is None and self.answered is None:
            raise ValueError("a survey needs one of score_at_least, score_at_most, answered")
        return self

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        given = snapshot.facts.answers.get(self.survey)
        if given is None:
            return Answer(self.answered is False, f"{self.survey}: not answered")
        score = given.value if isinstance(given.value, int) else None
        holds = self.answered is not False
        if self.score_at_least is not None:
            holds = holds and score is not None and score >= self.score_at_least
        if self.score_at_most is not None:
            holds = holds and score is not None and score <= self.score_at_most
        return Answer(holds, f"{self.survey}: answered {given.value}")


class Trial(Document):
    """Where the trial stands; exactly one of the three."""

    day_at_least: int | None = Field(default=None, ge=1)
    ends_within: Duration | None = None
    ended_by: Duration | None = None

    @model_validator(mode="after")
    def _one(self) -> "Trial":
        if len(self.model_fields_set) != 1:
            raise ValueError("trial needs exactly one of day_at_least, ends_within, ended_by")
        return self


class TrialIs(Document):
    """The trial has come to a certain day, ends soon, or has been over for so long."""

    trial: Trial

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        start, end = snapshot.customer.trial_starts_at, snapshot.customer.trial_ends_at
        if start is None or end is None:
            return Answer(False, "no trial")
        if self.trial.day_at_least is not None:
            holds, flips = _reached(start + (self.trial.day_at_least - 1) * DAY, now)
            return Answer(holds, f"day {(now - start) // DAY + 1} of the trial", flips)
        if self.trial.ended_by is not None:
            holds, flips = _reached(end + self.trial.ended_by, now)
            return Answer(holds, _trial_in_words(end, now), flips)
        assert self.trial.ends_within is not None
        opens = end - self.trial.ends_within
        return Answer(
            opens <= now < end, _trial_in_words(end, now), opens if now < opens else end if now < end else None
        )


def _trial_in_words(end: datetime, now: datetime) -> str:
    return f"trial ended {in_words(now - end)} ago" if now >= end else f"trial ends in {in_words(end - now)}"


class InSegment(Document):
    """They belong to a named segment."""

    segment: Key

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        meaning = snapshot.segments[self.segment].answer(snapshot, now)
        return meaning._replace(because=f"segment {self.segment}: {meaning.because}")


class All(Document):
    """All of these hold."""

    all: tuple["Condition", ...] = Field(min_length=1)

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        answers = [part.answer(snapshot, now) for part in self.all]
        missing = [one for one in answers if not one.holds]
        return _joined(not missing, missing or answers, " and ")


class Any_(Document):  # noqa: N801 - `Any` is taken
    """At least one of these holds."""

    any: tuple["Condition", ...] = Field(min_length=1)

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        answers = [part.answer(snapshot, now) for part in self.any]
        true = [one for one in answers if one.holds]
        return _joined(bool(true), true or answers, " and " if true else "; ")


def _joined(holds: bool, decisive: Sequence[Answer], glue: str) -> Answer:
    return Answer(holds, glue.join(one.because for one in decisive), earliest(one.flips_at for one in decisive))


class Not(Document):
    """This does not hold."""

    not_: "Condition" = Field(alias="not")

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        inner = self.not_.answer(snapshot, now)
        return inner._replace(holds=not inner.holds)


def _reached(at: datetime, now: datetime) -> tuple[bool, datetime | None]:
    return (True, None) if now >= at else (False, at)


LEAVES: Mapping[str, type[Document]] = {
    "trait": TraitIs,
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
