"""`nurture apply` says what becomes of the people inside, and does with them what it was told."""

from pathlib import Path

import pytest

from nurture.flow.intake import Newcomer, sign_up
from tests.cli.conftest import Nurture, small_project

FIRST_WIN = "config/journeys/first-win.yaml"


@pytest.fixture
def shorter(nurture: Nurture, tmp_path: Path) -> Path:
    """The project, with a shorter wait, where Ada stands at that wait."""
    with nurture.parts() as parts:
        at = parts.look()
        sign_up(parts.ground, Newcomer("ada", "ada@customer.example", at.now, "signups", "s1"), at)
    project = small_project(tmp_path / "project")
    text = (project / FIRST_WIN).read_text()
    (project / FIRST_WIN).write_text(text.replace("up_to: 2d", "up_to: 1d", 1))
    return project


def stands(nurture: Nurture) -> list[tuple[int, str]]:
    with nurture.parts() as parts, parts.ground.sessions.read() as session:
        return [(n, step) for n, step in session.rows("SELECT revision, step FROM enrollments WHERE state = 'active'")]


def test_a_dry_run_says_what_becomes_of_people(nurture: Nurture, shorter: Path) -> None:
    kept = nurture("apply", shorter, "--dry-run").stdout
    moved = nurture("apply", shorter, "--dry-run", "--move").stdout

    assert [line.split() for line in kept.splitlines() if line.startswith("first-win")] == [
        ["first-win", "1", "data-in", "1", "keeps", "data-in"]
    ]
    assert [line.split() for line in moved.splitlines() if line.startswith("first-win")] == [
        ["first-win", "1", "data-in", "1", "stays", "data-in"]
    ]
    assert "first-win: Wait for \u201cFirst source\u201d: up_to 2 days -> 1 day" in kept
    assert "Letters to them in the next 24 hours: 0 instead of 0." in kept
    assert "nothing was published" in moved
    assert stands(nurture) == [(1, "data-in")]


def test_people_are_moved_only_when_told(nurture: Nurture, shorter: Path) -> None:
    nurture("apply", shorter)
    kept = stands(nurture)
    text = (shorter / FIRST_WIN).read_text()
    (shorter / FIRST_WIN).write_text(text.replace("up_to: 1d", "up_to: 3d", 1))

    answer = nurture("apply", shorter, "--move")

    assert answer.exit_code == 0
    assert (kept, stands(nurture)) == ([(1, "data-in")], [(3, "data-in")])


def test_a_dry_run_names_whom_a_lifecycle_moves(nurture: Nurture, shorter: Path) -> None:
    lifecycle = shorter / "config/lifecycle.yaml"
    rule = "moves:\n  - {from: [assessing], to: adopted, when: {trial: {day_at_least: 1}}}\n"
    lifecycle.write_text(lifecycle.read_text().replace("moves:\n", rule, 1))

    answer = nurture("apply", shorter, "--dry-run")

    assert "1 customer would move from assessing to adopted." in answer.stdout
    assert "ada@customer.example" in answer.stdout


def test_a_dry_run_counts_who_would_enter_from_outside(nurture: Nurture, shorter: Path) -> None:
    new = shorter / "config/journeys/new.yaml"
    text = "id: new\nname: New\nenter: {stage: assessing, existing: enter}\nsteps: [{id: w, do: wait, for: 1d}]\n"
    new.write_text(text)

    lets_in = nurture("apply", new, "--dry-run").stdout
    new.write_text(text.replace("existing: enter", "existing: leave"))
    leaves_out = nurture("apply", new, "--dry-run").stdout

    assert "1 customer could enter new already, and will, as its text says." in lets_in
    assert "1 customer could enter new already, and will stay outside." in leaves_out


def test_a_scenario_that_another_document_breaks_is_told_when_it_is_published(nurture: Nurture, shorter: Path) -> None:
    scenario = shorter / "config/scenarios/quick.yaml"
    scenario.parent.mkdir()
    scenario.write_text("id: quick\njourney: first-win\nfrom: 2026-03-02T09:00:00Z\ndays: 1\nexpects: [welcome]\n")
    assert "quick" in nurture("apply", shorter).stdout
    text = (shorter / FIRST_WIN).read_text()
    (shorter / FIRST_WIN).write_text(
        text.replace(
            "- id: data-in", "- {id: more, do: email, email: toward-your-goal, urgent: true}\n  - id: data-in", 1
        )
    )

    answer = nurture("apply", shorter / FIRST_WIN)

    assert "expects welcome; now it is welcome, more" in answer.stderr


def test_a_dry_run_tells_of_waits_care_tasks_and_empty_words(nurture: Nurture, shorter: Path) -> None:
    text = (shorter / FIRST_WIN).read_text()
    text = text.replace("up_to: 1d", "up_to: 0s", 1)
    care = "{id: ring, do: care, task: call-about-their-question, due: 1d}"
    (shorter / FIRST_WIN).write_text(text.replace("- id: report-built", f"- {care}\n  - id: report-built", 1))

    said = nurture("apply", shorter, "--dry-run", "--move").stdout

    assert "first-win: data-in: 1 waiting, 1 already over no time." in said
    assert "Care tasks for Ana in the next 24 hours: 1 instead of 0." in said
    assert 'welcome: customer.first_name is empty for 1 of 1 inside: "there".' in said
