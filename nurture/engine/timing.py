"""When a letter may go: the window in the customer's own zone, the caps, and the scopes nothing may be written in.

The same question is asked twice: when a letter is decided, and again in the claim just before it is handed over.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from nurture.engine.document import DAY
from nurture.engine.duration import in_words
from nurture.engine.policy import WEEKDAYS, Policy, Window, known_zone, zone_of
from nurture.engine.snapshot import Customer, Facts, Touch

FAR = 800  # days a window is searched for an opening: longer than any sane list of holidays


class Clearance(NamedTuple):
    """Whether a letter may go now.

    verdict: `go`; `held` until `until`; `withheld` (not this letter, but they walk on).
    """

    verdict: str
    because: str
    until: datetime | None = None


def clearance(
    policy: Policy,
    customer: Customer,
    facts: Facts,
    suppressed: frozenset[str],
    topic: str,
    urgent: bool,
    now: datetime,
    itself: str = "",
) -> Clearance:
    """Judge one letter to one customer.

    itself: the message's own key, whose touch does not count against it.
    """
    if barred := _barred(policy, suppressed, topic):
        return Clearance("withheld", barred)
    if policy.topic(topic).transactional:
        return Clearance("go", "transactional: not held by window or caps")
    if urgent:
        return Clearance("go", "urgent: not held by window or caps")
    touches = tuple(touch for touch in facts.touches if touch.key != itself)
    zone = zone_for(policy.window, customer.zone)
    free, cap = cap_free(policy, touches, now)
    opens = next_opening(policy.window, zone, free)
    if opens <= now:
        local = now.astimezone(zone)
        clock = f"{WEEKDAYS[local.weekday()].title()} {local.hour:02}:{local.minute:02}"
        return Clearance("go", f"inside the window ({clock} in {zone.key})")
    if cap:
        return Clearance("held", f"held by cap: {cap}", opens)
    return Clearance("held", f"held by window: it is {now.astimezone(zone):%a %d %b %H:%M} in {zone.key}", opens)


def _barred(policy: Policy, suppressed: frozenset[str], topic: str) -> str:
    if "all" in suppressed:
        return "withheld: the address is suppressed (unsubscribed from everything)"
    if topic in suppressed and not policy.topic(topic).transactional:
        return f"withheld: unsubscribed from {policy.topic(topic).name}"
    return ""


def cap_free(policy: Policy, touches: tuple[Touch, ...], now: datetime) -> tuple[datetime, str]:
    """Find when every cap has room again, and which cap is the last to say no ('' if none does).

    touches: newest first.  A span is half-open: what happened exactly `per` ago no longer counts.
    """
    free, full = now, ""
    for cap in policy.caps:
        if len(touches) < cap.at_most:
            continue
        at = touches[cap.at_most - 1].at + cap.per
        if at > free:
            free, full = at, f"at most {cap.at_most} in {in_words(cap.per)}"
    return free, full


def longest_cap(policy: Policy) -> timedelta:
    """How far back touches must be remembered."""
    return max((cap.per for cap in policy.caps), default=timedelta())


def zone_for(window: Window, zone: str | None) -> ZoneInfo:
    """Choose the zone a customer's window is read in: theirs if known, else the policy's; never silently UTC."""
    if window.zone != "customer":
        return zone_of(window.zone)
    return zone_of(zone) if zone and known_zone(zone) else zone_of(window.else_zone)


def next_opening(window: Window, zone: ZoneInfo, at: datetime) -> datetime:
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
    local = at.astimezone(zone)
    if local.date() == day and local.time() < clock:
        return datetime.combine(day, clock, tzinfo=zone).replace(fold=1).astimezone(UTC)
    return at


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
