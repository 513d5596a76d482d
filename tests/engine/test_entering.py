"""A journey is entered by a change, and never by a publish; who is refused is told once why."""

from typing import Any

import pytest

from nurture.engine.decision import Decision
from nurture.engine.snapshot import Entered, Fact
from tests.engine.builders import DAY, HOUR, NOON, ada, bo, emails, journey, known, newborn, playbook, said, settle

REST = "[{id: rest, do: wait, for: 30d}]"
IN_TRIAL = journey(REST)
ON_TICKET = journey(REST, "{on: ticket_opened}")


def entered(decision: Decision) -> list[str | None]:
    """The journeys a decision lets them into."""
    return [note.journey for note in decision.notes if note.do == "entered"]


def ticket(at: Any = NOON) -> Fact:
    return Fact("ticket_opened", at)


def test_a_sign_up_enters_what_its_stage_opens() -> None:
    snapshot, decision = settle(playbook(IN_TRIAL), newborn(ada()), NOON)

    assert said(decision, "entered") == ["stage is assessing"]
    assert [(one.journey, one.entry, one.revision) for one in snapshot.enrollments] == [("path", 1, 1)]


def test_a_change_of_stage_enters_in_the_same_decision() -> None:
    lead, decision = settle(playbook(IN_TRIAL), newborn(bo()), NOON)
    _, after = settle(playbook(IN_TRIAL), lead, NOON + DAY, Fact("signed_up", NOON + DAY))

    assert (entered(decision), entered(after)) == ([], ["path"])


def test_time_may_make_an_entry_true() -> None:
    book = playbook(journey(REST, "{stage: assessing, when: {silent_for: 2d}}"))

    waiting, decision = settle(book, newborn(ada()), NOON)
    _, silent = settle(book, waiting, NOON + 2 * DAY)

    assert (entered(decision), decision.due_at, decision.due_because) == ([], NOON + 2 * DAY, "may enter path")
    assert said(silent, "entered") == ["stage is assessing, silent for 2 days (asked: 2 days)"]


def test_a_fact_enters_with_its_reason() -> None:
    book = playbook(journey(REST, "{on: ticket_opened, when: {persona: wilma}}"))

    _, decision = settle(book, known(ada()), NOON, ticket())

    assert said(decision, "entered") == ["ticket_opened, stage is assessing, persona is wilma"]


def test_a_publish_enters_nobody_and_the_next_fact_does_not_either() -> None:
    there_before = known(ada(revision=1))
    book = playbook(IN_TRIAL, revision=2, since={"path": 2})

    settled, woken = settle(book, there_before, NOON)
    _, later = settle(book, settled, NOON + DAY, Fact("project_created", NOON + DAY))

    assert (entered(woken), entered(later)) == ([], [])
    assert said(woken, "refused") == ["not entered: they met its entry already when it was published"]


def test_a_fact_that_comes_first_after_a_publish_does_not_enter_who_matched_all_along() -> None:
    book = playbook(IN_TRIAL, revision=2, since={"path": 2})

    _, decision = settle(book, known(ada(revision=1)), NOON, Fact("project_created", NOON))

    assert entered(decision) == []


def test_who_comes_to_match_after_the_publish_enters() -> None:
    book = playbook(
        journey(REST, "{stage: assessing, when: {milestone: first_project}}"), revision=2, since={"path": 2}
    )

    _, decision = settle(book, known(ada(revision=1)), NOON, Fact("project_created", NOON))

    assert entered(decision) == ["path"]


def test_a_new_revision_of_a_journey_enters_nobody_anew() -> None:
    inside, _ = settle(playbook(IN_TRIAL), newborn(ada()), NOON)
    book = playbook(IN_TRIAL, revision=2, since={"path": 1})

    _, decision = settle(book, inside, NOON + DAY)

    assert (entered(decision), said(decision, "refused")) == ([], [])


@pytest.mark.parametrize(
    ("again", "after", "let_in"),
    [
        ("never", 900 * DAY, False),
        ("always", HOUR, True),
        ("after 90d", 90 * DAY, True),
        ("after 90d", 89 * DAY, False),
        ("per_trial", HOUR, False),
    ],
)
def test_a_journey_is_walked_again_as_often_as_it_says(again: str, after: Any, let_in: bool) -> None:
    book = playbook(journey(REST, f"{{on: ticket_opened, again: {again}}}"))
    walked = known(ada(), entries={"path": Entered(1, NOON)})

    snapshot, decision = settle(book, walked, NOON + after, ticket(NOON + after))

    assert entered(decision) == (["path"] if let_in else [])
    assert snapshot.facts.entries["path"].times == 1 + let_in


def test_a_new_trial_opens_a_journey_that_is_walked_once_a_trial() -> None:
    book = playbook(journey(REST, "{stage: assessing, again: per_trial}"))
    gone = ada(stage="terminated", trial_starts_at=NOON + DAY, trial_ends_at=NOON + 15 * DAY)

    _, decision = settle(
        book, known(gone, entries={"path": Entered(1, NOON)}), NOON + DAY, Fact("signed_up", NOON + DAY)
    )

    assert entered(decision) == ["path"]
    assert [one.entry for one in decision.enrollments] == [2]


@pytest.mark.parametrize(
    ("path", "before", "news", "because"),
    [
        (
            ON_TICKET,
            {"entries": {"path": Entered(1, NOON)}},
            ticket(),
            "they have walked it before, and it is walked once",
        ),
        (ON_TICKET, {}, ticket(NOON - 25 * HOUR), "ticket_opened happened too long ago to start anything"),
        (journey(REST, "{on: ticket_opened, stage: adopted}"), {}, ticket(), "the stage is assessing, not adopted"),
        (
            journey(REST, "{on: ticket_opened, when: {persona: kevin}}"),
            {},
            ticket(),
            "stage is assessing, persona is wilma",
        ),
        (
            journey(REST, "{on: ticket_opened}", more="goal: {milestone: first_value}"),
            {"milestones": {"first_value": NOON}},
            ticket(),
            "its goal is reached already (first_value)",
        ),
        (
            journey(REST, "{on: ticket_opened}", more="leave_when: [{persona: wilma}]"),
            {},
            ticket(),
            "they would leave at once (persona is wilma)",
        ),
    ],
)
def test_a_refusal_is_kept_once(path: str, before: dict[str, Any], news: Fact, because: str) -> None:
    book = playbook(path)

    refused, first = settle(book, known(ada(), **before), NOON, news)
    _, second = settle(book, refused, NOON + HOUR, news._replace(at=news.at + HOUR))

    assert said(first, "refused") == [f"not entered: {because}"]
    assert said(second, "refused") == []
    assert refused.facts.refused == {"path": f"not entered: {because}"}


def test_a_refusal_is_forgotten_when_they_enter() -> None:
    book = playbook(journey(REST, "{on: ticket_opened, stage: adopted}"))
    refused, _ = settle(book, known(ada()), NOON, ticket())

    snapshot, _ = settle(book, refused, NOON + HOUR, Fact("subscription_started", NOON + HOUR), ticket(NOON + HOUR))

    assert snapshot.facts.refused == {}
    assert [one.journey for one in snapshot.enrollments] == ["path"]


def test_nobody_walks_a_journey_twice_at_once() -> None:
    book = playbook(journey(REST, "{on: ticket_opened, again: always}"))
    inside, _ = settle(book, known(ada()), NOON, ticket())

    _, decision = settle(book, inside, NOON + HOUR, ticket(NOON + HOUR))

    assert entered(decision) == []


def test_a_fact_starts_a_journey_once_however_often_the_decision_turns() -> None:
    steps = "[{id: mark, do: set, trait: asked, to: true}, {id: one, do: email, email: receipt}]"
    book = playbook(journey(steps, "{on: ticket_opened, again: always}"))

    _, decision = settle(book, known(ada()), NOON, ticket())

    assert emails(decision) == ["receipt"]
    assert said(decision, "refused") == []


def test_of_two_facts_the_newer_one_calls() -> None:
    _, decision = settle(playbook(ON_TICKET), known(ada()), NOON, ticket(NOON - 9 * DAY), ticket())

    assert entered(decision) == ["path"]


def test_a_late_bill_moves_the_stage_and_starts_nothing_by_itself() -> None:
    book = playbook(journey(REST, "{on: subscription_started}"), journey(REST, "{stage: adopted}", "aboard"))

    _, decision = settle(book, known(ada()), NOON + 3 * DAY, Fact("subscription_started", NOON))

    assert decision.customer.stage == "adopted"
    assert entered(decision) == ["aboard"]


def test_nothing_is_entered_in_a_final_stage_that_does_not_name_it() -> None:
    gone = known(ada(stage="terminated"))
    named = journey(REST, "{on: ticket_opened, stage: terminated}", "named")

    _, decision = settle(playbook(ON_TICKET, named), gone, NOON, ticket())

    assert said(decision, "refused") == ["not entered: the stage is terminated, which is final"]


def test_a_stage_that_is_no_longer_in_the_lifecycle_harms_nobody() -> None:
    lost = known(ada(stage="onboarding"))

    _, decision = settle(playbook(IN_TRIAL, journey(REST, "{on: ticket_opened}", "help")), lost, NOON, ticket())

    assert entered(decision) == ["help"]
