"""One journey rests while another is walked, and afterwards goes on where it was: for it, time stood still."""

from datetime import timedelta
from itertools import combinations, product
from typing import Any

import pytest

from nurture.engine.decision import Decision
from nurture.engine.snapshot import Enrollment, Fact, Snapshot
from tests.engine.builders import DAY, HOUR, NOON, ada, emails, journey, newborn, playbook, said, settle

NURTURE = "[{id: hi, do: email, email: hi}, {id: pause, do: wait, for: 3d}, {id: tip, do: email, email: tip}]"
CARE = journey("[{id: w, do: wait, for: 2d}]", "{on: ticket_opened, again: always}", "care", "holds: all\npriority: 90")


def on_ticket(steps: str, more: str = "holds: all") -> str:
    """The journey that makes others rest."""
    return journey(steps, "{on: ticket_opened, again: always}", "care", f"{more}\npriority: 90")


def ticket(at: Any) -> Fact:
    return Fact("ticket_opened", at)


def at(snapshot: Snapshot, key: str = "path") -> Enrollment:
    """Where somebody stands in a journey."""
    return next(one for one in snapshot.enrollments if one.journey == key)


def noted(decision: Decision) -> list[tuple[str, str | None]]:
    return [(note.do, note.journey) for note in decision.notes if note.do in ("suspended", "resumed")]


def test_nurture_rests_while_they_are_cared_for_and_goes_on_with_as_much_left() -> None:
    book = playbook(journey(NURTURE), CARE)
    waiting, _ = settle(book, newborn(ada()), NOON)

    held, first = settle(book, waiting, NOON + DAY, ticket(NOON + DAY))
    back, second = settle(book, held, NOON + 3 * DAY)
    _, last = settle(book, back, NOON + 5 * DAY)

    assert (first.due_at, first.due_because) == (NOON + 3 * DAY, "waits 2 days")
    assert said(first, "suspended") == ["rests while they walk care"]
    assert said(second, "resumed") == ["goes on, since care is over"]
    assert (at(held).step, at(back).step) == ("pause", "pause")
    assert (emails(second), second.due_at) == ([], NOON + 5 * DAY)  # of three days, two were left
    assert emails(last) == ["tip"]


def test_what_rests_is_told_once() -> None:
    book = playbook(journey(NURTURE), CARE)
    waiting, _ = settle(book, newborn(ada()), NOON)
    held, _ = settle(book, waiting, NOON + DAY, ticket(NOON + DAY))

    still, decision = settle(book, held, NOON + 2 * DAY, Fact("project_created", NOON + 2 * DAY))

    assert noted(decision) == []
    assert at(still) == at(held)


def test_time_does_not_move_what_rests() -> None:
    book = playbook(journey(NURTURE), on_ticket("[{id: w, do: wait, for: 9d}]"))
    waiting, _ = settle(book, newborn(ada()), NOON)
    held, decision = settle(book, waiting, NOON + DAY, ticket(NOON + DAY))

    _, later = settle(book, held, NOON + 8 * DAY)

    assert decision.due_at == NOON + 10 * DAY
    assert (emails(later), noted(later)) == ([], [])


@pytest.mark.parametrize(("resume", "letters"), [("continue", ["tip"]), ("replan", [])])
def test_what_became_late_meanwhile_is_late_only_where_time_went_on(resume: str, letters: list[str]) -> None:
    book = playbook(journey(NURTURE), on_ticket("[{id: w, do: wait, for: 9d}]", f"holds: path\nresume: {resume}"))
    waiting, _ = settle(book, newborn(ada()), NOON)
    held, _ = settle(book, waiting, NOON + DAY, ticket(NOON + DAY))

    back, resumed = settle(book, held, NOON + 10 * DAY)
    _, decision = settle(book, back, NOON + 12 * DAY)

    late = "skipped as late: planned for Thu 05 Mar 12:00 UTC, 1 week ago"
    assert (emails(resumed), emails(decision)) == ([], letters)
    assert said(resumed, "skipped") == ([] if letters else [late])


def test_with_replan_what_is_still_to_come_stays_where_it_was() -> None:
    book = playbook(journey(NURTURE), on_ticket("[{id: w, do: wait, for: 1d}]", "holds: all\nresume: replan"))
    waiting, _ = settle(book, newborn(ada()), NOON)
    held, _ = settle(book, waiting, NOON + DAY, ticket(NOON + DAY))

    _, decision = settle(book, held, NOON + 2 * DAY)

    assert decision.due_at == NOON + 3 * DAY


@pytest.mark.parametrize("resume", ["continue", "replan"])
def test_what_counts_from_the_trials_end_does_not_move(resume: str) -> None:
    steps = "[{id: until, do: wait_until, trial: end, offset: -2d}, {id: last, do: email, email: last}]"
    book = playbook(journey(steps), on_ticket("[{id: w, do: wait, for: 2d}]", f"holds: all\nresume: {resume}"))
    waiting, _ = settle(book, newborn(ada()), NOON)
    held, _ = settle(book, waiting, NOON + DAY, ticket(NOON + DAY))

    _, decision = settle(book, held, NOON + 3 * DAY)

    assert decision.due_at == NOON + 12 * DAY


def test_an_event_that_they_waited_for_counts_though_it_happened_while_they_rested() -> None:
    steps = "[{id: w, do: wait_for, what: {event: danced}, up_to: 3d, then: [{id: yes, do: email, email: yes}]}]"
    book = playbook(journey(steps), on_ticket("[{id: w, do: wait, for: 3d}]"))
    waiting, _ = settle(book, newborn(ada()), NOON)
    held, _ = settle(book, waiting, NOON + HOUR, ticket(NOON + HOUR))
    danced, silent = settle(book, held, NOON + DAY, Fact("danced", NOON + DAY))

    _, decision = settle(book, danced, NOON + 3 * DAY + HOUR)

    assert (emails(silent), emails(decision)) == ([], ["yes"])


def test_a_journey_holds_those_it_names_and_no_others() -> None:
    others = [journey(NURTURE, key=key) for key in ("path", "other")]
    book = playbook(*others, on_ticket("[{id: w, do: wait, for: 2d}]", "holds: [other]"))
    waiting, _ = settle(book, newborn(ada()), NOON)

    held, decision = settle(book, waiting, NOON + DAY, ticket(NOON + DAY))

    assert noted(decision) == [("suspended", "other")]
    assert (at(held, "other").held, at(held).held, decision.due_at) == (True, False, NOON + 3 * DAY)


def test_a_holder_that_ends_in_the_same_breath_holds_nothing_up() -> None:
    book = playbook(journey(NURTURE), on_ticket("[{id: answer, do: email, email: receipt}]"))
    waiting, _ = settle(book, newborn(ada()), NOON)

    after, decision = settle(book, waiting, NOON + DAY, ticket(NOON + DAY))

    assert emails(decision) == ["receipt"]
    assert (at(after).held, at(after).since, decision.due_at) == (False, at(waiting).since, NOON + 3 * DAY)


@pytest.mark.parametrize(
    ("event", "state", "because"),
    [
        ("subscription_started", "left", "left: the stage became adopted (subscription_started)"),
        ("report_shared", "finished", "goal reached: first_value"),
        ("danced", "left", "left: danced: 1 (asked: at least 1)"),
    ],
    ids=["stage", "goal", "exit"],
)
def test_what_rests_can_end(event: str, state: str, because: str) -> None:
    nurture = journey(NURTURE, more="goal: {milestone: first_value}\nleave_when: [{did: danced}]")
    book = playbook(nurture, on_ticket("[{id: w, do: wait, for: 2d}]"))
    waiting, _ = settle(book, newborn(ada()), NOON)
    held, _ = settle(book, waiting, NOON + DAY, ticket(NOON + DAY))

    after, decision = settle(book, held, NOON + 2 * DAY, Fact(event, NOON + 2 * DAY))

    assert said(decision, state) == [because]
    assert [one.journey for one in after.enrollments] == ["care"]


def test_a_move_to_a_stage_where_it_may_be_walked_leaves_it_resting() -> None:
    nurture = journey(NURTURE, more="stays: [assessing, adopted]")
    book = playbook(nurture, on_ticket("[{id: w, do: wait, for: 2d}]"))
    waiting, _ = settle(book, newborn(ada()), NOON)
    held, _ = settle(book, waiting, NOON + DAY, ticket(NOON + DAY))

    moved, _ = settle(book, held, NOON + 2 * DAY, Fact("subscription_started", NOON + 2 * DAY))
    back, _ = settle(book, moved, NOON + 3 * DAY)

    assert (moved.customer.stage, at(moved).held, at(back).held) == ("adopted", True, False)
    assert at(back).due_at == NOON + 5 * DAY


def test_when_the_holder_is_left_early_the_others_go_on_in_the_same_decision() -> None:
    book = playbook(
        journey(NURTURE, more="stays: [assessing, adopted]"),
        on_ticket("[{id: w, do: wait, for: 2d}]", "holds: all\nleave_when: [{did: danced}]"),
    )
    waiting, _ = settle(book, newborn(ada()), NOON)
    held, _ = settle(book, waiting, NOON + DAY, ticket(NOON + DAY))

    _, decision = settle(book, held, NOON + 2 * DAY, Fact("danced", NOON + 2 * DAY))

    assert noted(decision) == [("resumed", "path")]
    assert decision.due_at == NOON + 4 * DAY


def test_what_is_entered_meanwhile_rests_from_its_first_step_on() -> None:
    welcome = journey(NURTURE, "{on: project_created}", "welcome")
    book = playbook(welcome, on_ticket("[{id: w, do: wait, for: 2d}]"))
    cared, _ = settle(book, newborn(ada()), NOON, ticket(NOON))

    held, decision = settle(book, cared, NOON + DAY, Fact("project_created", NOON + DAY))
    back, second = settle(book, held, NOON + 2 * DAY)

    assert (emails(decision), noted(decision)) == ([], [("suspended", "welcome")])
    assert (emails(second), at(back, "welcome").step) == (["hi"], "pause")


def test_who_rests_at_a_care_step_is_asked_for_no_longer_and_no_later() -> None:
    call = """[{id: call, do: care, task: call, due: 1d, escalate: {after: 1d, to: lead}, wait_for_outcome: 3d,
      else: [{id: in-writing, do: email, email: in-writing}]}]"""
    book = playbook(journey(call), on_ticket("[{id: w, do: wait, for: 5d}]"))
    waiting, _ = settle(book, newborn(ada()), NOON)
    held, _ = settle(book, waiting, NOON + DAY, ticket(NOON + DAY))
    answered = Fact("care_done", NOON + 2 * DAY, {"key": at(held).key, "task": "call", "outcome": "done"})

    back, decision = settle(book, held, NOON + 6 * DAY)
    still, silent = settle(book, held, NOON + 2 * DAY, answered)
    after, resumed = settle(book, still, NOON + 6 * DAY)

    assert (decision.tasks, at(back).due_at) == ((), NOON + 7 * DAY)  # a day of its two was over
    assert (silent.tasks, at(still).step) == ((), "call")
    assert (emails(resumed), after.enrollments) == ([], ())


def test_rests_add_up() -> None:
    book = playbook(journey(NURTURE), on_ticket("[{id: w, do: wait, for: 2d}]"))
    now, snapshot = NOON, settle(book, newborn(ada()), NOON)[0]

    for _ in range(2):  # half a day of walking, two days of rest
        now += timedelta(hours=12)
        snapshot, _ = settle(book, snapshot, now, ticket(now))
        now += 2 * DAY
        snapshot, decision = settle(book, snapshot, now)

    assert decision.due_at == NOON + 7 * DAY


def test_of_two_that_hold_each_other_the_first_to_speak_is_walked() -> None:
    steps = "[{id: w, do: wait, for: 1d}]"
    book = playbook(
        journey(steps, key="low", more="holds: all\npriority: 10"),
        journey(steps, key="high", more="holds: all\npriority: 20"),
    )

    begun, first = settle(book, newborn(ada()), NOON)
    after, second = settle(book, begun, NOON + DAY)
    over, _ = settle(book, after, NOON + 2 * DAY)

    assert (noted(first), noted(second)) == ([("suspended", "low")], [("resumed", "low")])
    assert over.enrollments == ()


KEYS = ("a", "b", "c")
OTHERS = [[tuple(held) for n in range(3) for held in combinations(set(KEYS) - {key}, n)] for key in KEYS]


def test_however_three_hold_each_other_all_come_to_an_end() -> None:
    steps = "[{id: w, do: wait, for: 1d}]"
    book = playbook(*(journey(steps, key=key, more=f"priority: {10 * n}") for n, key in enumerate(KEYS)))

    for holds in product(*OTHERS):
        held = dict(zip(KEYS, holds, strict=True))
        pinned = {
            name: version._replace(journey=version.journey.model_copy(update={"holds": held[name[0]] or None}))
            for name, version in book.pinned.items()
        }
        snapshot, now = newborn(ada()), NOON
        for _ in range(4):
            snapshot, _ = settle(book._replace(pinned=pinned), snapshot, now)
            now += DAY
        assert snapshot.enrollments == (), held
