"""The commands that look ahead, back and around: forecast, backtest, coverage and the demo's town."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nurture.cli.demo import make
from nurture.flow.demo import acts
from nurture.flow.intake import Newcomer, sign_up
from nurture.settings import Settings
from nurture.store import documents
from nurture.store.session import Session
from tests.cli.conftest import ROOT, Nurture, small_project

END = datetime(2026, 3, 23, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def people(nurture: Nurture, *names: str, days_ago: int = 0) -> None:
    with nurture.parts() as parts:
        at = parts.look()
        at = at._replace(now=at.now - days_ago * DAY)
        for name in names:
            sign_up(parts.ground, Newcomer(f"u-{name}", f"{name}@example.com", at.now, "test"), at)


def draft(folder: Path) -> Path:
    file = folder / "config/journeys/first-win.yaml"
    file.parent.mkdir(parents=True)
    file.write_text((ROOT / "config/journeys/first-win.yaml").read_text().replace("up_to: 2d", "up_to: 1d", 1))
    return file


def test_the_days_ahead_are_counted_by_day_sender_and_journey(nurture: Nurture) -> None:
    people(nurture, "ada", "bo")

    told = nurture("forecast", "--days", "3")
    counted = json.loads(nurture("forecast", "--days", "3", "--json").stdout)

    assert told.exit_code == 0
    lines = [line.split() for line in told.stdout.splitlines()]
    assert ["Wed", "2026-01-07", "2", "2", "09:00", "(2)", "0"] in lines
    assert ["success", "4", "2"] in lines
    assert lines[-1][:2] == ["4", "emails,"]
    assert counted["customers"] == 2
    assert sum(one["sure"] + one["conditional"] for one in counted["emails"]) == 4
    assert counted["senders"] == {"success": {"sure": 2, "conditional": 2}}


def test_a_draft_is_tried_on_real_sign_ups(nurture: Nurture, tmp_path: Path) -> None:
    people(nurture, "ada", "bo", days_ago=21)

    told = nurture("backtest", "first-win", "--last", "30d", "--with", draft(tmp_path))
    late = nurture("backtest", "first-win", "--last", "1d", "--with", draft(tmp_path / "late"))
    counted = json.loads(nurture("backtest", "first-win", "--with", draft(tmp_path / "again"), "--json").stdout)

    assert told.exit_code == 0
    assert told.stdout.startswith("first-win, 2 customers who signed up since")
    assert counted["everybody"]["customers"] == 2
    assert counted["everybody"]["changed"] == 2
    assert counted["everybody"]["first_nudge"] == [{"later_by_hours": -24.0, "customers": 2}]
    assert counted["sentence"].endswith("2 customers get their first nudge 1 day earlier")
    assert list(counted["personas"]) == ["wilma"]
    assert late.stdout.splitlines()[-1] == "No difference."


def test_the_drafts_saved_in_the_console_are_what_is_tried_unless_files_are_given(nurture: Nurture) -> None:
    people(nurture, "ada")
    nothing = nurture("backtest", "first-win")
    with nurture.parts() as parts:
        at, text = parts.look(), (ROOT / "config/journeys/first-win.yaml").read_text() + "# a draft\n"

        def save(session: Session) -> None:
            n = documents.save(session, "journey", "first-win", text, "ada", "", at.now)
            session.run("UPDATE documents SET draft = :n WHERE key = 'first-win'", {"n": n})

        parts.ground.sessions.write(save)

    told = nurture("backtest", "first-win")

    assert nothing.exit_code == 2
    assert "give a draft by --with PATH" in nothing.stderr
    assert told.stdout.splitlines()[-1] == "No difference."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["first-wn", "--with", "DRAFT"], "did you mean 'first-win'?"),
        (["first-win", "--last", "soon"], "expected a duration"),
        (["first-win", "--last", "0d"], "longer than nothing"),
    ],
)
def test_what_cannot_be_tried_is_refused(nurture: Nurture, tmp_path: Path, words: list[str], said: str) -> None:
    told = nurture("backtest", *(str(draft(tmp_path)) if word == "DRAFT" else word for word in words))

    assert told.exit_code == 2
    assert said in told.stderr


def test_the_holes_in_the_coverage_are_shown(nurture: Nurture) -> None:
    told = nurture("coverage").stdout.splitlines()
    counted = json.loads(nurture("coverage", "--json").stdout)

    assert told[0].split()[:5] == ["journey", "step", "email", "kevin", "wilma"]
    welcome = next(line for line in told if "welcome" in line)
    assert "own" in welcome
    assert any("GENERAL" in line for line in told)
    holes = sum(cell in ("general", "untranslated") for row in counted["emails"] for cell in row["cells"].values())
    assert counted["holes"] == holes
    assert told[-1] == f"{len(counted['emails'])} email steps, {holes} holes."


def test_check_lives_the_saved_scenarios(nurture: Nurture, tmp_path: Path) -> None:
    project = small_project(tmp_path / "project")
    scenario = project / "config/scenarios/quick.yaml"
    scenario.parent.mkdir()
    text = "{id: quick, journey: first-win, from: '2026-03-02T09:00:00Z', days: 3, expects: [welcome, nudge-data]}"
    scenario.write_text(text)

    kept = nurture("check", project)
    scenario.write_text(text.replace(", nudge-data", ""))
    unkept = nurture("check", project)

    assert kept.exit_code == 0
    assert unkept.exit_code == 1
    assert "config/scenarios/quick.yaml:1: expects: expects welcome; now it is welcome, nudge-data" in unkept.stdout


def settings(folder: Path) -> Settings:
    return Settings.load({"NURTURE_VAR": str(folder), "NURTURE_MAIL": f"outbox:{folder / 'outbox'}"})


def test_a_town_is_lively_and_leaves_everything_else_alone(tmp_path: Path) -> None:
    (tmp_path / "demo.unfinished").write_bytes(b"what a town left behind that was not finished")

    make(settings(tmp_path), tmp_path / "demo.db", 30, END - 20 * DAY, END, seed=1)

    with closing(sqlite3.connect(tmp_path / "demo.db")) as town:
        (customers,), *_ = town.execute("SELECT COUNT(*) FROM customers")
        stages = {stage for (stage,) in town.execute("SELECT DISTINCT stage FROM customers")}
        (latest,), *_ = town.execute("SELECT MAX(at) FROM decisions")
        (failed,), *_ = town.execute("SELECT COUNT(*) FROM customers WHERE failures > 0")
        states = Counter(state for (state,) in town.execute("SELECT state FROM messages"))
    assert customers == 30
    assert {"considering", "assessing", "adopted", "at_risk", "terminated"} <= stages
    assert timedelta() <= END - datetime.fromtimestamp(latest / 1e6, UTC) < DAY
    assert failed == 0
    assert states["accepted"] > 40
    assert {path.name for path in tmp_path.iterdir()} <= {"demo.db", "outbox", "secret_key", "signup_secret"}


def test_a_town_has_a_database_of_its_own_and_is_made_once_unless_told(nurture: Nurture) -> None:
    first = nurture("demo", "--no-serve", "--customers", "2", "--days", "1")
    made = (nurture.folder / "var/demo.db").read_bytes()
    second = nurture("demo", "--no-serve")

    assert first.exit_code == 0
    assert first.stdout.startswith("2 customers over 1 day")
    assert (second.exit_code, second.stdout) == (0, "")
    assert (nurture.folder / "var/demo.db").read_bytes() == made
    with nurture.parts() as parts, parts.ground.sessions.read() as session:
        assert session.rows("SELECT COUNT(*) FROM customers") == [(0,)]


def test_the_same_seed_invents_the_same_lives() -> None:
    first, second, other = (acts(seed, 40, END - 60 * DAY, END) for seed in (1, 1, 2))

    assert first == second
    assert first != other
    assert {act.who.kind for act in first} == {"builder", "slow", "silent", "troubled", "quitter", "fader"}
    assert {act.do for act in first} >= {"lead", "sign_up", "event", "answer"}
    assert all(END - 60 * DAY <= act.at < END for act in first)
    assert any(act.who.account_id == other.who.account_id for act in first for other in first if act.who != other.who)
