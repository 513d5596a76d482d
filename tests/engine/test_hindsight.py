"""A past lived again knows at each moment what was known then, and nothing of what came later."""

from datetime import datetime
from typing import Any

from nurture.engine.decision import Reached, StageChange
from nurture.engine.hindsight import BY_A_COLLEAGUE, Heard, Lived, Past, Sent, beginning, live_again, rounded
from nurture.engine.learning import ANSWERED, CARE_DONE, LEAD_CAPTURED, SIGNED_UP, TRAITS_TOLD, TRIAL_CHANGED
from nurture.engine.snapshot import Account, Fact
from tests.engine.builders import DAY, HOUR, NOON, ada, journey, playbook

WAITS = (
    "[{id: shared, do: wait_for, what: {milestone: first_value}, up_to: 2d,"
    " then: [{id: glad, do: email, email: glad}], else: [{id: nudge, do: email, email: nudge}]}]"
)


def heard(name: str, at: datetime = NOON, known_at: datetime | None = None, **properties: Any) -> Heard:
    return Heard(Fact(name, at, properties), known_at or at)


def past(*facts: Heard, birth: Heard | None = None, **more: Any) -> Past:
    known = {"customer": ada(persona="kevin", persona_locked=True, stage="adopted"), "account": Account()}
    return Past(heard=(birth or heard(SIGNED_UP), *facts), **(known | more))


def steps(lived: Lived) -> list[str]:
    return [one.step for one in lived.letters]


def test_a_fact_counts_from_when_it_came_in() -> None:
    book = playbook(journey(WAITS))
    at = NOON + DAY

    in_time, too_late = (
        live_again(book, past(heard("report_shared", at, known)), NOON + 9 * DAY, "path")
        for known in (at + HOUR, at + 3 * DAY)
    )

    assert (steps(in_time), in_time.letters[0].at) == (["glad"], at + HOUR)
    assert (steps(too_late), too_late.letters[0].at) == (["nudge"], NOON + 2 * DAY)


def test_it_ends_when_it_is_told_to() -> None:
    assert steps(live_again(playbook(journey(WAITS)), past(), NOON + DAY, "path")) == []


def test_stage_persona_and_what_was_learned_later_are_not_there_yet() -> None:
    survey = "{id: goal, name: Goal, question: What for?, kind: text, sets: aim}"
    book = playbook(journey("[{id: mark, do: set, trait: seen, to: 1}]"), survey_goal=survey)
    traits = {"role": "boss", "aim": "time", "seen": 1, "plan": "gold"}
    told = [
        heard(ANSWERED, NOON + DAY, survey="goal", value="time"),
        heard(TRAITS_TOLD, NOON + DAY, traits={"plan": "gold"}),
    ]

    start, snapshot, _ = beginning(book, past(*told, customer=ada(traits=traits, stage="adopted", gen=7)))
    lived = live_again(book, past(*told, customer=ada(traits=traits)), NOON + 2 * DAY, "path")

    customer = snapshot.customer
    assert start == NOON
    assert (customer.stage, customer.persona, customer.gen) == ("assessing", None, 0)
    assert customer.traits == {"role": "boss"}
    assert (lived.persona, lived.entered_at) == ("wilma", NOON)


def test_a_lead_is_one_until_the_sign_up_and_what_came_before_either_was_held_for_it() -> None:
    book = playbook(journey(WAITS))
    early = heard("report_shared", NOON - DAY, NOON - DAY)
    birth, signed = heard(LEAD_CAPTURED), heard(SIGNED_UP, NOON + 5 * DAY)

    start, snapshot, arrivals = beginning(book, past(early, signed, birth=birth))
    lived = live_again(book, past(early, signed, birth=birth), NOON + 9 * DAY, "path")

    assert (start, snapshot.customer.stage, snapshot.customer.trial_ends_at) == (NOON, "considering", None)
    assert [fact.name for fact in snapshot.news] == [LEAD_CAPTURED, "report_shared"]
    assert len(arrivals) == 1
    assert lived.entered_at == NOON + 5 * DAY
    assert steps(lived) == ["glad"]


def test_the_trial_was_as_long_as_it_was_before_it_was_extended() -> None:
    book = playbook(journey("[{id: end, do: wait_until, trial: end, offset: 0d}, {id: bye, do: email, email: bye}]"))
    extended = ada(trial_ends_at=NOON + 21 * DAY)

    lived = live_again(
        book, past(heard(TRIAL_CHANGED, NOON + 3 * DAY, extend="7d"), customer=extended), NOON + 30 * DAY, "path"
    )
    _, snapshot, _ = beginning(book, past(heard(TRIAL_CHANGED, NOON + 3 * DAY, extend="7d"), customer=extended))

    assert snapshot.customer.trial_ends_at == NOON + 14 * DAY
    assert [one.at for one in lived.letters] == [NOON + 21 * DAY]


def test_nothing_is_written_to_an_address_from_when_it_was_suppressed() -> None:
    book = playbook(
        journey("[{id: a, do: email, email: a}, {id: day, do: wait, for: 3d}, {id: b, do: email, email: b}]")
    )

    lived = live_again(book, past(suppressed=(("all", NOON + DAY),)), NOON + 9 * DAY, "path")

    assert steps(lived) == ["a"]


def test_what_a_colleague_brought_comes_when_it_came() -> None:
    milestones = "milestones: [{id: first_value, name: A report shared, on: report_shared, account: true}]\ndrivers: []"
    book = playbook(
        journey(WAITS),
        journey("[{id: hi, do: email, email: hi}]", "{stage: adopted}", key="use"),
        milestones=milestones,
    )
    brought = past(
        account=Account(shared=True),
        milestones=(Reached("first_value", NOON + DAY, BY_A_COLLEAGUE),),
        stages=(StageChange("assessing", "adopted", NOON + 3 * DAY, "a colleague adopted: subscription_started"),),
    )

    lived = live_again(book, brought, NOON + 9 * DAY, "path")

    assert lived.letters == (Sent(NOON + DAY, "path", "glad"), Sent(NOON + 3 * DAY, "use", "hi"))
    assert lived.stage == "adopted"


def test_the_outcome_of_a_task_goes_to_the_draft_s_own_task() -> None:
    calls = (
        "[{{id: {id}, do: care, task: call, due: 1d, wait_for_outcome: 5d,"
        " outcomes: {{yes: [{{id: ok, do: email, email: ok}}]}}}}]"
    )
    done = heard(CARE_DONE, NOON + DAY, key="path|1|call|1", task="call", outcome="yes")

    old, new = (
        live_again(playbook(journey(calls.format(id=name))), past(done), NOON + 9 * DAY, "path")
        for name in ("call", "ring")
    )

    assert steps(old) == steps(new) == ["ok"]
    assert old.tasks == 1


def test_an_event_that_no_document_mentions_changes_nothing() -> None:
    book = playbook(journey(WAITS))

    _, _, arrivals = beginning(book, past(heard("danced", NOON + DAY), heard("report_shared", NOON + DAY)))

    assert [one.fact.name for one in arrivals if one.fact] == ["report_shared"]


def test_spans_are_told_in_whole_days_or_hours() -> None:
    assert rounded(1.4 * DAY) == DAY
    assert rounded(-1.6 * DAY) == -2 * DAY
    assert rounded(5.4 * HOUR) == 5 * HOUR
    assert not rounded(0.2 * HOUR)
