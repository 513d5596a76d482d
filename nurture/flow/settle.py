"""Settle: lock, photograph, decide, record, for a batch of customers in a fixed number of queries.

Everything that can change about a customer goes through here. One customer is a batch of one. A customer whose
decision raises is set aside, due later and visible to staff, and spoils nobody else's batch. What a decision means for
the colleagues in their account is settled in the same transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Event
from time import monotonic
from typing import NamedTuple

import structlog

from nurture.engine.colleagues import Colleagues, as_one
from nurture.engine.decide import decide, follows
from nurture.engine.decision import Decision
from nurture.engine.snapshot import Customer, Fact, Facts, Snapshot
from nurture.flow.ground import Ground, Moment
from nurture.store import accounts, claims, decided, effects, inbox, messages, photographs, publishing, suppressions
from nurture.store.accounts import Joined
from nurture.store.decided import Settled
from nurture.store.photographs import Photograph
from nurture.store.session import Session

log = structlog.get_logger()

PUT_OFF = timedelta(minutes=1)  # after the first failure; doubled with each, up to a day
LONGEST_PUT_OFF = timedelta(days=1)
AT_ONCE = 50  # colleagues of one account who hear in the same transaction; the others become due
ROUNDS = 8  # what they hear may have them tell something in turn


class Cause(NamedTuple):
    """What wakes a customer: in a word, and the facts that arrived, if any."""

    word: str
    news: tuple[Fact, ...] = ()


BY_TIME = Cause("time")
BY_PUBLISH = "publish"  # the word of a cause that a publish is, whatever fact it comes with
COLLEAGUE = Cause("colleague")


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
    colleagues = Colleagues()
    settled = _one_round(session, ground, taken, causes, at, colleagues)
    decisions = {one.decision.customer.id: one.decision for one in settled}
    return _tell_colleagues(session, ground, colleagues, decisions, at)


def _one_round(
    session: Session,
    ground: Ground,
    taken: Mapping[str, Photograph],
    causes: Mapping[str, Cause],
    at: Moment,
    colleagues: Colleagues,
) -> list[Settled]:
    """Decide about each and write it down; a letter that a publish may have made due waits while it can be undone."""
    settled = _decided(session, ground, taken, causes, at, colleagues)
    _write_down(session, ground, settled, colleagues, at)
    waiting = [one.decision.customer.id for one in settled if one.decision.orders and _by_publish(one, taken, causes)]
    if waiting:
        publishing.hold_back(session, waiting, ground.shelf.playbook(session).revision, at.now)
    return settled


def _by_publish(one: Settled, taken: Mapping[str, Photograph], causes: Mapping[str, Cause]) -> bool:
    """Whether a publish may have made due what was decided, rather than something they did themselves."""
    now, cause = one.decision.customer, causes[one.decision.customer.id]
    return not cause.news or cause.word == BY_PUBLISH or taken[now.id].snapshot.customer.revision < now.revision


def _decided(
    session: Session,
    ground: Ground,
    taken: Mapping[str, Photograph],
    causes: Mapping[str, Cause],
    at: Moment,
    colleagues: Colleagues,
) -> list[Settled]:
    """Decide about each, knowing what was decided about their colleagues; set aside who cannot be decided.

    Among colleagues the longest known speaks first, whatever order the database gives them in.
    """
    pins = {(walk.shape, walk.revision) for one in taken.values() for walk in one.snapshot.enrollments}
    playbook = ground.shelf.whole(session, pins)
    failed = [customer_id for customer_id, photograph in taken.items() if photograph.failures]
    left_over = inbox.left_over(session, failed) if failed else {}
    settled: list[Settled] = []
    for customer_id, photograph in sorted(taken.items()):
        cause = causes[customer_id]
        seen = colleagues.seen_by(photograph.snapshot)
        snapshot = seen._replace(news=(*left_over.get(customer_id, ()), *cause.news))
        try:
            decision = decide(playbook, snapshot, at.now)
        except Exception as error:  # noqa: BLE001 - one customer must not spoil the batch; it is written down
            inbox.leave_over(session, customer_id, cause.news)
            _set_aside(session, photograph, error, at.now)
            continue
        colleagues.learn_from(snapshot, decision)
        settled.append(Settled(decision, cause.word, photograph.account_gen))
    if left_over:
        inbox.catch_up_with(session, left_over.keys() & {one.decision.customer.id for one in settled})
    return settled


def _write_down(
    session: Session,
    ground: Ground,
    settled: Sequence[Settled],
    colleagues: Colleagues,
    at: Moment,
    *,
    born: bool = False,
) -> None:
    """Write what was decided, and what that leaves their accounts with: a fixed number of statements.

    An adoption raises the generation of its account, and what was decided before it goes to nobody there any more.
    """
    adopted, changed = colleagues.adopted, colleagues.changed
    gens = {one.decision.customer.account_id: one.account_gen for one in settled}
    accounts.record(session, {key: (now, gens[key] + (key in adopted)) for key, now in changed.items()})
    knowing = [_knowing(one, colleagues) for one in settled] if adopted else settled
    decided.record(session, knowing, at.now, born=born)
    accounts.uphold(session, _unmoved(knowing, colleagues))
    messages.queue(session, knowing, ground.seals.send_id, at.now, at.machine)
    effects.bring_about(session, knowing, at.now, at.machine)
    accounts.wake(session, colleagues.freed, at.now, "a letter to a colleague did not go out after all")


def _knowing(one: Settled, colleagues: Colleagues) -> Settled:
    """Let what was decided in the knowledge of an adoption be of the generation that it began."""
    customer = one.decision.customer
    knows = customer.account_id in colleagues.adopted and colleagues.heard(customer)
    return one._replace(account_gen=one.account_gen + 1) if knows else one


def _unmoved(settled: Iterable[Settled], colleagues: Colleagues) -> dict[str, int]:
    """Those who heard of an adoption and are not moved by it: their letters still go.  Customer -> generation."""
    voided = colleagues.voided
    heard = [one for one in settled if one.decision.customer.account_id in voided] if voided else []
    unmoved = [one for one in heard if not one.decision.turned and colleagues.heard(one.decision.customer)]
    return {one.decision.customer.id: one.account_gen for one in unmoved}


def _not_followers(session: Session, ground: Ground, colleagues: Colleagues, later: Sequence[str]) -> dict[str, int]:
    """Those who have yet to hear of an adoption that will not move them: their letters still go, as in `_unmoved`."""
    playbook, taken = ground.shelf.playbook(session), photographs.portraits(session, later)
    concerned = [(key, one) for key, one in taken.items() if one.snapshot.customer.account_id in colleagues.voided]
    return {key: one.account_gen for key, one in concerned if not follows(playbook, one.snapshot)}


def _tell_colleagues(
    session: Session, ground: Ground, colleagues: Colleagues, decisions: dict[str, Decision], at: Moment
) -> dict[str, Decision]:
    """Settle those who have something to hear of what was decided, until nobody has; their locks are held already.

    Of a large account the first fifty are settled here, and the others become due now.
    """
    for once in (*[AT_ONCE] * ROUNDS, 0):  # whoever has not heard by then hears at the next beat
        if not colleagues.spoken:
            break
        hearing, later = list[str](), list[str]()
        for account_id, people in accounts.people(session, colleagues.spoken).items():
            unheard = sorted(colleagues.unheard(account_id, people), key=lambda one: one not in decisions)
            hearing += unheard[:once]
            later += unheard[once:]
        claims.wake(session, later, at.now, "a colleague told us what concerns them too")
        if later and colleagues.voided:
            accounts.uphold(session, _not_followers(session, ground, colleagues, later))
        if not hearing:
            break
        taken = photographs.photographs(session, hearing)
        colleagues = Colleagues(colleagues.voided)
        for one in _one_round(session, ground, taken, dict.fromkeys(taken, COLLEAGUE), at, colleagues):
            key, before = one.decision.customer.id, decisions.get(one.decision.customer.id)
            decisions[key] = as_one(before, one.decision) if before else one.decision
    return decisions


def _set_aside(session: Session, photograph: Photograph, error: Exception, now: datetime) -> None:
    customer_id = photograph.snapshot.customer.id
    until = now + min(PUT_OFF * 2 ** min(photograph.failures, 20), LONGEST_PUT_OFF)
    because = f"set aside after an error: {type(error).__name__}: {error}"
    claims.set_aside(session, customer_id, until, because[:300])
    log.error("set aside", customer=customer_id, failures=photograph.failures + 1, exc_info=error)


def give_birth(
    session: Session,
    ground: Ground,
    customer: Customer,
    address: tuple[str, str],
    joined: Joined,
    cause: Cause,
    at: Moment,
    facts: Facts | None = None,
) -> Decision:
    """Decide about a customer who is not in the database yet, and insert them as they are afterwards.

    address: the email's key and its seal.  joined: their account.  facts: what is known of them already, if anything.
    Raises Conflict if somebody else was first.
    """
    playbook = ground.shelf.playbook(session)
    suppressed = frozenset(suppressions.reasons(session, address[1]))
    born = Snapshot(customer, facts or Facts(), news=cause.news, suppressed=suppressed, newborn=True)
    snapshot = born._replace(account=joined.account)
    decision = decide(playbook, snapshot, at.now)
    colleagues = Colleagues()
    colleagues.learn_from(snapshot, decision)
    decided.insert_customer(session, decision, *address)
    _write_down(session, ground, [Settled(decision, cause.word, joined.gen)], colleagues, at, born=True)
    return _tell_colleagues(session, ground, colleagues, {customer.id: decision}, at)[customer.id]


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
