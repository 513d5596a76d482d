"""`nurture check` rejects what would go wrong, says where, and looks at what customers did where it is asked to."""

import json
from pathlib import Path

import pytest

from nurture.flow.intake import Newcomer, sign_up
from tests.cli.conftest import Nurture, small_project

FIRST_WIN = "config/journeys/first-win.yaml"
OTHER = "config/journeys/other.yaml"
THIRD = "config/journeys/third.yaml"
LIFE = "config/scenarios/life.yaml"
LAYOUT = "templates/emails/_layout/default.mjml"
WELCOME = "templates/emails/welcome/email.md"
HELLO = "{id: hello, do: email, email: welcome}"


def journey(*steps: str, key: str = "other", enter: str = "enter: {on: called, again: always}") -> str:
    """A second journey, its first step on line 5."""
    return f"id: {key}\nname: Other\n{enter}\nsteps:\n" + "".join(f"  - {step}\n" for step in steps)


def split(condition: str) -> str:
    return f"{{id: fork, do: split, paths: [{{when: {condition}}}, {{otherwise: true}}]}}"


Edits = dict[str, str | tuple[str, str]]
"""What becomes of files: a new text, or one piece in the place of another."""

PLANTED: dict[str, tuple[Edits, str]] = {
    "a step nobody comes to": (
        {OTHER: journey("{id: over, do: end}", HELLO)},
        f"{OTHER}:6: steps.1: nobody comes to 'hello': the journey has ended at 'over'",
    ),
    "a path nobody takes": (
        {OTHER: journey(split("{stage: terminated}"))},
        f"{OTHER}:5: steps.0.paths.0: nobody takes",
    ),
    "a wait for what cannot be": (
        {OTHER: journey("{id: w, do: wait_for, what: {stage: terminated}, up_to: 1d}")},
        f"{OTHER}:5: steps.0.what: what it waits for can never hold",
    ),
    "no way in": ({OTHER: journey(HELLO, enter="purpose: none")}, f"{OTHER}:1: nobody enters it"),
    "an entry that is left at once": (
        {FIRST_WIN: ("stays: [assessing, at_risk]", "stays: [adopted]")},
        f"{FIRST_WIN}:7: enter: whoever enters leaves at once",
    ),
    "a circle of starts": (
        {
            OTHER: journey("{id: on, do: start, journey: third}"),
            THIRD: journey("{id: on, do: start, journey: other}", key="third"),
        },
        f"{OTHER}:5: steps.0.journey: 'other' starts 'third', which leads back to 'other'",
    ),
    "a holdout on a transactional message": (
        {WELCOME: ("topic: trial", "topic: account"), FIRST_WIN: ("priority: 50", "holdout: 10%")},
        f"{FIRST_WIN}:5: holdout: 'welcome' writes 'welcome', which is transactional",
    ),
    "an email without unsubscribe": (
        {LAYOUT: ("links.unsubscribe", "links.preferences")},
        f"{LAYOUT}: does not give the way to unsubscribe",
    ),
    "a variable without fallback": ({WELCOME: (" | default('there', true)", "")}, f"{WELCOME}:7: "),
    "an unknown variable": ({WELCOME: ("customer.first_name", "customer.frist_name")}, "'first_name'?"),
    "an unknown milestone": ({FIRST_WIN: ("first_value", "first_vale")}, "'first_value'?"),
    "an email that is not there": ({OTHER: journey(HELLO.replace("welcome", "welcom"))}, "no email 'welcom'"),
    "a scenario that goes otherwise": (
        {LIFE: "id: life\njourney: first-win\nfrom: 2026-03-02T09:00:00Z\nexpects: [nudge]\n"},
        f"{LIFE}:4: expects: expects nudge; now it is welcome, ",
    ),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the small playbook that may be spoilt."""
    return small_project(tmp_path / "project")


def spoil(project: Path, edits: Edits) -> None:
    for file, edit in edits.items():
        path = project / file
        path.parent.mkdir(exist_ok=True)
        if isinstance(edit, tuple):
            assert edit[0] in path.read_text()
            path.write_text(path.read_text().replace(*edit))
        else:
            path.write_text(edit)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_rejected(name: str, project: Path, nurture: Nurture) -> None:
    edits, said = PLANTED[name]
    spoil(project, edits)

    told = nurture("check", project)

    first, last = told.stdout.splitlines()[0], told.stdout.splitlines()[-1]
    assert told.exit_code == 1
    assert said in first
    assert not first.endswith("[advice]")
    assert " be mended before a publish." in last or " to mend before a publish." in last


def test_what_must_be_mended_is_not_published_and_what_is_advice_is(nurture: Nurture, project: Path) -> None:
    spoil(project, {OTHER: journey("{id: over, do: end}", HELLO)})
    refused = nurture("apply", project)
    spoil(project, {OTHER: journey("{id: a-day, do: wait, for: 1d}", HELLO)})
    applied = nurture("apply", project)

    assert refused.exit_code == 2
    assert f"{OTHER}:6: steps.1: nobody comes to 'hello'" in refused.stderr
    assert applied.exit_code == 0
    assert f"advice    {OTHER}:1: nothing ends it early" in applied.stderr


def test_what_scenarios_expect_is_advice_for_a_publish(nurture: Nurture, project: Path) -> None:
    spoil(project, PLANTED["a scenario that goes otherwise"][0])

    applied = nurture("apply", project)

    assert applied.exit_code == 0
    assert [line.split(" expects ")[0] for line in applied.stderr.splitlines()] == [f"advice    {LIFE}:4: expects:"]


def test_what_cannot_happen_in_a_scenario_is_said_once(nurture: Nurture, project: Path) -> None:
    script = "script: [{on_day: 1, event: email_clicked, properties: {email: other}}]"
    spoil(project, {LIFE: f"id: life\njourney: first-win\nfrom: 2026-03-02T09:00:00Z\n{script}\n"})

    told = nurture("check", project)

    assert told.exit_code == 0
    said = "email_clicked: no email 'other' has gone out"
    assert [line.partition(said)[0] for line in told.stdout.splitlines() if said in line] == [f"{LIFE}:4: script: "]


def test_advice_about_what_does_not_change_is_not_repeated(nurture: Nurture, project: Path) -> None:
    spoil(project, {OTHER: journey("{id: a-day, do: wait, for: 1d}", HELLO)})
    nurture("apply", project)
    spoil(project, {FIRST_WIN: ("priority: 50", "priority: 51")})

    applied = nurture("apply", project)

    assert (applied.exit_code, applied.stderr) == (0, "")


def test_what_customers_did_is_looked_at_where_it_is_asked_for(nurture: Nurture, project: Path) -> None:
    waits = "{id: w, do: wait_for, what: {event: called_bakc}, up_to: 1d}"
    spoil(project, {OTHER: journey(split("{persona: kevin}"), waits, enter="enter: {stage: assessing}")})
    nurture("apply", project)
    with nurture.parts() as parts:
        sign_up(parts.ground, Newcomer("u-1", "bo@example.com", parts.look().now, "test"), parts.look())

    used, plain = nurture("check", project / OTHER, "--used"), nurture("check", project / OTHER)
    told = json.loads(nurture("check", project / OTHER, "--used", "--json").stdout)

    assert used.exit_code == 0
    assert f"{OTHER}:5: steps.0.paths.0: nobody took path 1 in 90 days, and 1 came to this split" in used.stdout
    assert f"{OTHER}:6: steps.1.what.event: no event 'called_bakc' has ever come in" in used.stdout
    assert plain.stdout == "1 document, nothing to mend.\n"
    assert (told["counted"], len(told["problems"])) == ({"paths": 1, "events": 1}, 2)


def test_where_nobody_has_done_anything_that_is_said(nurture: Nurture, project: Path) -> None:
    told = nurture("check", project / FIRST_WIN, "--used")

    assert told.exit_code == 0
    assert told.stderr == "Nothing was counted: no customer has done anything yet in this database.\n"
