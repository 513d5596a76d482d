"""The leaves of a condition, one question each: what they ask of the photograph, and how they say the answer.

Every leaf answers three things: does it hold, why in words, and when time alone could change the answer. The words
are asked for seldom, the rest at every settle; so the two are apart.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import Field, model_validator

from nurture.engine.document import DAY, Document, Key
from nurture.engine.duration import Duration, in_words
from nurture.engine.question import Glance, Question
from nurture.engine.snapshot import Snapshot


def _reached(at: datetime, now: datetime) -> Glance:
    return (True, None) if now >= at else (False, at)


def _listed(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


class PersonaIs(Question):
    """They are of this persona, or of one of these."""

    persona: Key | tuple[Key, ...]

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        return snapshot.customer.persona in _listed(self.persona), None

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        return f"persona is {snapshot.customer.persona or 'not known'}"


class StageIs(Question):
    """They are in this stage, or in one of these."""

    stage: Key | tuple[Key, ...]

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        return snapshot.customer.stage in _listed(self.stage), None

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        return f"stage is {snapshot.customer.stage}"


class AtLeast(Document):
    """A least span."""

    at_least: Duration


class StageFor(Question):
    """They have been in their present stage for at least so long."""

    stage_for: AtLeast

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        return _reached(snapshot.customer.stage_since + self.stage_for.at_least, now)

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        return f"{snapshot.customer.stage} for {in_words(now - snapshot.customer.stage_since)}"


class StageWas(Question):
    """They have been in this stage at some time since their last sign-up."""

    stage_was: Key

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        return self.stage_was in snapshot.facts.stages or snapshot.customer.stage == self.stage_was, None

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        return f"{'was' if self.glance(snapshot, now)[0] else 'never was'} {self.stage_was}"


class Did(Question):
    """They did something (`any` is any sign of life) so many times, within a span that ends now."""

    did: str
    at_least: int | None = Field(default=None, ge=1, le=100)
    at_most: int | None = Field(default=None, ge=0, le=100)
    within: Duration | None = None
    where: Mapping[str, str | int | float | bool] = {}

    @model_validator(mode="after")
    def _some_number_fits(self) -> "Did":
        if self.at_most is not None and self.at_most < (self.at_least or 0):
            raise ValueError("at_most is less than at_least: no number is both")
        return self

    @property
    def ring(self) -> str:
        """The key of the ring of moments that answers this."""
        return ring_key(self.did, self.where) if self.where else self.did

    @property
    def depth(self) -> int:
        """How many of the newest moments must be kept to answer this exactly."""
        return max(self.at_least or 1, 0 if self.at_most is None else self.at_most + 1)

    @property
    def least(self) -> int:
        """How often at least: once, where nothing else is said."""
        return self.at_least if self.at_least is not None else (0 if self.at_most is not None else 1)

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        ring, least, most = snapshot.facts.rings.get(self.ring, ()), self.least, self.at_most
        count = self._count(ring, now)
        holds = count >= least and (most is None or count <= most)
        if self.within is None or not count:
            return holds, None
        if holds:
            return True, ring[least - 1] + self.within if least else None
        too_many = most is not None and count > most
        return False, ring[most] + self.within if too_many and most is not None and most >= least else None

    def _count(self, ring: Sequence[datetime], now: datetime) -> int:
        if self.within is None:
            return len(ring)
        since = now - self.within
        return sum(at > since for at in ring)

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        count = self._count(snapshot.facts.rings.get(self.ring, ()), now)
        shown = f"{count} or more" if count == self.depth and self.depth > 1 else str(count)
        within = f" within {in_words(self.within)}" if self.within is not None else ""
        return f"{self.did}: {shown}{within} (asked: {self._asked()})"

    def _asked(self) -> str:
        if self.at_most is None:
            return f"at least {self.least}"
        return f"at most {self.at_most}" if not self.least else f"{self.least} to {self.at_most}"


class DidNot(Question):
    """They did not do something, ever or within a span that ends now."""

    did_not: str
    within: Duration | None = None

    @property
    def ring(self) -> str:
        return self.did_not

    @property
    def depth(self) -> int:
        return 1

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        ring = snapshot.facts.rings.get(self.ring)
        if not ring:
            return True, None
        return _reached(ring[0] + self.within, now) if self.within is not None else (False, None)

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        ring = snapshot.facts.rings.get(self.ring)
        return f"{self.did_not}: {in_words(now - ring[0])} ago" if ring else f"{self.did_not}: never"


def ring_key(event: str, where: Mapping[str, Any]) -> str:
    """Name the ring of moments of one event, narrowed by its properties."""
    return event if not where else f"{event} {json.dumps(dict(where), sort_keys=True)}"


class SilentFor(Question):
    """No first-party sign of life for at least so long, counted from the sign-up if there never was one."""

    silent_for: Duration

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        return _reached(last_heard(snapshot) + self.silent_for, now)

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        return f"silent for {in_words(now - last_heard(snapshot))} (asked: {in_words(self.silent_for)})"


def last_heard(snapshot: Snapshot) -> datetime:
    """When they last gave a sign of life: an event, or else their sign-up or first appearance."""
    customer = snapshot.customer
    known = (snapshot.facts.last_seen, customer.signed_up_at, customer.created_at)
    return max((at for at in known if at is not None), default=customer.stage_since)


class MilestoneReached(Question):
    """They, or their account, have reached a milestone."""

    milestone: Key

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        return self.milestone in snapshot.facts.milestones, None

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        return f"{self.milestone}: {'reached' if self.milestone in snapshot.facts.milestones else 'not reached'}"


class Count(Document):
    """A least number."""

    at_least: int = Field(ge=1, le=100)


class MilestonesReached(Question):
    """They have reached at least so many milestones."""

    milestones: Count

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        return len(snapshot.facts.milestones) >= self.milestones.at_least, None

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        count = len(snapshot.facts.milestones)
        return f"{count} milestone{'' if count == 1 else 's'} reached (asked: at least {self.milestones.at_least})"


class DriverIs(Question):
    """What they said they want is this, or one of these."""

    driver: Key | tuple[Key, ...]

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        return snapshot.customer.traits.get("driver") in _listed(self.driver), None

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        return f"driver is {snapshot.customer.traits.get('driver') or 'not stated'}"


class SurveyAnswered(Question):
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

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        given = snapshot.facts.answers.get(self.survey)
        if given is None:
            return self.answered is False, None
        if self.answered is False:
            return False, None
        score = given.value if isinstance(given.value, int) else None
        if score is None:
            return self.score_at_least is None and self.score_at_most is None, None
        least, most = self.score_at_least, self.score_at_most
        return (least is None or score >= least) and (most is None or score <= most), None

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        given = snapshot.facts.answers.get(self.survey)
        return f"{self.survey}: not answered" if given is None else f"{self.survey}: answered {given.value}"


class Trial(Document):
    """Where the trial stands; exactly one of the three."""

    day_at_least: int | None = Field(default=None, ge=1, le=3660)
    ends_within: Duration | None = None
    ended_by: Duration | None = None

    @model_validator(mode="after")
    def _one(self) -> "Trial":
        if len(self.model_fields_set) != 1:
            raise ValueError("trial needs exactly one of day_at_least, ends_within, ended_by")
        return self


class TrialIs(Question):
    """The trial has come to a certain day, ends soon, or has been over for so long."""

    trial: Trial

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        start, end = snapshot.customer.trial_starts_at, snapshot.customer.trial_ends_at
        if start is None or end is None:
            return False, None
        if self.trial.day_at_least is not None:
            return _reached(start + (self.trial.day_at_least - 1) * DAY, now)
        if snapshot.customer.trial_paused_at is not None:
            return False, None
        if self.trial.ended_by is not None:
            return _reached(end + self.trial.ended_by, now)
        assert self.trial.ends_within is not None
        opens = end - self.trial.ends_within
        return opens <= now < end, opens if now < opens else end if now < end else None

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        start, end = snapshot.customer.trial_starts_at, snapshot.customer.trial_ends_at
        if start is None or end is None:
            return "no trial"
        if self.trial.day_at_least is not None:
            return f"day {(now - start) // DAY + 1} of the trial"
        if snapshot.customer.trial_paused_at is not None:
            return f"the trial rests since {snapshot.customer.trial_paused_at:%a %d %b %H:%M} UTC"
        return f"trial ended {in_words(now - end)} ago" if now >= end else f"trial ends in {in_words(end - now)}"
