"""Whatever SendGrid does to a letter: what becomes of it, by one table, and that it is never accepted twice."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from threading import Event, Semaphore
from time import monotonic
from typing import TypeVar

import pytest

from nurture.channels.email.letter import Letter
from nurture.channels.email.provider import Verdict
from nurture.channels.email.sendgrid import SendGrid
from nurture.flow import handover
from nurture.flow.ground import Moment
from nurture.store.session import Session, Sessions, Unavailable
from tests.fake_sendgrid import FAULTS, KEY
from tests.faults.carriers import (
    PATIENCE,
    Hasty,
    Interrupted,
    Paused,
    Scripted,
    a_post,
    accepted,
    carries,
    sent_to,
    signs_up,
    state_of,
    states,
)
from tests.stories.town import Town

T = TypeVar("T")
ONCE, NEVER = 1, 0
OUTCOMES = {  # fault -> the state in which it leaves the message, and how often the ledger then holds it
    **dict.fromkeys(("well", "gzip", "202-without-id", "100-continue"), ("accepted", ONCE)),
    **dict.fromkeys(("gzip-garbage", "short-body"), ("accepted", ONCE)),
    **dict.fromkeys(("400", "413", "415"), ("refused", NEVER)),
    **dict.fromkeys(("301", "401", "403", "404", "405", "406", "429", "451"), ("queued", NEVER)),
    **dict.fromkeys(("200", "500", "502", "503", "504"), ("unknown", NEVER)),
    **dict.fromkeys(("reset-before-body", "reset-mid-body", "hang"), ("unknown", NEVER)),
    **dict.fromkeys(("500-accepted", "503-accepted", "accept-then-reset", "accept-then-hang"), ("unknown", ONCE)),
    **dict.fromkeys(("truncated-status", "slow-loris", "malformed"), ("unknown", ONCE)),
}


def test_every_fault_has_its_outcome_and_none_makes_two_letters_of_one(town: Town) -> None:
    told, later = {}, {}

    with a_post(town, Hasty(town.post.provider)) as post:
        for n, fault in enumerate(OUTCOMES):
            signs_up(town, f"ada-{n}")
            town.sendgrid.misbehaves(fault)
            carries(town, post)
            told[fault] = state_of(town, f"ada-{n}"), sent_to(town).count(f"ada-{n}")
            town.sleeps(minutes=2)
            carries(town, post)
            later[fault] = state_of(town, f"ada-{n}"), sent_to(town).count(f"ada-{n}")
        town.sleeps(days=2)
        handover.sweep(town.ground, town.look())
        carries(town, post)

    assert set(FAULTS) <= OUTCOMES.keys()
    assert told == OUTCOMES
    assert later == {
        fault: ("accepted", ONCE) if state == "queued" else (state, n) for fault, (state, n) in told.items()
    }
    assert set(accepted(town).values()) == {1}
    assert len(accepted(town)) == sum(times for _, times in later.values())


def test_a_letter_that_found_nobody_listening_goes_out_once_when_somebody_does(town: Town) -> None:
    signs_up(town, "ada")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"

    for provider in (SendGrid(KEY, nowhere), SendGrid(KEY, "http://sendgrid.invalid")):
        with a_post(town, provider) as post:
            carries(town, post)
        assert (state_of(town, "ada"), sent_to(town)) == ("queued", [])
        town.sleeps(minutes=1)
    town.carries_the_post()
    town.carries_the_post()

    assert (state_of(town, "ada"), sent_to(town)) == ("accepted", ["ada"])


def test_a_letter_whose_fate_is_unknown_counts_as_sent_and_a_refused_one_does_not(town: Town) -> None:
    for name, answer in (("ada", "503"), ("bo", "400")):
        town.sendgrid.misbehaves(answer)
        signs_up(town, name, trial_ends_at=town.now + timedelta(days=5, hours=2))  # the next letter is due at eleven
        town.carries_the_post()

    town.passes(hours=7, minutes=59)
    same_day = sent_to(town)
    town.passes(days=1)

    assert same_day == ["bo"]
    assert sent_to(town) == ["bo", "ada"]


def test_a_breaker_rests_the_whole_post(town: Town) -> None:
    for name in ("ada", "bo", "cy"):
        signs_up(town, name)
    town.sendgrid.misbehaves("401")

    with a_post(town, connections=1) as post:
        carries(town, post)
        town.sleeps(seconds=59)
        carries(town, post)
        rested = town.sendgrid.requests
        town.sleeps(seconds=2)
        carries(town, post)

    assert rested == 1
    assert sorted(sent_to(town)) == ["ada", "bo", "cy"]


def test_a_429_is_waited_out_as_long_as_it_says(town: Town) -> None:
    signs_up(town, "ada")
    signs_up(town, "bo")
    town.sendgrid.misbehaves("429", headers=("Retry-After: 240",))

    with a_post(town, connections=1) as post:
        carries(town, post)
        town.sleeps(seconds=239)
        carries(town, post)
        rested = town.sendgrid.requests
        town.sleeps(seconds=2)
        carries(town, post)

    assert rested == 1
    assert sorted(sent_to(town)) == ["ada", "bo"]


def test_of_two_waits_the_longer_one_counts(town: Town) -> None:
    signs_up(town, "ada")
    signs_up(town, "bo")
    first, resting = Semaphore(), Event()

    def asks_to_wait(_letter: Letter, _give_up_at: float) -> Verdict:
        if first.acquire(blocking=False):
            return Verdict("retry", "slow down", retry_after=300.0)
        assert resting.wait(PATIENCE)
        return Verdict("retry", "slow down", retry_after=5.0)

    def look() -> Moment:
        if post.rests_until is not None:
            resting.set()
        return town.look()

    with a_post(town, Scripted(asks_to_wait), connections=2) as post:
        handover.hand_over(town.ground, post, look)
        town.sleeps(seconds=299)

        assert carries(town, post) == 0
        assert post.rests_until is not None
        assert post.rests_until > town.machine


def test_the_thousandth_attempt_is_put_off_like_the_tenth(town: Town) -> None:
    signs_up(town, "ada")
    town.ground.sessions.write(lambda session: session.run("UPDATE messages SET attempt = 2000"))

    with a_post(town, Scripted(lambda *_: Verdict("retry", "nobody listens"))) as post:
        carries(town, post)
    town.sleeps(minutes=5, seconds=1)
    town.carries_the_post()

    assert sent_to(town) == ["ada"]


def test_a_provider_that_fails_by_itself_may_have_sent_the_letter(town: Town) -> None:
    signs_up(town, "ada")
    signs_up(town, "bo")

    def breaks(letter: Letter, _give_up_at: float) -> Verdict:
        if letter.to_email.startswith("ada"):
            raise RuntimeError("a defect of ours")
        return Verdict("accepted", "accepted")

    with a_post(town, Scripted(breaks)) as post:
        carries(town, post)

    assert (state_of(town, "ada"), state_of(town, "bo")) == ("unknown", "accepted")


def test_a_letter_whose_sender_is_slow_has_the_outcome_that_it_is_told(town: Town) -> None:
    signs_up(town, "ada")
    provider = Paused(town.post.provider)

    with a_post(town, provider) as post, ThreadPoolExecutor(1) as pool:
        pool.submit(carries, town, post)
        provider.holds(1)
        town.sleeps(seconds=59)
        swept = [handover.sweep(town.ground, town.look())]
        town.sleeps(seconds=2)
        swept.append(handover.sweep(town.ground, town.look()))
        town.carries_the_post()
        provider.lets_go()
    town.carries_the_post()

    assert swept == [0, 0]
    assert (state_of(town, "ada"), sent_to(town)) == ("accepted", ["ada"])


def test_the_deadline_counts_from_between_composing_and_the_claim(town: Town) -> None:
    """So the first byte leaves within the lease, and no time is lost that composing took."""
    signs_up(town, "ada")
    composed: list[float] = []
    looks: list[float] = []
    spans: list[tuple[float, float]] = []

    def looked() -> Moment:
        looks.append(monotonic())
        return town.look()

    def notes(_letter: Letter, give_up_at: float) -> Verdict:
        spans.append((give_up_at - composed[-1], give_up_at - looks[-1]))  # the claim looks at the clock last
        return Verdict("accepted", "accepted")

    with a_post(town, Scripted(notes), Interrupted(lambda _: composed.append(monotonic()))) as post:
        handover.hand_over(town.ground, post, looked)

    [(from_composing, from_the_claim)] = spans
    assert from_the_claim <= handover.DEADLINE_SECONDS <= from_composing


def test_a_claim_that_fails_loses_no_answer_to_letters_on_their_way(town: Town) -> None:
    for name in ("ada", "bo", "cy"):
        signs_up(town, name)
    sessions = Away(town.ground.sessions, at=3)  # ada and bo are claimed; ada's answer is written down; cy is claimed
    first = Semaphore()

    def answers(_letter: Letter, _give_up_at: float) -> Verdict:
        assert first.acquire(blocking=False) or sessions.away.wait(PATIENCE)
        return Verdict("accepted", "accepted")

    with a_post(town, Scripted(answers), connections=2) as post, pytest.raises(Unavailable):
        handover.hand_over(town.ground._replace(sessions=sessions), post, town.look)

    assert states(town) == {"accepted": 2, "queued": 1}


class Away(Sessions):
    """A database that is away for one write, the `at`-th."""

    def __init__(self, sessions: Sessions, at: int) -> None:
        self.dialect, self._database, self.fence = sessions.dialect, sessions._database, sessions.fence
        self.journal, self.reached, self.away = sessions.journal, sessions.reached, Event()
        self._at, self._writes = at, count(1)

    def write(self, act: Callable[[Session], T]) -> T:
        if next(self._writes) == self._at:
            self.away.set()
            raise Unavailable("away")
        return super().write(act)
