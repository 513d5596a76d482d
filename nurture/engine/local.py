"""Local time: wall clocks, weekdays and zones.  It exists here alone; everywhere else a moment is an instant."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator

from nurture.engine.document import DAY

if TYPE_CHECKING:
    from nurture.engine.policy import Window

_CLOCK = re.compile(r"([01]\d|2[0-3])(:[0-5]\d){1,2}(\.\d+)?")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FAR = 800  # days a window is searched for an opening: longer than any sane list of holidays


def parse_days(value: Any) -> tuple[int, ...]:
    """Read `mon-fri`, `sat`, or a list of them, as weekdays counted from Monday = 0."""
    days: set[int] = set()
    if not isinstance(value, str | list | tuple):
        raise ValueError(f"expected days such as mon-fri or sat, found {value!r}")  # noqa: TRY004 - the author's
    for part in value.replace(",", " ").split() if isinstance(value, str) else value:
        if isinstance(part, int) and part in range(7):
            days.add(part)
            continue
        first, _, last = str(part).lower().partition("-")
        if first not in WEEKDAYS or (last and last not in WEEKDAYS):
            raise ValueError(f"expected days such as mon-fri or sat, found {part!r}")
        start = WEEKDAYS.index(first)
        days.update((start + n) % 7 for n in range((WEEKDAYS.index(last or first) - start) % 7 + 1))
    return tuple(sorted(days))


def known_zone(name: str) -> bool:
    """Whether this is the name of an IANA time zone."""
    return name in _zone_names()


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """Open a zone by its IANA name; ZoneInfoNotFoundError if there is none such."""
    return ZoneInfo(name)


def _known(name: Any) -> str:
    if not isinstance(name, str) or (name != "customer" and not known_zone(name)):
        raise ValueError(f"expected an IANA time zone such as Europe/London, found {name!r}")
    return name


def _clock(text: Any) -> Any:
    """Let through a time of the day as it stands on a clock; a bare 9 would be taken for nine seconds past midnight."""
    if text == "24:00":
        raise ValueError("the day ends at 23:59; use a window over midnight instead of 24:00")
    if not isinstance(text, time) and not (isinstance(text, str) and _CLOCK.fullmatch(text)):
        raise ValueError(f"expected a time such as '09:00', found {text!r}")
    return text


ClockTime = Annotated[time, BeforeValidator(_clock)]
ZoneName = Annotated[str, BeforeValidator(_known)]


def zone_for(window: "Window", zone: str | None) -> ZoneInfo:
    """Choose the zone a customer's window is read in: theirs if known, else the policy's; never silently UTC."""
    if window.zone != "customer":
        return zone_of(window.zone)
    return zone_of(zone) if zone and known_zone(zone) else zone_of(window.else_zone)


def next_opening(window: "Window", zone: ZoneInfo, at: datetime) -> datetime:
    """Find the first moment from `at` on that lies inside the window; `at` itself if it does.

    Raises ValueError if there is none within two years (every day a holiday).
    """
    today = at.astimezone(zone).date()
    for days in range(-1 if window.from_ > window.to else 0, FAR):
        day = today + days * DAY
        if day.weekday() not in window.days or day in window.holidays:
            continue
        opens = instant(day, window.from_, zone)
        closes = instant(day if window.from_ < window.to else day + DAY, window.to, zone)
        if at < closes and opens < closes:
            return _not_before(window.from_, day, zone, max(at, opens))
    raise ValueError("the window does not open within two years")


def _not_before(clock: time, day: date, zone: ZoneInfo, at: datetime) -> datetime:
    """Wait for the second time the clock strikes, where it was put back after the first: nobody is woken by a fold."""
    strikes = datetime.combine(day, clock, tzinfo=zone)
    if at.astimezone(zone).replace(tzinfo=None) < strikes.replace(tzinfo=None):
        return strikes.replace(fold=1).astimezone(UTC)
    return at


def next_strike(days: tuple[int, ...], clock: time, zone: ZoneInfo, at: datetime) -> datetime:
    """Find the first moment from `at` on when the clock strikes `clock` on one of `days` (Monday = 0, at least one).

    It strikes as `instant` says: once a day, after the gap if it is skipped, the first time if it comes twice.
    """
    today = at.astimezone(zone).date()
    struck = (instant(today + n * DAY, clock, zone) for n in range(-1, 9) if (today + n * DAY).weekday() in days)
    return next(one for one in struck if one >= at)


@lru_cache(maxsize=8192)
def instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Turn a local wall-clock time into an instant.

    A time that occurs twice means its first occurrence; one that does not occur means the first instant after the gap.
    """
    local = datetime.combine(day, clock, tzinfo=zone)
    first = local.astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return first
    before, after = local.replace(fold=1).astimezone(UTC), first
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
