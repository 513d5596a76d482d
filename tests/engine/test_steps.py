"""Each step type does what its help text says, and its example walks to an end."""

from typing import Any

import pytest

from nurture.engine.simulate import Transcript, simulate
from nurture.engine.snapshot import Customer, Fact
from nurture.engine.steps import STEP_TYPES, Step
from tests.engine.builders import (
    DAY,
    HOUR,
    NOON,
    ada,
    bo,
    emails,
    journey,
    newborn,
    playbook,
    said,
    settle,
)


def lived(steps: str, *script: Fact, who: Customer | None = None, days: int = 30) -> Transcript:
    """What somebody lives through in a journey of these steps."""
    who = who or ada()
    book = playbook(journey(steps, f"{{stage: {who.stage}}}", more="stays: [assessing, adopted, considering]"))
    return simulate(book, newborn(who), NOON, days, script)


def walked(transcript: Transcript) -> list[tuple[Any, str | None, str]]:
    """When, where and what, without the rests."""
    told = [line for line in transcript.lines if line.do not in ("entered", "rest", "finished")]
    return [((line.at - NOON) / DAY, line.step, line.about or line.because) for line in told]


@pytest.mark.parametrize("kind", STEP_TYPES, ids=lambda kind: str(kind.__name__))
def test_every_example_walks_to_an_end(kind: type[Step]) -> None:
    transcript = lived(f"[{kind.example}]")

    assert transcript.ending("path")[0] in ("finished", "left")


def test_a_wait_is_counted_from_arrival() -> None:
    steps = "[{id: a, do: wait, for: 1d}, {id: b, do: wait, for: 12h}, {id: c, do: email, email: c}]"

    assert walked(lived(steps)) == [(1.0, "a", "waited 1 day"), (1.5, "b", "waited 12 hours"), (1.5, "c", "c")]


WAIT_FOR = """[{id: w, do: wait_for, what: {milestone: first_project}, up_to: 2d,
  then: [{id: praise, do: email, email: praise}], else: [{id: nudge, do: email, email: nudge}]},
  {id: both, do: email, email: both}]"""


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ([Fact("project_created", NOON + DAY)], [(1.0, "w"), (1.0, "praise"), (1.0, "both")]),
        ([], [(2.0, "w"), (2.0, "nudge"), (2.0, "both")]),
        ([Fact("project_created", NOON + 3 * DAY)], [(2.0, "w"), (2.0, "nudge"), (2.0, "both")]),
    ],
    ids=["it happened", "it did not", "it happened too late"],
)
def test_waiting_for_something_takes_one_of_two_paths_that_rejoin(script: list[Fact], told: list[Any]) -> None:
    assert [line[:2] for line in walked(lived(WAIT_FOR, *script))] == told


def test_waiting_for_silence_rests_on_time() -> None:
    steps = "[{id: w, do: wait_for, what: {silent_for: 3d}, up_to: 9d}]"

    transcript = lived(steps, Fact("danced", NOON + DAY))

    assert walked(transcript) == [(4.0, "w", "it happened: silent for 3 days (asked: 3 days)")]


@pytest.mark.parametrize(
    ("anchor", "day", "because"),
    [
        ("trial: end, offset: -2d", 12.0, "it is 2 days before the trial's end"),
        ("trial: end", 14.0, "it is the trial's end"),
        ("trial: start, offset: 7d", 7.0, "it is 1 week after the trial's start"),
        ("trial: start", 0.0, "it is the trial's start"),
    ],
)
def test_a_wait_until_follows_the_trial(anchor: str, day: float, because: str) -> None:
    assert walked(lived(f"[{{id: u, do: wait_until, {anchor}}}]")) == [(day, "u", because)]


def test_an_extended_trial_moves_a_wait_until_along() -> None:
    book = playbook(journey("[{id: u, do: wait_until, trial: end, offset: -2d}]"))
    resting, _ = settle(book, newborn(ada()), NOON)
    longer = resting.customer._replace(trial_ends_at=NOON + 21 * DAY)

    _, decision = settle(book, resting._replace(customer=longer), NOON + 12 * DAY)

    assert decision.due_at == NOON + 19 * DAY


def test_a_wait_until_does_not_wait_for_ever_for_a_trial() -> None:
    steps = "[{id: u, do: wait_until, trial: end}, {id: last, do: email, email: your-trial-ends}]"

    transcript = lived(steps, who=bo(), days=200)

    assert transcript.ending("path") == ("finished", "the trial's end did not become known in 90 days")
    assert [emails(decision) for _, decision in transcript.beats] == [[], []]


def test_news_does_not_put_off_a_wait_for_a_trial() -> None:
    book = playbook(journey("[{id: u, do: wait_until, trial: end}]", "{stage: considering}"))
    resting, first = settle(book, newborn(bo()), NOON)

    _, second = settle(book, resting, NOON + 30 * DAY, Fact("project_created", NOON + 30 * DAY))

    assert second.due_at == first.due_at == NOON + 90 * DAY
    assert said(second, "rest") == []


SPLIT = """[{id: s, do: split, paths: [
  {when: {persona: kevin}, steps: [{id: api, do: email, email: api}]},
  {when: {milestone: first_project}, steps: []},
  {otherwise: true, steps: [{id: tour, do: email, email: tour}]}]}, {id: both, do: email, email: both}]"""


@pytest.mark.parametrize(
    ("role", "reached", "told"),
    [
        ("admin", [], ["path 1: persona is kevin", "api", "both"]),
        ("boss", ["project_created"], ["path 2: first_project: reached", "both"]),
        ("boss", [], ["path 3, otherwise: persona is wilma; first_project: not reached", "tour", "both"]),
    ],
)
def test_a_split_takes_the_first_path_that_fits_and_all_rejoin(role: str, reached: list[str], told: list[str]) -> None:
    signed_up = newborn(ada(traits={"role": role}), *[Fact(name, NOON) for name in ("signed_up", *reached)])

    transcript = simulate(playbook(journey(SPLIT)), signed_up, NOON, days=0)

    assert [line[2] for line in walked(transcript)] == told


def test_a_trait_is_set_and_seen_by_what_follows() -> None:
    steps = """[{id: mark, do: set, trait: role, to: admin},
      {id: s, do: split, paths: [{when: {trait: role, is: admin}, steps: [{id: yes, do: email, email: marked}]},
                                 {otherwise: true}]}]"""

    transcript = lived(steps)

    assert [line[1:] for line in walked(transcript)][-1] == ("yes", "marked")
    assert transcript.snapshot.customer.traits == {"role": "admin"}
    assert transcript.snapshot.customer.persona == "kevin"


def test_a_move_changes_the_stage_and_what_does_not_stay_there_ends() -> None:
    here = journey("[{id: m, do: move, to: at_risk}, {id: last, do: email, email: last}]")
    there = journey("[{id: hello, do: email, email: are-you-there}]", "{stage: at_risk}", "care")

    snapshot, decision = settle(playbook(here, there), newborn(ada()), NOON)

    assert [change.to for change in decision.stage_changes] == ["assessing", "at_risk"]
    assert said(decision, "left") == ["left: the stage became at_risk (path moved them)"]
    assert emails(decision) == ["are-you-there"]
    assert snapshot.enrollments == ()


def test_a_move_to_where_they_are_walks_on() -> None:
    transcript = lived("[{id: m, do: move, to: assessing}, {id: on, do: email, email: on}]")

    assert [line[1] for line in walked(transcript)] == ["m", "on"]


def test_an_end_ends_it_there() -> None:
    transcript = lived("[{id: enough, do: end}, {id: never, do: email, email: never}]")

    assert transcript.ending("path") == ("finished", "the journey ends here")
    assert [decision.orders for _, decision in transcript.beats] == [()]


def test_a_step_that_is_off_is_walked_past_with_all_that_is_in_it() -> None:
    steps = """[{id: w, do: wait_for, what: {milestone: first_project}, up_to: 2d, off: true,
      else: [{id: nudge, do: email, email: nudge}]}, {id: last, do: email, email: last}]"""

    assert walked(lived(steps)) == [(0.0, "w", "switched off"), (0.0, "last", "last")]


def test_an_email_is_ordered_once_and_walked_past() -> None:
    book = playbook(journey("[{id: e, do: email, email: e}, {id: rest, do: wait, for: 1d}]"))
    snapshot, first = settle(book, newborn(ada()), NOON)

    _, second = settle(book, snapshot, NOON + HOUR, Fact("project_created", NOON + HOUR))

    assert (emails(first), emails(second)) == (["e"], [])


def test_a_resting_step_is_said_once() -> None:
    book = playbook(journey("[{id: rest, do: wait, for: 1d}]"))
    resting, first = settle(book, newborn(ada()), NOON)

    _, second = settle(book, resting, NOON + HOUR, Fact("project_created", NOON + HOUR))

    assert (said(first, "rest"), said(second, "rest")) == (["waits 1 day"], [])
    assert second.enrollments == ()


def test_a_note_decides_nothing() -> None:
    steps = "[{id: a, do: wait, for: 1d%s}, {id: b, do: email, email: b}]"

    assert walked(lived(steps % ", note: legal wants to read this")) == walked(lived(steps % ""))
