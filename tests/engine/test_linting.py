"""What looks right and is not: each rule finds the mistake planted for it, at its line, and not its mended twin."""

import json
import re
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings

from nurture.engine.journey import Journey
from nurture.engine.linting import RULES, lint
from nurture.engine.linting.book import open_book
from nurture.engine.playbook import compile_playbook
from nurture.engine.problem import Problem
from nurture.engine.simulate import simulate
from nurture.engine.snapshot import Customer, Fact
from tests.engine.builders import ALWAYS, EXAMPLES, MILESTONES, NOON, newborn, policy, texts
from tests.engine.grammar import as_texts, drawn, people, scripts

LAYOUT = "<mjml><mj-body>{{ body }} {{ postal_address }} {{ links.unsubscribe }}</mj-body></mjml>"
MUST, ADVICE = True, False
HELLO = "{id: hello, do: email, email: hello}"
BYE = "{id: bye, do: email, email: bye}"
DAY = "{id: a-day, do: wait, for: 1d}"


def path(*steps: str, key: str = "path", enter: str = "{stage: assessing}", more: str = "") -> str:
    """A journey whose steps begin on line 6, one a line; `more` stands on line 4."""
    entry = f"enter: {enter}" if enter else "purpose: A path"
    return f"id: {key}\nname: {key}\n{entry}\n{more}\nsteps:\n" + "".join(f"  - {step}\n" for step in steps)


class Case(NamedTuple):
    """A mistake.  where: its file and line.  said: words of the problem.  must: whether it stops a publish.

    planted, mended: documents by kind and key, such as `journey_path`, beside those of `base`.
    """

    where: str
    said: str
    must: bool
    planted: dict[str, str]
    mended: dict[str, str]
    base: dict[str, str] = {}  # noqa: RUF012 - nobody changes it
    measured: dict[str, Any] = {}  # noqa: RUF012 - nobody changes it


def journey_case(
    line: int, said: str, must: bool, planted: str, mended: str, /, measured: dict[str, Any] | None = None, **base: str
) -> Case:
    where = f"config/journeys/path.yaml:{line}"
    return Case(where, said, must, {"journey_path": planted}, {"journey_path": mended}, base, measured or {})


def arms(weight: int) -> str:
    return f"{{id: tone, do: experiment, arms: [{{id: plain}}, {{id: warm, weight: {weight}, steps: [{HELLO}]}}]}}"


def fork(*paths: str, key: str = "fork") -> str:
    return f"{{id: {key}, do: split, paths: [{', '.join(paths)}]}}"


def email(topic: str = "tips", body: str = "Hello", **variants: str) -> str:
    """An email's files, as JSON; a variant replaces all of the body."""
    head = f"---\nsubject: Hello\nsender: success\ntopic: {topic}\n---\n"
    return json.dumps({"email.md": f"{head}{body}\n"} | {f"{key}.md": text for key, text in variants.items()})


def ring(again: str) -> dict[str, str]:
    """Two journeys that start each other."""
    return {
        "journey_path": path(DAY, "{id: on, do: start, journey: other}", enter="{stage: assessing, again: always}"),
        "journey_other": path(
            DAY, "{id: back, do: start, journey: path}", key="other", enter=f"{{on: called, again: {again}}}"
        ),
    }


def holding(priority: int) -> dict[str, str]:
    other = path(DAY, key="other", more=f"{{holds: path, priority: {priority}}}".strip("{}").replace(", ", "\n"))
    return {"journey_path": path(DAY, more="holds: other"), "journey_other": other}


def care(key: str = "call", more: str = "") -> str:
    return f"{{id: {key}, do: care, task: call, due: 1d{more}}}"


THREE = [f"{{id: n{n}, do: email, email: n{n}}}" for n in range(3)]
SURVEY = "{id: mood, name: Mood, question: How is it?, kind: score}"
KEVIN, WILMA, REST = (
    f"{{{rule}, steps: [{step}]}}"
    for rule, step in (("when: {persona: kevin}", HELLO), ("when: {persona: wilma}", BYE), ("otherwise: true", DAY))
)
NOBODY = "{otherwise: true}"
SCENARIO = "id: life\nname: A life\njourney: path\nfrom: 2026-03-02T09:00:00Z\nexpects: [{}]\n"
OWNERLESS = policy().split("owners:")[0]

LATE = f"{{id: w, do: wait_for, what: {{milestone: first_value}}, up_to: 6d, then: [{HELLO}]}}"
END = "{id: u, do: wait_until, trial: end, offset: -2d}"

CASES = {
    "a step behind the end": journey_case(
        7,
        "nobody comes to 'hello': the journey has ended at 'over'",
        MUST,
        path("{id: over, do: end}", HELLO),
        path(HELLO),
    ),
    "a step behind a split whose paths all end": journey_case(
        7,
        "nobody comes to 'bye'",
        MUST,
        path(
            fork("{when: {persona: kevin}, steps: [{id: a, do: end}]}", "{otherwise: true, steps: [{id: b, do: end}]}"),
            BYE,
        ),
        path(fork("{when: {persona: kevin}, steps: [{id: a, do: end}]}", NOBODY), BYE),
    ),
    "a step behind a move that ends the journey": journey_case(
        7,
        "nobody comes to 'bye'",
        MUST,
        path("{id: go, do: move, to: adopted}", BYE),
        path("{id: go, do: move, to: assessing}", BYE),
    ),
    "a path behind the same condition": journey_case(
        6,
        "nobody takes path 2: a path above it holds whenever this one does",
        MUST,
        path(fork("{when: {did: paid}}", "{when: {did: paid}}", NOBODY)),
        path(fork("{when: {did: paid}}", "{when: {did: any}}", NOBODY)),
    ),
    "a path for a stage that the journey does not stay in": journey_case(
        6,
        "nobody takes path 1: its condition holds in no stage of this journey",
        MUST,
        path(fork("{when: {stage: adopted}}", NOBODY)),
        path(fork("{when: {stage: adopted}}", NOBODY), more="stays: [assessing, adopted]"),
    ),
    "a last path for nobody": journey_case(
        6, "nobody is left for `otherwise`", ADVICE, path(fork(KEVIN, WILMA, REST)), path(fork(KEVIN, REST, key="one"))
    ),
    "a wait for what cannot be": journey_case(
        6,
        "can never hold",
        MUST,
        path("{id: w, do: wait_for, what: {stage: adopted}, up_to: 1d}"),
        path("{id: w, do: wait_for, what: {milestone: first_value}, up_to: 1d}"),
    ),
    "an else for nobody": journey_case(
        6,
        "nobody comes here: what it waits for always holds",
        MUST,
        path(f"{{id: w, do: wait_for, what: {{stage: assessing}}, up_to: 1d, else: [{HELLO}]}}"),
        path("{id: w, do: wait_for, what: {stage: assessing}, up_to: 1d}"),
    ),
    "an email nobody needs": journey_case(
        6,
        "so nobody gets the email",
        MUST,
        path("{id: hello, do: email, email: hello, unless: {stage: assessing}}"),
        path("{id: hello, do: email, email: hello, unless: {persona: kevin}}"),
    ),
    "rounds nobody walks": journey_case(
        6,
        "so nobody walks its steps",
        MUST,
        path(f"{{id: r, do: repeat, times: 2, until: {{not: {{stage: adopted}}}}, steps: [{DAY}]}}"),
        path(f"{{id: r, do: repeat, times: 2, until: {{not: {{persona: kevin}}}}, steps: [{DAY}]}}"),
    ),
    "an arm that weighs nothing": journey_case(6, "arm 'warm' weighs 0", ADVICE, path(arms(0)), path(arms(1))),
    "no way in": journey_case(1, "nobody enters it", MUST, path(HELLO, enter=""), path(HELLO)),
    "an entry that nobody meets": journey_case(
        3,
        "nobody enters it: the condition holds in none of the stages",
        MUST,
        path(HELLO, enter="{stage: assessing, when: {stage: adopted}}"),
        path(HELLO, enter="{stage: assessing, when: {not: {stage: adopted}}}"),
    ),
    "an entry that is left at once": journey_case(
        3,
        "whoever enters leaves at once: it is entered in assessing",
        MUST,
        path(HELLO, more="stays: adopted", enter="{stage: assessing}"),
        path(HELLO, more="stays: [assessing, adopted]", enter="{stage: assessing}"),
    ),
    "a variant behind another": Case(
        "config/journeys/path.yaml:4",
        "nobody walks 'b' by this",
        MUST,
        {"journey_path": path(HELLO, more="variants: [{persona: kevin, journey: a}, {persona: kevin, journey: b}]")},
        {"journey_path": path(HELLO, more="variants: [{persona: kevin, journey: a}, {persona: wilma, journey: b}]")},
        {f"journey_{key}": path(HELLO, key=key, enter="") for key in "ab"},
    ),
    "a variant for a stage in which nobody enters": Case(
        "config/journeys/path.yaml:4",
        "nobody walks 'a' by this",
        MUST,
        {"journey_path": path(HELLO, more="variants: [{stage: adopted, journey: a}]")},
        {"journey_path": path(HELLO, more="variants: [{stage: assessing, journey: a}]")},
        {"journey_a": path(HELLO, key="a", enter="")},
    ),
    "a variant that is left at once": Case(
        "config/journeys/path.yaml:4",
        "whoever enters it leaves at once: 'a' does not stay in assessing",
        MUST,
        {"journey_a": path(HELLO, key="a", enter="", more="stays: adopted")},
        {"journey_a": path(HELLO, key="a", enter="")},
        {"journey_path": path(HELLO, more="variants: [{persona: kevin, journey: a}]")},
    ),
    "no way out": journey_case(
        1,
        "nothing ends it early: it goes on also for who is adopted",
        ADVICE,
        path(DAY, HELLO, enter="{on: report_shared}"),
        path(DAY, HELLO, enter="{on: report_shared}", more="goal: {milestone: first_value}"),
    ),
    "journeys that start each other": Case(
        "config/journeys/other.yaml:7", "nobody would ever be through with it", MUST, ring("always"), ring("never")
    ),
    "a journey that starts itself": journey_case(
        6, "cannot be started again", ADVICE, path("{id: on, do: start, journey: path}"), path(HELLO)
    ),
    "journeys that hold each other": Case(
        "config/journeys/other.yaml:4", "hold each other with one priority", ADVICE, holding(50), holding(60)
    ),
    "a talkative week": journey_case(
        10,
        "(n0, n1, n2, bye); 3 a week is the most",
        ADVICE,
        path(
            THREE[0],
            DAY,
            *THREE[1:],
            f"{{id: w, do: wait_for, what: {{milestone: first_value}}, up_to: 1d, then: [{BYE}]}}",
        ),
        path(*THREE, "{id: a-week, do: wait, for: 7d}", BYE),
    ),
    "a talkative week of one persona": journey_case(
        9,
        "kevin may get 4 letters within no time",
        ADVICE,
        path(*THREE, fork(KEVIN, NOBODY)),
        path(*THREE[:2], fork(KEVIN, NOBODY)),
    ),
    "a talkative week of who does it late": journey_case(
        10,
        "kevin and wilma may get 4 letters within 1 day (hello, n0, n1, n2)",
        ADVICE,
        path(LATE, "{id: u, do: wait_until, trial: start, offset: 7d}", *THREE),
        path(LATE, "{id: u, do: wait_until, trial: start, offset: 13d}", *THREE),
    ),
    "a cap that is reached in rounds": journey_case(
        6,
        "may get 3 letters within 4 days (hello, hello, hello); 2 a week is the most",
        ADVICE,
        path(f"{{id: r, do: repeat, times: 3, steps: [{HELLO}, {{id: two, do: wait, for: 2d}}]}}"),
        path(f"{{id: r, do: repeat, times: 3, steps: [{HELLO}, {{id: four, do: wait, for: 4d}}]}}"),
        policy=policy(caps="[{per: 7d, at_most: 2}]"),
    ),
    "a wait past the trial's end": journey_case(
        7,
        "comes too late in a trial of 2 weeks: nobody is here before 13 days",
        ADVICE,
        path("{id: w, do: wait, for: 13d}", END),
        path("{id: w, do: wait, for: 12d}", END),
    ),
    "a wait past the trial's end for some": journey_case(
        6,
        "comes too late in a trial of 2 weeks: nobody is here before 13 days",
        ADVICE,
        path(f"{{id: w, do: wait_for, what: {{milestone: first_value}}, up_to: 13d, else: [{END}]}}"),
        path(f"{{id: w, do: wait_for, what: {{milestone: first_value}}, up_to: 12d, else: [{END}]}}"),
    ),
    "rounds without a wait": journey_case(
        6,
        "nothing in it waits: all 2 rounds come at once",
        ADVICE,
        path(f"{{id: r, do: repeat, times: 2, steps: [{HELLO}]}}"),
        path(f"{{id: r, do: repeat, times: 2, steps: [{DAY}, {HELLO}]}}"),
    ),
    "a narrow window": Case(
        "config/policy.yaml:3",
        "letters may go out 50 minutes a day",
        ADVICE,
        {"policy": policy(ALWAYS.replace("00:00", "23:30").replace("23:59:59.999999", "00:20"))},
        {"policy": policy(ALWAYS.replace("00:00", "23:30").replace("23:59:59.999999", "00:30"))},
    ),
    "no way to unsubscribe": Case(
        "templates/emails/_layout/default.mjml",
        "does not give the way to unsubscribe",
        MUST,
        {"layout_default": LAYOUT.replace("{{ links.unsubscribe }}", "{# links.unsubscribe #}")},
        {"layout_default": LAYOUT},
        {"journey_path": path(HELLO)},
    ),
    "no postal address": Case(
        "templates/emails/_layout/default.mjml",
        "does not give the postal address",
        MUST,
        {"layout_default": LAYOUT.replace("{{ postal_address }}", "")},
        {"layout_default": LAYOUT},
        {"journey_path": path("{id: r, do: email, email: receipt}")},
    ),
    "a holdout over a transactional letter": journey_case(
        4,
        "'r' writes 'receipt', which is transactional",
        MUST,
        path("{id: r, do: email, email: receipt}", more="holdout: 10%"),
        path(HELLO, more="holdout: 10%"),
    ),
    "a letter twice on one way": journey_case(
        8,
        "'hello' went out at 'hello' already",
        ADVICE,
        path(HELLO, DAY, "{id: once-more, do: email, email: hello}"),
        path(
            fork(KEVIN, "{otherwise: true, steps: [{id: other, do: email, email: hello}]}"),
            "{id: once-more, do: email, email: hello, off: true}",
        ),
    ),
    "two urgent letters": journey_case(
        7,
        "2 steps are urgent: a, b",
        ADVICE,
        path(*(f"{{id: {key}, do: email, email: {key}, urgent: true}}" for key in "ab")),
        path("{id: a, do: email, email: a, urgent: true}", "{id: b, do: email, email: b}"),
    ),
    "no words for a persona": Case(
        "templates/emails/hello/",
        "and none for",
        ADVICE,
        {"email_hello": email(wilma="Hello Wilma")},
        {"email_hello": email(kevin="Hello Kevin")},  # Wilma is everybody else, whom the general text is for
        {"journey_path": path(HELLO)},
    ),
    "an email that nobody sends": Case(
        "templates/emails/hello/",
        "no step of any journey writes it",
        ADVICE,
        {"journey_path": path(BYE)},
        {"journey_path": path(HELLO)},
        {"email_hello": email()},
    ),
    "a survey without its question": Case(
        "config/journeys/path.yaml:6",
        "the email 'hello' does not ask 'mood'",
        ADVICE,
        {"email_hello": email()},
        {"email_hello": email(body="[Say so]({{ links.survey.mood.page }})")},
        {"journey_path": path("{id: ask, do: survey, survey: mood, email: hello}"), "survey_mood": SURVEY},
    ),
    "a survey without thanks": Case(
        "config/surveys/mood.yaml:1",
        "has no `thanks`",
        ADVICE,
        {"survey_mood": SURVEY},
        {"survey_mood": SURVEY.replace("}", ", thanks: A person reads it}")},
    ),
    "a segment that nobody uses": Case(
        "config/segments/paying.yaml:1",
        "no document uses this segment",
        ADVICE,
        {"journey_path": path(HELLO)},
        {"journey_path": path(HELLO, enter="{stage: assessing, when: {segment: paying}}")},
        {"segment_paying": "id: paying\nwhen: {did: paid}\n"},
    ),
    "a task for nobody": Case(
        "config/journeys/path.yaml:6",
        "nobody is asked",
        ADVICE,
        {"policy": OWNERLESS},
        {"policy": policy()},
        {"journey_path": path(care())},
    ),
    "a variant without a goal": Case(
        "config/journeys/path.yaml:4",
        "'a' has no goal, and this journey has one",
        ADVICE,
        {"journey_a": path(HELLO, key="a", enter="")},
        {"journey_a": path(HELLO, key="a", enter="", more="goal: {did: paid}")},
        {"journey_path": path(HELLO, more="variants: [{persona: kevin, journey: a}]\ngoal: {milestone: first_value}")},
    ),
    "a scenario that goes otherwise": Case(
        "config/scenarios/life.yaml:5",
        "expects bye; now it is hello",
        MUST,
        {"scenario_life": SCENARIO.format("bye")},
        {"scenario_life": SCENARIO.format("hello")},
        {"journey_path": path(HELLO)},
    ),
    "a slip of the pen in an event": journey_case(
        6,
        "the event 'report_sharde' is named nowhere else (did you mean 'report_shared'?)",
        ADVICE,
        path("{id: w, do: wait_for, what: {event: report_sharde}, up_to: 1d}"),
        path("{id: w, do: wait_for, what: {event: report_closed}, up_to: 1d}"),
        milestones=MILESTONES.replace("project_created", "report_shared"),
    ),
    "an event that nobody ever sent": journey_case(
        6,
        "no event 'called' has ever come in",
        ADVICE,
        path("{id: w, do: wait_for, what: {event: called}, up_to: 1d}"),
        path("{id: w, do: wait_for, what: {event: report_shared}, up_to: 1d}"),
        measured={"heard": {"report_shared"}},
    ),
    "a path that nobody took": journey_case(
        6,
        "nobody took path 1 in 90 days",
        ADVICE,
        path(fork(KEVIN, REST)),
        path(fork(WILMA, REST, key="other")),
        measured={"taken": {("path", "fork", "2"): 40}},
    ),
}


def made(case: Case, documents: dict[str, str]) -> dict[tuple[str, str], tuple[int, str]]:
    """The texts of a small playbook that holds these documents."""
    given = {**case.base, **documents}
    journeys = [text for name, text in given.items() if name.startswith("journey")]
    return texts(*journeys, **{name: text for name, text in given.items() if not name.startswith("journey")})


def found(case: Case, documents: dict[str, str]) -> list[Problem]:
    """What is found that says what the case is about."""
    read = made(case, documents)
    problems = lint(compile_playbook(1, read), read, **case.measured)
    return [problem for problem in problems if case.said in str(problem)]


@pytest.mark.parametrize("name", CASES)
def test_a_planted_mistake_is_found_at_its_line_and_its_mended_twin_is_not(name: str) -> None:
    case = CASES[name]

    planted, mended = found(case, case.planted), found(case, case.mended)

    assert len(planted) == 1
    assert str(planted[0]).startswith(f"{case.where}:")
    assert planted[0].must_fix is case.must
    assert planted[0].suggestion or "nobody" in case.said
    assert mended == []


def test_every_rule_has_a_mistake_of_its_own() -> None:
    caught = set[str]()
    for case in CASES.values():
        read = made(case, case.planted)
        book = open_book(compile_playbook(1, read), read)._replace(**case.measured)
        caught |= {rule.__name__ for rule in RULES for problem in rule(book) if case.said in str(problem)}

    assert {rule.__name__ for rule in RULES} == caught


def test_what_must_be_mended_comes_first() -> None:
    endless = path(DAY, HELLO, key="a", enter="{on: called}")
    case = CASES["a scenario that goes otherwise"]._replace(base={"journey_path": path(HELLO), "journey_a": endless})
    read = made(case, case.planted)

    problems = lint(compile_playbook(1, read), read)

    assert [problem.must_fix for problem in problems] == [True, False]


def test_a_scenario_that_goes_otherwise_is_advice_where_it_does_not_bind() -> None:
    case = CASES["a scenario that goes otherwise"]
    read = made(case, case.planted)

    (problem,) = lint(compile_playbook(1, read), read, binding=False)

    assert problem.must_fix is False


def test_a_longer_trial_is_known_from_its_scenarios() -> None:
    case = CASES["a wait past the trial's end"]
    life = SCENARIO.replace("expects: [{}]", "trial_days: 30").format()

    assert found(case, {**case.planted, "scenario_life": life}) == []


@pytest.mark.parametrize("name", ["a path that nobody took", "an event that nobody ever sent"])
def test_what_was_not_measured_is_not_said(name: str) -> None:
    assert found(CASES[name]._replace(measured={}), CASES[name].planted) == []


def test_a_step_that_is_off_is_left_in_peace() -> None:
    case = CASES["a step behind the end"]

    assert found(case, {"journey_path": path("{id: over, do: end, off: true}", HELLO)}) == []
    assert found(case, {"journey_path": path("{id: over, do: end}", HELLO.replace("}", ", off: true}"))}) == []
    off = fork("{when: {stage: adopted}}", NOBODY).replace("do: split", "do: split, off: true")
    assert found(CASES["a path for a stage that the journey does not stay in"], {"journey_path": path(off)}) == []


BEHIND = re.compile(r"config/journeys/(\w+)\.yaml.* nobody comes to '([\w-]+)'")
CLOSED = re.compile(r"config/journeys/(\w+)\.yaml:\d+: ([\w.]+)\.paths\.\d: nobody takes path (\d)")


def step_at(text: str, keys: str) -> str:
    """The id of the step that stands at these keys of a journey, which is written as JSON."""
    step = json.loads(text)
    for key in keys.split("."):
        step = step[int(key) if key.isdigit() else key]
    return str(step["id"])


@given(drawn, people, scripts)
@settings(EXAMPLES, max_examples=40)
def test_nobody_ever_comes_to_what_is_said_to_be_out_of_reach(
    journeys: list[Journey], who: Customer, script: list[Fact]
) -> None:
    """And any journey that the grammar allows is looked through to the end."""
    read = as_texts(journeys)
    playbook = compile_playbook(1, read)

    problems = lint(playbook, read)
    life = simulate(playbook, newborn(who), NOON, 60, script)

    asked = {(line.journey, line.step) for line in life.lines if line.do != "left"}
    assert asked.isdisjoint(match.groups() for problem in problems if (match := BEHIND.match(str(problem))))
    taken = {(line.journey, line.step, line.because[5:6]) for line in life.lines if line.because.startswith("path ")}
    closed = [match.groups() for problem in problems if (match := CLOSED.match(str(problem)))]
    assert taken.isdisjoint((key, step_at(read["journey", key][1], keys), n) for key, keys, n in closed)
