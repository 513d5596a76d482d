"""A journey: who enters, what is walked, and how it ends.  A tree of sequences, so that every journey ends."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from nurture.engine.condition import Condition
from nurture.engine.document import Document, Key
from nurture.engine.duration import PATTERN, Duration, parse_duration, write_duration
from nurture.engine.leaves import Count
from nurture.engine.lifecycle import EventName, Events, Keys
from nurture.engine.policy import Share
from nurture.engine.snapshot import Entered, Facts, Snapshot
from nurture.engine.steps import AnyStep

MAX_STEPS = 250
MAX_SPLIT_DEPTH = 2
ALL = "all"
LETTERS = ("email", "survey")


def _again(value: Any) -> Any:
    if isinstance(value, str) and (match := re.fullmatch(r"after (.+)", value)):
        return parse_duration(match[1])
    if value in ("never", "per_trial", "always"):
        return value
    if isinstance(value, timedelta):
        return value
    raise ValueError(f"expected never, per_trial, always or `after 90d`, found {value!r}")


Again = Annotated[
    timedelta | Literal["never", "per_trial", "always"],
    BeforeValidator(_again),
    PlainSerializer(lambda again: f"after {write_duration(again)}" if isinstance(again, timedelta) else again),
    WithJsonSchema({"type": "string", "pattern": f"^(never|per_trial|always|after {PATTERN})$", "default": "never"}),
]
"""How soon the same person may walk the same journey again."""


class Enter(Document):
    """Who enters: by stage, by an event, by a condition; all that are named must hold.

    existing: what becomes of people who meet the entry already when it is published.
    once, segment: a letter to a segment that staff start by hand; nothing else starts it.
    """

    stage: Keys | None = None
    on: Events | None = None
    when: Condition | None = None
    again: Again = "never"
    existing: Literal["leave", "enter"] = "leave"
    once: Literal[True] | None = None
    segment: Key | None = None

    @model_validator(mode="after")
    def _somebody(self) -> "Enter":
        if (self.once is None) != (self.segment is None):
            raise ValueError("`once: true` needs a `segment`, and a segment needs `once: true`")
        if self.once and (self.on is not None or self.when is not None):
            raise ValueError("what is started by hand has neither `on` nor `when`")
        if self.stage is None and self.on is None and self.when is None and not self.once:
            raise ValueError("`enter` needs at least one of stage, on, when")
        return self

    def allows(self, been: Entered | None, snapshot: Snapshot, now: datetime) -> str:
        """Say why they may not enter again; '' if they may."""
        if been is None or self.again == "always":
            return ""
        if self.again == "never":
            return "they have walked it before, and it is walked once"
        if self.again == "per_trial":
            started = snapshot.customer.trial_starts_at
            return "" if started is not None and been.at < started else "they have walked it in this trial"
        assert isinstance(self.again, timedelta)
        return "" if now >= been.at + self.again else "they walked it too recently"


NOBODY = Enter.model_construct()
"""The entry of a journey that has none: no change and no fact opens it."""


class Goal(Document):
    """What the journey is for: a milestone, so many milestones, or an event.  Reaching it ends the journey well."""

    milestone: Key | None = None
    milestones: Count | None = None
    did: EventName | None = None
    within: Duration | None = None

    @model_validator(mode="after")
    def _one_goal(self) -> "Goal":
        if sum(part is not None for part in (self.milestone, self.milestones, self.did)) != 1:
            raise ValueError("a goal is exactly one of milestone, milestones, did")
        return self

    def reached(self, facts: Facts, entered_at: datetime) -> str:
        """Say how the goal was reached, in time; '' if it was not.  An event counts only after the entry."""
        at: datetime | None = None
        if self.milestone is not None:
            at, said = facts.milestones.get(self.milestone), self.milestone
        elif self.milestones is not None:
            moments = sorted(facts.milestones.values())
            n = self.milestones.at_least
            at, said = (moments[n - 1] if len(moments) >= n else None), f"{n} milestones"
        else:
            assert self.did is not None
            newest = next(iter(facts.rings.get(self.did, ())), None)
            at, said = (newest if newest is not None and newest >= entered_at else None), self.did
        in_time = at is not None and (self.within is None or at <= entered_at + self.within)
        return said if in_time else ""


class Variant(Document):
    """Whose way differs: the same intent in another journey's shape, for a stage, a persona or both."""

    stage: Keys | None = None
    persona: Keys | None = None
    journey: Key

    @model_validator(mode="after")
    def _for_somebody(self) -> "Variant":
        if self.stage is None and self.persona is None:
            raise ValueError("a variant names a stage, a persona or both")
        return self

    def fits(self, stage: str, persona: str | None) -> int:
        """Say how closely it fits: 3 by stage and persona, 2 by stage, 1 by persona, 0 not at all."""
        if (self.stage and stage not in self.stage) or (self.persona and persona not in self.persona):
            return 0
        return 2 * bool(self.stage) + bool(self.persona)


class Journey(Document):
    """A named path from its entry to its end.

    Without `enter` it is walked only as the variant of another journey, or where a step starts it.
    holds: journeys that rest while somebody walks this one, or all; resume: whether time stood still for them.
    paused: nobody enters, and whoever is inside, in any version, stands still; `freeze`: time stands still for them as
    well, `count`: it goes on, and what is late by then is treated as late.
    """

    id: Key
    name: str
    purpose: str = ""
    priority: int = Field(default=50, ge=0, le=100)
    enter: Enter | None = None
    variants: tuple[Variant, ...] = ()
    goal: Goal | None = None
    stays: Keys | None = None
    leave_when: tuple[Condition, ...] = ()
    holds: Keys | None = None
    resume: Literal["continue", "replan"] = "continue"
    holdout: Share | None = None
    paused: Literal["freeze", "count"] | None = None
    steps: tuple[AnyStep, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _a_bounded_tree(self) -> "Journey":
        ids = [step.id for step in walk(self.steps)]
        if len(ids) > MAX_STEPS:
            raise ValueError(f"a journey has at most {MAX_STEPS} steps; this one has {len(ids)}")
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"step ids must differ; used more than once: {', '.join(twice)}")
        if any(inner.do == "repeat" for step in walk(self.steps) if step.do == "repeat" for inner in walk(step.steps)):
            raise ValueError("a repeat cannot stand inside a repeat")
        if self.enter is not None and self.enter.once and sum(step.do in LETTERS for step in walk(self.steps)) != 1:
            raise ValueError("what is started by hand for a segment is one letter")
        if _depth(self.steps) > MAX_SPLIT_DEPTH:
            raise ValueError(f"splits are at most {MAX_SPLIT_DEPTH} deep")
        return self

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages in which an enrollment goes on; empty means any but a final one."""
        return self.stays or (self.enter.stage if self.enter is not None else None) or ()

    def rests(self, journey: str) -> bool:
        """Whether another journey rests while somebody walks this one."""
        return self.holds is not None and journey != self.id and (journey in self.holds or ALL in self.holds)

    def shape(self, stage: str, persona: str | None) -> str:
        """Choose whose steps they walk: those of the variant that fits them most closely, or its own."""
        if not self.variants:
            return self.id
        best = max(self.variants, key=lambda variant: variant.fits(stage, persona), default=None)
        return best.journey if best is not None and best.fits(stage, persona) else self.id


def walk(steps: Sequence[AnyStep]) -> Iterator[AnyStep]:
    """Go through every step of a tree, outer before inner."""
    for step in steps:
        yield step
        for inner in step.sequences().values():
            yield from walk(inner)


def _depth(steps: Sequence[AnyStep]) -> int:
    depths = [
        (step.do in ("split", "experiment")) + max((_depth(inner) for inner in step.sequences().values()), default=0)
        for step in steps
    ]
    return max(depths, default=0)


class Place(NamedTuple):
    """A step and the ways on from it.  None is the end of the journey."""

    step: AnyStep
    onward: str | None
    paths: Mapping[str, str | None]


class Version(NamedTuple):
    """One compiled revision of a journey: every step by its id, with what follows.

    number: what staff call it, who count what was published and no drafts.
    """

    revision: int
    journey: Journey
    first: str
    places: Mapping[str, Place]
    number: int

    @property
    def entry(self) -> Enter:
        """How it is entered; NOBODY where only variants and steps lead to it."""
        return self.journey.enter or NOBODY

    def allows(self, stage: str, finals: frozenset[str]) -> bool:
        """Whether it may be entered in this stage; in a final one only if that is named."""
        allowed = self.entry.stage or self.journey.stays
        return stage in allowed if allowed is not None else stage not in finals


def compile_journey(journey: Journey, revision: int, number: int | None = None) -> Version:
    """Lay the tree out flat: where each step leads, and where each of its paths begins and rejoins.

    number: what staff call this version; without one, its revision.
    """
    places: dict[str, Place] = {}

    def lay(steps: Sequence[AnyStep], after: str | None) -> str | None:
        for step in reversed(steps):
            rejoin = step.id if step.do == "repeat" else after  # a round ends where the next one is asked about
            paths = {name: lay(inner, rejoin) for name, inner in step.sequences().items()}
            places[step.id] = Place(step, after, paths)
            after = step.id
        return after

    first = lay(journey.steps, None)
    assert first is not None
    return Version(revision, journey, first, places, revision if number is None else number)
