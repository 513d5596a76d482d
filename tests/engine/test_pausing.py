"""A journey that is paused: nobody enters, whoever is inside stands still, and afterwards goes on where they stood."""

from typing import Any

import pytest

from nurture.engine.rehearsal import live
from nurture.engine.scenario import Scenario
from nurture.engine.snapshot import Fact
from tests.engine.builders import DAY, NOON, ada, emails, journey, newborn, playbook, said, settle
from tests.engine.test_holding import at, noted

STEPS = "[{id: hi, do: email, email: hi}, {id: rest, do: wait, for: 3d}, {id: tip, do: email, email: tip}]"
RUNS = playbook(journey(STEPS))
FROZEN, COUNTED = (playbook(journey(STEPS, more=f"paused: {way}")) for way in ("freeze", "count"))


def test_nobody_enters_what_is_paused() -> None:
    known, decision = settle(FROZEN, newborn(ada()), NOON)

    assert said(decision, "refused") == ["not entered: it is paused"]
    assert (known.enrollments, emails(decision)) == ((), [])


def test_whoever_is_inside_stands_still_and_is_told_once() -> None:
    waiting, _ = settle(RUNS, newborn(ada()), NOON)

    paused, first = settle(FROZEN, waiting, NOON + DAY)
    still, second = settle(FROZEN, paused, NOON + 9 * DAY, Fact("project_created", NOON + 9 * DAY))

    assert said(first, "suspended") == ["rests: it is paused"]
    assert first.due_at is None
    assert (emails(second), noted(second), at(still)) == ([], [], at(paused))


def test_with_time_frozen_they_have_as_much_left_of_a_wait() -> None:
    waiting, _ = settle(RUNS, newborn(ada()), NOON)
    paused, _ = settle(FROZEN, waiting, NOON + DAY)

    going, decision = settle(RUNS, paused, NOON + 11 * DAY)
    _, last = settle(RUNS, going, NOON + 13 * DAY)

    assert said(decision, "resumed") == ["goes on: it is not paused any more"]
    assert (emails(decision), decision.due_at) == ([], NOON + 13 * DAY)
    assert emails(last) == ["tip"]


@pytest.mark.parametrize(("late", "letters"), [("send", ["tip"]), ("skip", [])])
def test_where_time_goes_on_what_is_late_by_then_is_treated_as_late(late: str, letters: list[str]) -> None:
    steps = STEPS.replace("email: tip}", f"email: tip, late: {late}}}")
    waiting, _ = settle(playbook(journey(steps)), newborn(ada()), NOON)
    paused, _ = settle(playbook(journey(steps, more="paused: count")), waiting, NOON + DAY)

    _, decision = settle(playbook(journey(steps)), paused, NOON + 11 * DAY)

    assert emails(decision) == letters


def test_goals_and_exits_still_end_it() -> None:
    goal = "goal: {milestone: first_value}\npaused: freeze"
    waiting, _ = settle(RUNS, newborn(ada()), NOON)
    paused, _ = settle(playbook(journey(STEPS, more=goal)), waiting, NOON + DAY)

    _, decision = settle(playbook(journey(STEPS, more=goal)), paused, NOON + 2 * DAY, left(NOON + 2 * DAY))

    assert [note.do for note in decision.notes if note.journey == "path"] == ["left"]


def left(moment: Any) -> Fact:
    return Fact("trial_cancelled", moment)


def test_what_is_paused_makes_no_other_journey_rest() -> None:
    care = journey("[{id: w, do: wait, for: 9d}]", "{on: ticket_opened}", "care", "holds: all\npriority: 90")
    paused = care.replace("holds: all", "holds: all\npaused: freeze")
    inside, _ = settle(playbook(journey(STEPS), care), newborn(ada()), NOON)
    held, _ = settle(playbook(journey(STEPS), care), inside, NOON + DAY, Fact("ticket_opened", NOON + DAY))

    going, decision = settle(playbook(journey(STEPS), paused), held, NOON + 2 * DAY)

    assert sorted(noted(decision)) == [("resumed", "path"), ("suspended", "care")]
    assert not at(going).held


def test_a_scenario_is_lived_as_if_nothing_were_paused() -> None:
    said = {"id": "one", "journey": "path", "from": "2026-01-05T12:00:00Z", "days": 5}

    assert live(COUNTED, Scenario.model_validate(said)).steps == ("hi", "tip")
