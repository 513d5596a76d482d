"""Walking: one step passed, one letter sent now, one journey begun or ended, by hand.

Whoever asks names the step as they see it: pressed twice, or too late, it is refused with where they stand instead.
What would come of it is decided before it is done, by the engine that then does it.
"""

from typing import NamedTuple

from nurture.engine.decision import Decision
from nurture.engine.learning import REMOVED_BY_HAND, SENT_BY_HAND, SKIPPED_BY_HAND, STARTED_BY_HAND
from nurture.engine.snapshot import Enrollment, Fact, Snapshot
from nurture.engine.steering import near
from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import wait_for_outcomes
from nurture.flow.steering.acting import Refused, foreseen, said_by, taken, tell, whole
from nurture.store import messages
from nurture.store.session import Session


class Place(NamedTuple):
    """A step of one enrollment, as whoever asks sees it."""

    journey: str
    entry: int
    step: str


def skip(ground: Ground, customer_id: str, place: Place, actor: str, because: str, at: Moment) -> None:
    """Pass a step once: the one where they stand now, or one that may be next, as soon as they come to it.

    Raises Refused where they have moved on, or it is to be passed already.
    """
    fact = Fact(SKIPPED_BY_HAND, at.now, {**place._asdict(), "because": said_by(actor, because)})

    def act(session: Session) -> list[str]:
        them = taken(session, customer_id)
        one = _walked(them, place.journey, place.entry)
        if one.step is None or place.step not in near(
            whole(session, ground, them).version(one.shape, one.revision), one.step
        ):
            raise Refused(_moved_on(one, place.step))
        if place.step in one.memory.get("skips", {}):
            raise Refused(f"{place.step} is to be passed already: {one.memory['skips'][place.step]}")
        tell(session, ground, customer_id, fact, actor, "skip", {**place._asdict(), "because": because}, at)
        return messages.outdated(session, [customer_id])

    wait_for_outcomes(ground, ground.sessions.write(act))


def send_now(ground: Ground, customer_id: str, place: Place, actor: str, because: str, at: Moment) -> None:
    """Send the letter where they stand, or the one behind the wait where they stand, whatever window and caps say.

    Raises Refused where they have moved on, where no letter comes next, or where it may not go at all: then the
    message says whether that is consent, suppression, the stage, or that they are kept aside.
    """
    fact = Fact(SENT_BY_HAND, at.now, {**place._asdict(), "because": said_by(actor, because)})

    def act(session: Session) -> list[str]:
        them = taken(session, customer_id)
        if hold := them.customer.hold:
            raise Refused(f"nothing goes out to them: {hold}; release them first")
        one = _walked(them, place.journey, place.entry)
        if one.step != place.step:
            raise Refused(_moved_on(one, place.step))
        decision = foreseen(session, ground, them, fact, at)
        if not any((order.journey, order.entry) == (one.journey, one.entry) for order in decision.orders):
            raise Refused(f"no letter of {one.journey} can go now: {_why_none(decision, one)}")
        tell(session, ground, customer_id, fact, actor, "send now", {**place._asdict(), "because": because}, at)
        return messages.outdated(session, [customer_id])

    wait_for_outcomes(ground, ground.sessions.write(act))


def start(ground: Ground, customer_id: str, journey: str, actor: str, because: str, at: Moment) -> None:
    """Let somebody into a journey, whom its stage and its entry must still let in.  Raises Refused."""
    fact = Fact(STARTED_BY_HAND, at.now, {"journey": journey, "because": f"started {said_by(actor, because)}"})

    def act(session: Session) -> list[str]:
        them = taken(session, customer_id)
        version = ground.shelf.playbook(session).live(journey)
        if version is None or version.journey.enter is None:
            raise Refused(f"{journey!r} is no published journey that can be entered")
        if any(one.journey == journey for one in them.enrollments):
            raise Refused("they are walking it already")
        decision = foreseen(session, ground, them, fact, at)
        if not any(one.journey == journey for one in decision.enrollments):
            raise Refused(decision.facts.refused.get(journey, "it does not let them in"))
        tell(session, ground, customer_id, fact, actor, "start journey", {"journey": journey, "because": because}, at)
        return messages.outdated(session, [customer_id])

    wait_for_outcomes(ground, ground.sessions.write(act))


def remove(ground: Ground, customer_id: str, journey: str, entry: int, actor: str, because: str, at: Moment) -> None:
    """End a journey for somebody; what it has queued does not go.  Raises Refused where they do not walk it."""
    told = {"journey": journey, "entry": entry}
    said = said_by(actor, because)
    fact = Fact(REMOVED_BY_HAND, at.now, {**told, "because": said})

    def act(session: Session) -> list[str]:
        them = taken(session, customer_id)
        _walked(them, journey, entry)
        messages.cancel_walk(session, customer_id, journey, entry, f"cancelled: removed {said}")
        tell(session, ground, customer_id, fact, actor, "remove from journey", {**told, "because": because}, at)
        return messages.handing(session, [customer_id])

    wait_for_outcomes(ground, ground.sessions.write(act))


def _walked(them: Snapshot, journey: str, entry: int) -> Enrollment:
    named = (one for one in them.enrollments if (one.journey, one.entry) == (journey, entry))
    if (one := next(named, None)) is None:
        raise Refused(f"they do not walk {journey} any more, or not for the {entry}. time")
    return one


def _moved_on(one: Enrollment, step: str) -> str:
    return f"they are not at {step} any more: they stand at {one.step} of {one.journey}, {one.because}"


def _why_none(decision: Decision, one: Enrollment) -> str:
    """The last word of a decision that brought no letter: what spoke against it, or where they would come to rest."""
    notes = [note for note in decision.notes if (note.journey, one.journey) == (one.journey, note.journey)]
    against = [note for note in notes if note.do in ("withheld", "skipped", "held", "left", "finished")]
    stands = next(
        (each for each in decision.enrollments if (each.journey, each.entry) == (one.journey, one.entry)), one
    )
    return (against or notes)[-1].because if against or notes else f"they stand at {stands.step}, {stands.because}"
