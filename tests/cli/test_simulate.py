"""Fourteen days of one customer, in a moment, with dates and reasons."""

import json
from pathlib import Path

import pytest

from nurture.flow.intake import Newcomer, Report, sign_up, take_events
from nurture.flow.publish import publish
from nurture.flow.tick import tick
from tests.cli.conftest import ROOT, Nurture

SCENARIO = """\
persona: kevin
timezone: America/New_York
trial_days: 21
days: 21
traits: {role: developer}
script:
  - {on_day: 2, at: "11:00", event: source_connected}
  - {on_day: 3, event: report_created}
  - {on_day: 4, event: report_shared, properties: {viewers: 2}}
"""


def test_wilma_s_first_fortnight_with_dates_and_reasons(whole: Nurture) -> None:
    told = whole("simulate", "first-win", "--persona", "wilma")

    lines = told.stdout.splitlines()
    assert told.exit_code == 0
    assert lines[0] == "first-win for wilma, 14 days from Mon 2026-01-12 09:00 UTC"
    assert lines[2].split() == ["day", "date", "time", "step", "what", "why"]
    assert lines[4].split()[:6] == ["Mon", "2026-01-12", "09:00", "welcome", "email", "welcome"]
    assert "nudge-data" in next(line for line in lines if "email connect-your-data" in line)
    assert "email welcome (wilma): " in lines[4]
    assert all(line.partition("2026-")[2] for line in lines[3 : lines.index("", 3)])
    assert lines[-2] == "Not reached in first-win: let-it-settle, suggest-sharing, goal-letter."
    assert lines[-1] == "Finished: walked to its end."


def test_the_json_is_exactly_what_the_contract_says(whole: Nurture) -> None:
    told = json.loads(whole("simulate", "first-win", "--persona", "wilma", "--json").stdout)

    assert told.keys() == {"steps", "ended", "because", "reach"}
    assert (told["ended"], told["because"]) == ("finished", "walked to its end")
    assert all({"at", "step", "do", "because"} <= step.keys() for step in told["steps"])
    assert {frozenset(step) for step in told["steps"] if step["do"] == "letter"} == {
        frozenset({"at", "step", "do", "because", "message", "variant", "subject"})
    }
    letters = [step["message"] for step in told["steps"] if step["do"] == "letter"]
    assert letters[:3] == ["welcome", "connect-your-data", "build-your-first-report"]
    assert told["steps"][0]["at"] == "2026-01-12T09:00:00+00:00"


@pytest.mark.parametrize("start", ["2026-03-02", "2026-03-02T10:00+01:00", "2026-03-02T09:00"])
def test_the_beginning_is_chosen(whole: Nurture, start: str) -> None:
    told = json.loads(whole("simulate", "first-win", "--from", start, "--days", "1", "--json").stdout)

    assert {step["at"] for step in told["steps"]} == {"2026-03-02T09:00:00+00:00"}
    assert told["ended"] == "walking"


def test_a_saved_scenario_is_named_by_its_key_and_held_against_what_it_expects(nurture: Nurture) -> None:
    with nurture.parts() as parts:
        text = "{id: quick, name: Quick, journey: first-win, from: '2026-03-02T09:00:00Z', days: 3, expects: [welcome]}"
        publish(parts.ground, {("scenario", "quick"): text}, "a test", "", parts.look())

    told = nurture("simulate", "first-win", "--scenario", "quick").stdout.splitlines()
    unknown = nurture("simulate", "first-win", "--scenario", "quik")

    assert told[0] == "first-win for Quick, 3 days from Mon 2026-03-02 09:00 UTC"
    assert told[-1] == "Not as expected: the scenario expects welcome; now it is welcome, nudge-data."
    assert "did you mean 'quick'?" in unknown.stderr


def test_a_draft_is_walked_without_being_published(nurture: Nurture, tmp_path: Path) -> None:
    draft = tmp_path / "config/journeys/first-win.yaml"
    draft.parent.mkdir(parents=True)
    draft.write_text((ROOT / "config/journeys/first-win.yaml").read_text().replace("up_to: 2d", "up_to: 1d", 1))

    with_draft, without = (
        json.loads(nurture("simulate", "first-win", "--persona", "wilma", "--json", *more).stdout)
        for more in (("--with", draft), ())
    )

    first, second = (
        [step["at"] for step in one["steps"] if step["step"] == "nudge-data"][-1] for one in (with_draft, without)
    )
    assert (first[:10], second[:10]) == ("2026-01-13", "2026-01-14")


def test_a_draft_that_is_not_sound_is_walked_up_to_its_first_broken_step(nurture: Nurture, tmp_path: Path) -> None:
    draft = tmp_path / "config/journeys/first-win.yaml"
    draft.parent.mkdir(parents=True)
    text = (ROOT / "config/journeys/first-win.yaml").read_text()
    draft.write_text(text.replace("what: {milestone: first_report}", "what: {milestone: first_reprot}"))

    told = nurture("simulate", "first-win", "--persona", "wilma", "--with", draft)

    assert told.exit_code == 0
    assert "there is no milestone 'first_reprot' (did you mean 'first_report'?)" in told.stderr
    assert "up to the step before the first of these" in told.stderr
    assert "nudge-data" in told.stdout
    assert "nudge-report" not in told.stdout


def test_a_scenario_brings_its_own_events_zone_and_trial(whole: Nurture, tmp_path: Path) -> None:
    (tmp_path / "kevin.yaml").write_text(SCENARIO)

    told = whole("simulate", "first-win", "--scenario", tmp_path / "kevin.yaml")

    assert "for kevin, 21 days from" in told.stdout
    assert "first_source" in told.stdout
    assert told.stderr == ""


def test_the_goal_ends_it_in_a_scenario(whole: Nurture, tmp_path: Path) -> None:
    (tmp_path / "quick.yaml").write_text("script: [{on_day: 2, event: report_shared}]")

    told = json.loads(whole("simulate", "first-win", "--scenario", tmp_path / "quick.yaml", "--json").stdout)

    assert told["ended"] == "finished"
    assert "first_value" in told["because"]


def test_a_lead_walks_what_only_leads_may_enter(whole: Nurture) -> None:
    told = json.loads(whole("simulate", "lead-nurture", "--json").stdout)

    assert sum(step["do"] == "letter" for step in told["steps"]) >= 3


def test_a_journey_that_waits_for_an_event_says_which(whole: Nurture) -> None:
    told = whole("simulate", "get-help")

    assert told.stdout.splitlines()[-1].startswith(
        "Never entered: nothing asked for it; it is entered on ticket_opened"
    )


def test_an_event_that_no_document_mentions_is_pointed_out(whole: Nurture, tmp_path: Path) -> None:
    (tmp_path / "typo.yaml").write_text("script: [{on_day: 2, event: sorce_connected}]")

    told = whole("simulate", "first-win", "--scenario", tmp_path / "typo.yaml")

    assert told.exit_code == 0
    assert told.stderr == "no document mentions the event 'sorce_connected': did you mean 'source_connected'?\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("script: [{on_dy: 2, event: x}]", ":1: script.0.on_dy: unknown key 'on_dy' (did you mean 'on_day'?)"),
        ("trial_days: two weeks", ":1: trial_days: expected a whole number"),
        ("timezone: Mars/Olympus", ":1: timezone: expected an IANA time zone"),
        ("- a list", ":1: expected the keys of a scenario"),
        ("persona: wlma", "did you mean 'wilma'?"),
    ],
)
def test_a_broken_scenario_is_told_with_its_line(whole: Nurture, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "broken.yaml").write_text(text)

    told = whole("simulate", "first-win", "--scenario", tmp_path / "broken.yaml")

    assert told.exit_code == 2
    assert said in told.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["first-wn"], "did you mean 'first-win'?"),
        (["first-win", "--persona", "wlma"], "did you mean 'wilma'?"),
        (["first-win", "--persona", "wilma", "--customer", "u-1"], "give one of --persona"),
        (["first-win", "--customer", "u-1", "--from", "2026-01-05"], "--customer starts now"),
        (["first-win", "--customer", "u-1"], "no customer is known as 'u-1'"),
        (["first-win", "--from", "tomorrow"], "expected 2026-01-05"),
    ],
)
def test_what_cannot_be_simulated_is_refused(whole: Nurture, words: list[str], said: str) -> None:
    told = whole("simulate", *words)

    assert told.exit_code == 2
    assert said in told.stderr


def test_a_real_customer_who_may_not_enter_again_is_told_why(whole: Nurture) -> None:
    with whole.parts() as parts:
        at = parts.look()
        sign_up(parts.ground, Newcomer("u-1", "ada@example.com", at.now, "test"), at)
        take_events(parts.ground, [Report("report_shared", at.now, "u-1")], "test", at)

    told = whole("simulate", "first-win", "--customer", "u-1").stdout
    elsewhere = whole("simulate", "lead-nurture", "--customer", "u-1").stdout

    assert told.splitlines()[1:] == ["", "Never entered: they have walked it in this trial."]
    assert elsewhere.splitlines()[2] == "Never entered: the stage is assessing."


def test_who_leaves_is_said_to_have_left_once(whole: Nurture, tmp_path: Path) -> None:
    (tmp_path / "gone.yaml").write_text("script: [{on_day: 2, event: trial_cancelled}]")

    told = whole("simulate", "first-win", "--scenario", tmp_path / "gone.yaml").stdout

    assert told.splitlines()[-1].startswith("Left: the stage became terminated (")


def test_a_real_customer_goes_on_from_where_they_are_and_nothing_is_written(whole: Nurture) -> None:
    with whole.parts() as parts:
        at = parts.look()
        sign_up(parts.ground, Newcomer("u-1", "ada@example.com", at.now, "test", zone="Europe/London"), at)

    first = whole("simulate", "first-win", "--customer", "u-1", "--json").stdout
    again = json.loads(whole("simulate", "first-win", "--customer", "u-1", "--json").stdout)

    assert json.loads(first) == again
    assert next(step["message"] for step in again["steps"] if step["do"] == "letter") == "connect-your-data"
    assert again["ended"] == "finished"
    with whole.parts() as parts:
        assert tick(parts.ground, parts.look()) == 0
