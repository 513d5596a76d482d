"""Saved scenarios: lived as their script says, held against what they expect, and compared across two playbooks."""

from datetime import datetime
from typing import Any

import pytest

from nurture.engine.draft import sound_part
from nurture.engine.learning import CARE_DONE
from nurture.engine.local import zone_of
from nurture.engine.playbook import Playbook
from nurture.engine.problem import Unsound
from nurture.engine.reach import Reach, ending, reach, report
from nurture.engine.rehearsal import cannot_happen, compare, live, unkept
from nurture.engine.scenario import Scenario
from nurture.engine.simulate import simulate
from nurture.engine.snapshot import Fact
from tests.engine.builders import ALWAYS, DAY, NOON, ada, bo, journey, known, newborn, playbook, policy, texts

CALLED = (
    "[{id: call, do: care, task: call, due: 1d, wait_for_outcome: 3d,"
    " outcomes: {booked: [{id: glad, do: email, email: glad}]}, else: [{id: sorry, do: email, email: sorry}]}]"
)

HELLO = "{id: hello, do: email, email: hello}"
LATE = {"on_day": 6, "care": "call", "outcome": "booked"}


def scenario(script: list[dict[str, Any]] | None = None, **more: Any) -> Scenario:
    told = {"id": "wilma", "journey": "path", "persona": "wilma", "from": NOON, "days": 10, "script": script or []}
    return Scenario.model_validate(told | more)


def path(steps: str, **others: Any) -> Playbook:
    return playbook(journey(steps), policy=policy(ALWAYS), **others)


@pytest.mark.parametrize(
    ("happening", "expects"),
    [
        ([{"on_day": 2, "care": "call", "outcome": "booked"}], ("call", "glad")),
        ([LATE], ("call", "sorry")),
        ([], ("call", "sorry")),
    ],
)
def test_the_outcome_of_a_task_goes_to_the_one_that_is_open_then(
    happening: list[dict[str, Any]], expects: tuple[str, ...]
) -> None:
    lived = live(path(CALLED), scenario(happening, expects=expects))

    assert lived.steps == expects
    assert lived.differs == ""
    late = [cannot_happen(fact) for fact in lived.transcript.unmet]
    assert late == (["nobody is asked for 'call' by Sat 07 Mar 12:00 UTC"] if LATE in happening else [])


def test_a_script_answers_extends_and_does_by_their_own_clock() -> None:
    steps = (
        "[{id: fine, do: wait_for, what: {survey: mood, score_at_least: 9}, up_to: 5d,"
        " then: [{id: thanks, do: message, title: Thanks, body: You}], else: []},"
        " {id: end, do: wait_until, trial: end, offset: 0d}, {id: bye, do: email, email: bye}]"
    )
    book = path(steps, survey_mood="{id: mood, name: mood, question: How is it?, kind: score}")
    script = [{"on_day": 2, "at": "08:30", "answers": "mood", "value": 9}, {"on_day": 3, "extend": "2d"}]

    lived = live(book, scenario(script, trial_days=5, timezone="Asia/Kathmandu", expects=["thanks", "bye"]))

    told = {line.step: line.at.isoformat()[:16] for line in lived.transcript.of("path") if line.do != "rest"}
    assert lived.differs == ""
    assert told["thanks"] == "2026-03-03T02:45"
    assert told["bye"] == "2026-03-09T12:00"


def test_the_hour_of_a_happening_is_the_one_on_their_wall_and_never_before_the_beginning() -> None:
    one = scenario([{"on_day": 1, "at": "09:00", "event": "danced"}, {"on_day": 28, "at": "09:00", "event": "danced"}])

    first, later = (one.moment_of(happening, zone_of("Europe/London")).isoformat() for happening in one.script)

    assert first == "2026-03-02T12:00:00+00:00"
    assert later == "2026-03-29T08:00:00+00:00"  # the clocks went forward that night


def test_the_news_of_a_letter_needs_the_letter() -> None:
    book = path("[{id: hello, do: email, email: hello}, {id: rest, do: wait, for: 3d}]")
    clicked = [{"on_day": 2, "event": "email_clicked", "properties": {"email": name}} for name in ("hello", "other")]

    lived = live(book, scenario(clicked))

    assert lived.transcript.snapshot.facts.mail.keys() == {"hello"}
    assert [fact.properties["email"] for fact in lived.transcript.unmet] == ["other"]


def test_a_lead_lives_what_only_leads_may_enter() -> None:
    book = playbook(journey("[{id: hello, do: email, email: hello}]", "{stage: considering}"))

    lived = live(book, scenario())

    assert lived.steps == ("hello",)
    assert lived.transcript.before.customer.signed_up_at is None


def test_a_lead_may_sign_up_and_nobody_signs_up_twice() -> None:
    signs_up = [{"on_day": day, "event": "signed_up"} for day in (3, 5)]

    lived = live(path(f"[{HELLO}]"), scenario(signs_up, stage="considering"))

    customer = lived.transcript.snapshot.customer
    assert lived.steps == ("hello",)
    assert (customer.trial_starts_at, customer.trial_ends_at) == (NOON + 2 * DAY, NOON + 16 * DAY)
    assert [change.to for _, decision in lived.transcript.beats for change in decision.stage_changes] == [
        "considering",
        "assessing",
    ]


def test_what_is_not_as_expected_is_a_problem_with_its_file() -> None:
    text = f"{{id: wilma, journey: path, from: '{NOON.isoformat()}', expects: [glad]}}"
    kept = text.replace("glad", "call, sorry").replace("id: wilma", "id: kept")

    (problem,) = unkept(path(CALLED, scenario_wilma=text, scenario_kept=kept))

    assert problem.file == "config/scenarios/wilma.yaml"
    assert problem.must_fix
    assert problem.message == "expects glad; now it is call, sorry"
    assert not any(one.must_fix for one in unkept(path(CALLED, scenario_wilma=text), must_fix=False))


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (f"[{HELLO}, {{id: two, do: wait, for: 2d}}, {{id: bye, do: email, email: bye}}]", ""),
        (
            f"[{HELLO}, {{id: two, do: wait, for: 1d}}, {{id: bye, do: email, email: bye}}]",
            "now gets bye 1 day earlier",
        ),
        (f"[{HELLO}]", "now gets 1 email fewer"),
        (f"[{HELLO}, {{id: bye, do: message, title: Bye, body: Bye}}]", "now gets 1 email fewer and 1 message"),
        (f"[{HELLO}, {{id: bye, do: email, email: other}}]", "now gets hello, other instead of hello, bye"),
        (f"[{HELLO}, {{id: m, do: move, to: at_risk}}, {{id: bye, do: email, email: bye}}]", "ends at_risk instead of"),
    ],
)
def test_another_playbook_is_told_in_a_sentence(steps: str, said: str) -> None:
    old = path(f"[{HELLO}, {{id: two, do: wait, for: 2d}}, {{id: bye, do: email, email: bye}}]")

    told = compare(old, path(steps), [scenario(name="Wilma never replies")])

    assert told.sentences[0] == ("0 of 1 scenarios unchanged" if said else "1 of 1 scenarios unchanged")
    assert said in told.changed.get("wilma", "")
    assert all(sentence.startswith("\u201cWilma never replies\u201d ") for sentence in told.sentences[1:])


def test_a_scenario_that_is_no_more_as_expected_is_told_and_one_without_its_journey_is_left_out() -> None:
    old, new = path(f"[{HELLO}]"), path("[{id: bye, do: email, email: bye}]")

    told = compare(old, new, [scenario(expects=["hello"]), scenario(id="gone", journey="gone")])

    assert told.total == 1
    assert told.expected == {"wilma": "expects hello; now it is bye"}


def test_the_reach_names_every_step_as_written_for_each_shape_they_walk() -> None:
    base = journey(
        "[{id: a, do: email, email: a}, {id: b, do: wait, for: 9d}]",
        more="variants: [{persona: kevin, journey: other}]",
    )
    paths = "[{when: {persona: wilma}, steps: [{id: two, do: end}]}, {otherwise: true, steps: [{id: three, do: end}]}]"
    other = journey(f"[{{id: one, do: split, paths: {paths}}}]", "null", key="other")
    book = playbook(base, other)
    kevin = newborn(ada(persona="kevin", persona_locked=True))

    walked = simulate(book, kevin, NOON, days=3)
    wilma = simulate(book, newborn(ada()), NOON, days=3)

    assert reach(book, walked, "path") == (Reach("other", ("one", "three"), ("two",)),)
    assert reach(book, wilma, "path") == (Reach("path", ("a", "b"), ()),)
    assert reach(book, simulate(book, newborn(bo()), NOON, days=1), "path") == (Reach("path", (), ("a", "b")),)
    assert report(book, walked, "path", {})["reach"] == [
        {"journey": "other", "reached": ("one", "three"), "missed": ("two",)}
    ]


@pytest.mark.parametrize(
    ("enter", "said"),
    [
        ("{on: danced, stage: adopted}", "the stage is assessing; it is entered on danced"),
        ("null", "nothing asked for it; it is entered only as a variant of another one, or where a step starts it"),
        ("{once: true, segment: some}", "nothing asked for it; it is started by hand, for the segment some"),
    ],
)
def test_an_ending_says_why_somebody_known_does_not_enter(enter: str, said: str) -> None:
    some = "{id: some, name: some, when: {persona: wilma}}"
    book = playbook(journey("[{id: a, do: email, email: a}]", enter), segment_some=some)

    lived = simulate(book, known(ada()), NOON, days=1)

    assert ending(book, lived, "path") == ("never entered", said)


def test_a_letter_to_a_segment_is_lived_once_it_is_started_by_hand() -> None:
    some = "{id: some, name: some, when: {persona: wilma}}"
    book = playbook(journey("[{id: a, do: email, email: a}]", "{once: true, segment: some}"), segment_some=some)
    by_hand = {"on_day": 2, "event": "started_by_hand", "properties": {"journey": "path"}}

    assert live(book, scenario([by_hand])).steps == ("a",)


def test_the_same_fact_for_two_tasks_of_a_kind_answers_the_newest() -> None:
    steps = (
        "[{id: first, do: care, task: call, due: 1d},"
        " {id: second, do: care, task: call, due: 1d, wait_for_outcome: 2d}]"
    )
    done = Fact(CARE_DONE, NOON + DAY, {"task": "call", "outcome": "done"})

    lived = simulate(path(steps), newborn(ada()), NOON, days=5, script=[done, done._replace(at=NOON + 2 * DAY)])

    assert [key.split("|")[2] for key in lived.snapshot.facts.care] == ["second", "first"]
    assert lived.unmet == ()


def test_a_journey_is_tried_up_to_its_first_broken_step() -> None:
    broken = journey("[{id: a, do: email, email: a}, {id: b, do: wait, fr: 1d}, {id: c, do: email, email: gone}]")

    book, problems = sound_part(texts(broken), "path", {}, {}, 1)

    version = book.live("path")
    assert version is not None
    assert [step.id for step in version.journey.steps] == ["a"]
    assert {problem.key for problem in problems} >= {"steps.1.fr"}


@pytest.mark.parametrize(
    ("broken", "keys"),
    [
        (journey("[{id: a, do: wait, fr: 1d}, {id: b, do: end}]"), {"steps.0.fr"}),
        (journey("[{id: a, do: end}, {id: b, do: wait, fr: 1d}]", more="prority: 3"), {"prority", "steps.1.fr"}),
        (journey("[{id: a, do: end}, {id: a, do: end}]"), {""}),
    ],
    ids=["its first step", "its head", "two steps of one name"],
)
def test_a_journey_that_is_broken_from_the_start_is_told_so(broken: str, keys: set[str]) -> None:
    with pytest.raises(Unsound) as caught:
        sound_part(texts(broken), "path", {}, {}, 1)

    assert keys <= {problem.key for problem in caught.value.problems}


def test_a_scenario_begins_when_it_says_whatever_the_zone_it_says_it_in() -> None:
    paris = datetime.fromisoformat("2026-03-02T13:00:00+01:00")

    lived = live(path(f"[{HELLO}]"), scenario(None, **{"from": paris}))

    assert lived.transcript.beats[0][0].isoformat() == "2026-03-02T12:00:00+00:00"
