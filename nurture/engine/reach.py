"""What a transcript tells of one journey: which steps were come to, how it ended, and all of it for a program."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from nurture.engine.journey import Version, walk
from nurture.engine.playbook import Playbook
from nurture.engine.simulate import Transcript

Subjects = Mapping[tuple[datetime, str, str | None], str]
"""The rendered subjects of letters: (moment, journey, step) -> subject."""


class Reach(NamedTuple):
    """Which steps of a journey, or of the variant of it that they walk, they come to and which not, as written."""

    journey: str
    reached: tuple[str, ...]
    missed: tuple[str, ...]


def reach(playbook: Playbook, transcript: Transcript, journey: str) -> tuple[Reach, ...]:
    """Say which steps they come to: one entry for each shape of the journey that they walk, or for the journey itself.

    Raises KeyError if the journey is neither published nor walked.
    """
    walked = {one.shape: one.revision for one in transcript.before.enrollments if one.journey == journey}
    here = next(iter(walked), None)
    came = {here: set[str]()} if here is not None else {}
    for line in transcript.of(journey):
        if line.do == "entered":
            here = line.about or journey
            walked.pop(here, None)
        if here is not None:
            came.setdefault(here, set()).update([line.step] if line.step is not None else [])
    found = []
    for shape, steps in (came or {journey: set[str]()}).items():
        live = playbook.live(shape)
        version = playbook.version(shape, walked[shape]) if shape in walked or live is None else live
        written = [step.id for step in walk(version.journey.steps)]
        reached = tuple(step for step in written if step in steps)
        found.append(Reach(shape, reached, tuple(step for step in written if step not in steps)))
    return tuple(found)


def ending(playbook: Playbook, transcript: Transcript, journey: str) -> tuple[str, str]:
    """Say how a journey ended for them: (`finished`, `left`, `walking` or `never entered`, why).

    Of one that was never entered, also what it waits for.
    """
    ended, because = transcript.ending(journey)
    before, start = transcript.before, transcript.beats[0][0]
    walks = [one for one in transcript.snapshot.enrollments if one.journey == journey]
    if not transcript.of(journey) and walks:
        return "walking", walks[0].because
    version = playbook.live(journey)
    if ended != "never entered" or version is None:
        return ended, because
    enter, been = version.entry, before.facts.entries.get(journey)
    if been and (again := enter.allows(been, before, start)):
        return ended, again
    if not version.allows(before.customer.stage, playbook.finals):
        because = f"the stage is {before.customer.stage}"
    return ended, because + _entered_how(version)


def _entered_how(version: Version) -> str:
    """Say what a journey waits for that somebody's stage alone does not open; '' if it waits for nothing."""
    enter = version.entry
    if version.journey.enter is None:
        return "; it is entered only as a variant of another one, or where a step starts it"
    if enter.once:
        return f"; it is started by hand, for the segment {enter.segment}"
    return f"; it is entered on {' or '.join(enter.on)}" if enter.on else ""


def report(playbook: Playbook, transcript: Transcript, journey: str, subjects: Subjects) -> dict[str, Any]:
    """Tell one journey of a transcript to a program.

    Gives `steps` (each with at, step, do, because; a letter also with message, variant and subject), `ended`,
    `because`, and `reach`: for each shape of the journey, the steps `reached` and `missed`.
    """
    steps = []
    for line in transcript.of(journey):
        subject = subjects.get((line.at, line.journey, line.step)) if line.do == "letter" else None
        steps.append(line.as_json() | ({"subject": subject} if subject is not None else {}))
    ended, because = ending(playbook, transcript, journey)
    reaches = [one._asdict() for one in reach(playbook, transcript, journey)]
    return {"steps": steps, "ended": ended, "because": because, "reach": reaches}
