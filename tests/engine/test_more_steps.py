"""What the steps beyond letters and waits do: rounds, other journeys, letters by hand, notices, calls, surveys."""

from collections.abc import Mapping
from typing import Any

import pytest

from nurture.engine.problem import Unsound
from nurture.engine.simulate import Transcript, simulate
from nurture.engine.snapshot import Answered, Fact, Snapshot
from tests.engine.builders import DAY, HOUR, NOON, ada, emails, journey, known, newborn, playbook, said, settle

WEEKLY = """[{id: weekly, do: repeat, times: 3, steps: [
  {id: tip, do: email, email: tip}, {id: week, do: wait, for: 1w}]}, {id: bye, do: email, email: bye}]"""


def went(lived: Transcript) -> list[tuple[float, str, int]]:
    """When, counted in days, which email went, and which time round."""
    return [((at - NOON) / DAY, order.email, order.pass_) for at, one in lived.beats for order in one.orders]


def test_a_repeat_walks_its_steps_so_many_times_and_each_round_writes_once() -> None:
    lived = simulate(playbook(journey(WEEKLY)), newborn(ada()), NOON, 40)

    assert went(lived) == [(0, "tip", 1), (7, "tip", 2), (14, "tip", 3), (21, "bye", 1)]
    assert [line.because for line in lived.lines if line.step == "weekly"] == [
        "round 1 of 3",
        "round 2 of 3",
        "round 3 of 3",
        "walked 3 times",
    ]


def test_until_ends_the_rounds_early() -> None:
    until = WEEKLY.replace("times: 3,", "times: 3, until: {milestone: first_project},")

    lived = simulate(playbook(journey(until)), newborn(ada()), NOON, 40, [Fact("project_created", NOON + DAY)])

    assert went(lived) == [(0, "tip", 1), (7, "bye", 1)]


def test_a_repeat_inside_a_repeat_is_refused() -> None:
    nested = "[{id: a, do: repeat, times: 2, steps: [{id: b, do: repeat, times: 2, steps: [{id: c, do: end}]}]}]"

    with pytest.raises(Unsound, match="a repeat cannot stand inside a repeat"):
        playbook(journey(nested))


def test_start_begins_another_journey_and_both_go_on() -> None:
    first = journey("[{id: s, do: start, journey: other}, {id: one, do: email, email: one}]")
    other = "id: other\nname: Other\nstays: [assessing]\nsteps: [{id: two, do: email, email: two}]\n"

    _, decision = settle(playbook(first, other), newborn(ada()), NOON)

    assert emails(decision) == ["one", "two"]
    assert "path starts it at s" in said(decision, "entered")


@pytest.mark.parametrize(
    ("again", "stays", "told"),
    [
        ("enter: {on: never}", "[assessing]", "not entered: they have walked it before, and it is walked once"),
        ("enter: {on: never, again: always}", "[adopted]", "not entered: the stage is assessing, not adopted"),
    ],
)
def test_start_keeps_the_rules_of_the_journey_it_begins(again: str, stays: str, told: str) -> None:
    first = journey("[{id: s, do: start, journey: other}]", "{on: danced, again: always}")
    other = f"id: other\nname: Other\n{again}\nstays: {stays}\nsteps: [{{id: two, do: email, email: two}}]\n"
    book = playbook(first, other)
    before, _ = settle(book, newborn(ada()), NOON, Fact("danced", NOON))

    _, decision = settle(book, before, NOON + DAY, Fact("danced", NOON + DAY))

    assert said(decision, "refused") == [told]
    assert emails(decision) == []


def test_two_journeys_that_start_each_other_do_so_once_in_a_decision() -> None:
    one = journey("[{id: s, do: start, journey: two}]", key="one")
    two = journey("[{id: s, do: start, journey: one}]", "{on: never, again: always}", key="two")

    _, decision = settle(playbook(one, two), newborn(ada()), NOON)

    assert [(one.journey, one.state) for one in decision.enrollments] == [("one", "finished"), ("two", "finished")]


ONE_OFF = """
id: news
name: News
enter: {once: true, segment: builders}
steps: [{id: one, do: email, email: news}]
"""
BUILDERS = "{id: builders, when: {trait: role, is: developer}}"


@pytest.mark.parametrize(("role", "told"), [("developer", ["news"]), ("boss", [])])
def test_a_letter_by_hand_goes_to_its_segment_alone_and_once(role: str, told: list[str]) -> None:
    book = playbook(ONE_OFF, segment_builders=BUILDERS)
    before, born = settle(book, newborn(ada(traits={"role": role})), NOON)
    by_hand = Fact("started_by_hand", NOON + DAY, {"journey": "news"})

    between, decision = settle(book, before, NOON + DAY, by_hand)
    _, again = settle(book, between, NOON + 2 * DAY, by_hand._replace(at=NOON + 2 * DAY))

    assert (emails(born), emails(decision), emails(again)) == ([], told, [])
    refusal = "they have walked it before, and it is walked once" if told else "stage is assessing, role is 'boss'"
    assert said(again, "refused")[:1] == ([f"not entered: {refusal}"] if told else [])


def test_what_is_started_by_hand_is_one_letter_to_a_segment() -> None:
    for broken, told in (
        (ONE_OFF.replace("{once: true, segment: builders}", "{once: true}"), "needs a `segment`"),
        (ONE_OFF.replace("[{id: one", "[{id: two, do: email, email: news}, {id: one"), "is one letter"),
    ):
        with pytest.raises(Unsound, match=told):
            playbook(broken, segment_builders=BUILDERS)


@pytest.mark.parametrize(("existing", "told"), [("leave", []), ("enter", ["a"])])
def test_who_matches_already_enters_only_where_the_journey_says_so(existing: str, told: list[str]) -> None:
    before, _ = settle(playbook(), newborn(ada()), NOON)
    new = playbook(
        journey("[{id: one, do: email, email: a}]", f"{{stage: assessing, existing: {existing}}}"), revision=2
    )

    _, decision = settle(new, before, NOON + DAY)

    assert emails(decision) == told


def test_who_was_left_out_is_let_in_by_an_edit_that_says_so_and_only_once() -> None:
    steps = "[{id: one, do: email, email: a}]"
    left_out = playbook(journey(steps, "{stage: assessing}"), revision=2)
    let_in = [
        playbook(journey(steps, "{stage: assessing, existing: enter, again: always}"), revision=n) for n in (3, 4)
    ]
    before, _ = settle(playbook(), newborn(ada()), NOON)

    outside, refused = settle(left_out, before, NOON + DAY)
    inside, entered = settle(let_in[0], outside, NOON + 2 * DAY)
    _, again = settle(let_in[1], inside, NOON + 3 * DAY)

    assert said(refused, "refused") == ["not entered: they met its entry already when it was published"]
    assert (emails(entered), emails(again)) == (["a"], [])


def test_a_wait_for_an_event_counts_only_what_happens_from_then_on() -> None:
    waits = """[{id: d, do: wait, for: 1d},
      {id: w, do: wait_for, what: {event: danced, where: {kind: tango}}, up_to: 3d,
      then: [{id: y, do: email, email: yes}], else: [{id: n, do: email, email: no}]}]"""
    book = playbook(journey(waits))

    def lived(*hours: int, kind: str = "tango") -> list[tuple[float, str, int]]:
        script = [Fact("danced", NOON + n * HOUR, {"kind": kind}) for n in hours]
        return went(simulate(book, newborn(ada()), NOON, 20, script))

    assert lived(36) == [(1.5, "yes", 1)]
    assert lived(12) == [(4, "no", 1)]
    assert lived(36, kind="polka") == [(4, "no", 1)]


def test_a_letter_nobody_needs_any_more_is_skipped_with_its_reason() -> None:
    nudge = "[{id: d, do: wait, for: 1d}, {id: n, do: email, email: nudge, unless: {milestone: first_project}}]"
    book = playbook(journey(nudge))

    done = simulate(book, newborn(ada()), NOON, 5, [Fact("project_created", NOON + HOUR)])
    not_done = simulate(book, newborn(ada()), NOON, 5)

    assert went(done) == []
    assert [line.because for line in done.lines if line.do == "skipped"] == [
        "skipped, no need for it: first_project: reached"
    ]
    assert went(not_done) == [(1, "nudge", 1)]


def test_a_message_in_the_product_speaks_to_the_persona_and_touches_no_cap() -> None:
    says = "[{id: m, do: message, title: Hello, body: Three clicks., for: {kevin: {body: One call.}}}]"
    book = playbook(journey(says))

    _, kevin = settle(book, newborn(ada(traits={"role": "admin"})), NOON)
    snapshot, wilma = settle(book, newborn(ada()), NOON)

    assert [(one.title, one.body) for one in (*kevin.notices, *wilma.notices)] == [
        ("Hello", "One call."),
        ("Hello", "Three clicks."),
    ]
    assert snapshot.facts.touches == ()


def test_a_webhook_tells_what_staff_chose() -> None:
    _, decision = settle(
        playbook(journey("[{id: h, do: webhook, to: crm, send: {rating: warm}}]")), newborn(ada()), NOON
    )

    assert [(one.outbound, one.send, one.step) for one in decision.calls] == [("crm", {"rating": "warm"}, "h")]


def asked(**facts: Any) -> Snapshot:
    return known(ada(), Fact("danced", NOON), **facts)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({}, ["mood"]),
        ({"mood": Answered(NOON - 10 * DAY, 7)}, []),
        ({"mood": Answered(NOON - 90 * DAY, 7)}, ["mood"]),
        ({"other": Answered(NOON, 7)}, ["mood"]),
    ],
)
def test_a_survey_is_not_asked_of_whoever_has_answered_it_lately(
    answers: Mapping[str, Answered], told: list[str]
) -> None:
    head = "---\nsubject: How is it?\nsender: success\ntopic: tips\n---\nHello\n"
    book = playbook(
        journey("[{id: ask, do: survey, survey: mood}]", "{on: danced}"),
        email_mood=f'{{"email.md": {head!r}}}'.replace("'", '"'),
    )

    _, decision = settle(book, asked(answers=answers), NOON)

    assert emails(decision) == told


def test_an_unknown_task_outbound_owner_persona_or_arm_is_refused_by_name() -> None:
    for steps, told in (
        ("[{id: c, do: care, task: call, due: 1d, owner: nobody}]", "there is no owner 'nobody'"),
        ("[{id: m, do: message, title: a, body: b, for: {fred: {body: c}}}]", "there is no persona 'fred'"),
        ("[{id: w, do: wait_for, what: {arm: path.x, is: a}, up_to: 1d}]", "there is no arm 'a'"),
        ("[{id: s, do: start, journey: nowhere}]", "there is no journey 'nowhere'"),
        ("[{id: w, do: wait_for, what: {evnt: a}, up_to: 1d}]", "unknown kind 'evnt'"),
    ):
        with pytest.raises(Unsound, match=told):
            playbook(journey(steps))


def test_a_scenario_cannot_answer_what_is_never_asked() -> None:
    life = "id: x\njourney: path\nfrom: 2026-03-02T09:00:00Z\nscript: [{on_day: 2, answers: mod, value: 3}]\n"

    with pytest.raises(Unsound, match=r"scenarios/x.yaml:4: script.0.answers: there is no survey 'mod'"):
        playbook(journey("[{id: ask, do: survey, survey: mood, email: a}]"), scenario_x=life)
