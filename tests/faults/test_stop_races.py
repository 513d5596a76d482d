"""Stops aimed at letters that are claimed and have not left yet: none of them leaves after its stop was answered."""

import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from time import monotonic
from typing import NamedTuple

import pytest

from nurture.channels.email.letter import Letter
from nurture.channels.email.provider import Verdict
from nurture.flow import feedback
from tests.campaign import Campaign
from tests.faults.carriers import Scripted, a_post, carries, signs_up
from tests.stories.town import Town

AT_ONCE = 10  # people of one round: as many letters are on their way when their stops come
SLOWEST = 0.08  # seconds until the first byte of a letter leaves
LATEST = 0.02  # seconds between a claim and its stop


class Round(NamedTuple):
    """What happened to ten people, in seconds of the monotonic clock.  left: when a letter's first byte did."""

    left: Mapping[str, float]
    answered: Mapping[str, float]

    @property
    def late(self) -> list[str]:
        """Whose letter left after their stop was answered."""
        return [who for who, at in self.left.items() if who in self.answered and at >= self.answered[who]]


def raced(town: Town, seed: int) -> Round:
    """Sign ten people up, hand their letters over, and have each unsubscribe while theirs is on its way."""
    dice = random.Random(seed)
    ids = {f"r{seed}-{n}@customer.example": signs_up(town, f"r{seed}-{n}").customer_id for n in range(AT_ONCE)}
    claimed = {who: Event() for who in ids}
    slow = {who: dice.uniform(0, SLOWEST) for who in ids}
    soon = {who: dice.uniform(0, LATEST) for who in ids}
    left, answered, lock = dict[str, float](), dict[str, float](), Lock()

    def send(letter: Letter, _: float) -> Verdict:
        claimed[letter.to_email].set()
        Event().wait(slow[letter.to_email])
        with lock:
            left[letter.to_email] = monotonic()
        return Verdict("accepted", "accepted: 202", http_status=202)

    def stop(who: str) -> None:
        assert claimed[who].wait(30)
        Event().wait(soon[who])
        assert feedback.unsubscribe(town.ground, ids[who], feedback.EVERYTHING, "a race", town.look())
        with lock:
            answered[who] = monotonic()

    with a_post(town, Scripted(send), connections=AT_ONCE) as post, ThreadPoolExecutor(AT_ONCE + 1) as pool:
        stops = [pool.submit(stop, who) for who in ids]
        pool.submit(carries, town, post).result()
        for one in stops:
            one.result()
    return Round(left, answered)


def test_no_letter_leaves_after_its_stop_was_answered(town: Town) -> None:
    rounds = [raced(town, seed) for seed in range(10)]

    assert [one.late for one in rounds] == [[]] * 10
    assert sum(len(one.answered) for one in rounds) == 100


@pytest.mark.campaign
def test_as_many_stop_races_as_there_is_time_for(town: Town, campaign: Campaign) -> None:
    for seed in campaign.seeds():
        one = raced(town, 1_000 + seed)
        assert not one.late, f"seed {seed}"
        campaign.counted["stops"] += len(one.answered)
