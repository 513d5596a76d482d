"""What the next days bring, and which of it rests on their doing nothing."""

from collections.abc import Callable

import pytest

from nurture.engine.forecast import Expected, ahead
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Snapshot
from tests.engine.builders import DAY, LIFECYCLE, MINUTE, NOON, ada, journey, newborn, playbook, settle

QUIET = LIFECYCLE.replace(
    "moves:",
    "moves:\n  - {from: assessing, to: at_risk, when: {silent_for: 2d}}\n"
    "  - {from: at_risk, to: assessing, when: {did: any, within: 1d}}",
)
LATER = "[{id: day, do: wait, for: 1d}, {id: hello, do: email, email: hello}]"

AWAITED = "[{id: done, do: wait_for, what: {milestone: first_value}, up_to: 1d}, {id: hello, do: email, email: hello}]"


def met(book: Playbook, days: float = 0) -> Snapshot:
    """Ada as she stands so many days after her sign-up, having done nothing."""
    snapshot, decision = settle(book, newborn(ada()), NOON)
    while decision.due_at is not None and decision.due_at <= NOON + days * DAY:
        snapshot, decision = settle(book, snapshot, decision.due_at)
    return snapshot


@pytest.mark.parametrize(
    ("steps", "more", "conditional"),
    [
        (LATER, "", False),
        (LATER, "goal: {milestone: first_value}", True),
        (AWAITED, "", True),
    ],
    ids=["whatever they do", "unless they reach the goal", "behind a wait for something they could do"],
)
def test_a_letter_is_conditional_if_they_could_stop_it(steps: str, more: str, conditional: bool) -> None:
    book = playbook(journey(steps, more=more))

    (letter,) = ahead(book, met(book), NOON + MINUTE, 7)

    expected = Expected(NOON + DAY, "letter", "path", "hello", "hello", "success", conditional)
    assert letter == expected


@pytest.mark.parametrize("days", [0, 3], ids=["before they went silent", "while they are silent"])
def test_what_silence_brings_would_end_if_they_came_back(days: int) -> None:
    rescue = journey(
        "[{id: day, do: wait, for: 3d}, {id: miss, do: email, email: miss}]", "{stage: at_risk}", key="rescue"
    )
    plain = journey(
        "[{id: ten, do: wait, for: 9d}, {id: hello, do: email, email: hello}]", more="stays: [assessing, at_risk]"
    )
    book = playbook(rescue, plain, lifecycle=QUIET)

    found = {one.step: one.conditional for one in ahead(book, met(book, days), NOON + days * DAY + MINUTE, 10)}

    assert found == {"miss": True, "hello": False}


def test_a_task_is_told_with_its_owner_and_nothing_beyond_the_days_asked_for() -> None:
    book = playbook(
        journey("[{id: day, do: wait, for: 1d}, {id: call, do: care, task: call, due: 1d}, {id: w, do: wait, for: 5d},"
                " {id: hello, do: email, email: hello}]")
    )  # fmt: skip

    found = list(ahead(book, met(book), NOON + MINUTE, 3))

    assert found == [Expected(NOON + DAY, "task", "path", "call", "call", "ana", False)]


def test_looking_ahead_twice_is_the_same_and_leaves_no_trace() -> None:
    book = playbook(journey(LATER))
    snapshot = met(book)
    look: Callable[[], list[Expected]] = lambda: list(ahead(book, snapshot, NOON + MINUTE, 7))  # noqa: E731

    assert look() == look()
