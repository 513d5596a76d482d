"""The step that waits for a moment of the trial, for a date we know of them, or for a time on their clock."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import BeforeValidator, Field, model_validator

from nurture.engine.duration import Offset, in_words
from nurture.engine.local import WEEKDAYS, ClockTime, instant, next_strike, parse_days, zone_of
from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps.base import Outcome, Step

PATIENCE = timedelta(days=90)  # for a trial or a date that is not known, and between two looks at a trial that rests
YEARS = range(1900, 3000)  # a date outside them is a slip of the pen


class Anchor(NamedTuple):
    """What a wait counts from.  at: None while it is not known.  said: its name; lacking: what is wrong with it."""

    at: datetime | None
    said: str
    lacking: str = "which is not known"


class WaitUntil(Step):
    """Wait until the trial starts or ends, until a date in a trait, or until the next such time on their own clock.

    Exactly one of: `trial` (`start` or `end`) or `date` (a trait that holds a date or a moment), each with an `offset`
    that goes back with a minus; or `days`, `at` or both: the first such local time from their arrival on, every day
    unless `days` says which, at 00:00 unless `at` says when.  A date alone begins at midnight where they are.
    An extended trial or a changed date moves the wait along, and a paused trial lets what counts from its end rest.
    Who has no trial, or no such date, waits 90 days for one; then the journey ends, for what follows would speak of
    nothing.  A local time that a clock skips is the first moment after the gap; one that comes twice, the first.
    """

    example: ClassVar[str] = "{id: before-end, do: wait_until, trial: end, offset: -2d}"

    do: Literal["wait_until"] = "wait_until"
    trial: Literal["start", "end"] | None = None
    date: str | None = Field(default=None, min_length=1, max_length=200)
    offset: Offset = Field(default=timedelta())
    days: Annotated[tuple[int, ...], BeforeValidator(parse_days), Field(min_length=1)] | None = None
    at: ClockTime | None = None

    @model_validator(mode="after")
    def _one_moment(self) -> "WaitUntil":
        on_their_clock = self.days is not None or self.at is not None
        if (self.trial is not None) + (self.date is not None) + on_their_clock != 1:
            raise ValueError("waits until exactly one of: `trial`, `date`, or `days` and `at`")
        if on_their_clock and self.offset:
            raise ValueError("`offset` counts from a trial or a date; say the time itself with `at`")
        return self

    def decide(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Outcome:
        if self.trial is None and self.date is None:
            return self._on_their_clock(snapshot, walk, now)
        anchor = self._anchor(snapshot)
        if anchor.at is None:
            given_up = walk.since + PATIENCE
            if now < given_up:
                return Outcome(f"waits for {anchor.said}, {anchor.lacking}", due_at=given_up)
            return Outcome(f"{anchor.said} did not become known in {in_words(PATIENCE)}", ends=True)
        paused = snapshot.customer.trial_paused_at
        if self.trial == "end" and paused is not None:
            looks_again = paused + max((now - paused) // PATIENCE + 1, 1) * PATIENCE
            return Outcome(f"rests: the trial is paused since {paused:%a %d %b %Y %H:%M} UTC", due_at=looks_again)
        if now < anchor.at:
            return Outcome(f"waits until {self._shifted(anchor.said)}", due_at=anchor.at)
        return Outcome(f"it is {self._shifted(anchor.said)}", onward=True, planned=max(anchor.at, walk.since))

    def _on_their_clock(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Outcome:
        zone = zone_of(snapshot.zone)
        days, clock = self.days or tuple(range(7)), self.at or time()
        strikes = next_strike(days, clock, zone, walk.since)
        if now < strikes:
            when = "" if self.days is None else f" on {', '.join(WEEKDAYS[day].title() for day in days)}"
            return Outcome(f"waits until it is {clock:%H:%M}{when} in {zone.key}", due_at=strikes)
        local = strikes.astimezone(zone)
        return Outcome(f"it is {local:%a %d %b %H:%M} in {zone.key}", onward=True, planned=strikes)

    def _anchor(self, snapshot: Snapshot) -> Anchor:
        """Find the moment waited for, as it is now known."""
        customer = snapshot.customer
        if self.date is None:
            at = customer.trial_starts_at if self.trial == "start" else customer.trial_ends_at
            return Anchor(at + self.offset if at is not None else None, f"the trial's {self.trial}")
        value = customer.traits.get(self.date)
        if value is None:
            return Anchor(None, self.date)
        at = moment(value, self.offset, snapshot.zone)
        return Anchor(None, self.date, f"which is no date: {value!r:.60}") if at is None else Anchor(at, self.date)

    def _shifted(self, anchor: str) -> str:
        if not self.offset:
            return anchor
        side = "before" if self.offset < timedelta() else "after"
        return f"{in_words(self.offset)} {side} {anchor}"


def moment(value: Any, offset: timedelta, zone: str) -> datetime | None:
    """Read a trait as a date or a moment, and count on from there; None if it is neither.

    A date, or a moment that does not say how far from UTC, is read and counted on their own clock (`zone`, an IANA
    name): three days before a midnight is a midnight, whatever the clocks do between.
    """
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if read is None or read.year not in YEARS:
        return None
    shifted = read + offset
    if shifted.tzinfo is not None:
        return shifted.astimezone(UTC)
    return instant(shifted.date(), shifted.time(), zone_of(zone))
