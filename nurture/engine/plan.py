"""What a publish does to somebody inside a journey: where they stand in the new version, and since when.

A step is known by its id. Who stands at a step that is still there stays, and has waited there since they came; who
stands at one that is gone goes to the next one of the old version that is still there. Source: invariants I5.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from nurture.engine.decision import Note, TaskOrder
from nurture.engine.entering import closing
from nurture.engine.journey import Version
from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps import AnyStep

MOVE, KEEP, LEAVE = "move", "keep", "leave"


class Choice(NamedTuple):
    """What becomes of the people inside one journey.

    people: `move` them to the new version, have them `keep` theirs, or `leave`.
    reroute: for those who stand at a step: a step of the new version, `leave`, or `keep`.
    """

    people: str = MOVE
    reroute: Mapping[str, str] = {}


class Planned(NamedTuple):
    """What becomes of those who stand at one step.

    do: `stays` (same step, new version), `goes` (to another step), `finishes`, `leaves`, `keeps` (the old version).
    step: where they stand then; None at an end.
    """

    do: str
    step: str | None
    because: str


class Moved(NamedTuple):
    """One enrollment in the new version, what is said of it, and the task that nobody need do any more."""

    enrollment: Enrollment
    notes: tuple[Note, ...]
    closes: TaskOrder | None = None


class Misrouted(ValueError):
    """A choice names a step that is not there."""


def surviving(old: Version, new: Version, step: str) -> str | None:
    """Find where someone who stands at a step of the old version stands in the new one; None past its end."""
    following: str | None = step
    while following is not None and following not in new.places:
        following = old.places[following].onward
    return following


def plan(old: Version, new: Version, choice: Choice) -> dict[str, Planned]:
    """Say for every step of the old version what becomes of those who stand there.  Raises Misrouted."""
    check_routes(new, choice)
    return {step: _planned(old, new, step, choice) for step in old.places}


def check_routes(new: Version, choice: Choice) -> None:
    """Check that people are sent to steps that are there.  Raises Misrouted."""
    for step, to in choice.reroute.items():
        if to not in (KEEP, LEAVE) and to not in new.places:
            raise Misrouted(f"{new.journey.id}: {step} cannot lead to {to!r}, which is no step of the new version")


def _planned(old: Version, new: Version, step: str, choice: Choice) -> Planned:
    version = f"version {new.number}"
    to = choice.reroute.get(step)
    if to == KEEP or (to is None and choice.people == KEEP):
        return Planned("keeps", step, f"finishes version {old.number}")
    if to == LEAVE or (to is None and choice.people == LEAVE):
        return Planned("leaves", None, f"left: {version} was published, and who stood at {step} was to leave")
    if to is not None and to != step:
        return Planned("goes", to, f"{version} was published: from {step} to {to}, as was chosen")
    following = surviving(old, new, step)
    if following == step:
        return Planned("stays", step, f"{version} was published: stays at {step}")
    if following is None:
        return Planned("finishes", None, f"{version} was published: {step} is gone, and nothing follows")
    return Planned("goes", following, f"{version} was published: {step} is gone, {following} is next")


def ahead(version: Version, step: str | None) -> frozenset[str]:
    """Gather the steps that someone who stands at one may still come to, that one included."""
    found, asked = set[str](), [step]
    while asked:
        one = asked.pop()
        if one is not None and one not in found:
            found.add(one)
            asked += [version.places[one].onward, *version.places[one].paths.values()]
    return frozenset(found)


def move(
    one: Enrollment, new: Version, planned: Planned, acted: Collection[tuple[str, int]], now: datetime
) -> Moved | None:
    """Let one enrollment walk the new version; None where it keeps its own.

    acted: the steps, each with its pass, that have already done something to them: none of these does it again.
    """
    if planned.do == "keeps":
        return None
    note = Note("changed", planned.because, journey=one.journey, step=planned.step or one.step)
    if planned.step is None:
        return _ended(one, new, planned, note, now)
    passes = _passes(one, new, planned.step)
    there = one._replace(revision=new.revision, step=planned.step, because=planned.because, memory={"passes": passes})
    same = there.key == one.key
    due_at = min(one.due_at or now, now) if same else now
    moved_at = max(due_at, one.moved_at or due_at) if same else due_at  # who was to wait for their turn still is
    memory = {**_kept(one, now, same=same), "moved": moved_at.isoformat()}
    if passes:
        memory["passes"] = passes
    coming = ahead(new, planned.step)
    if sent := sorted([*at] for at in acted if at[0] in coming and not (same and at == (one.step, one.pass_))):
        memory["sent"] = sent
    there = there._replace(since=one.since if same else now, due_at=due_at, memory=memory)
    return Moved(there, (note,), None if same else _closes(one, planned.because, now))


def made_due(
    before: Enrollment, there: Enrollment, old: Version, new: Version, snapshot: Snapshot, now: datetime
) -> bool:
    """Whether somebody rests at a step that is still there, and the new version lets time alone end that now.

    there: where they stand in the new version.
    """
    if before.held or before.step is None or there.step is None or there.key != before.key:
        return False
    was, then = old.places[before.step].step, new.places[there.step].step
    return not _over(was, snapshot, before, now) and _over(then, snapshot, there, now)


def _over(step: AnyStep, snapshot: Snapshot, one: Enrollment, now: datetime) -> bool:
    return step.off or step.decide(snapshot, one, now).planned is not None


def in_turn(there: Enrollment, turn: datetime) -> Enrollment:
    """Let time move somebody on from where a publish moved them no earlier than this."""
    return there._replace(memory={**there.memory, "moved": turn.isoformat()})


def _ended(one: Enrollment, new: Version, planned: Planned, note: Note, now: datetime) -> Moved:
    state = "left" if planned.do == "leaves" else "finished"
    ended = one._replace(
        revision=new.revision, state=state, step=None, due_at=None, because=planned.because, ended_at=now, memory={}
    )
    said = Note(state, planned.because, journey=one.journey, step=one.step)
    return Moved(ended, (note, said), _closes(one, planned.because, now))


def _closes(one: Enrollment, because: str, now: datetime) -> TaskOrder | None:
    return closing(one, because, now) if one.memory.get("step", {}).get("opened") else None


def _kept(one: Enrollment, now: datetime, *, same: bool) -> dict[str, Any]:
    """What they remember: what holds them, what is to be passed; at the same step, what it does and when they came."""
    kept_there = ("held", "skips", "step", "arrived") if same else ("held", "skips")
    memory = {name: kept for name, kept in one.memory.items() if name in kept_there}
    if "held" in memory and not same:
        memory["held"] = {**memory["held"], "since": now.isoformat()}  # they have not stood there any longer
    return memory


def _passes(one: Enrollment, new: Version, step: str) -> dict[str, int]:
    """Which time round they are: as before while still inside the same repeat, the first inside another one."""
    before: Mapping[str, int] = one.memory.get("passes", {})
    around = dict(_rounds(new.journey.steps, None)).get(step)
    if around is not None:
        return {around: before.get(around, 1)}
    return {step: before[step]} if step in before else {}


def _rounds(steps: Sequence[AnyStep], around: str | None) -> Iterator[tuple[str, str | None]]:
    """Name for each step the repeat that it stands in."""
    for step in steps:
        yield step.id, around
        for inner in step.sequences().values():
            yield from _rounds(inner, step.id if step.do == "repeat" else around)
