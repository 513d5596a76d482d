"""Foreseen: the next 24 hours of the people inside, lived through as things are and as they would be."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from nurture.engine.duration import in_words
from nurture.engine.journey import Version
from nurture.engine.playbook import Playbook
from nurture.engine.simulate import simulate
from nurture.engine.snapshot import Snapshot
from nurture.engine.steps import AnyStep
from nurture.flow.ground import Moment
from nurture.flow.publish.moving import Choices, Turns, goes_on_at_once, shifts
from nurture.store import photographs, publishing
from nurture.store.publishing import Shift
from nurture.store.session import Session

SAMPLE = 2000  # people lived through, or asked, where there are more; how many is said
BATCH = 500

Stand = tuple[str, int, str]
"""A step of one version of a journey."""


class Load(NamedTuple):
    """Care tasks that would be asked of one of the policy's owners; owner and name are '' for those of nobody."""

    owner: str
    name: str
    before: int
    after: int


class Post(NamedTuple):
    """Letters and care tasks in the next 24 hours for the people inside, as things are and as they would be.

    people: how many of the `of` people inside were lived through.
    """

    before: int
    after: int
    people: int
    of: int
    tasks: tuple[Load, ...] = ()


class Wait(NamedTuple):
    """A wait that a publish makes another one, and those who stand at it and would walk the new version.

    was, then: how long it waits, in words; '' for one that waits for a date.  over: how many of the `asked` among
    these `people` have waited long enough by the new version, and not by theirs.
    """

    version: int
    step: str
    was: str
    then: str
    people: int
    asked: int
    over: int


class Foreseen(NamedTuple):
    """What a day would bring.  waiting, over: how many were looked at who stay at a step, and go on from it at once."""

    post: Post
    waiting: Mapping[Stand, int]
    over: Mapping[Stand, int]


def foresee(
    session: Session,
    before: Playbook,
    after: Playbook,
    versions: Mapping[str, int],
    choices: Choices,
    at: Moment,
    sample: int = SAMPLE,
) -> Foreseen:
    """Live the next 24 hours of those inside.  versions: the journeys whose text is new, and its revision."""
    everybody = publishing.all_inside(session, versions) if versions else []
    chosen = sampled(everybody, sample)
    day = _Day(before, after, at.now)
    turns = Turns(at.now, choices.spread) if choices.spread else None
    for start in range(0, len(chosen), BATCH):
        ids = chosen[start : start + BATCH]
        moved: dict[str, list[Shift]] = {}
        for one in shifts(session, after, versions, choices, ids, at, turns):
            moved.setdefault(one.customer_id, []).append(one)
        for key, taken in photographs.photographs(session, ids).items():
            day.live(taken.snapshot, moved.get(key, ()))
    post = Post(day.letters[0], day.letters[1], len(chosen), len(everybody), day.loads())
    return Foreseen(post, day.waiting, day.over)


def sampled(ids: Sequence[str], sample: int = SAMPLE) -> Sequence[str]:
    """Take some of them, evenly, where there are too many to be asked."""
    return ids[:: max(1, -(-len(ids) // sample))]


class _Day:
    """A day in two lives, summed up over people."""

    def __init__(self, before: Playbook, after: Playbook, now: datetime) -> None:
        self.playbooks, self.now = (before, after), now
        self.letters = [0, 0]
        self.tasks: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
        self.waiting: Counter[Stand] = Counter()
        self.over: Counter[Stand] = Counter()

    def live(self, snapshot: Snapshot, moves: Sequence[Shift]) -> None:
        """Live one person's day, as they stand and as they would."""
        moved = {one.after.journey: one.after for one in moves}
        walking = (moved.get(one.journey, one) for one in snapshot.enrollments)
        there = snapshot._replace(enrollments=tuple(one for one in walking if one.state == "active"))
        self._live(0, snapshot)
        self._live(1, there)
        for one in moves:
            if one.before.step is not None and one.before.key == one.after.key:
                stand = (one.before.shape, one.before.revision, one.before.step)
                self.waiting[stand] += 1
                self.over[stand] += goes_on_at_once(self.playbooks[1], snapshot, one.before, one.after, self.now)

    def _live(self, which: int, snapshot: Snapshot) -> None:
        try:
            lived = simulate(self.playbooks[which], snapshot, self.now, 1)
        except Exception:  # noqa: BLE001 - whoever cannot be decided gets nothing; settle sets them aside by and by
            return
        for _, decision in lived.beats:
            self.letters[which] += len(decision.orders)
            self.tasks[which].update(task.owner or "" for task in decision.tasks if task.do == "open")

    def loads(self) -> tuple[Load, ...]:
        """Say how many tasks each owner would have, by name."""
        names = {owner.id: owner.name for playbook in self.playbooks for owner in playbook.policy.owners}
        before, after = self.tasks
        loads = (Load(owner, names.get(owner, owner), before[owner], after[owner]) for owner in {**before, **after})
        return tuple(sorted(loads, key=lambda one: (one.name, one.owner)))


def waits(
    standing: Mapping[Stand, int], olds: Mapping[int, Version], new: Version, found: Foreseen
) -> tuple[Wait, ...]:
    """Say of each wait that would be another one who stands there.  standing: how many would stay, at each step."""
    told = []
    for (journey, revision, step), people in standing.items():
        was, then = olds[revision].places[step].step, new.places[step].step
        if _timing(was) != _timing(then):
            stand = (journey, revision, step)
            counts = people, found.waiting.get(stand, 0), found.over.get(stand, 0)
            told.append(Wait(revision, step, _span(was), _span(then), *counts))
    return tuple(told)


def _timing(step: AnyStep) -> object:
    """What a wait waits for, apart from what happens; None for a step that is none."""
    if step.do == "wait":
        return step.off, step.span
    if step.do == "wait_for":
        return step.off, step.up_to
    return (step.off, step.trial, step.date, step.offset, step.days, step.at) if step.do == "wait_until" else None


def _span(step: AnyStep) -> str:
    if step.off:
        return in_words(timedelta())
    if step.do == "wait":
        return in_words(step.span)
    return in_words(step.up_to) if step.do == "wait_for" else ""
