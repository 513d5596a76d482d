"""Impact: what a publish would do to people, before it does it: by the same plan, and by the same `decide`."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from nurture.engine.decide import decide
from nurture.engine.differing import differences
from nurture.engine.journey import Version
from nurture.engine.plan import Planned, ahead, plan
from nurture.engine.playbook import Playbook
from nurture.engine.rehearsal import Comparison, compare
from nurture.engine.snapshot import Snapshot
from nurture.flow.ground import Ground, Moment
from nurture.flow.publish import token as tokens
from nurture.flow.publish.drafting import Change, Draft, Name, draft
from nurture.flow.publish.foreseen import BATCH, SAMPLE, Foreseen, Post, Wait, foresee, sampled, waits
from nurture.flow.publish.letting_in import let_in, open_stages
from nurture.flow.publish.moving import Choices
from nurture.flow.publish.publication import check_choices, sound
from nurture.flow.publish.variables import Variable, variables
from nurture.store import photographs, publishing
from nurture.store.publishing import Step
from nurture.store.session import Session

NAMED = 50  # people called by name
WEIGHTY = {"lifecycle", "personas", "milestones", "policy", "segment"}  # documents that decide on stages and personas


class Group(NamedTuple):
    """Those who stand at one step of one version of a journey, and what becomes of them: see engine/plan.py.

    version: its revision.  number: what staff call it.
    cohort: the segment whose choice is theirs; '' for all the others.
    """

    version: int
    number: int
    step: str
    people: int
    becomes: Planned
    cohort: str = ""


class Inside(NamedTuple):
    """One journey whose text would change.

    version: the revision that it would have.  number: what staff would call it.
    passed: for each new step, how many are past it already and will not come to it.
    outside: how many of those `asked` outside it would enter if they were let in; `candidates` could be asked.
    lets_in: whether they are, by the choice or by the journey's own text.  waits: those that would be other ones.
    """

    journey: str
    version: int
    number: int
    people: int
    groups: tuple[Group, ...]
    passed: Mapping[str, int]
    outside: int
    asked: int
    candidates: int
    lets_in: bool
    waits: tuple[Wait, ...] = ()


class Turn(NamedTuple):
    """Somebody who would be in another stage, or of another persona."""

    customer_id: str
    email: str
    stage: tuple[str, str]
    persona: tuple[str | None, str | None]


class Turns(NamedTuple):
    """Who would be in another stage or of another persona.

    asked: how many were looked at, of so many; 0 where nobody need be.
    """

    asked: int = 0
    of: int = 0
    stages: Mapping[tuple[str, str], int] = {}
    personas: Mapping[tuple[str | None, str | None], int] = {}
    named: tuple[Turn, ...] = ()


class Impact(NamedTuple):
    """Everything that a publish would do.

    scenarios: how the saved ones go then.  token: give it to `publish`, which then does this and nothing else.
    changes: by journey, what differs from the text that stands, step by step, in words; nothing for a new one.
    variables: the words that may be empty, of emails that change or that a changed journey writes.
    """

    change: Change
    choices: Choices
    journeys: tuple[Inside, ...]
    post: Post
    turns: Turns
    scenarios: Comparison
    token: str
    changes: Mapping[str, tuple[str, ...]]
    variables: tuple[Variable, ...] = ()


def impact(
    ground: Ground,
    texts: Mapping[Name, str],
    choices: Choices,
    at: Moment,
    *,
    prune: bool = False,
    sample: int | None = None,
) -> Impact:
    """Say what publishing these texts would do, with these choices.  Raises Unsound, or Misrouted.

    sample: how many people are lived through, or asked, for a quick look; how many there are is said beside it.
    """
    with ground.sessions.read() as session:
        drafted = draft(session, texts, prune=prune)
        playbook = sound(drafted)
        check_choices(drafted, playbook, choices)
        steps = publishing.standing(session, drafted.journeys)
        token = tokens.sealed(drafted, steps)
        some = SAMPLE if sample is None else sample
        journeys = tuple(_inside(session, drafted, playbook, key, steps, choices, at, some) for key in drafted.journeys)
        said = variables(session, drafted, playbook, at.now, some)
        standing = ground.shelf.playbook(session) if drafted.change.revision else None
        if standing is None:
            lived = compare(playbook, playbook, playbook.scenarios.values())
            return Impact(drafted.change, choices, journeys, Post(0, 0, 0, 0), Turns(), lived, token, {}, said)
        before = standing._replace(pinned={**playbook.pinned, **standing.pinned})
        versions = {key: drafted.numbers["journey", key] for key in drafted.journeys}
        day = foresee(session, before, playbook, versions, choices, at, some)
        journeys = tuple(_with_waits(one, playbook, day) for one in journeys)
        kinds = {kind for kind, _ in drafted.before}
        turns = _turns(session, before, playbook, at.now, sample) if kinds & WEIGHTY else Turns()
        lived = compare(before, playbook, playbook.scenarios.values())
    changes = {key: _changes(standing, playbook, key) for key in drafted.journeys}
    return Impact(drafted.change, choices, journeys, day.post, turns, lived, token, changes, said)


def _inside(
    session: Session,
    drafted: Draft,
    playbook: Playbook,
    key: str,
    steps: Sequence[Step],
    choices: Choices,
    at: Moment,
    sample: int,
) -> Inside:
    new = playbook.version(key, drafted.numbers["journey", key])
    mine = [one for one in steps if one.journey == key and one.revision != new.revision]
    versions = {one.revision: playbook.version(key, one.revision) for one in mine}
    groups = tuple(
        Group(one.revision, versions[one.revision].number, one.step, people, planned[one.step], cohort)
        for (one, cohort), people in _by_cohort(session, playbook, mine, choices, at.now).items()
        for planned in [plan(versions[one.revision], new, choices.of(key, cohort))]
    )
    known = {step for old in versions.values() for step in old.places}
    passed = {step: _passed(groups, step, new) for step in new.places if step not in known}
    outside = _outside(session, playbook, key, at.now, sample)
    lets_in = choices.enter or new.entry.existing == "enter"
    return Inside(key, new.revision, new.number, sum(one.people for one in mine), groups, passed, *outside, lets_in)


def _with_waits(inside: Inside, playbook: Playbook, day: Foreseen) -> Inside:
    """Say of the waits that would be other ones who stands there and would stay."""
    standing: Counter[tuple[str, int, str]] = Counter()
    for one in inside.groups:
        if one.becomes.do == "stays":
            standing[inside.journey, one.version, one.step] += one.people
    olds = {n: playbook.version(inside.journey, n) for _, n, _ in standing}
    return inside._replace(waits=waits(standing, olds, playbook.version(inside.journey, inside.version), day))


def _changes(standing: Playbook, playbook: Playbook, key: str) -> tuple[str, ...]:
    """Say what differs between the two texts of a journey."""
    old, new = standing.live(key), playbook.live(key)
    if old is None or new is None:
        return ()
    return tuple(one.sentence for one in differences(old.journey, new.journey))


def _by_cohort(
    session: Session, playbook: Playbook, steps: Sequence[Step], choices: Choices, now: datetime
) -> Mapping[tuple[Step, str], int]:
    """Count who stands where, each cohort by itself: everybody inside is looked at where there are any."""
    if not choices.cohorts:
        return {(one, ""): one.people for one in steps}
    there = {(one.journey, one.revision, one.step): one for one in steps}
    ids = publishing.all_inside(session, {one.journey for one in steps})
    found: Counter[tuple[Step, str]] = Counter()
    for start in range(0, len(ids), BATCH):
        for snapshot in _snapshots(session, ids[start : start + BATCH]).values():
            cohort = choices.cohort(playbook, snapshot, now)
            stands = (there.get((one.shape, one.revision, one.step or "")) for one in snapshot.enrollments)
            found.update((step, cohort) for step in stands if step is not None)
    return found


def _passed(groups: Sequence[Group], step: str, new: Version) -> int:
    moving = [one for one in groups if one.becomes.do in ("stays", "goes")]
    return sum(one.people for one in moving if step not in ahead(new, one.becomes.step))


def _outside(session: Session, playbook: Playbook, key: str, now: datetime, sample: int) -> tuple[int, int, int]:
    """Count who would enter if they were let in: how many, of how many asked, of how many there are."""
    version = playbook.live(key)
    stages = open_stages(playbook, [version]) if version is not None else []
    if version is None or not stages:
        return 0, 0, 0
    candidates = publishing.all_of(session, stages)
    asked = sampled(candidates, sample)
    found = sum(bool(let_in(playbook, snapshot, [version], now)) for snapshot in _people(session, asked))
    return found, len(asked), len(candidates)


def _people(session: Session, ids: Sequence[str]) -> Iterator[Snapshot]:
    """Look at these customers, in batches."""
    for start in range(0, len(ids), BATCH):
        yield from _snapshots(session, ids[start : start + BATCH]).values()


def _snapshots(session: Session, ids: Sequence[str]) -> dict[str, Snapshot]:
    return {key: one.snapshot for key, one in photographs.photographs(session, ids).items()}


def _turns(session: Session, before: Playbook, after: Playbook, now: datetime, sample: int | None) -> Turns:
    """Decide about everybody, as things are and as they would be, and tell whom that makes another.

    sample: how many are asked, where not everybody is.
    """
    everybody = publishing.all_of(session)
    asked = everybody if sample is None else sampled(everybody, sample)
    stages: dict[tuple[str, str], int] = {}
    personas: dict[tuple[str | None, str | None], int] = {}
    named: list[Turn] = []
    for snapshot in _people(session, asked):
        turn = _turn(before, after, snapshot, now)
        if turn is None:
            continue
        if turn.stage[0] != turn.stage[1]:
            stages[turn.stage] = stages.get(turn.stage, 0) + 1
        if turn.persona[0] != turn.persona[1]:
            personas[turn.persona] = personas.get(turn.persona, 0) + 1
        if len(named) < NAMED:
            named.append(turn)
    return Turns(len(asked), len(everybody), stages, personas, tuple(named))


def _turn(before: Playbook, after: Playbook, snapshot: Snapshot, now: datetime) -> Turn | None:
    """Say whom a publish would make somebody else; time alone may do so today, which is none of its doing."""
    try:
        then = decide(after, snapshot, now).customer
        was = snapshot.customer
        if (then.stage, then.persona) == (was.stage, was.persona):
            return None
        same = decide(before, snapshot, now).customer
    except Exception:  # noqa: BLE001 - whoever cannot be decided stays who they are
        return None
    if (then.stage, then.persona) == (same.stage, same.persona):
        return None
    return Turn(was.id, was.email, (same.stage, then.stage), (same.persona, then.persona))
