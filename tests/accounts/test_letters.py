"""Letters to the people of one account: one a day for all of them, and none after anybody has adopted."""

from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

import pytest

from tests.accounts.colleagues import CAPPED, does, ended, joins, publishes, waits, went
from tests.faults.carriers import Paused, a_post, at_once, carries, states
from tests.store.until import until
from tests.stories.town import Person, Town


def test_the_letter_of_one_who_was_refused_makes_room_for_a_colleague(town: Town) -> None:
    for name in ("ann", "bo"):
        joins(town, name)
    town.sendgrid.misbehaves("400")

    town.passes(hours=1)

    assert ended(town, "nudge") == {"refused": 1, "accepted": 1}
    assert len(went(town)) == 1


def test_a_letter_that_a_turn_takes_back_makes_room_for_a_colleague(town: Town) -> None:
    ann = joins(town, "ann")
    town.sleeps(minutes=1)
    joins(town, "bo")
    waits(town, hours=1)

    does(town, "trial_cancelled", ann)
    town.beats()

    assert ended(town, "nudge") == {"cancelled": 1, "accepted": 1}
    assert went(town) == ["bo nudge"]


def test_an_adoption_is_acknowledged_after_the_letter_to_a_colleague_that_is_about_to_leave(uncapped: Town) -> None:
    town = uncapped
    ann = joins(town, "ann")
    town.passes(hours=1)
    bo = joins(town, "bo")
    waits(town, hours=1)
    provider = Paused(town.post.provider)

    with a_post(town, provider) as post, ThreadPoolExecutor(3) as pool:
        pool.submit(carries, town, post)
        provider.holds(1)
        first = pool.submit(does, town, "subscription_started", ann, id="one")
        until(lambda: bo.stage == "adopted")
        again = pool.submit(does, town, "subscription_started", ann, id="one")
        too_soon = wait([first, again], timeout=0.1).done
        before = went(town)
        provider.lets_go()

        assert (too_soon, before) == (set(), ["ann nudge"])
        assert (first.result().accepted, again.result().duplicates) == (1, 1)
        assert went(town)[:2] == ["ann nudge", "bo nudge"]


def test_a_letter_that_was_put_off_while_a_colleague_adopted_does_not_go_later(uncapped: Town) -> None:
    town = uncapped
    ann = joins(town, "ann", "a-1")
    waits(town, minutes=30)
    joins(town, "bo", "a-1")
    waits(town, minutes=30)
    provider = Paused(town.post.provider)
    town.sendgrid.misbehaves("429", headers=("Retry-After: 30",))

    with a_post(town, provider) as post, ThreadPoolExecutor(2) as pool:
        pool.submit(carries, town, post)
        provider.holds(1)
        adopted = pool.submit(does, town, "subscription_started", Person(town, "", "", "u-bo"))
        until(lambda: ann.stage == "adopted")
        provider.lets_go()
        adopted.result()
    town.sleeps(minutes=5)
    town.carries_the_post()

    assert sorted(went(town)) == ["ann aboard", "bo aboard"]
    assert ended(town, "nudge") == {"cancelled": 1}


def test_the_cap_counts_the_letter_to_a_colleague_that_is_leaving(uncapped: Town) -> None:
    town = uncapped
    for name in ("ann", "bo"):
        joins(town, name)
    waits(town, hours=1)
    publishes(town, CAPPED)
    provider = Paused(town.post.provider)

    with a_post(town, provider, connections=1) as post, ThreadPoolExecutor(1) as pool:
        first = pool.submit(carries, town, post)
        provider.holds(1)
        calls = hands_over(town)
        provider.lets_go()
        calls += first.result()

    assert calls == len(went(town)) == 1
    assert ended(town, "nudge") == {"accepted": 1, "queued": 1}


@pytest.mark.parametrize("hands", [1, 8])
def test_one_letter_a_day_goes_to_an_account_however_many_hands(town: Town, hands: int) -> None:
    """Five colleagues may be written to at once; then somebody publishes one letter a day."""
    publishes(town, CAPPED.replace("at_most: 1}", "at_most: 5}"))
    for n in range(5):
        joins(town, f"ann-{n}")
    joins(town, "dan", "a-2")
    joins(town, "dora", None)
    waits(town, hours=1)
    assert states(town) == {"queued": 7}
    publishes(town, CAPPED)
    town.sendgrid.latency = 0.01

    days = []
    for _ in range(4):
        before = len(town.sendgrid.ledger)
        at_once([partial(hands_over, town)] * hands)
        days.append(len(town.sendgrid.ledger) - before)
        town.sleeps(days=1)

    assert days == [3, 1, 1, 1]
    assert {"dan nudge", "dora nudge"} < set(went(town)[:3])


def hands_over(town: Town) -> int:
    with a_post(town, connections=4) as post:
        return carries(town, post)
