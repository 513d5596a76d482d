"""The stage follows from the facts, in the order in which they happened, whenever we hear of them."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nurture.engine.decide import decide
from nurture.engine.decision import after
from nurture.engine.snapshot import Answered, Fact, Snapshot
from tests.engine.builders import DAY, EXAMPLES, HOUR, LIFECYCLE, NOON, ada, journey, newborn, playbook, said, settle

AT_LAST = NOON + 60 * DAY
BOOK = playbook(
    journey("[{id: w, do: wait, for: 200d}, {id: one, do: email, email: a}]", more="stays: [assessing, adopted]"),
    lifecycle=LIFECYCLE.replace("moves:", "moves:\n  - {from: adopted, to: at_risk, on: went_quiet}"),
    survey_mood="{id: mood, name: Mood, question: How is it?, kind: score, sets: mood}",
)


def told(*facts: Fact) -> Snapshot:
    """Ada as she stands once we have heard of these facts, one after the other, long after they happened."""
    snapshot = after(newborn(ada()), decide(BOOK, newborn(ada()), NOON))
    for fact in facts:
        snapshot = after(snapshot, decide(BOOK, snapshot._replace(news=(fact,)), AT_LAST))
    return snapshot


def state(snapshot: Snapshot) -> tuple[object, ...]:
    """What must not depend on the order in which we hear."""
    customer, facts = snapshot.customer, snapshot.facts
    walking = tuple((one.journey, one.step, one.due_at) for one in snapshot.enrollments)
    return (
        *(customer.stage, customer.stage_since, customer.traits, walking),
        *(facts.milestones, facts.rings, facts.last_seen, facts.answers, facts.stages, facts.path),
    )


def fact(name: str, days: float, **properties: object) -> Fact:
    return Fact(name, NOON + timedelta(days=days), properties)


@pytest.mark.parametrize(
    ("facts", "stage", "days"),
    [
        ([fact("trial_cancelled", 5), fact("subscription_started", 8)], "adopted", 8),
        ([fact("subscription_started", 5), fact("trial_cancelled", 8)], "terminated", 8),
        ([fact("subscription_started", 5), fact("went_quiet", 8), fact("trial_cancelled", 9)], "terminated", 9),
        ([fact("went_quiet", 5), fact("subscription_started", 8)], "adopted", 8),
        ([fact("trial_cancelled", 2), fact("signed_up", 4), fact("subscription_started", 6)], "adopted", 6),
    ],
)
def test_the_stage_is_the_same_in_whatever_order_we_hear(facts: list[Fact], stage: str, days: float) -> None:
    heard = [told(*order) for order in permutations(facts)]

    assert {one.customer.stage for one in heard} == {stage}
    assert {one.customer.stage_since for one in heard} == {NOON + days * DAY}
    assert len({str(state(one)) for one in heard}) == 1


names = st.sampled_from(
    ["subscription_started", "trial_cancelled", "account_closed", "went_quiet", "project_created", "report_shared"]
)
histories = st.lists(st.tuples(names, st.integers(0, 50 * 24)), min_size=2, max_size=7, unique_by=lambda one: one[1])


@settings(EXAMPLES, max_examples=150)
@given(histories, st.randoms(use_true_random=False))
def test_any_permutation_of_the_same_facts_leads_to_the_same_state(
    history: list[tuple[str, int]], chance: st.DataObject
) -> None:
    facts = [Fact(name, NOON + hours * HOUR) for name, hours in sorted(history, key=lambda one: one[1])]
    shuffled = list(facts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert state(told(*shuffled)) == state(told(*facts))


def test_a_late_fact_makes_one_correcting_move_and_says_so() -> None:
    before, _ = settle(BOOK, newborn(ada()), NOON)
    paid, _ = settle(BOOK, before, NOON + 8 * DAY, fact("subscription_started", 8))
    quiet, _ = settle(BOOK, paid, NOON + 12 * DAY, fact("went_quiet", 12))

    _, decision = settle(BOOK, quiet, NOON + 20 * DAY, fact("trial_cancelled", 15), fact("subscription_started", 10))

    assert [(change.from_, change.to) for change in decision.stage_changes] == [("at_risk", "terminated")]
    snapshot, decision = settle(BOOK, quiet, NOON + 20 * DAY, fact("account_closed", 10))
    assert [(change.from_, change.to) for change in decision.stage_changes] == [("at_risk", "terminated")]
    assert said(decision, "moved") == ["a late fact, account_closed of Thu 12 Mar 2026 12:00 UTC"]
    assert snapshot.customer.stage_since == NOON + 10 * DAY


def test_a_late_fact_that_changes_nothing_moves_nobody() -> None:
    before, _ = settle(BOOK, newborn(ada()), NOON)
    over, _ = settle(BOOK, before, NOON + 8 * DAY, fact("account_closed", 8))

    snapshot, decision = settle(BOOK, over, NOON + 9 * DAY, fact("went_quiet", 3))

    assert decision.stage_changes == ()
    assert snapshot.customer == over.customer


def test_a_milestone_counts_from_the_first_time_and_an_answer_from_the_last() -> None:
    late = told(
        *(fact("project_created", 5), fact("project_created", 2)),
        *(fact("survey_answered", 6, survey="mood", value=9), fact("survey_answered", 3, survey="mood", value=2)),
    )

    assert late.facts.milestones == {"first_project": NOON + 2 * DAY}
    assert late.facts.answers == {"mood": Answered(NOON + 6 * DAY, 9)}
    assert late.customer.traits == {"mood": 9}


def test_true_is_no_score() -> None:
    assert told(fact("survey_answered", 1, survey="mood", value=True)).facts.answers == {}


def test_a_move_that_a_person_or_a_step_made_stands_among_the_facts() -> None:
    moves = journey("[{id: w, do: wait, for: 3d}, {id: m, do: move, to: at_risk}]")
    book = playbook(moves, lifecycle=LIFECYCLE)
    before, _ = settle(book, newborn(ada()), NOON)
    risky, _ = settle(book, before, NOON + 3 * DAY)

    by_hand, decision = settle(
        book, risky, NOON + 4 * DAY, fact("moved_by_hand", 4, to="assessing", because="Lea: they called back")
    )
    late, _ = settle(book, by_hand, NOON + 6 * DAY, fact("subscription_started", 1))
    closed, _ = settle(book, late, NOON + 7 * DAY, fact("account_closed", 5))

    assert risky.customer.stage == "at_risk"
    assert said(decision, "moved") == ["Lea: they called back"]
    assert late.customer.stage == "assessing"
    assert closed.customer.stage == "terminated"


def test_a_path_that_grows_long_is_folded_at_its_old_end() -> None:
    snapshot = after(newborn(ada()), decide(BOOK, newborn(ada()), NOON))
    moment: datetime = NOON
    for n in range(60):
        moment = NOON + n * HOUR
        name = "went_quiet" if n % 2 else "subscription_started"
        snapshot = after(snapshot, decide(BOOK, snapshot._replace(news=(Fact(name, moment),)), moment))

    late, _ = settle(BOOK, snapshot, moment + HOUR, Fact("account_closed", moment - HOUR / 2))

    assert len(snapshot.facts.path) == 40
    assert snapshot.facts.origin is not None
    assert late.customer.stage == "terminated"
