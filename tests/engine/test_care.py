"""A person of ours is asked once, in time, the right one; the journey waits for what came of it, but not for ever."""

from datetime import datetime
from typing import Any

import pytest

from nurture.engine.decision import Decision, TaskOrder
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Fact, Snapshot
from tests.engine.builders import DAY, HOUR, NOON, ada, emails, journey, newborn, playbook, policy, said, settle

CALL = """{id: call, do: care, task: call, due: 1d, escalate: {after: 4h, to: lead}, wait_for_outcome: 3d,
  outcomes: {booked: [{id: see-you, do: email, email: see-you}], no_answer: []},
  else: [{id: in-writing, do: email, email: in-writing}]}"""
THEN = "{id: rest, do: wait, for: 30d}"


def asked(snapshot: Snapshot) -> str:
    """The key under which what they stand at asks for an outcome."""
    return snapshot.enrollments[0].key


def done(key: str, outcome: str, at: datetime) -> Fact:
    return Fact("care_done", at, {"key": key, "task": "call", "outcome": outcome})


def orders(decision: Decision) -> list[tuple[Any, ...]]:
    return [(order.do, order.task, order.owner, order.pass_) for order in decision.tasks]


def begun(steps: str = f"[{CALL}, {THEN}]", more: str = "") -> tuple[Playbook, Snapshot, Decision]:
    """Ada, who has just come to a care step."""
    book = playbook(journey(steps, more=more))
    return book, *settle(book, newborn(ada()), NOON)


def test_a_task_is_opened_once_and_due_in_time() -> None:
    book, waiting, first = begun()

    _, second = settle(book, waiting, NOON + HOUR, Fact("project_created", NOON + HOUR))

    because = "waits up to 3 days for the outcome of call; for Ana, by turns"
    assert first.tasks == (TaskOrder("open", "path", 1, "call", 1, "call", "ana", because, NOON + DAY),)
    assert (said(first, "task"), said(first, "rest")) == ([because], ["waits up to 3 days for the outcome of call"])
    assert (orders(second), first.due_at) == ([], NOON + DAY + 4 * HOUR)


@pytest.mark.parametrize(
    ("outcome", "letters"), [("booked", ["see-you"]), ("no_answer", []), ("said_nothing", [])], ids=str
)
def test_an_outcome_leads_down_its_path_at_once(outcome: str, letters: list[str]) -> None:
    book, waiting, _ = begun()

    after, decision = settle(book, waiting, NOON + HOUR, done(asked(waiting), outcome, NOON + HOUR))

    assert emails(decision) == letters
    assert (after.enrollments[0].step, after.enrollments[0].since) == ("rest", NOON + HOUR)
    assert orders(decision) == []


def test_an_outcome_of_something_else_changes_nothing() -> None:
    book, waiting, _ = begun()

    after, decision = settle(book, waiting, NOON + HOUR, done("path|1|another|1", "booked", NOON + HOUR))

    assert (emails(decision), after.enrollments) == ([], waiting.enrollments)


def test_the_first_outcome_stands() -> None:
    book, waiting, _ = begun()
    key = asked(waiting)

    _, decision = settle(book, waiting, NOON + HOUR, done(key, "no_answer", NOON), done(key, "booked", NOON + HOUR))

    assert emails(decision) == []


def test_it_escalates_at_the_very_moment_and_once() -> None:
    book, waiting, first = begun()
    assert first.due_at is not None

    before, early = settle(book, waiting, first.due_at - HOUR / 3600)
    risen, late = settle(book, before, first.due_at)
    _, later = settle(book, risen, first.due_at + HOUR)

    assert [orders(one) for one in (early, late, later)] == [[], [("escalate", "call", "lead", 1)], []]
    assert late.tasks[0].due_at == NOON + DAY
    assert said(late, "escalated") == ["waits up to 3 days for the outcome of call; for Lea, named by the step"]
    assert late.due_at == NOON + 3 * DAY


def test_without_an_answer_the_rest_of_the_journey_is_walked_from_the_limit_on() -> None:
    book, waiting, _ = begun()
    risen, _ = settle(book, waiting, NOON + DAY + 4 * HOUR)

    early, before = settle(book, risen, NOON + 3 * DAY - HOUR)
    after, decision = settle(book, early, NOON + 3 * DAY + HOUR)

    assert (emails(before), emails(decision)) == ([], ["in-writing"])
    assert orders(decision) == [("lapse", "call", "ana", 1)]
    assert said(decision, "onward")[0] == "3 days are over, and call has no outcome"
    assert after.enrollments[0].since == NOON + 3 * DAY + HOUR  # a letter counts from when it went


def test_after_an_outage_it_lapses_without_troubling_anybody_else() -> None:
    book, waiting, _ = begun()

    _, decision = settle(book, waiting, NOON + 5 * DAY)

    assert [order.do for order in decision.tasks] == ["lapse"]


def test_a_lapse_at_the_end_of_a_journey_is_no_more_than_that() -> None:
    book, waiting, _ = begun("[{id: call, do: care, task: call, due: 1d, wait_for_outcome: 3d}]")

    after, decision = settle(book, waiting, NOON + 3 * DAY)

    assert ([order.do for order in decision.tasks], after.enrollments) == (["lapse"], ())


def test_an_answer_after_the_limit_comes_too_late() -> None:
    book, waiting, _ = begun()
    key = asked(waiting)
    gone, _ = settle(book, waiting, NOON + 3 * DAY)

    after, decision = settle(book, gone, NOON + 4 * DAY, done(key, "booked", NOON + 4 * DAY))

    assert (emails(decision), after.enrollments[0].step) == ([], "rest")


def test_nobody_waits_for_a_task_that_names_no_time_to_wait() -> None:
    _, after, decision = begun(f"[{{id: call, do: care, task: call, due: 1d}}, {THEN}]")

    assert orders(decision) == [("open", "call", "ana", 1)]
    assert decision.tasks[0].because == "call, due in 1 day; for Ana, by turns"
    assert after.enrollments[0].step == "rest"


ENDINGS = {
    "goal": ("goal: {milestone: first_project}", "project_created", "goal reached: first_project"),
    "exit": ("leave_when: [{did: danced}]", "danced", "left: danced: 1 (asked: at least 1)"),
    "stage": ("", "subscription_started", "left: the stage became adopted (subscription_started)"),
}


@pytest.mark.parametrize("how", ENDINGS)
def test_whoever_leaves_takes_the_open_task_with_them(how: str) -> None:
    more, event, because = ENDINGS[how]
    book, waiting, _ = begun(more=more)

    after, decision = settle(book, waiting, NOON + HOUR, Fact(event, NOON + HOUR))

    assert [(order.do, order.key, order.because) for order in decision.tasks] == [("close", "path|1|call|1", because)]
    assert after.enrollments == ()


def test_leaving_after_the_answer_closes_nothing() -> None:
    book, waiting, _ = begun()
    onward, _ = settle(book, waiting, NOON + HOUR, done(asked(waiting), "no_answer", NOON + HOUR))

    _, decision = settle(book, onward, NOON + 2 * HOUR, Fact("trial_cancelled", NOON + 2 * HOUR))

    assert decision.tasks == ()


def test_a_round_has_a_task_of_its_own() -> None:
    steps = """[{id: r, do: repeat, times: 2, steps: [
      {id: call, do: care, task: call, due: 1d, wait_for_outcome: 3d, outcomes: {no_answer: [], booked: [
        {id: enough, do: end}]}}]}]"""
    book, waiting, first = begun(steps)
    again, second = settle(book, waiting, NOON + HOUR, done(asked(waiting), "no_answer", NOON + HOUR))

    after, third = settle(book, again, NOON + 2 * HOUR, done(asked(again), "booked", NOON + 2 * HOUR))

    assert [asked(waiting), asked(again)] == ["path|1|call|1", "path|1|call|2"]
    assert [orders(one) for one in (first, second)] == [[("open", "call", "ana", 1)], [("open", "call", "ana", 2)]]
    assert (orders(third), after.enrollments) == ([], ())


OWNERS = """
owners:
  - {id: ana, name: Ana, email: ana@example.com}
  - {id: kit, name: Kit, email: kit@example.com, when: {persona: kevin}}
  - {id: lead, name: Lea, email: lea@example.com, when: {trait: plan, is: big}}
  - {id: oz, name: Oz, email: oz@example.com}
"""
TASK = "{id: call, name: A call"


@pytest.mark.parametrize(
    ("step", "task", "traits", "owner", "because"),
    [
        ("owner: oz", "owner: lead", {"owner": "kit", "role": "admin"}, "oz", "for Oz, named by the step"),
        ("", "owner: lead", {"owner": "kit", "role": "admin"}, "lead", "for Lea, named by the task"),
        ("", "", {"owner": "oz", "role": "admin"}, "oz", "for Oz, the customer's own"),
        ("", "", {"owner": "gone", "role": "admin"}, "kit", "for Kit, because persona is kevin"),
        ("", "", {"role": "admin", "plan": "big"}, "kit", "for Kit, because persona is kevin"),
        ("", "", {"plan": "big"}, "lead", "for Lea, because plan is 'big' (asked: is big)"),
    ],
    ids=["the step", "the task", "their own", "an unknown one", "the first rule", "the next rule"],
)
def test_a_task_is_for_the_first_who_is_named(
    step: str, task: str, traits: dict[str, str], owner: str, because: str
) -> None:
    care = f"[{{id: call, do: care, task: call, due: 1d, {step}}}]"
    owners = policy().partition("owners:")[0] + OWNERS.strip()
    book = playbook(journey(care), policy=owners, task_call=f"{TASK}, {task}}}")

    _, decision = settle(book, newborn(ada(traits=traits)), NOON)

    assert (decision.tasks[0].owner, decision.tasks[0].because) == (owner, f"call, due in 1 day; {because}")


def test_owners_without_a_rule_share_the_rest_and_each_customer_stays_with_theirs() -> None:
    owners = policy().partition("owners:")[0] + OWNERS.strip()
    both = "[{id: call, do: care, task: call, due: 1d}, {id: again, do: care, task: call, due: 1d}]"
    book = playbook(journey(both), policy=owners)

    drawn = [[order.owner for order in settle(book, newborn(ada(id=f"cus_{n}")), NOON)[1].tasks] for n in range(200)]

    assert all(first == second for first, second in drawn)
    assert 70 < sum(first == "oz" for first, _ in drawn) < 130


def test_where_nobody_fits_the_task_is_nobodys() -> None:
    only = (
        policy().partition("owners:")[0] + "owners: [{id: kit, name: Kit, email: k@x.example, when: {persona: kevin}}]"
    )
    book = playbook(journey("[{id: call, do: care, task: call, due: 1d}]"), policy=only)

    _, decision = settle(book, newborn(ada()), NOON)

    assert decision.tasks[0].owner is None
    assert decision.tasks[0].because.endswith("for nobody in particular: no owner of the policy fits")


def test_a_brief_is_a_personas_own_where_it_says_so() -> None:
    text = """{id: call, name: A call, brief: Listen., talking_points: [Hello, Bye],
      for: {kevin: {brief: Read the log.}, wilma: {talking_points: [Slowly]}}}"""
    task = playbook(journey("[{id: call, do: care, task: call, due: 1d}]"), task_call=text).tasks["call"]

    assert task.brief_for("kevin") == ("Read the log.", ("Hello", "Bye"))
    assert task.brief_for("wilma") == ("Listen.", ("Slowly",))
    assert task.brief_for(None) == ("Listen.", ("Hello", "Bye"))
