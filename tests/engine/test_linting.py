"""What looks right and is not: each rule finds the mistake planted for it, at its line, and not its mended twin."""

import json
import re

import pytest
from hypothesis import given, settings

from nurture.engine.journey import Journey
from nurture.engine.linting import RULES, lint
from nurture.engine.linting.book import open_book
from nurture.engine.playbook import compile_playbook
from nurture.engine.problem import Problem
from nurture.engine.simulate import simulate
from nurture.engine.snapshot import Customer, Fact
from tests.engine.builders import EXAMPLES, NOON, newborn, texts
from tests.engine.grammar import as_texts, drawn, people, scripts
from tests.engine.mistakes import CASES as IN_WAYS
from tests.engine.mistakes import DAY, HELLO, NOBODY, SCENARIO, Case, fork, path
from tests.engine.mistakes_in_letters import CASES as IN_LETTERS
from tests.engine.mistakes_in_moves import CASES as IN_MOVES

CASES = {**IN_WAYS, **IN_LETTERS, **IN_MOVES}


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
