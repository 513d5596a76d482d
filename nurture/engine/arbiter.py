"""The arbiter: one answer to whether a letter may go to somebody now, over all the journeys they walk.

The same question is asked twice: when a letter is decided, and again in the claim just before it is handed over.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from nurture.engine.duration import in_words
from nurture.engine.leaves import last_heard
from nurture.engine.local import WEEKDAYS, next_opening, zone_for
from nurture.engine.policy import Cap, Policy
from nurture.engine.snapshot import Snapshot, Touch

A_PAUSE = "because they asked for a pause"


class Proposal(NamedTuple):
    """A letter that a journey proposes.  itself: the message's own key, whose touch does not count against it."""

    journey: str
    topic: str
    urgent: bool = False
    itself: str = ""


class Clearance(NamedTuple):
    """Whether a letter may go now.

    verdict: `go`; `held` until `until`; `withheld` (not this letter, but they walk on).
    """

    verdict: str
    because: str
    until: datetime | None = None


class Obstacle(NamedTuple):
    """What holds a letter, and until when."""

    until: datetime
    because: str


def clearance(policy: Policy, snapshot: Snapshot, proposal: Proposal, now: datetime) -> Clearance:
    """Judge one letter to one customer: suppression, consent, holdout, then pause, caps and window."""
    topic = policy.topic(proposal.topic)
    if barred := _barred(policy, snapshot, proposal):
        return Clearance("withheld", f"withheld: {barred}")
    if topic.transactional:
        return Clearance("go", "transactional: not held by window or caps")
    pause = snapshot.facts.wishes.pause_until
    paused = pause is not None and pause > now
    if proposal.urgent:
        held = Clearance("held", f"held {A_PAUSE}", pause)
        return held if paused else Clearance("go", "urgent: not held by window or caps")
    obstacle = cap_in_the_way(policy, snapshot, proposal.itself, now)
    if pause is not None and paused and (obstacle is None or pause > obstacle.until):
        obstacle = Obstacle(pause, A_PAUSE)
    zone = zone_for(policy.window, snapshot.customer.zone)
    opens = next_opening(policy.window, zone, obstacle.until if obstacle else now)
    local = now.astimezone(zone)
    if obstacle is not None:
        return Clearance("held", f"held {obstacle.because}", opens)
    if opens > now:
        return Clearance("held", f"held by window: it is {local:%a %d %b %H:%M} in {zone.key}", opens)
    clock = f"{WEEKDAYS[local.weekday()].title()} {local.hour:02}:{local.minute:02}"
    return Clearance("go", f"inside the window ({clock} in {zone.key})")


def _barred(policy: Policy, snapshot: Snapshot, proposal: Proposal) -> str:
    """Say why nothing on this topic, or of this journey, is written to them at all; '' if it is."""
    topic, suppressed = policy.topic(proposal.topic), snapshot.suppressed
    if "all" in suppressed:
        return "the address is suppressed (unsubscribed from everything)"
    if topic.transactional:
        return ""
    if topic.id in suppressed:
        return f"unsubscribed from {topic.name}"
    if topic.default == "off" and topic.id not in snapshot.facts.wishes.topics:
        return f"{topic.name} is sent only to those who ask for it"
    if aside := kept_aside_from(snapshot, proposal.journey):
        return aside
    if policy.sunset is not None and unheard(snapshot, proposal.itself) >= policy.sunset.after:
        return f"too quiet: {policy.sunset.after} letters went since they last gave a sign of life"
    return ""


def unheard(snapshot: Snapshot, itself: str = "") -> int:
    """How many letters went out to them since their last sign of life, as far as touches go back."""
    since = last_heard(snapshot)
    return sum(touch.at > since and not touch.pending for touch in _others(snapshot.facts.touches, itself))


def kept_aside_from(snapshot: Snapshot, journey: str) -> str:
    """Say from what they are kept aside for comparison; '' if they are not."""
    aside = snapshot.facts.aside
    if aside.get(""):
        return "kept aside for comparison, from all journeys"
    return f"kept aside for comparison, from {journey}" if aside.get(journey) else ""


def cap_in_the_way(policy: Policy, snapshot: Snapshot, itself: str, now: datetime) -> Obstacle | None:
    """Find the cap that has room last of all that have none now: their own, the wish for fewer, the account's."""
    caps = (*policy.caps, policy.fewer) if snapshot.facts.wishes.fewer else policy.caps
    found: list[Obstacle] = []
    for cap in caps:
        whose = "the cap they wished for" if cap is policy.fewer else "cap"
        if full := _full(cap, _others(snapshot.facts.touches, itself), now):
            found.append(full._replace(because=f"by {whose}: {full.because}"))
    if policy.account_cap is not None and snapshot.account.shared:
        theirs = _others(snapshot.account.touches, f"{snapshot.customer.id}|{itself}")
        if full := _full(policy.account_cap, theirs, now):
            found.append(full._replace(because=f"by the account's cap: {full.because}"))
    return max(found, key=lambda one: one.until, default=None)


def _others(touches: tuple[Touch, ...], itself: str) -> tuple[Touch, ...]:
    return tuple(touch for touch in touches if touch.key != itself) if itself else touches


def _full(cap: Cap, touches: tuple[Touch, ...], now: datetime) -> Obstacle | None:
    """Say until when a cap is full, and what went first; None if it has room.

    touches: newest first.  A span is half-open: what happened exactly `per` ago no longer counts.
    """
    if len(touches) < cap.at_most:
        return None
    until = touches[cap.at_most - 1].at + cap.per
    if until <= now:
        return None
    first = ", ".join(dict.fromkeys(went(touch) for touch in touches[: cap.at_most]))
    return Obstacle(until, f"at most {cap.at_most} in {in_words(cap.per)}; {first} went first")


def went(touch: Touch) -> str:
    """Name the step whose letter a touch was, as `journey.step`."""
    parts = touch.key.split("|")
    return f"{parts[-4]}.{parts[-2]}" if len(parts) >= 4 else touch.key


def remembered(policy: Policy, touches: tuple[Touch, ...], now: datetime) -> tuple[Touch, ...]:
    """Those touches that a limit may still ask about.  touches: newest first."""
    oldest, fewest = now - longest_cap(policy), policy.sunset.after if policy.sunset is not None else 0
    return tuple(touch for n, touch in enumerate(touches) if touch.at > oldest or n < fewest)


def longest_cap(policy: Policy) -> timedelta:
    """How far back touches must be remembered."""
    caps: list[Cap | None] = [*policy.caps, policy.fewer, policy.account_cap]
    return max((cap.per for cap in caps if cap is not None), default=timedelta())
