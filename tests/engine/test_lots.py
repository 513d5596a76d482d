"""Lots: who is kept aside, and who gets which arm, is drawn once, by hash, and kept for life."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurture.engine.allocation import draw, pick
from nurture.engine.simulate import simulate
from nurture.engine.snapshot import Fact
from tests.engine.builders import DAY, EXAMPLES, NOON, ada, emails, journey, newborn, playbook, policy, said, settle

LETTERS = journey("[{id: one, do: email, email: a}, {id: two, do: email, email: receipt}]")
EXPERIMENT = """[{id: tone, do: experiment, arms: [
  {id: plain, weight: 1, steps: [{id: p, do: email, email: p}]},
  {id: warm, weight: %s, steps: [{id: w, do: email, email: w}]}]}]"""
MANY = 4_000


def everybody(share: str, salt: str = "2026", journey_share: str = "") -> list[str]:
    """For each of many newcomers, the emails they get under a holdout."""
    book = playbook(
        LETTERS.replace("steps:", f"holdout: {journey_share}\nsteps:") if journey_share else LETTERS,
        policy=policy() + f"holdout: {{share: {share}, salt: {salt}}}\n",
    )
    return [",".join(emails(settle(book, newborn(ada(id=f"cus_{n}")), NOON)[1])) for n in range(MANY // 10)]


def test_a_share_is_kept_aside_and_what_is_transactional_still_goes() -> None:
    got = everybody("20%")

    assert set(got) == {"a,receipt", "receipt"}
    assert 0.14 < got.count("receipt") / len(got) < 0.26


def test_nobody_is_kept_aside_by_a_share_of_nothing_and_all_by_all() -> None:
    assert set(everybody("0%")) == {"a,receipt"}
    assert set(everybody("100%")) == {"receipt"}


def test_another_salt_draws_anew_and_the_same_one_the_same() -> None:
    assert everybody("50%") == everybody("50%")
    assert everybody("50%") != everybody("50%", salt="2027")


def test_the_kept_aside_walk_on_and_are_told_apart() -> None:
    book = playbook(LETTERS, policy=policy() + "holdout: {share: 100%}\n")

    snapshot, decision = settle(book, newborn(ada()), NOON)

    assert snapshot.facts.aside == {"": True}
    assert said(decision, "aside") == ["kept aside for comparison, from all journeys"]
    assert said(decision, "withheld") == ["withheld: kept aside for comparison, from all journeys"]
    assert said(decision, "finished") == ["walked to its end"]
    assert snapshot.facts.touches == ()


def test_a_lot_is_kept_for_life_whatever_becomes_of_the_share() -> None:
    letters = journey("[{id: one, do: email, email: a}]", "{on: danced, again: always}")
    aside = playbook(letters, policy=policy() + "holdout: {share: 100%}\n")
    nobody = playbook(letters, policy=policy() + "holdout: {share: 0%}\n", revision=2)
    before, _ = settle(aside, newborn(ada()), NOON, Fact("danced", NOON))

    _, again = settle(nobody, before, NOON + DAY, Fact("danced", NOON + DAY))

    assert said(again, "withheld") == ["withheld: kept aside for comparison, from all journeys"]
    assert emails(again) == []


def test_one_journey_may_keep_aside_and_the_others_go_on() -> None:
    held = journey("[{id: one, do: email, email: a}]", key="tried", more="holdout: 100%")
    book = playbook(held, journey("[{id: one, do: email, email: b}]", key="usual"))

    snapshot, decision = settle(book, newborn(ada()), NOON)

    assert emails(decision) == ["b"]
    assert snapshot.facts.aside == {"tried": True}


@pytest.mark.parametrize("weight", [0, 1, 3])
def test_arms_are_drawn_by_weight(weight: int) -> None:
    book = playbook(journey(EXPERIMENT % weight))

    got = [emails(settle(book, newborn(ada(id=f"cus_{n}")), NOON)[1])[0] for n in range(MANY // 10)]

    assert abs(got.count("w") / len(got) - weight / (weight + 1)) < 0.08


def test_an_arm_is_kept_when_the_weights_change_and_can_be_asked_for() -> None:
    asks = """[{id: s, do: split, paths: [
      {when: {arm: path.tone, is: warm}, steps: [{id: a, do: email, email: was-warm}]}, {otherwise: true}]}]"""
    again = journey(EXPERIMENT % 0, "{on: danced, again: always}")
    later = journey(asks, "{on: asked}", key="later")
    warm = playbook(journey(EXPERIMENT % 1000, "{on: danced, again: always}"), later)
    before, first = settle(warm, newborn(ada()), NOON, Fact("danced", NOON))

    between, second = settle(playbook(again, later, revision=2), before, NOON + DAY, Fact("danced", NOON + DAY))
    _, third = settle(playbook(again, later, revision=2), between, NOON + DAY, Fact("asked", NOON + DAY))

    assert (emails(first), emails(second), emails(third)) == (["w"], ["w"], ["was-warm"])
    assert before.facts.arms == {"path.tone": "warm"}


@EXAMPLES
@given(st.text(max_size=30), st.lists(st.integers(0, 9), min_size=1, max_size=6).filter(any))
def test_a_pick_is_one_that_weighs_something_and_the_same_each_time(seed: str, weights: list[int]) -> None:
    chosen = pick(seed, weights)

    assert weights[chosen] > 0
    assert pick(seed, weights) == chosen
    assert 0 <= draw(seed) < 1


def test_draws_are_spread_evenly() -> None:
    drawn = sorted(draw(f"seed {n}") for n in range(MANY))

    assert max(later - earlier for earlier, later in pairwise(drawn)) < 12 / MANY
    assert all(abs(drawn[n] - n / MANY) < 0.04 for n in range(MANY))


def test_experiments_of_different_names_are_drawn_apart() -> None:
    pairs = {(pick(f"arm|a.x|cus_{n}", [1, 1]), pick(f"arm|b.x|cus_{n}", [1, 1])) for n in range(200)}

    assert len(pairs) == 4


def test_a_simulated_life_is_drawn_like_the_real_one() -> None:
    book = playbook(journey(EXPERIMENT % 1))

    lived = [simulate(book, newborn(ada(id=f"cus_{n}")), NOON, 1).snapshot.facts.arms for n in range(50)]

    assert lived == [settle(book, newborn(ada(id=f"cus_{n}")), NOON)[0].facts.arms for n in range(50)]
