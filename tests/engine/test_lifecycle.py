"""How a customer moves through the stages: by what happens, by what comes to hold, and never otherwise."""

from datetime import timedelta
from typing import Any

import pytest

from nurture.engine.decide import MAX_ROUNDS
from nurture.engine.decision import Decision
from nurture.engine.snapshot import Fact
from tests.engine.builders import (
    DAY,
    HOUR,
    LIFECYCLE,
    NOON,
    ada,
    bo,
    condition,
    journey,
    known,
    newborn,
    playbook,
    said,
    settle,
)


def moves(*lines: str, stay: str = "0s") -> str:
    """The lifecycle of the builders with further moves."""
    return LIFECYCLE + "".join(f"  - {line}\n" for line in lines) + f"minimum_stay: {stay}\n"


def stages(decision: Decision) -> list[str]:
    """The stages a decision moves through."""
    return [change.to for change in decision.stage_changes if change.from_ is not None]


@pytest.mark.parametrize(
    ("stage", "event", "to"),
    [
        ("considering", "signed_up", "assessing"),
        ("terminated", "signed_up", "assessing"),
        ("terminated", "subscription_started", "adopted"),
        ("assessing", "trial_cancelled", "terminated"),
        ("assessing", "account_closed", "terminated"),
        ("adopted", "subscription_started", "adopted"),
        ("considering", "trial_cancelled", "considering"),
        ("terminated", "account_closed", "terminated"),
        ("assessing", "danced", "assessing"),
    ],
)
def test_an_event_moves_as_the_table_says_and_what_is_absent_is_no_move(stage: str, event: str, to: str) -> None:
    _, decision = settle(playbook(), known(ada(stage=stage)), NOON, Fact(event, NOON))

    assert decision.customer.stage == to
    assert decision.turned is (stage != to)
    assert decision.customer.gen == (stage != to)


def test_a_move_is_dated_and_says_why() -> None:
    _, decision = settle(playbook(), known(ada()), NOON + DAY, Fact("subscription_started", NOON + HOUR))

    assert decision.stage_changes == (("assessing", "adopted", NOON + HOUR, "subscription_started"),)
    assert decision.customer.stage_since == NOON + HOUR


def test_a_birth_begins_the_history() -> None:
    _, decision = settle(playbook(), newborn(ada()), NOON)

    assert decision.stage_changes == ((None, "assessing", NOON, "signed_up"),)


def test_facts_that_arrive_together_move_in_the_order_in_which_they_happened() -> None:
    late = [Fact("account_closed", NOON + 2 * HOUR), Fact("subscription_started", NOON + HOUR)]

    _, decision = settle(playbook(), known(ada()), NOON + DAY, *late)

    assert stages(decision) == ["adopted", "terminated"]


def test_the_first_move_that_fits_is_made() -> None:
    book = playbook(
        lifecycle=moves(
            "{from: assessing, to: at_risk, when: {silent_for: 1d}}",
            "{from: assessing, to: terminated, when: {silent_for: 1h}}",
        )
    )

    _, decision = settle(book, known(ada()), NOON + DAY)

    assert stages(decision) == ["at_risk"]
    assert said(decision, "moved") == ["silent for 1 day (asked: 1 day)"]


def test_silence_is_awaited_to_the_second() -> None:
    book = playbook(lifecycle=moves("{from: assessing, to: at_risk, when: {silent_for: 5d}}"))

    _, decision = settle(book, known(ada(), last_seen=NOON + HOUR), NOON + 2 * HOUR)

    assert decision.due_at == NOON + HOUR + 5 * DAY
    assert decision.due_because == "may become at_risk: silent for 1 hour (asked: 5 days)"


def test_a_move_waits_for_the_minimum_stay() -> None:
    book = playbook(lifecycle=moves("{from: assessing, to: at_risk, when: {silent_for: 1h}}", stay="1d"))

    early, waiting = settle(book, known(ada()), NOON + 2 * HOUR)
    _, moved = settle(book, early, NOON + DAY)

    assert stages(waiting) == []
    assert waiting.due_at == NOON + DAY
    assert waiting.due_because.startswith("may become at_risk after the minimum stay: silent for 2 hours")
    assert stages(moved) == ["at_risk"]


@pytest.mark.parametrize(
    ("line", "news"),
    [
        ("{from: assessing, to: adopted, when: {milestones: {at_least: 1}}}", Fact("project_created", NOON)),
        ("{from: assessing, to: at_risk, on: complained}", Fact("complained", NOON)),
    ],
    ids=["into adoption", "by an event"],
)
def test_the_minimum_stay_delays_neither_an_event_nor_an_adoption(line: str, news: Fact) -> None:
    _, decision = settle(playbook(lifecycle=moves(line, stay="9d")), known(ada()), NOON, news)

    assert len(stages(decision)) == 1


def test_a_final_stage_is_left_only_by_an_explicit_reentry() -> None:
    book = playbook(lifecycle=moves("{from: [assessing, at_risk], to: terminated, when: {trial: {ended_by: 3d}}}"))
    gone, ended = settle(book, known(ada()), NOON + 17 * DAY)

    back, used = settle(book, gone, NOON + 20 * DAY, Fact("project_created", NOON + 20 * DAY))
    _, again = settle(book, back, NOON + 21 * DAY, Fact("subscription_started", NOON + 21 * DAY))

    assert [stages(one) for one in (ended, used, again)] == [["terminated"], [], ["adopted"]]


@pytest.mark.parametrize(
    ("past", "asked", "holds"),
    [
        (["signed_up"], "considering", True),
        (["signed_up", "subscription_started"], "adopted", True),
        (["signed_up", "subscription_started", "account_closed"], "adopted", True),
        (["signed_up", "subscription_started", "account_closed", "signed_up"], "adopted", False),
        (["subscription_started"], "considering", True),
        (["subscription_started", "account_closed"], "considering", True),
    ],
)
def test_a_stage_was_since_the_last_sign_up(past: list[str], asked: str, holds: bool) -> None:
    snapshot = known(bo())
    for hour, name in enumerate(past):
        snapshot, _ = settle(playbook(), snapshot, NOON + hour * HOUR, Fact(name, NOON + hour * HOUR))

    assert condition(f"{{stage_was: {asked}}}").answer(snapshot, NOON).holds is holds


def test_a_move_to_where_they_are_is_none() -> None:
    book = playbook(lifecycle=moves("{from: [assessing, at_risk], to: assessing, when: {did_not: dance}}"))

    _, decision = settle(book, known(ada()), NOON)

    assert stages(decision) == []


def test_a_lifecycle_that_turns_in_circles_comes_to_rest() -> None:
    book = playbook(
        lifecycle=moves(
            "{from: assessing, to: at_risk, when: {did_not: dance}}",
            "{from: at_risk, to: assessing, when: {did_not: dance}}",
        )
    )

    _, decision = settle(book, known(ada()), NOON)

    assert len(stages(decision)) == MAX_ROUNDS


def test_a_turn_takes_back_what_was_queued_and_the_cap_has_room_again() -> None:
    letters = journey("[{id: one, do: email, email: one}, {id: rest, do: wait, for: 9d}]")
    snapshot, _ = settle(playbook(letters), known(ada()), NOON)

    snapshot, decision = settle(playbook(letters), snapshot, NOON + HOUR, Fact("subscription_started", NOON + HOUR))

    assert decision.turned
    assert snapshot.facts.touches == ()


def test_a_move_may_rest_on_the_persona_that_is_just_becoming_known() -> None:
    book = playbook(lifecycle=moves("{from: assessing, to: at_risk, when: {persona: kevin}}"))

    _, decision = settle(book, newborn(ada(traits={"role": "admin"})), NOON)

    assert stages(decision) == ["at_risk"]


def test_a_lead_goes_after_a_quarter() -> None:
    book = playbook(lifecycle=moves("{from: considering, to: terminated, when: {stage_for: {at_least: 90d}}}"))
    snapshot, first = settle(book, newborn(bo()), NOON)

    assert first.due_at == NOON + 90 * DAY
    assert settle(book, snapshot, NOON + 90 * DAY - timedelta(seconds=1))[1].customer.stage == "considering"
    assert settle(book, snapshot, NOON + 90 * DAY)[1].customer.stage == "terminated"


def test_nothing_else_of_the_customer_changes() -> None:
    before: Any = ada(traits={"role": "admin"}, persona="kevin")

    _, decision = settle(playbook(revision=7), known(before), NOON)

    assert decision.customer == before._replace(revision=7)
    assert decision.notes == ()
    assert (decision.due_at, decision.due_because) == (None, "only something they do changes anything now")
