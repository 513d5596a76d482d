"""By hand: what staff, or a program in their name, decide about somebody: a stage, a persona, a letter to a segment."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from nurture.engine.decision import Decision
from nurture.engine.learning import MOVED_BY_HAND, PERSONA_CHOSEN, STARTED_BY_HAND, TRAITS_TOLD
from nurture.engine.snapshot import Fact
from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import Cause, settle, wait_for_outcomes
from nurture.store import audit, customers, inbox, messages, photographs
from nurture.store.inbox import Told
from nurture.store.session import Session

BATCH = {"sqlite": 100, "postgresql": 500}


class Unfit(ValueError):
    """This cannot be decided by hand; the message says why, and what could be."""


GONE = "they are not there any more"


class Asked(NamedTuple):
    """What became of a letter to a segment: how many belong to it, and how many entered its journey just now."""

    belong: int
    entered: int


def move(ground: Ground, customer_id: str, to: str, because: str, actor: str, at: Moment) -> None:
    """Put somebody into a stage.  Raises Unfit for a stage there is not, StillSending.

    A final stage is left by hand as well: it is an explicit re-entry, and audited.
    """
    with ground.sessions.read() as session:
        known = [stage.id for stage in ground.shelf.playbook(session).lifecycle.stages]
    if to not in known:
        raise Unfit(f"there is no stage {to!r}; the stages are {', '.join(known)}")
    said = f"by hand: {because}" if because else "by hand"
    _tell(ground, customer_id, Fact(MOVED_BY_HAND, at.now, {"to": to, "because": said}), actor, at)


def choose_persona(
    ground: Ground, customer_id: str, persona: str, because: str, actor: str, at: Moment, *, locked: bool = True
) -> None:
    """Say who somebody is; locked, behaviour changes it no more.  Raises Unfit for a persona there is not."""
    with ground.sessions.read() as session:
        known = [one.id for one in ground.shelf.playbook(session).personas.personas]
    if persona not in known:
        raise Unfit(f"there is no persona {persona!r}; the personas are {', '.join(known)}")
    told = {"persona": persona, "locked": locked, "because": f"by hand: {because}" if because else "by hand"}
    _tell(ground, customer_id, Fact(PERSONA_CHOSEN, at.now, told), actor, at)


def unlock_persona(ground: Ground, customer_id: str, actor: str, at: Moment) -> None:
    """Let behaviour say again who somebody is."""
    _tell(ground, customer_id, Fact(PERSONA_CHOSEN, at.now, {"locked": False}), actor, at)


def tell_traits(
    ground: Ground,
    customer_id: str,
    traits: Mapping[str, Any],
    actor: str,
    at: Moment,
    *,
    as_of: datetime | None = None,
) -> None:
    """Write down traits of somebody; None takes one away.

    as_of: when they were so, now without it.  A trait that is known as of a later moment stays as it is.
    """
    since = at.now if as_of is None else min(as_of, at.now)
    _tell(ground, customer_id, Fact(TRAITS_TOLD, since, {"traits": dict(traits)}), actor, at)


def _tell(ground: Ground, customer_id: str, fact: Fact, actor: str, at: Moment) -> None:
    def act(session: Session) -> list[str]:
        photographs.lock(session, [customer_id])
        before = photographs.portraits(session, [customer_id])[customer_id].snapshot.customer
        inbox.keep(session, Told("hand", "", fact.name, fact.at, fact.properties), customer_id, None, at.now)
        settle(session, ground, {customer_id: Cause(fact.name, (fact,))}, at, locked=True)
        stood = {"stage": before.stage, "persona": before.persona}
        audit.record(session, at.now, actor, fact.name, customer_id, stood, dict(fact.properties))
        return messages.outdated(session, [customer_id])

    wait_for_outcomes(ground, ground.sessions.write(act))


def send_once(ground: Ground, journey: str, actor: str, at: Moment) -> Asked:
    """Start the journey of a letter for everybody in its segment, batch by batch, through the one arbiter.

    Done again it starts nobody twice: each is asked once for each text of the journey.  Raises Unfit.
    """
    with ground.sessions.read() as session:
        version = ground.shelf.playbook(session).live(journey)
        if version is None or not version.entry.once:
            raise Unfit(f"{journey!r} is no letter to a segment: its entry does not say `once: true`")
        revision = version.revision
    done = [_Batch(0, 0, "")]
    while len(done) == 1 or done[-1].after:
        done.append(ground.sessions.write(lambda session: _one_batch(session, ground, journey, revision, done[-1], at)))
    asked = Asked(sum(one.belong for one in done), sum(one.entered for one in done))

    def tell(session: Session) -> None:
        audit.record(session, at.now, actor, "send to segment", journey, None, asked._asdict())

    ground.sessions.write(tell)
    return asked


class Started(NamedTuple):
    """What became of starting a journey for some: how many entered, and how many were not let in, by the reason."""

    entered: int
    refused: Mapping[str, int]


def start(ground: Ground, journey: str, customer_ids: Sequence[str], occasion: str, at: Moment) -> Started:
    """Start a journey for these customers, whom its stage and its entry must still let in; a batch at a time.

    occasion: names why, so that nobody is asked twice on the same one.  Raises Unfit.
    """

    def act(session: Session) -> Started:
        version = ground.shelf.playbook(session).live(journey)
        if version is None or version.journey.enter is None:
            raise Unfit(f"{journey!r} is no published journey that can be entered")
        photographs.lock(session, customer_ids)
        fact = Fact(STARTED_BY_HAND, at.now, {"journey": journey})
        there = photographs.portraits(session, customer_ids).keys()
        fresh = [key for key in customer_ids if key in there and _keep(session, fact, key, f"{occasion} {key}", at.now)]
        decisions = settle(session, ground, dict.fromkeys(fresh, Cause("by hand", (fact,))), at, locked=True)
        started, gone = _counted(journey, decisions.values(), at.now), len(set(customer_ids) - there)
        return started._replace(refused={**started.refused, GONE: gone}) if gone else started

    return ground.sessions.write(act)


def _counted(journey: str, decisions: Iterable[Decision], now: datetime) -> Started:
    entered, refused = 0, Counter[str]()
    for decision in decisions:
        if any(one.journey == journey and one.entered_at == now for one in decision.enrollments):
            entered += 1
        else:
            because = (note.because for note in decision.notes if note.do == "refused" and note.journey == journey)
            refused[next(because, "they are in it, or were not let in before for the same reason")] += 1
    return Started(entered, dict(refused))


class _Batch(NamedTuple):
    belong: int
    entered: int
    after: str  # the last customer looked at; '' once there are no more


def _one_batch(session: Session, ground: Ground, journey: str, revision: int, last: _Batch, at: Moment) -> _Batch:
    ids = customers.following(session, last.after, BATCH[session.dialect])
    if not ids:
        return _Batch(0, 0, "")
    playbook = ground.shelf.playbook(session)
    version = playbook.live(journey)
    segment = playbook.segments[version.entry.segment or ""] if version is not None else None
    photographs.lock(session, ids)
    fact = Fact(STARTED_BY_HAND, at.now, {"journey": journey})
    chosen = [
        key for key, one in photographs.portraits(session, ids).items() if _belongs(segment, playbook, one, at.now)
    ]
    fresh = [key for key in chosen if _keep(session, fact, key, f"{journey} {revision} {key}", at.now)]
    decisions = settle(session, ground, dict.fromkeys(fresh, Cause("by hand", (fact,))), at, locked=True)
    entered = sum(
        any(one.journey == journey and one.entered_at == at.now for one in decision.enrollments)
        for decision in decisions.values()
    )
    return _Batch(len(chosen), entered, ids[-1])


def _belongs(segment: Any, playbook: Any, photograph: photographs.Photograph, now: datetime) -> bool:
    snapshot = photograph.snapshot._replace(segments=playbook.segments)
    return segment is not None and segment.glance(snapshot, now)[0]


def _keep(session: Session, fact: Fact, customer_id: str, once: str, now: datetime) -> bool:
    return inbox.keep(session, Told("hand", once, fact.name, fact.at, fact.properties), customer_id, None, now)
