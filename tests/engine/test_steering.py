"""What staff do to one customer, as the engine decides it: time stands still for whom they hold."""

from datetime import datetime

import pytest

from nurture.engine.decide import decide
from nurture.engine.decision import after
from nurture.engine.learning import (
    HELD_BY_HAND,
    RELEASED_BY_HAND,
    REMOVED_BY_HAND,
    SENT_BY_HAND,
    SKIPPED_BY_HAND,
)
from nurture.engine.routing import owner_for
from nurture.engine.simulate import simulate
from nurture.engine.snapshot import Enrollment, Fact, Snapshot
from tests.engine.builders import (
    DAY,
    HOUR,
    LIFECYCLE,
    NOON,
    ada,
    emails,
    journey,
    newborn,
    playbook,
    policy,
    said,
    settle,
)

NURTURE = journey("[{id: pause, do: wait, for: 3d}, {id: tip, do: email, email: tip}, {id: rest, do: wait, for: 9d}]")
CAPPED = policy(caps="[{per: 1d, at_most: 1}]")
CARE = "{on: ticket_opened, again: always}"
BY_ANA = {"because": "by ana: why not"}
WALK = {"journey": "path", "entry": 1}


def held(at: datetime) -> Fact:
    return Fact(HELD_BY_HAND, at, BY_ANA)


def released(at: datetime) -> Fact:
    return Fact(RELEASED_BY_HAND, at, BY_ANA)


def walk(snapshot: Snapshot, key: str = "path") -> Enrollment:
    return next(one for one in snapshot.enrollments if one.journey == key)


def test_for_whom_staff_hold_time_stands_still() -> None:
    book = playbook(NURTURE)
    begun, _ = settle(book, newborn(ada()), NOON)

    resting, first = settle(book, begun, NOON + DAY, held(NOON + DAY))
    still, nothing = settle(book, resting, NOON + 30 * DAY)
    back, second = settle(book, still, NOON + 30 * DAY, released(NOON + 30 * DAY))
    _, third = settle(book, back, NOON + 32 * DAY)

    assert first.due_at is None
    assert first.due_because == "held since Tue 03 Mar 2026 12:00 UTC by ana: why not"
    assert (nothing.notes, nothing.enrollments, nothing.due_at) == ((), (), None)
    assert (emails(second), second.due_at) == ([], NOON + 32 * DAY)
    assert emails(third) == ["tip"]


def test_what_only_wakes_whom_staff_hold_moves_nobody_and_leaves_a_publish_to_the_release() -> None:
    silent = f"{LIFECYCLE}  - {{from: assessing, to: at_risk, when: {{silent_for: 2d}}}}\n"
    old, new = (playbook(NURTURE, revision=revision, lifecycle=silent) for revision in (1, 2))
    resting, _ = settle(old, newborn(ada()), NOON, held(NOON))

    woken = decide(new, resting, NOON + 9 * DAY)
    back = decide(new, resting._replace(news=(released(NOON + 9 * DAY),)), NOON + 9 * DAY)

    assert (woken.customer.revision, woken.customer.stage, woken.notes) == (1, "assessing", ())
    assert (back.customer.revision, back.customer.stage) == (2, "at_risk")


def test_a_fact_begins_a_journey_that_waits_for_the_release() -> None:
    book = playbook(NURTURE, journey("[{id: hello, do: email, email: hello}]", CARE, "care"))
    resting, _ = settle(book, newborn(ada()), NOON, held(NOON))

    begun, first = settle(book, resting, NOON + HOUR, Fact("ticket_opened", NOON + HOUR))
    _, second = settle(book, begun, NOON + 3 * DAY, released(NOON + 3 * DAY))

    assert (emails(first), walk(begun, "care").step) == ([], "hello")
    assert emails(second) == ["hello"]


@pytest.mark.parametrize("resume", ["continue", "replan"])
def test_time_stands_still_also_in_a_journey_that_rests_for_another(resume: str) -> None:
    holds = journey("[{id: w, do: wait, for: 5d}]", CARE, "care", f"holds: all\nresume: {resume}\npriority: 90")
    book = playbook(NURTURE, holds, policy=policy(lateness="{after: 5d, then: skip}"))
    begun, _ = settle(book, newborn(ada()), NOON)
    cared, _ = settle(book, begun, NOON + DAY, Fact("ticket_opened", NOON + DAY))
    resting, _ = settle(book, cared, NOON + 2 * DAY, held(NOON + 2 * DAY))
    back, _ = settle(book, resting, NOON + 12 * DAY, released(NOON + 12 * DAY))

    _, over = settle(book, back, NOON + 16 * DAY)
    _, later = settle(book, settle(book, back, NOON + 16 * DAY)[0], NOON + 18 * DAY)

    assert walk(back).held
    assert (emails(over), emails(later)) == {"continue": ([], ["tip"]), "replan": (["tip"], [])}[resume]


def test_a_step_is_passed_once_whenever_they_come_to_it() -> None:
    book = playbook(NURTURE)
    begun, _ = settle(book, newborn(ada()), NOON)

    marked, _ = settle(book, begun, NOON, Fact(SKIPPED_BY_HAND, NOON, {**WALK, **BY_ANA, "step": "tip"}))
    past, decision = settle(book, marked, NOON + 3 * DAY)

    assert (walk(marked).step, walk(past).step, emails(decision)) == ("pause", "rest", [])
    assert said(decision, "skipped") == ["skipped by ana: why not"]
    assert "skips" not in walk(past).memory


@pytest.mark.parametrize("step", ["rest", "nowhere"])
def test_a_step_that_is_not_next_is_not_passed(step: str) -> None:
    book = playbook(NURTURE)
    begun, _ = settle(book, newborn(ada()), NOON)

    same, _ = settle(book, begun, NOON, Fact(SKIPPED_BY_HAND, NOON, {**WALK, **BY_ANA, "step": step}))

    assert walk(same) == walk(begun)


def test_a_letter_is_sent_now_and_what_follows_counts_from_then() -> None:
    book = playbook(NURTURE)
    begun, _ = settle(book, newborn(ada()), NOON)
    sent = Fact(SENT_BY_HAND, NOON + DAY, {**WALK, **BY_ANA, "step": "pause"})

    ahead, decision = settle(book, begun, NOON + DAY, sent)
    same, nothing = settle(book, ahead, NOON + DAY, sent)

    assert [(one.email, one.urgent, one.because) for one in decision.orders] == [
        ("tip", True, "sent now by ana: why not")
    ]
    assert (walk(ahead).step, walk(ahead).due_at) == ("rest", NOON + 10 * DAY)
    assert (walk(same), emails(nothing)) == (walk(ahead), [])


def test_only_the_next_letter_is_sent_now() -> None:
    two = "[{id: pause, do: wait, for: 3d}, {id: tip, do: email, email: tip}, {id: more, do: email, email: more}]"
    book = playbook(journey(two), policy=CAPPED)
    begun, _ = settle(book, newborn(ada()), NOON)

    ahead, decision = settle(book, begun, NOON, Fact(SENT_BY_HAND, NOON, {**WALK, **BY_ANA, "step": "pause"}))

    assert emails(decision) == ["tip"]
    assert walk(ahead).because.startswith("held by cap")


def test_whoever_is_removed_leaves_and_no_cap_counts_what_waited() -> None:
    book = playbook(journey("[{id: hi, do: email, email: hi}, {id: pause, do: wait, for: 3d}]"), policy=CAPPED)
    queued = decide(book, newborn(ada()), NOON)
    waiting = after(newborn(ada()), queued)
    assert [touch.key for touch in waiting.facts.touches] == ["path|1|hi|1"]

    gone = decide(book, waiting._replace(news=(Fact(REMOVED_BY_HAND, NOON, {**WALK, **BY_ANA}),)), NOON)

    (ended,) = gone.enrollments
    assert (ended.state, ended.because) == ("left", "left: removed by ana: why not")
    assert gone.facts.touches == ()


def test_a_simulation_says_who_holds_them() -> None:
    book = playbook(NURTURE)
    resting, _ = settle(book, newborn(ada()), NOON, held(NOON))

    told = simulate(book, resting, NOON + DAY, 30)

    assert [(line.do, line.step, line.because) for line in told.lines] == [
        ("suspended", "pause", "held since Mon 02 Mar 2026 12:00 UTC by ana: why not")
    ]


def test_a_customers_own_owner_comes_before_a_trait_and_the_policy() -> None:
    book = playbook(NURTURE)
    them = newborn(ada())
    traits = them._replace(customer=them.customer._replace(traits={"owner": "ana"}))
    own = traits._replace(customer=traits.customer._replace(owner="lead"))

    assert owner_for(book, traits, None, "call", NOON) == ("ana", "for Ana, the customer's own")
    assert owner_for(book, own, None, "call", NOON) == ("lead", "for Lea, the customer's own")
    assert owner_for(book, own, "ana", "call", NOON) == ("ana", "for Ana, named by the step")


def test_nothing_is_left_of_a_hold_after_a_release() -> None:
    book = playbook(NURTURE)
    resting, _ = settle(book, newborn(ada()), NOON, held(NOON))

    free, decision = settle(book, resting, NOON + HOUR, released(NOON + HOUR))

    assert (free.customer.held_at, free.customer.held_because, free.customer.hold) == (None, None, "")
    assert said(decision, "release") == ["released by ana: why not"]
    assert "held" not in walk(free).memory
