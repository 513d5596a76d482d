"""Hand-over: compose, claim, one call to the outside, outcome.  The only way out of the house.

The message's row says `handing` before the first byte leaves and gets its outcome after: a hand-over that was
interrupted becomes `unknown` and is never made again. No transaction is open during the call. From before the claim
until the outcome is written the sender holds the customer's fence: nobody calls its letters unknown while it lives.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from time import monotonic
from typing import NamedTuple

import structlog

from nurture.channels.email.compose import Unrenderable
from nurture.channels.email.letter import Letter
from nurture.channels.email.lint import unfit
from nurture.channels.email.provider import Provider, Verdict
from nurture.engine.playbook import Playbook
from nurture.flow.ground import Ground, Moment
from nurture.flow.judging import Ledger, OnTheirWay, Valve, objection
from nurture.flow.letters import Composer
from nurture.store import accounts, claims, house, messages, photographs, recovered
from nurture.store import valve as valve_of
from nurture.store.accounts import Past
from nurture.store.facts import write_facts
from nurture.store.messages import Dress, Ending, Message
from nurture.store.photographs import Photograph
from nurture.store.session import Session, Unwritten

log = structlog.get_logger()

LEASE = timedelta(seconds=60)  # machine time; longer than any call's total deadline
DEADLINE_SECONDS = 10.0
RETRY_SECONDS = 2.0  # after the first try; doubled with each, up to five minutes
LONGEST_RETRY_SECONDS = 300.0
BREAKER_SECONDS = 60.0
CONNECTIONS = {"sendgrid": 32}  # what is claimed together shares its statements; more would hold the database longer
FEW_CONNECTIONS = 10  # a mail server seldom allows more
LINGER_SECONDS = 0.01  # after an answer, for those that come right behind it: they share a transaction


class Composed(NamedTuple):
    """A message ready to go: its letter, and what was chosen for it."""

    message: Message
    letter: Letter
    dress: Dress


class Post:
    """The way out: one provider, as many calls at once as it has connections, and when it asked us to rest."""

    def __init__(
        self,
        provider: Provider,
        composer: Composer,
        worker: str,
        connections: int | None = None,
        *,
        count: Callable[[str], object] | None = None,
    ) -> None:
        """Take the provider.  worker: names this process in a message's row.  connections: calls at once.

        count: is told the outcome of each call.
        """
        connections = connections or CONNECTIONS.get(provider.name, FEW_CONNECTIONS)
        self.provider = provider
        self.composer = composer
        self.worker = worker
        self.connections = connections
        self._count = count or (lambda _: None)
        self.rests_until: datetime | None = None  # machine time
        self.trusts: Callable[[datetime], bool] = lambda _: True  # whether a moment of machine time is right
        self._pool = ThreadPoolExecutor(connections, thread_name_prefix="post")

    def call(self, letter: Letter, give_up_at: float) -> "Future[Verdict]":
        """Hand a letter to the provider, on a thread of the pool.  give_up_at: seconds of the monotonic clock."""
        return self._pool.submit(self._sent, letter, give_up_at)

    def _sent(self, letter: Letter, give_up_at: float) -> Verdict:
        try:
            verdict = self.provider.send(letter, give_up_at=give_up_at)
        except Exception as error:  # bytes may have left by then
            log.exception("a provider failed", message=letter.message_id)
            verdict = Verdict("unknown", f"unknown: {self.provider.name} failed with {type(error).__name__}")
        self._count(verdict.outcome)
        return verdict

    def close(self) -> None:
        """Wait for the calls that are out, and let go."""
        self._pool.shutdown(wait=True)
        self.provider.close()


def hand_over(ground: Ground, post: Post, look: Callable[[], Moment]) -> int:
    """Hand over what is queued until nothing is left that may go.  Returns how many calls were made.

    A slow answer holds up its own message alone: whoever is free takes the next one.
    """
    out: dict[Future[Verdict], Message] = {}
    calls = 0
    try:
        while True:
            free = post.connections - len(out)
            chosen = _choose(ground, post, look(), free) if free and not _resting(post, look()) else None
            give_up_at = monotonic() + DEADLINE_SECONDS  # before the claim, so that it lies well within the lease
            for one in _claim(ground, post, look, *chosen) if chosen else ():
                out[post.call(one.letter, give_up_at)] = one.message
                calls += 1
            if out:
                wait(out, return_when=FIRST_COMPLETED)
                done, _ = wait(out, timeout=LINGER_SECONDS)
                _record(ground, post, {out.pop(call): call.result() for call in done}, look())
            elif chosen is None:
                return calls
    finally:
        if out:  # a claim failed while letters were on their way: their answers must not be lost with it
            _record(ground, post, {message: call.result() for call, message in out.items()}, look())


def _resting(post: Post, at: Moment) -> bool:
    return post.rests_until is not None and at.machine < post.rests_until


def _choose(ground: Ground, post: Post, at: Moment, limit: int) -> tuple[list[Composed], list[Ending]] | None:
    """Choose and compose up to `limit` messages, and say which cannot be.  Returns None when nothing waits."""
    with ground.sessions.read() as session:
        waiting = messages.queued(session, at.now, at.machine, limit)
        if not waiting or not post.trusts(at.machine) or house.held(session):
            return None
        taken = photographs.portraits(session, [one.customer_id for one in waiting])
        playbook = ground.shelf.playbook(session)
    return _compose(post.composer, playbook, waiting, taken, at.now)


def _claim(
    ground: Ground, post: Post, look: Callable[[], Moment], composed: Sequence[Composed], blocked: Sequence[Ending]
) -> list[Composed]:
    """Claim what may go, holding the fence of each; those that must not go are put right instead."""
    fence, asked = ground.sessions.fence, [one.message for one in composed]
    fence.hold([message.customer_id for message in asked])
    claimed: list[Composed] = []

    def take(session: Session) -> None:
        claimed[:] = _take(session, ground, post, composed, blocked, look())

    try:
        ground.sessions.write(take)
    except Unwritten as error:  # they are claimed, and no byte may leave that the journal does not know of
        _record(ground, post, {one.message: Verdict("retry", str(error)) for one in claimed}, look())
        raise
    except BaseException:
        claimed.clear()
        raise
    finally:
        kept = {one.message.id for one in claimed}
        fence.release([message.customer_id for message in asked if message.id not in kept])
    return claimed


def _compose(
    composer: Composer, playbook: Playbook, waiting: Iterable[Message], taken: Mapping[str, Photograph], now: datetime
) -> tuple[list[Composed], list[Ending]]:
    composed: list[Composed] = []
    blocked: list[Ending] = []
    for message in waiting:
        photograph = taken[message.customer_id]
        try:
            letter, rendered = composer.letter(playbook, message, photograph, now)
            fault = unfit(letter)
        except (Unrenderable, KeyError) as error:
            fault = f"cannot be rendered: {error}"
        except Exception as error:  # one letter must not stop all the others
            log.exception("a letter failed", message=message.id)
            fault = f"cannot be rendered: {type(error).__name__}: {error}"[:300]
        if fault:
            blocked.append(Ending(message, "blocked", fault))
            log.error("blocked", message=message.id, email=message.email, because=fault)
        else:
            dress = Dress(rendered.variant, photograph.snapshot.customer.persona, rendered.subject)
            composed.append(Composed(message, letter, dress))
    return composed, blocked


def _take(
    session: Session, ground: Ground, post: Post, composed: Sequence[Composed], blocked: Sequence[Ending], at: Moment
) -> list[Composed]:
    """T1: under the locks, look again at everything that could speak against each message, and claim the others."""
    ids = sorted({one.message.customer_id for one in composed} | {one.message.customer_id for one in blocked})
    photographs.lock(session, ids)
    taken = photographs.photographs(session, ids)
    if house.held(session) or not post.trusts(at.machine):
        return []
    fresh = messages.of_ids(session, [one.message.id for one in composed])
    gone = recovered.handed(session, [message.send_id for message in fresh.values()])
    walked = {(walk.shape, walk.revision) for one in taken.values() for walk in one.snapshot.enrollments}
    playbook = ground.shelf.whole(session, walked)
    out = OnTheirWay(playbook, messages.on_their_way(session, ids), at.now)
    valve = Valve(playbook.policy, valve_of.lately(session, playbook.policy, at.now), at.now)
    endings = list(blocked)
    claimed: list[Composed] = []
    for one in composed:
        message = fresh[one.message.id]
        if message.state != "queued":
            continue
        photograph = taken[message.customer_id]
        against = _gone(message, gone) or objection(playbook, message, photograph, out, at) or valve.against(message)
        if against is None:
            claimed.append(one._replace(message=message))
            out.add(photograph.snapshot.customer.account_id, message)
        else:
            endings.append(against)
    dressed = {one.message.id: one.dress for one in claimed}
    messages.claim(session, [one.message for one in claimed], dressed, post.worker, at.now, at.machine, LEASE)
    messages.conclude(session, endings, at.machine)
    known = {key: Past(one.facts, one.customer.account_id, one.account) for key, (one, *_) in taken.items()}
    _release(session, playbook, endings, known, at)
    return claimed


def _gone(message: Message, gone: Mapping[str, datetime]) -> Ending | None:
    """A letter that was handed over before the database was set back; nobody knows what became of it."""
    handed_at = gone.get(message.send_id)
    if handed_at is None:
        return None
    because = "unknown: it was handed over before a backup was restored; it is not sent again"
    return Ending(message, "unknown", because, handed_at=handed_at)


def _record(ground: Ground, post: Post, verdicts: Mapping[Message, Verdict], at: Moment) -> None:
    """T2: write down what became of each call, count the touches, and wake whom that sets free."""
    endings = [_ending(post, message, verdict, at) for message, verdict in verdicts.items()]

    def act(session: Session) -> None:
        ids = sorted({message.customer_id for message in verdicts})
        photographs.lock(session, ids)
        known = accounts.pasts(session, ids)
        messages.conclude(session, endings, at.machine)
        _release(session, ground.shelf.playbook(session), endings, known, at)

    try:
        ground.sessions.write(act)
    finally:  # the calls are over, whether or not that could be written down
        ground.sessions.fence.release([message.customer_id for message in verdicts])


def _ending(post: Post, message: Message, verdict: Verdict, at: Moment) -> Ending:
    told = {"outcome": verdict.outcome, "http_status": verdict.http_status, "provider_id": verdict.provider_id}
    if verdict.outcome in ("accepted", "unknown", "refused"):
        handed = None if verdict.outcome == "refused" else at.now
        return Ending(message, verdict.outcome, verdict.because, handed_at=handed, **told)  # type: ignore[arg-type]
    seconds = min(RETRY_SECONDS * 2 ** min(message.attempt, 20), LONGEST_RETRY_SECONDS)
    if verdict.outcome == "breaker":
        seconds = BREAKER_SECONDS
    if verdict.retry_after is not None:
        seconds = max(verdict.retry_after, 0.1)
    again = at.machine + timedelta(seconds=seconds)
    if verdict.outcome == "breaker" or verdict.retry_after is not None:
        post.rests_until = max(again, post.rests_until or again)
        log.warning("the provider asks us to rest", because=verdict.because, until=again.isoformat())
    return Ending(message, "queued", verdict.because, retry_at=again, **told)  # type: ignore[arg-type]


def _release(
    session: Session, playbook: Playbook, endings: Sequence[Ending], known: Mapping[str, Past], at: Moment
) -> None:
    """Count what was handed over as a touch, forget what was not, and wake those who may now hear something else."""
    ledger = Ledger(playbook, known, endings)
    messages.put_facts(session, {key: write_facts(found) for key, found in ledger.facts.items()})
    accounts.put(session, ledger.accounts)
    claims.wake(session, ledger.freed, at.now, "a letter did not go out after all")
    accounts.wake(session, ledger.freed_accounts, at.now, "a letter to a colleague did not go out after all")


def sweep(ground: Ground, at: Moment, limit: int = 100) -> int:
    """Call unknown whatever was being handed over by somebody who is gone.  It is never sent again.

    Gone is whose lease has passed and who holds the fence no more: a frozen sender may wake in the middle of a call.
    """

    def act(session: Session) -> int:
        gone = [one for one in messages.expired(session, at.machine, limit) if one.customer_id in free]
        ids = sorted({message.customer_id for message in gone})
        photographs.lock(session, ids)
        known = accounts.pasts(session, ids)
        because = "unknown: whoever was handing it over stopped before there was an answer"
        endings = [
            Ending(one._replace(attempt=one.attempt - 1), "unknown", because, handed_at=at.now, outcome="unknown")
            for one in gone
        ]
        messages.conclude(session, endings, at.machine)
        _release(session, ground.shelf.playbook(session), endings, known, at)
        return len(gone)

    with ground.sessions.read() as session:
        late = {one.customer_id for one in messages.expired(session, at.machine, limit)}
    free = ground.sessions.fence.free(late)
    return ground.sessions.write(act) if free else 0


def send_test(post: Post, letter: Letter) -> Verdict:
    """Hand one letter to the provider for somebody of ours to look at; it belongs to no customer."""
    fault = unfit(letter)
    return Verdict("refused", fault) if fault else post.call(letter, monotonic() + DEADLINE_SECONDS).result()
