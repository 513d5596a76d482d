"""Forecast: what would reach one customer, and be asked of us, if they did nothing more."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from nurture.engine.decide import decide
from nurture.engine.decision import Note
from nurture.engine.playbook import Playbook
from nurture.engine.simulate import Beat, Life
from nurture.engine.snapshot import Enrollment, Fact, Snapshot
from nurture.engine.steps.wait_for import WaitFor


class Expected(NamedTuple):
    """One letter that would go out, or one task that would be asked.

    do: `letter` or `task`.  about: the email or the task.  who: the sender or the owner, None where there is none.
    conditional: it rests on their doing nothing, and would not come if they acted.
    """

    at: datetime
    do: str
    journey: str
    step: str
    about: str
    who: str | None
    conditional: bool


def ahead(playbook: Playbook, snapshot: Snapshot, now: datetime, days: int) -> Iterator[Expected]:
    """Live on for so many days in which they do nothing, and tell what would come, in order.

    snapshot: with every version they walk in the playbook.  Raises KeyError if one is missing.
    """
    idle = {one.journey for one in snapshot.enrollments if _has_goal(playbook, one)}
    idle |= _ended_by_a_sign_of_life(playbook, snapshot, now)
    walks = {one.journey: one for one in snapshot.enrollments}
    for beat in Life(playbook, snapshot).beats(now, now + timedelta(days=days)):
        walks |= {one.journey: one for one in beat.decision.enrollments}
        yield from _of_beat(playbook, beat, beat.at > now, walks, idle)


def _ended_by_a_sign_of_life(playbook: Playbook, snapshot: Snapshot, now: datetime) -> set[str]:
    """Ask which journeys they would leave if they only came back: those that their silence keeps them in."""
    customer, stay = snapshot.customer, playbook.lifecycle.minimum_stay
    long_there = customer._replace(stage_since=min(customer.stage_since, now - stay))
    back = snapshot._replace(customer=long_there, news=(*snapshot.news, Fact("came back", now)))
    return {one.journey for one in decide(playbook, back, now).enrollments if one.state != "active"}


def _of_beat(
    playbook: Playbook, beat: Beat, by_time: bool, walks: dict[str, Enrollment], idle: set[str]
) -> Iterator[Expected]:
    """idle: the journeys in which whatever follows rests on their doing nothing; grows as they walk."""
    orders = {(order.journey, order.step): order for order in beat.decision.orders}
    tasks = {(task.journey, task.step): task for task in beat.decision.tasks if task.do == "open"}
    for note in beat.decision.notes:
        journey, place = note.journey, (note.journey or "", note.step or "")
        if journey is None:
            continue
        if note.do == "entered":
            idle.discard(journey)
        if _rests_on_silence(playbook, note, by_time, walks.get(journey)):
            idle.add(journey)
        if note.do == "letter":
            email = orders[place].email
            sender = playbook.emails[email].head.sender
            yield Expected(beat.at, "letter", *place, email, sender, journey in idle)
        elif note.do == "task":
            yield Expected(beat.at, "task", *place, tasks[place].task, tasks[place].owner, journey in idle)


def _rests_on_silence(playbook: Playbook, note: Note, by_time: bool, one: Enrollment | None) -> bool:
    """Whether from here on the journey goes on as it does only because they do nothing.

    So it is where time alone let them in, where they may still reach the goal, and behind a wait for what they
    could do.
    """
    if one is None:
        return False
    if note.do == "entered":
        return by_time or _has_goal(playbook, one)
    place = playbook.version(one.shape, one.revision).places.get(note.step or "")
    return note.do == "onward" and place is not None and isinstance(place.step, WaitFor)


def _has_goal(playbook: Playbook, one: Enrollment) -> bool:
    return playbook.version(one.shape, one.revision).journey.goal is not None
