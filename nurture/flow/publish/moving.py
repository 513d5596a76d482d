"""Moving: people inside a journey walk its new version, and people outside are let in where that was chosen.

The first few thousand are moved with the publish itself; for the rest the playbook's row says how far it has come, so
that whoever beats next goes on from there, after a crash too.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from nurture.engine.decide import decide
from nurture.engine.deliberation import Deliberation
from nurture.engine.journey import Version
from nurture.engine.learning import STARTED_BY_HAND
from nurture.engine.plan import KEEP, MOVE, Choice, Planned, move, plan
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Fact, Snapshot
from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import BY_PUBLISH, Cause, settle
from nurture.store import photographs, publishing
from nurture.store.publishing import Publication, Shift
from nurture.store.session import Session

BATCH = {"sqlite": 100, "postgresql": 500}


class Choices(NamedTuple):
    """What becomes of people at a publish.

    people: `move` everybody inside to the new versions, or have them `keep` theirs.
    reroute: by journey, for those at a step: a step of the new version, `leave`, or `keep`.
    cohorts: by segment, the first that holds, before all this: `move`, `keep` or `leave` for whoever belongs to it.
    enter: whether people outside who meet an entry are let in.
    token: of the preview that was shown; what it was true of must still be so.
    at_once: how many people are moved in the publish's own transaction; the rest follow in batches.
    """

    people: str = MOVE
    reroute: Mapping[str, Mapping[str, str]] = {}
    cohorts: Mapping[str, str] = {}
    enter: bool = False
    token: str | None = None
    at_once: int = 5000

    def of(self, journey: str, cohort: str = "") -> Choice:
        """The choice for one journey, and one cohort."""
        return Choice(self.cohorts[cohort]) if cohort else Choice(self.people, self.reroute.get(journey, {}))

    def cohort(self, playbook: Playbook, snapshot: Snapshot, now: datetime) -> str:
        """Find the cohort that somebody belongs to; '' for none."""
        if not self.cohorts:
            return ""
        seen = Deliberation(playbook, snapshot, now).snapshot
        segments = ((key, playbook.segments.get(key)) for key in self.cohorts)
        return next((key for key, rule in segments if rule is not None and rule.glance(seen, now)[0]), "")

    @property
    def moves(self) -> bool:
        """Whether anybody can be moved at all."""
        routes = (to for routes in self.reroute.values() for to in routes.values())
        return any(to != KEEP for to in (self.people, *routes, *self.cohorts.values()))


def shifts(
    session: Session, playbook: Playbook, versions: Mapping[str, int], choices: Choices, ids: Sequence[str], at: Moment
) -> list[Shift]:
    """Plan the move of these customers, whose accounts must be locked.

    versions: the journeys whose text is new, and its revision.
    """
    acted = publishing.acted(session, ids)
    plans: dict[tuple[str, int, str], dict[str, Planned]] = {}
    found: list[Shift] = []
    for customer_id, photograph in photographs.photographs(session, ids).items():
        cohort = choices.cohort(playbook, photograph.snapshot, at.now)
        for one in photograph.snapshot.enrollments:
            revision = versions.get(one.shape)
            if revision is None or revision == one.revision or one.step is None:
                continue
            new, walked = playbook.version(one.shape, revision), (one.shape, one.revision, cohort)
            if walked not in plans:
                old = playbook.version(one.shape, one.revision)
                plans[walked] = plan(old, new, choices.of(one.shape, cohort))
            done = acted.get((customer_id, one.journey, one.entry), set())
            moved = move(one, new, plans[walked][one.step], done, at.now)
            if moved is not None:
                found.append(Shift(customer_id, one, *moved, frozenset(done)))
    return found


def move_batch(
    session: Session,
    playbook: Playbook,
    revision: int,
    versions: Mapping[str, int],
    choices: Choices,
    after: str,
    limit: int,
    at: Moment,
) -> str | None:
    """Move the next people inside, from past `after`.  Returns the last one looked at, None at the end."""
    ids = publishing.inside(session, versions, after, limit)
    if not ids:
        return None
    photographs.lock(session, ids)
    moved = shifts(session, playbook, versions, choices, ids, at)
    publishing.shift(session, moved, BY_PUBLISH, at.now)
    publishing.keep_moves(session, revision, moved)
    return ids[-1]


def go_on(ground: Ground, at: Moment) -> int:
    """Go on with a publish that has people left to move or to let in, by one batch.  Returns 0 when none has."""

    def act(session: Session) -> int:
        found = publishing.unfinished(session)
        if found is None:
            return 0
        publishing.take_up(session, found.revision)
        published = publishing.publication(session, found.revision)
        assert published is not None
        if published.undone_at is None:
            _go_on(session, ground, published, at)
        return 1

    with ground.sessions.read() as session:
        if publishing.unfinished(session) is None:
            return 0
    return ground.sessions.write(act)


def _go_on(session: Session, ground: Ground, published: Publication, at: Moment) -> None:
    body, limit = dict(published.body), BATCH[session.dialect]
    if "moving" in body:
        last = _move_on(session, ground, published, limit, at)
        body = _at(body, "moving", last)
    elif "entering" in body:
        last = _let_in(session, ground, body, limit, at)
        body = _at(body, "entering", last)
    publishing.remember(session, published.revision, body)


def _at(body: Mapping[str, Any], mark: str, last: str | None) -> dict[str, Any]:
    kept = {name: value for name, value in body.items() if name != mark}
    return kept if last is None else {**kept, mark: last}


def _move_on(session: Session, ground: Ground, published: Publication, limit: int, at: Moment) -> str | None:
    """Move one more batch, to versions that still stand: what was published since moves people by its own choice."""
    body, playbook = published.body, ground.shelf.playbook(session)
    standing = {version.journey.id: version.revision for version in playbook.journeys}
    versions = {key: n for key, n in body["versions"].items() if standing.get(key) == n}
    choices = Choices(body["people"], body["reroute"], body["cohorts"])
    ids = publishing.inside(session, versions, body["moving"], limit)
    photographs.lock(session, ids)
    pins = {(one.shape, one.revision) for walked in photographs.enrollments(session, ids).values() for one in walked}
    whole = ground.shelf.whole(session, pins)
    return move_batch(session, whole, published.revision, versions, choices, body["moving"], limit, at)


def _let_in(session: Session, ground: Ground, body: Mapping[str, Any], limit: int, at: Moment) -> str | None:
    """Let one more batch of people in who meet the entry of what was published."""
    playbook = ground.shelf.playbook(session)
    versions = [version for key in body["versions"] if (version := playbook.live(key)) is not None]
    ids = publishing.everybody(session, body["entering"], limit, open_stages(playbook, versions))
    if not ids:
        return None
    photographs.lock(session, ids)
    taken = photographs.photographs(session, ids)
    pins = {(walk.shape, walk.revision) for one in taken.values() for walk in one.snapshot.enrollments}
    whole = ground.shelf.whole(session, pins)
    opened = {key: let_in(whole, one.snapshot, versions, at.now) for key, one in taken.items()}
    causes = {key: Cause(BY_PUBLISH, facts) for key, facts in opened.items() if facts}
    if causes:
        settle(session, ground, causes, at, locked=True)
    return ids[-1]


def let_in(playbook: Playbook, snapshot: Snapshot, versions: Sequence[Version], now: datetime) -> tuple[Fact, ...]:
    """Find which of these journeys somebody outside would enter if staff let them: the facts that do so."""
    asked = {version.journey.id for version in versions if enterable(version)}
    asked -= {one.journey for one in snapshot.enrollments}
    facts = {key: Fact(STARTED_BY_HAND, now, {"journey": key}) for key in sorted(asked)}
    try:
        decision = decide(playbook, snapshot._replace(news=tuple(facts.values())), now)
    except Exception:  # noqa: BLE001 - whoever cannot be decided enters nothing; settle sets them aside by and by
        return ()
    entered = {note.journey for note in decision.notes if note.do == "entered"}
    return tuple(fact for key, fact in facts.items() if key in entered)


def enterable(version: Version) -> bool:
    """Whether people outside can meet the entry of a journey; what is written once is started by hand alone."""
    return version.journey.enter is not None and not version.entry.once


def open_stages(playbook: Playbook, versions: Sequence[Version]) -> list[str]:
    """List the stages in which any of these may be entered."""
    return list(_stages(playbook, [version for version in versions if enterable(version)]))


def _stages(playbook: Playbook, versions: Sequence[Version]) -> Iterator[str]:
    for stage in playbook.lifecycle.stages:
        if any(version.allows(stage.id, playbook.finals) for version in versions):
            yield stage.id
