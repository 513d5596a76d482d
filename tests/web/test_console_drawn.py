"""A journey's settings, its way out to a file and back, and how heavy its page may become."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from nurture.flow import drafts
from nurture.flow.folder import read_folder, write_folder
from nurture.flow.publish import export_texts, publish
from nurture.store import documents
from tests.sqlite import SqliteFiles
from tests.web.drawing import HEAD, TEXT, draft, page, sends, token, tree, writes
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import EMAIL, signed_in


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


@pytest.fixture
def client(harbour: Harbour) -> FlaskClient:
    writes(harbour, TEXT)
    return signed_in(harbour, "editor")


def test_the_settings_are_forms_over_the_same_text(harbour: Harbour, client: FlaskClient) -> None:
    form = {
        "csrf": token(client),
        "draft": "1",
        "name": "Our journey",
        "priority": "70",
        "fields": ["stays", "enter.stage", "holds"],
        "enter.stage": ["assessing", "considering"],
        "stays": ["at_risk", "assessing"],
        "enter.again": "after 90d",
        "goal.within": "2 weeks",
        "leave_when": "{trial: {ended_by: 0d}}\n\n{silent_for: 20d}",
        "holdout": "10%",
    }
    answer = client.post("/journeys/ours/settings", data=form)

    said = tree(harbour)
    assert answer.status_code == 303
    assert said["enter"] == {"stage": ["assessing", "considering"], "again": "after 90d"}
    assert (said["stays"], said["priority"], said["holdout"]) == (["assessing", "at_risk"], 70, "10%")
    assert said["goal"] == {"milestone": "first_value", "within": "2w"}
    assert said["leave_when"] == [{"trial": {"ended_by": "0d"}}, {"silent_for": "20d"}]
    found = drafts.advice_of(harbour.parts.ground, "journey", "ours", draft(harbour).text)
    assert [problem for problem in found if problem.must_fix] == []
    assert "# a day is enough" in draft(harbour).text


def test_a_goal_that_names_nothing_any_more_goes(harbour: Harbour, client: FlaskClient) -> None:
    sends(client, "settings", **{"goal.milestone": ""})

    assert "goal" not in tree(harbour)


def test_a_journey_drawn_exported_edited_as_text_and_applied_is_the_same_one(
    harbour: Harbour, client: FlaskClient, tmp_path: Path
) -> None:
    made = client.post("/journeys", data={"csrf": token(client), "name": "Drawn by hand"}).headers["Location"]
    key = made.split("/")[2]
    for n, (what, spot) in enumerate([("email", "/steps"), ("split-persona", "a-day")], 1):
        form = {"csrf": token(client), "draft": str(n), "do": "add", "what": what, "spot": spot}
        assert client.post(f"/journeys/{key}/edit", data=form).status_code == 303
    ground = harbour.parts.ground
    publish(ground, {("journey", key): draft(harbour, key).text}, EMAIL, "", harbour.look())
    list(write_folder(tmp_path / "out", export_texts(ground)))
    file = tmp_path / "out" / "config" / "journeys" / f"{key}.yaml"
    exported = file.read_text(encoding="utf-8")
    edited = exported.replace("{id: a-day, do: wait, for: 1d}", "{id: a-day, do: wait, for: 2d}   # two, said Ana")
    file.write_text(edited, encoding="utf-8")

    publish(ground, read_folder(tmp_path / "out"), "cli", "", harbour.look())
    form = {"csrf": token(client), "draft": str(draft(harbour, key).n), "do": "up", "step": "by-persona"}
    drawn = client.get(f"/journeys/{key}/flow").text
    client.post(f"/journeys/{key}/edit", data=form)

    assert exported.count("# Reaching this ends the journey well") == 1
    assert "2 days" in drawn
    assert draft(harbour, key).text.count("# two, said Ana") == 1
    assert draft(harbour, key).text.count("# Reaching this ends the journey well") == 1
    assert [step["do"] for step in tree(harbour, key)["steps"]] == ["email", "split", "wait"]
    with ground.sessions.read() as session:
        assert documents.published(session)[1]["journey", key][1] == edited


def test_250_steps_are_a_page_that_a_browser_takes_lightly(harbour: Harbour, client: FlaskClient) -> None:
    long = "".join(
        f"  - {{id: s{n}, do: {do}}}\n" for n, do in enumerate(["wait, for: 2d", "email, email: welcome"] * 125)
    )
    writes(harbour, f"{HEAD}steps:\n{long}", 1)

    answer = client.get("/journeys/ours/flow?step=s100", headers={"Accept-Encoding": "gzip"})

    assert len(answer.data) <= 40_000
    assert len(re.findall(r"<[a-z]", page(client, "?step=s100"))) <= 3_000
