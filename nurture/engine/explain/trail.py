"""The way to a step: which path was taken at each split, experiment, wait and repeat that could have led there."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from nurture.engine.explain.past import Past, PastNote, PastWalk
from nurture.engine.journey import Version
from nurture.engine.playbook import Playbook
from nurture.engine.steps import AnyStep
from nurture.engine.steps.care import Care
from nurture.engine.steps.repeat import AGAIN

PUBLISHED = re.compile(r"version (\d+) (?:was published|again)")  # what a publish says of people inside, and its undo
OFF = "switched off"


class Trail(NamedTuple):
    """Whether the way led to the step.  holds: None where not everything on the way was asked."""

    holds: bool | None
    because: str


def editions_of(playbook: Playbook, past: Past, shape: str, step: str) -> list[Version]:
    """Gather the versions of a journey that have the step, the newest first."""
    found = {n: one for (key, n), one in playbook.pinned.items() if key == shape}
    for one in past.editions:
        if one.journey == shape and one.revision not in found and (version := one.version) is not None:
            found[one.revision] = version
    return [found[n] for n in sorted(found, reverse=True) if step in found[n].places]


def walked_version(playbook: Playbook, past: Past, walk: PastWalk, step: str) -> Version | None:
    """Find the version in which they came, or would have come, to a step; None if no version of theirs has it.

    Whoever was moved by a publish met the splits on the way in an older one: what was noted there is read by it.
    """
    versions = {one.revision: one for one in editions_of(playbook, past, walk.shape, step)}
    if not versions:
        return None
    chosen = versions.get(walk.revision) or versions[max(versions)]
    for ancestor, _ in ways(chosen.journey.steps, step):
        note = passing(past.notes, walk, ancestor.id)
        if note is not None:
            return versions.get(_revision_at(past, walk, note.at), chosen)
    return chosen


def _revision_at(past: Past, walk: PastWalk, at: datetime) -> int:
    """Say which version they walked at a moment of this enrollment: a publish that moved them says to which."""
    changes = [note for note in past.notes if note.do == "changed" and note.at >= walk.entered_at]
    moves = [(note.at, int(found[1])) for note in changes if (found := PUBLISHED.search(note.because))]  # newest first
    if not moves:
        return walk.revision
    if (moved := next((n for moved_at, n in moves if moved_at < at), None)) is not None:
        return moved
    mine = [one for one in past.editions if one.journey == walk.shape and one.published_at <= walk.entered_at]
    return max((one.revision for one in mine if one.revision < moves[-1][1]), default=walk.revision)


def ways(steps: Sequence[AnyStep], step: str) -> list[tuple[AnyStep, str]]:
    """List the steps around a step, the outermost first, each with the path that leads there."""
    for one in steps:
        for path, inner in one.sequences().items():
            if any(each.id == step for each in inner):
                return [(one, path)]
            if deeper := ways(inner, step):
                return [(one, path), *deeper]
    return []


def passing(notes: Sequence[PastNote], walk: PastWalk, step: str) -> PastNote | None:
    """Find how they last passed a step in this enrollment."""
    return next(
        (one for one in notes if one.step == step and one.do == "onward" and one.at >= walk.entered_at),
        None,
    )


def follow(version: Version, notes: Sequence[PastNote], walk: PastWalk, step: str) -> Trail:
    """Say whether the paths they took led to a step, by what was noted at each fork."""
    said = ""
    for fork, path in ways(version.journey.steps, step):
        note = _at_fork(notes, walk, fork)
        if note is None:
            return Trail(None, f"they have not come to {fork.id}, where the way to it begins")
        took = taken(fork, note.because)
        if took != path:
            return Trail(False, f"at {fork.id} on {day(note.at)} they took another way: {note.because}")
        said = f"at {fork.id}: {note.because}"
    return Trail(True, said)


def _at_fork(notes: Sequence[PastNote], walk: PastWalk, fork: AnyStep) -> PastNote | None:
    if fork.do == "repeat":  # its last note says that it is over: a round before that led inside
        rounds = (one for one in notes if one.step == fork.id and one.because.startswith("round "))
        inside = next((one for one in rounds if one.do == "onward" and one.at >= walk.entered_at), None)
        return inside or passing(notes, walk, fork.id)
    return passing(notes, walk, fork.id)


def taken(fork: AnyStep, because: str) -> str | None:
    """Read from a note which path was taken; None where it led past all of them."""
    if because == OFF:
        return None
    if fork.do == "split" and (found := re.match(r"path (\d+)", because)):
        return found[1]
    if fork.do == "experiment" and (found := re.match(r"arm ([^,]+), ", because)):
        return found[1]
    if fork.do == "wait_for":
        return "then" if because.startswith("it happened") else "else"
    if isinstance(fork, Care):
        outcome = because.removeprefix(f"{fork.task}: ")
        return outcome if outcome != because else "else"
    return AGAIN if because.startswith("round ") else None


def day(at: datetime | None) -> str:
    """Write a moment for people."""
    return f"{at:%a %d %b %Y %H:%M} UTC" if at is not None else "an unknown day"
