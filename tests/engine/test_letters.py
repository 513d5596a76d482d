"""When a letter goes: held by window and caps, withheld where nobody may be written to, skipped where it is late."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nurture.engine.arbiter import Obstacle, cap_in_the_way
from nurture.engine.simulate import simulate
from nurture.engine.snapshot import Fact, Touch
from tests.engine.builders import (
    ALWAYS,
    DAY,
    EXAMPLES,
    HOUR,
    MINUTE,
    NOON,
    OFFICE,
    ada,
    emails,
    journey,
    known,
    newborn,
    playbook,
    policy,
    said,
    settle,
)

LETTER = journey("[{id: one, do: email, email: welcome}]")
URGENT = journey("[{id: one, do: email, email: welcome, urgent: true}]")
RECEIPT = journey("[{id: one, do: email, email: receipt}]")
A_DAY = "[{per: 20h, at_most: 1}]"
SUNDAY = NOON - DAY


def test_a_letter_that_may_go_is_born_now() -> None:
    _, decision = settle(playbook(LETTER, policy=policy(OFFICE)), known(ada()), NOON)

    (order,) = decision.orders
    assert order.key == "path|1|one|1"
    assert (order.email, order.topic, order.urgent, order.expires_at) == ("welcome", "tips", False, NOON + DAY)
    assert said(decision, "letter") == ["inside the window (Mon 12:00 in Europe/London)"]


def test_a_window_holds_a_letter_until_it_opens() -> None:
    book = playbook(LETTER, policy=policy(OFFICE))

    held, decision = settle(book, known(ada(SUNDAY)), SUNDAY)
    _, later = settle(book, held, NOON - 3 * HOUR)

    assert emails(decision) == []
    assert decision.due_at == NOON - 3 * HOUR
    assert decision.due_because == "held by window: it is Sun 01 Mar 12:00 in Europe/London"
    assert emails(later) == ["welcome"]


def test_what_holds_is_said_once() -> None:
    book = playbook(LETTER, policy=policy(OFFICE))
    held, first = settle(book, known(ada(SUNDAY)), SUNDAY)

    _, second = settle(book, held, SUNDAY + HOUR, Fact("project_created", SUNDAY + HOUR))

    assert (len(said(first, "held")), len(said(second, "held"))) == (1, 0)
    assert second.due_at == first.due_at


@pytest.mark.parametrize(
    ("path", "because"),
    [(URGENT, "urgent: not held by window or caps"), (RECEIPT, "transactional: not held by window or caps")],
)
def test_some_letters_are_not_held(path: str, because: str) -> None:
    busy = known(ada(SUNDAY), touches=(Touch(SUNDAY - HOUR, "before"),))

    _, decision = settle(playbook(path, policy=policy(OFFICE, A_DAY)), busy, SUNDAY)

    assert said(decision, "letter") == [because]


def test_an_urgent_letter_counts_and_a_transactional_one_does_not() -> None:
    urgent, _ = settle(playbook(URGENT), known(ada()), NOON)
    receipt, _ = settle(playbook(RECEIPT), known(ada()), NOON)

    assert urgent.facts.touches == (Touch(NOON, "path|1|one|1", pending=True),)
    assert receipt.facts.touches == ()


def test_a_cap_holds_a_letter_until_there_is_room() -> None:
    book = playbook(LETTER, policy=policy(ALWAYS, A_DAY))
    busy = known(ada(), touches=(Touch(NOON - HOUR, "before"),))

    held, decision = settle(book, busy, NOON)
    _, later = settle(book, held, NOON + 19 * HOUR)

    assert said(decision, "held") == ["held by cap: at most 1 in 20 hours; before went first"]
    assert decision.due_at == NOON + 19 * HOUR
    assert emails(later) == ["welcome"]


def test_a_span_is_half_open() -> None:
    day = playbook(policy=policy(ALWAYS, A_DAY)).policy
    told = known(ada(), touches=(Touch(NOON, "path|1|one|1"),))

    assert cap_in_the_way(day, told, "", NOON + 20 * HOUR) is None
    full = Obstacle(NOON + 20 * HOUR, "by cap: at most 1 in 20 hours; path.one went first")
    assert cap_in_the_way(day, told, "", NOON + 20 * HOUR - MINUTE) == full


@settings(EXAMPLES, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 3)), min_size=1, max_size=3),
    st.lists(st.sampled_from(["email", "wait"]), min_size=4, max_size=12),
    st.integers(0, 5),
    st.sampled_from([ALWAYS, OFFICE]),
)
def test_no_sliding_span_ever_holds_more_than_its_cap(
    caps: list[tuple[int, int]], kinds: list[str], wait: int, window: str
) -> None:
    rules = ", ".join(f"{{per: {hours}h, at_most: {most}}}" for hours, most in caps)
    steps = [
        f"{{id: s{n}, do: email, email: letter}}" if kind == "email" else f"{{id: s{n}, do: wait, for: {wait}h}}"
        for n, kind in enumerate(kinds)
    ]
    book = playbook(
        journey(f"[{', '.join(steps)}]", key="one"),
        journey(f"[{', '.join(steps[::2])}]", key="two"),
        policy=policy(window, f"[{rules}]", "{after: 90d, then: send}"),
    )

    lived = simulate(book, newborn(ada()), NOON, days=60)

    sent = [at for at, decision in lived.beats for _ in decision.orders]
    assert len(sent) == letters(steps)
    for hours, most in caps:
        for start in sent:
            assert sum(start <= at < start + hours * HOUR for at in sent) <= most


def letters(steps: list[str]) -> int:
    """How many letters both journeys hold."""
    return sum("do: email" in step for step in (*steps, *steps[::2]))


def test_the_journey_with_the_higher_priority_goes_first() -> None:
    low = journey("[{id: one, do: email, email: low}]", key="a-low", more="priority: 10")
    high = journey("[{id: one, do: email, email: high}]", key="z-high", more="priority: 90")

    _, decision = settle(playbook(low, high, policy=policy(ALWAYS, A_DAY)), newborn(ada()), NOON)

    assert emails(decision) == ["high"]
    assert [(note.journey, note.because) for note in decision.notes if note.do == "held"] == [
        ("a-low", "held by cap: at most 1 in 20 hours; z-high.one went first")
    ]


def test_whoever_entered_first_still_gives_way_to_a_higher_priority() -> None:
    low = journey("[{id: day, do: wait, for: 1d}, {id: one, do: email, email: low}]", key="a-low", more="priority: 10")
    high = journey("[{id: one, do: email, email: high}]", "{on: ticket_opened}", key="z-high", more="priority: 90")
    book = playbook(low, high, policy=policy(ALWAYS, A_DAY))
    walking, _ = settle(book, newborn(ada()), NOON)

    _, decision = settle(book, walking, NOON + DAY, Fact("ticket_opened", NOON + DAY))

    assert emails(decision) == ["high"]


@pytest.mark.parametrize(
    ("scopes", "path", "because"),
    [
        ("all", LETTER, "withheld: the address is suppressed (unsubscribed from everything)"),
        ("all", RECEIPT, "withheld: the address is suppressed (unsubscribed from everything)"),
        ("tips", LETTER, "withheld: unsubscribed from Tips"),
        ("tips", URGENT, "withheld: unsubscribed from Tips"),
    ],
)
def test_nobody_is_written_to_against_their_will_and_they_walk_on(scopes: str, path: str, because: str) -> None:
    _, decision = settle(playbook(path), known(ada(), suppressed=scopes), NOON)

    assert emails(decision) == []
    assert said(decision, "withheld") == [because]
    assert said(decision, "finished") == ["walked to its end"]


def test_leaving_one_topic_leaves_the_others() -> None:
    _, decision = settle(playbook(RECEIPT), known(ada(), suppressed="tips account"), NOON)

    assert emails(decision) == ["receipt"]


WAITED = "{id: a-day, do: wait, for: 1d}"


def after_an_outage(letter: str, rule: str, late: timedelta) -> tuple[list[str], list[str]]:
    """What goes, and what is skipped, when a letter planned for noon is first looked at `late` after."""
    book = playbook(journey(f"[{WAITED}, {letter}]"), policy=policy(lateness=rule))
    resting, _ = settle(book, newborn(ada(NOON - DAY)), NOON - DAY)
    _, decision = settle(book, resting, NOON + late)
    return emails(decision), said(decision, "skipped")


def test_a_late_letter_is_skipped_and_says_by_how_much() -> None:
    sent, skipped = after_an_outage("{id: one, do: email, email: tip}", "{after: 4h, then: skip}", 5 * HOUR)

    assert sent == []
    assert skipped == ["skipped as late: planned for Mon 02 Mar 12:00 UTC, 5 hours ago"]


@pytest.mark.parametrize(
    ("letter", "rule", "late"),
    [
        ("{id: one, do: email, email: tip}", "{after: 4h, then: skip}", 4 * HOUR),
        ("{id: one, do: email, email: tip}", "{after: 4h, then: send}", 5 * HOUR),
        ("{id: one, do: email, email: tip, late: send}", "{after: 4h, then: skip}", 5 * HOUR),
        ("{id: one, do: email, email: receipt}", "{after: 4h, then: skip}", 5 * HOUR),
    ],
    ids=["just in time", "the policy sends", "the step sends", "transactional"],
)
def test_not_every_late_letter_is_skipped(letter: str, rule: str, late: timedelta) -> None:
    sent, skipped = after_an_outage(letter, rule, late)

    assert (len(sent), skipped) == (1, [])


def test_a_letter_may_lie_no_longer_than_what_was_left_of_its_time() -> None:
    book = playbook(journey(f"[{WAITED}, {{id: one, do: email, email: tip}}]"), policy=policy())
    resting, _ = settle(book, newborn(ada(NOON - DAY)), NOON - DAY)

    _, decision = settle(book, resting, NOON + 5 * HOUR)

    assert [order.expires_at for order in decision.orders] == [NOON + DAY]


def test_a_step_may_skip_where_the_policy_would_send() -> None:
    letter = "{id: one, do: email, email: tip, late: skip}"

    assert after_an_outage(letter, "{after: 4h, then: send}", 5 * HOUR)[0] == []


def test_what_a_window_holds_is_planned_anew_and_not_late() -> None:
    book = playbook(LETTER, policy=policy(OFFICE, lateness="{after: 4h, then: skip}"))
    friday = datetime.fromisoformat("2026-02-27T18:00:00+00:00")

    held, _ = settle(book, known(ada(friday)), friday)
    _, decision = settle(book, held, NOON - 3 * HOUR)

    assert emails(decision) == ["welcome"]
    assert decision.orders[0].expires_at == NOON + HOUR
