"""Calling: claim webhooks that are due, make each call outside any transaction, write down what came of it.

At least once: a call whose caller is gone is made again, under the same id. A hanging target holds up its own calls
alone: no more than two are under way to one outbound, and nobody waits for them.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from time import monotonic

import structlog

from nurture.channels.webhook import Answer, Target, Webhooks
from nurture.engine.outbound import Outbound
from nurture.flow.ground import Ground, Moment
from nurture.store import calls
from nurture.store.calls import Call, Room
from nurture.store.session import Session

log = structlog.get_logger()

LEASE = timedelta(seconds=60)  # machine time; longer than any call's total deadline
DEADLINE_SECONDS = 15.0
AT_ONCE = 2  # under way to one outbound
THREADS = 64  # under way to all of them
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
AGAIN = (5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)
"""How long after the first failure, the second, ... the next attempt comes.  Source: Standard Webhooks 1.0.0."""


class Switchboard:
    """The way out for webhooks: who may be called, by which secrets, and the calls that are under way."""

    def __init__(
        self,
        webhooks: Webhooks,
        worker: str,
        secret: Callable[[str], str],
        *,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        """Take the channel.  worker: names this process in a call's row.  secret: gives one by its name, '' if none."""
        self.worker = worker
        self.when_free: Callable[[], None] = lambda: None  # told whenever a call has ended
        self._webhooks = webhooks
        self._secret = secret
        self._deadline_seconds = deadline_seconds
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="webhooks")
        self._out: set[Future[None]] = set()

    @property
    def free(self) -> int:
        """How many more calls can be made now."""
        return THREADS - len(self._out)

    def start(self, ground: Ground, call: Call, outbound: Outbound | None, look: Callable[[], Moment]) -> Future[None]:
        """Make a call on a thread of its own, and write down what came of it."""
        made = self._pool.submit(self._carried, ground, call, outbound, look)
        self._out.add(made)
        made.add_done_callback(self._ended)
        return made

    def _ended(self, made: Future[None]) -> None:
        self._out.discard(made)
        self.when_free()

    def _carried(self, ground: Ground, call: Call, outbound: Outbound | None, look: Callable[[], Moment]) -> None:
        try:
            answer = self._answer(call, outbound, look())
        except Exception as error:  # it counts as an attempt, so that it ends some day
            log.exception("a webhook failed", call=call.id)
            answer = Answer("failed", f"not called: {type(error).__name__}: {error}"[:200])
        try:
            ground.sessions.write(lambda session: _record(session, call, answer, look()))
        except Exception:  # its lease ends, and it is made again
            log.exception("what came of a webhook could not be written down", call=call.id)

    def _answer(self, call: Call, outbound: Outbound | None, at: Moment) -> Answer:
        if outbound is None:
            return Answer("gone", f"there is no outbound {call.outbound!r} any more")
        secrets = self._secrets_of(outbound)
        if secrets is None:
            return Answer("failed", f"not called: its secret {outbound.secret_env} is not set")
        give_up_at = monotonic() + self._deadline_seconds
        return self._webhooks.call(Target(outbound.url, secrets), call.id, call.body, at.machine, give_up_at)

    def _secrets_of(self, outbound: Outbound) -> tuple[str, ...] | None:
        """The secrets that sign, newest first; none where no signature is asked for; None where they are missing."""
        if outbound.secret_env is None:
            return ()
        kept = self._secret(outbound.secret_env)
        return tuple(one.strip() for one in kept.split(",") if one.strip()) or None

    def close(self) -> None:
        """Wait for the calls that are under way."""
        self._pool.shutdown(wait=True)


def make_calls(ground: Ground, board: Switchboard, look: Callable[[], Moment]) -> list[Future[None]]:
    """Claim what may be called now, and start; each call ends by itself.  Returns those that were started."""
    with ground.sessions.read() as session:
        if not calls.any_due(session, look().machine):
            return []
        outbound = ground.shelf.playbook(session).outbound
    claimed = ground.sessions.write(
        lambda session: calls.claim(session, look().machine, LEASE, board.worker, Room(AT_ONCE, board.free))
    )
    return [board.start(ground, call, outbound.get(call.outbound), look) for call in claimed]


def _record(session: Session, call: Call, answer: Answer, at: Moment) -> None:
    if answer.outcome == "accepted":
        calls.end(session, call, "accepted", answer.because, at.machine, answer.http_status)
    elif answer.outcome == "gone" or call.attempt > len(AGAIN):
        given_up = "" if answer.outcome == "gone" else f"given up after {call.attempt} attempts: "
        calls.end(session, call, "failed", f"{given_up}{answer.because}", at.machine, answer.http_status)
    else:
        again = at.machine + AGAIN[call.attempt - 1]
        calls.put_off(session, call, answer.because, again, answer.http_status)


def sweep(ground: Ground, at: Moment, limit: int = 100) -> int:
    """Put back calls that were begun by somebody who is gone: whether they were made is not known."""
    gone = Answer("failed", "whoever made this call stopped before there was an answer")

    def act(session: Session) -> int:
        found = calls.expired(session, at.machine, limit)
        for call in found:
            _record(session, call, gone, at)
        return len(found)

    with ground.sessions.read() as session:
        if not calls.expired(session, at.machine, 1):
            return 0
    return ground.sessions.write(act)
