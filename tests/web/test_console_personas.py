"""Staff say who they are talking to, what is worth reaching, and see how many there are: by forms, as drafts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nurture.settings import ROOT
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import signed_in
from tests.web.test_console_lifecycle import sends, standing

WRITTEN = (ROOT / "config/personas.yaml").read_text(encoding="utf-8")
REACHED = (ROOT / "config/milestones.yaml").read_text(encoding="utf-8")
EDIT = "/documents/personas/personas/edit"
WINS = "/documents/milestones/milestones/edit"


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    """Ada is a developer who shared a report; Bo is neither, and a lead asked about us."""
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        opened.signs_up("ada", traits={"role": "developer"})
        opened.signs_up("bo")
        opened.does("ada", "report_shared")
        yield opened


def test_a_persona_says_who_they_are_how_many_and_where_they_are_used(harbour: Harbour) -> None:
    client = signed_in(harbour)
    page, kevin = client.get("/personas").text, client.get("/personas/kevin").text

    assert "their role is one of developer, engineer" in page
    assert page.count("Exact. Names the thing") == 1
    assert '<a href="/customers?persona=kevin"><b>1</b> customer</a>' in page
    assert "100% reached a first win, 0% have adopted" in page
    assert 'href="/emails/welcome/edit?variant=kevin"' in kevin
    assert 'href="/policy?open=owners/1#at-owners-1"' in kevin
    assert client.get("/personas/nobody-like-that").status_code == 404


def test_a_rule_that_nobody_or_nearly_everybody_fits_is_told(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")
    new = {"personas.new.name": "Otto, the Owner", "personas.new.when": "{trait: role, is: owner}"}
    sends(client, harbour, EDIT, do="add", at="personas/new", **new)

    page = client.get("/personas").text

    assert page.count("Nobody is one: does the rule") == 1
    assert "add" in standing(harbour, "personas").sentence
    assert standing(harbour, "personas").text.index("id: otto") < standing(harbour, "personas").text.index("id: wilma")


def test_everybody_else_stays_last_and_their_words_are_changed(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")

    sends(client, harbour, EDIT, at="personas/1", **{"personas.1.about.tone": "Calm. One thing at a time"})
    worded = standing(harbour, "personas")
    up = sends(client, harbour, EDIT, do="up", at="personas/1")
    gone = sends(client, harbour, EDIT, do="remove", at="personas/1")

    old = "Calm and concrete. One thing at a time, what it will look like, how long it takes"
    assert worded.text == WRITTEN.replace(old, "Calm. One thing at a time")
    assert worded.sentence.startswith("persona Wilma: how we speak to them Calm and concrete.")
    assert (up.status_code, gone.status_code) == (422, 422)
    assert standing(harbour, "personas").n == worded.n


def test_a_dry_run_says_who_would_be_somebody_else(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")
    rule = {"personas.0.when": "{milestone: teammate_joined}", "dry": "yes"}
    answer = sends(client, harbour, EDIT, at="personas/0", **rule)

    page = client.get(answer.headers["Location"]).text

    assert "1 would move, of 2 customers" in page
    assert "Kevin \u2192 Wilma" in page


def test_a_milestone_says_its_evidence_and_who_reached_it(harbour: Harbour) -> None:
    page = signed_in(harbour).get("/milestones").text

    assert "reached when report shared comes in; for all of an account at once; a first win" in page
    assert '<a href="/customers?has=first_value">1 reached it</a>, 50% of everybody' in page
    assert "Wanted next: Kevin 2, Wilma 1" in page
    assert "save time, report to boss or to replace tool" in page


def test_a_milestone_is_weighed_added_and_taken_out_again(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")

    sends(client, harbour, WINS, at="milestones/3", **{"milestones.3.weight.wilma": "4"})
    weighed = standing(harbour, "milestones")
    new = {"milestones.new.name": "Plan chosen", "milestones.new.on": "plan_chosen", "milestones.new.account": "yes"}
    sends(client, harbour, WINS, do="add", at="milestones/new", **new)
    added = standing(harbour, "milestones")
    sends(client, harbour, WINS, do="remove", at="milestones/5")

    assert weighed.text == REACHED.replace("{kevin: 2, wilma: 1}", "{kevin: 2, wilma: 4}")
    assert "id: plan_chosen" in added.text
    assert "account: true" in added.text.partition("id: plan_chosen")[2]
    assert standing(harbour, "milestones").sentence == "removed milestone Plan chosen"


def test_what_they_want_stays_a_list_of_keys(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")

    answer = sends(client, harbour, WINS, at="", drivers="save_time")
    wrong = sends(client, harbour, WINS, at="", drivers="Save Time!")

    assert answer.status_code == 303
    assert "drivers: [save_time]" in standing(harbour, "milestones").text
    assert wrong.status_code == 422
    assert "expected lower case letters" in wrong.text
