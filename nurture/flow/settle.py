"""Settle: lock, photograph, decide, record, for a batch of customers in a fixed number of queries.

Everything that can change about a customer goes through here. One customer is a batch of one. A customer whose
decision raises is set aside, due later and visible to staff, and spoils nobody else's batch.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from threading import Event
from time import monotonic
from typing import NamedTuple

import structlog

from nurture.engine.decide import decide
from nurture.engine.decision import Decision
from nurture.engine.snapshot import Customer, Fact, Snapshot
from nurture.flow.ground import Ground, Moment
from nurture.store import effects, inbox, messages, photographs
from nurture.store.photographs import Photograph, Settled
from nurture.store.session import Session

log = structlog.get_logger()

PUT_OFF = timedelta(minutes=1)  # after the first failure; doubled with each, up to a day
LONGEST_PUT_OFF = timedelta(days=1)


class Cause(NamedTuple):
    """What wakes a customer: in a word, and the facts that arrived, if any."""

    word: str
    news: tuple[Fact, ...] = ()


BY_TIME = Cause("time")


def settle(
    session: Session, ground: Ground, causes: Mapping[str, Cause], at: Moment, *, locked: bool = False
) -> dict[str, Decision]:
    """Settle these customers, each for its own cause, inside the caller's transaction.  Returns their decisions.

    locked: the caller holds the locks of their accounts already.
    """
    ids = sorted(causes)
    if not locked:
        photographs.lock(session, ids)
    return settle_photographed(session, ground, photographs.photographs(session, ids), causes, at)


def settle_photographed(
    session: Session,
    ground: Ground,
    taken: Mapping[str, Photograph],
    causes: Mapping[str, Cause],
    at: Moment,
) -> dict[str, Decision]:
    """Settle customers whose photographs were taken in this transaction, under their locks.

    The news must be in the inbox: what somebody tells who cannot be decided takes effect as soon as they can be.
    """
    pins = {(walk.shape, walk.revision) for one in taken.values() for walk in one.snapshot.enrollments}
    playbook = ground.shelf.whole(session, pins)
    failed = [customer_id for customer_id, photograph in taken.items() if photograph.failures]
    left_over = inbox.left_over(session, failed) if failed else {}
    settled: list[Settled] = []
    for customer_id, photograph in taken.items():
        cause = causes[customer_id]
        snapshot = photograph.snapshot._replace(news=(*left_over.get(customer_id, ()), *cause.news))
        try:
            decision = decide(playbook, snapshot, at.now)
        except Exception as error:  # noqa: BLE001 - one customer must not spoil the batch; it is written down
            inbox.leave_over(session, customer_id, cause.news)
            _set_aside(session, photograph, error, at.now)
            continue
        settled.append(Settled(decision, cause.word, photograph.account_gen))
    photographs.record(session, settled, at.now)
    messages.queue(session, settled, ground.seals.send_id, at.now, at.machine)
    effects.bring_about(session, settled, at.now, at.machine)
    decisions = {one.decision.customer.id: one.decision for one in settled}
    if left_over:
        inbox.catch_up_with(session, left_over.keys() & decisions.keys())
    return decisions


def _set_aside(session: Session, photograph: Photograph, error: Exception, now: datetime) -> None:
    customer_id = photograph.snapshot.customer.id
    until = now + min(PUT_OFF * 2 ** min(photograph.failures, 20), LONGEST_PUT_OFF)
    because = f"set aside after an error: {type(error).__name__}: {error}"
    photographs.set_aside(session, customer_id, until, because[:300])
    log.error("set aside", customer=customer_id, failures=photograph.failures + 1, exc_info=error)


def give_birth(
    session: Session, ground: Ground, customer: Customer, address: tuple[str, str], cause: Cause, at: Moment
) -> Decision:
    """Decide about a customer who is not in the database yet, and insert them as they are afterwards.

    address: the email's key and its seal.  Raises Conflict if somebody else inserted them first.
    """
    playbook = ground.shelf.playbook(session)
    suppressed = photographs.suppressed(session, address[1])
    snapshot = Snapshot(customer, news=cause.news, suppressed=suppressed, newborn=True)
    decision = decide(playbook, snapshot, at.now)
    photographs.insert_customer(session, decision, *address)
    settled = [Settled(decision, cause.word, 0)]
    photographs.record(session, settled, at.now, born=True)
    messages.queue(session, settled, ground.seals.send_id, at.now, at.machine)
    effects.bring_about(session, settled, at.now, at.machine)
    return decision


def together(news: Sequence[tuple[str, Fact]]) -> dict[str, Cause]:
    """Gather facts by customer: several that arrive at once are settled once."""
    facts: dict[str, list[Fact]] = {}
    for customer_id, fact in news:
        facts.setdefault(customer_id, []).append(fact)
    return {
        customer_id: Cause(", ".join(dict.fromkeys(fact.name for fact in found)), tuple(found))
        for customer_id, found in facts.items()
    }


class StillSending(Exception):
    """A stop is in effect, but a letter that was already on its way has not had its answer; ask again."""


def wait_for_outcomes(ground: Ground, handing: Sequence[str], patience_seconds: float = 12.0) -> None:
    """Wait until letters that were on their way when a stop was committed have had their answer.

    Only then may the stop be acknowledged: from that moment nothing decided before it leaves the house.
    Raises StillSending when patience runs out; the stop itself is in effect.
    """
    if not handing:
        return
    give_up_at = monotonic() + patience_seconds
    pause = Event()
    while True:
        with ground.sessions.read() as session:
            if not messages.still_handing(session, handing):
                return
        if monotonic() > give_up_at:
            raise StillSending("in effect; a letter that was already on its way is still without an answer")
        pause.wait(0.02)
