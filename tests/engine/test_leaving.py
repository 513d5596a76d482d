"""How a journey ends before its last step: its goal is reached, its stage is left, or its exit comes to hold."""

from typing import Any

import pytest

from nurture.engine.snapshot import Fact
from tests.engine.builders import DAY, HOUR, NOON, ada, emails, journey, known, newborn, playbook, said, settle

REST = "[{id: rest, do: wait, for: 30d}, {id: last, do: email, email: last}]"


def ends(more: str, *news: Fact, at: Any = DAY, enter: str = "{stage: assessing}") -> list[tuple[str, str]]:
    """How a journey ends for Ada, who entered at noon, when this is the news."""
    book = playbook(journey(REST, enter, more=more))
    inside, _ = settle(book, newborn(ada()), NOON)
    _, decision = settle(book, inside, NOON + at, *news)
    return [(note.do, note.because) for note in decision.notes if note.do in ("left", "finished")]


def shared(at: Any = DAY) -> Fact:
    return Fact("report_shared", NOON + at)


@pytest.mark.parametrize(
    ("goal", "because"),
    [
        ("{milestone: first_value}", "goal reached: first_value"),
        ("{milestone: first_value, within: 1d}", "goal reached: first_value"),
        ("{milestones: {at_least: 1}}", "goal reached: 1 milestones"),
        ("{did: report_shared}", "goal reached: report_shared"),
    ],
)
def test_a_goal_ends_the_journey_well(goal: str, because: str) -> None:
    assert ends(f"goal: {goal}", shared()) == [("finished", because)]


@pytest.mark.parametrize(
    "goal", ["{milestone: first_value, within: 23h}", "{milestones: {at_least: 2}}", "{did: dance}"]
)
def test_a_goal_that_is_not_reached_in_time_ends_nothing(goal: str) -> None:
    assert ends(f"goal: {goal}", shared()) == []


def test_an_event_before_the_entry_is_no_goal() -> None:
    assert ends("goal: {did: report_shared}", shared(-HOUR)) == []


@pytest.mark.parametrize(
    ("more", "event", "because"),
    [
        ("", "subscription_started", "left: the stage became adopted (subscription_started)"),
        ("stays: [assessing, adopted]", "account_closed", "left: the stage became terminated (account_closed)"),
        ("stays: [assessing, terminated]", "account_closed", "left: the stage became terminated (account_closed)"),
    ],
)
def test_a_journey_ends_with_its_stage_and_always_with_a_final_one(more: str, event: str, because: str) -> None:
    assert ends(more, Fact(event, NOON + DAY)) == [("left", because)]


def test_a_journey_goes_on_in_the_stages_it_stays_in() -> None:
    assert ends("stays: [assessing, adopted]", Fact("subscription_started", NOON + DAY)) == []


def test_without_stages_only_a_final_one_ends_it() -> None:
    anywhere = {"enter": "{when: {did_not: dance}}"}

    assert ends("", Fact("subscription_started", NOON + DAY), **anywhere) == []
    assert ends("", Fact("account_closed", NOON + DAY), **anywhere) == [
        ("left", "left: the stage became terminated (account_closed)")
    ]


def test_an_exit_ends_the_journey_when_it_comes_to_hold() -> None:
    book = playbook(journey(REST, more="leave_when: [{trial: {ended_by: 0d}}, {silent_for: 5d}]"))
    inside, decision = settle(book, newborn(ada()), NOON)

    assert (decision.due_at, decision.due_because) == (NOON + 5 * DAY, "may leave path")
    assert said(settle(book, inside, NOON + 5 * DAY)[1], "left") == ["left: silent for 5 days (asked: 5 days)"]


def test_not_one_letter_of_an_earlier_stage_goes_out_after_a_move() -> None:
    book = playbook(journey("[{id: rest, do: wait, for: 1d}, {id: last, do: email, email: last}]"))
    inside, _ = settle(book, newborn(ada()), NOON)

    _, decision = settle(book, inside, NOON + DAY, Fact("subscription_started", NOON + DAY))

    assert emails(decision) == []
    assert decision.due_at is None


def test_a_journey_whose_stages_were_edited_says_so() -> None:
    inside, _ = settle(playbook(journey(REST)), newborn(ada()), NOON)

    _, decision = settle(playbook(journey(REST, "{stage: adopted}")), inside, NOON + HOUR)

    assert said(decision, "left") == ["left: the stage became assessing (its stages were edited)"]


def test_what_has_ended_ends_for_good() -> None:
    book = playbook(journey(REST, more="goal: {milestone: first_value}"))
    inside, _ = settle(book, newborn(ada()), NOON)
    done, decision = settle(book, inside, NOON + DAY, shared())

    (enrollment,) = decision.enrollments
    assert (enrollment.state, enrollment.step, enrollment.due_at) == ("finished", None, None)
    assert enrollment.ended_at == NOON + DAY
    assert settle(book, done, NOON + 40 * DAY)[1].orders == ()


def test_a_version_that_is_not_loaded_is_an_error_and_no_silence() -> None:
    inside, _ = settle(playbook(journey(REST)), newborn(ada()), NOON)

    with pytest.raises(KeyError):
        settle(playbook(), inside, NOON + HOUR)


def test_someone_known_before_is_left_alone() -> None:
    _, decision = settle(playbook(journey(REST)), known(ada(), matched=frozenset({"path"})), NOON)

    assert decision.enrollments == ()
