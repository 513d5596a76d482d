"""Scenarios: invented lives that are kept, and lived again at every publish."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, model_validator

from nurture.engine.document import DAY, Document, Key
from nurture.engine.duration import Duration
from nurture.engine.local import ClockTime, ZoneName, instant


class Happening(Document):
    """One thing that happens to them: an event, an answer, the outcome of a task, or a longer trial.

    on_day: counted from 1, the day on which the scenario begins.
    at: the time of that day, in the scenario's zone, or else in the policy's `else_zone`.
    """

    on_day: int = Field(ge=1, le=3660)
    at: ClockTime = time(12)
    event: str | None = Field(default=None, min_length=1, max_length=200)
    properties: Mapping[str, Any] = {}
    answers: Key | None = None
    value: int | str | None = None
    care: Key | None = None
    outcome: Key | None = None
    extend: Duration | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> "Happening":
        if sum(part is not None for part in (self.event, self.answers, self.care, self.extend)) != 1:
            raise ValueError("a happening is exactly one of event, answers, care, extend")
        if (self.answers is None) != (self.value is None) or (self.care is None) != (self.outcome is None):
            raise ValueError("`answers` needs a `value`, and `care` an `outcome`")
        return self


class Scenario(Document):
    """Somebody invented, what they do, and which steps should reach them.

    expects: steps that write, show or ask for something, in the order in which they do.
    """

    id: Key
    name: str = ""
    journey: Key
    persona: Key | None = None
    stage: Key | None = None
    timezone: ZoneName | None = None
    trial_days: int = Field(default=14, ge=0, le=3660)
    traits: Mapping[str, Any] = {}
    from_: AwareDatetime = Field(alias="from")
    days: int = Field(default=30, ge=1, le=366)
    script: tuple[Happening, ...] = ()
    expects: tuple[Key, ...] | None = None

    def moment_of(self, happening: Happening, zone: ZoneInfo) -> datetime:
        """When something happens, by the clock on their wall; on the first day never before it all begins."""
        begins = self.from_.astimezone(UTC)
        day = begins.astimezone(zone).date() + (happening.on_day - 1) * DAY
        return max(begins, instant(day, happening.at, zone))
