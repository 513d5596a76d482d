"""Moving: people inside a journey walk its new version, and people outside are let in where that was chosen.

The first few thousand are moved with the publish itself; for the rest the playbook's row says how far it has come, so
that whoever beats next goes on from there, after a crash too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from nurture.engine.deliberation import Deliberation
from nurture.engine.plan import KEEP, MOVE, Choice, Planned, in_turn, made_due, move, plan
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.flow.ground import Ground, Moment
from nurture.flow.publish.letting_in import go_on_letting_in, room
from nurture.flow.settle import BY_PUBLISH
from nurture.store import photographs, publishing
from nurture.store.publishing import Publication, Shift
from nurture.store.session import Session

BATCH = {"sqlite": 100, "postgresql": 500}
GOLDEN = (5**0.5 - 1) / 2


class Choices(NamedTuple):
    """What becomes of people at a publish.

    people: `move` everybody inside to the new versions, or have them `keep` theirs.
    reroute: by journey, for those at a step: a step of the new version, `leave`, or `keep`.
    cohorts: by segment, the first that holds, before all this: `move`, `keep` or `leave` for whoever belongs to it.
    enter: whether people outside who meet an entry are let in.  per_hour: how many in any hour; None for all at once.
    spread: over how long those go on whom a shorter wait makes due; None for all at once.
    token: of the preview that was shown; what it was true of must still be so.
    at_once: how many people are moved in the publish's own transaction; the rest follow in batches.
    """

    people: str = MOVE
    reroute: Mapping[str, Mapping[str, str]] = {}
    cohorts: Mapping[str, str] = {}
    enter: bool = False
    token: str | None = None
    at_once: int = 5000
    per_hour: int | None = None
    spread: timedelta | None = None

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


class Turns:
    """When those go on whom a publish makes due: evenly over a span, however many there turn out to be.

    Steps of the golden section leave no gap much wider than another, wherever they end.  given: how many have theirs.
    """

    def __init__(self, since: datetime, span: timedelta, given: int = 0) -> None:
        """Go on after as many as were given already."""
        self.given = given
        self._since, self._span = since, span

    def give(self) -> datetime:
        """Give the next one."""
        self.given += 1
        return self._since + self._span * ((self.given - 1) * GOLDEN % 1)


class Move(NamedTuple):
    """What a publish does to the people inside.

    revision: of the playbook.  versions: the journeys whose text is new, and its revision.  turns: of those it makes
    due, where they are spread.
    """

    revision: int
    versions: Mapping[str, int]
    choices: Choices
    turns: Turns | None = None


def shifts(
    session: Session,
    playbook: Playbook,
    versions: Mapping[str, int],
    choices: Choices,
    ids: Sequence[str],
    at: Moment,
    turns: Turns | None = None,
) -> list[Shift]:
    """Plan the move of these customers, whose accounts must be locked.

    versions: the journeys whose text is new, and its revision.  turns: of those made due, where they are spread.
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
            if moved is None:
                continue
            if turns is not None and goes_on_at_once(playbook, photograph.snapshot, one, moved.enrollment, at.now):
                moved = moved._replace(enrollment=in_turn(moved.enrollment, turns.give()))
            found.append(Shift(customer_id, one, *moved, frozenset(done)))
    return found


def goes_on_at_once(
    playbook: Playbook, snapshot: Snapshot, before: Enrollment, there: Enrollment, now: datetime
) -> bool:
    """Whether somebody who waits goes on at once in the new version, because it waits less."""
    old, new = (playbook.version(one.shape, one.revision) for one in (before, there))
    try:
        return made_due(before, there, old, new, Deliberation(playbook, snapshot, now).snapshot, now)
    except Exception:  # noqa: BLE001 - whoever cannot be decided goes nowhere; settle sets them aside by and by
        return False


def move_batch(session: Session, playbook: Playbook, moves: Move, after: str, limit: int, at: Moment) -> str | None:
    """Move the next people inside, from past `after`.  Returns the last one looked at, None at the end."""
    ids = publishing.inside(session, moves.versions, after, limit)
    if not ids:
        return None
    photographs.lock(session, ids)
    moved = shifts(session, playbook, moves.versions, moves.choices, ids, at, moves.turns)
    publishing.shift(session, moved, BY_PUBLISH, at.now)
    publishing.keep_moves(session, moves.revision, moved)
    return ids[-1]


def go_on(ground: Ground, at: Moment) -> int:
    """Go on with a publish that has people left to move or to let in, by one batch.  Returns 0 when none has by now."""

    def act(session: Session) -> int:
        found = _next(session, at.now)
        if found is None:
            return 0
        publishing.take_up(session, found.revision)
        published = publishing.publication(session, found.revision)
        assert published is not None
        if published.undone_at is None:
            publishing.remember(session, published.revision, _gone_on(session, ground, published, at))
        return 1

    with ground.sessions.read() as session:
        if _next(session, at.now) is None:
            return 0
    return ground.sessions.write(act)


def _next(session: Session, now: datetime) -> Publication | None:
    """Find the oldest publish with something left to do now: one that has let enough in waits for the hour to pass."""
    found = publishing.underway(session)
    return next((one for one in found if "moving" in one.body or room(one.body, now)), None)


def _gone_on(session: Session, ground: Ground, published: Publication, at: Moment) -> dict[str, Any]:
    """Move or let in one more batch, and give what is to be remembered."""
    body, limit = published.body, BATCH[session.dialect]
    if "moving" in body:
        return _move_on(session, ground, published, limit, at)
    return go_on_letting_in(session, ground, body, limit, at) if "entering" in body else body


def _move_on(session: Session, ground: Ground, published: Publication, limit: int, at: Moment) -> dict[str, Any]:
    """Move one more batch, to versions that still stand: what was published since moves people by its own choice."""
    body, playbook = published.body, ground.shelf.playbook(session)
    standing = {version.journey.id: version.revision for version in playbook.journeys}
    versions = {key: n for key, n in body["versions"].items() if standing.get(key) == n}
    choices = Choices(body["people"], body["reroute"], body["cohorts"])
    ids = publishing.inside(session, versions, body["moving"], limit)
    photographs.lock(session, ids)
    pins = {(one.shape, one.revision) for walked in photographs.enrollments(session, ids).values() for one in walked}
    moves = Move(published.revision, versions, choices, turns := _turns(published))
    last = move_batch(session, ground.shelf.whole(session, pins), moves, body["moving"], limit, at)
    kept = {name: value for name, value in body.items() if name != "moving"}
    return {**kept, **({"moving": last} if last else {}), **({"turns": turns.given} if turns else {})}


def _turns(published: Publication) -> Turns | None:
    span = published.body.get("spread")
    return Turns(published.published_at, timedelta(seconds=span), published.body["turns"]) if span else None
