"""Staff change what the stages mean: by a form, as a draft, with a look at who would move; comments stay."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nurture.flow.publish.impact import Turns
from nurture.settings import ROOT
from nurture.store import customers, documents, drafts
from nurture.store.drafts import Draft
from nurture.web.console.design.playbook.dry import Group, in_a_sentence
from tests.sqlite import SqliteFiles
from tests.web.harbour import MONDAY, Harbour, harbour_at, prepare
from tests.web.staff import hidden, signed_in

WRITTEN = (ROOT / "config/lifecycle.yaml").read_text(encoding="utf-8")
EDIT = "/documents/lifecycle/lifecycle/edit"
SILENCE = {"at": "moves/6", "moves.6.from": "assessing", "moves.6.to": "at_risk", "moves.6.on": ""}


def lived(url: str) -> None:
    """Ada signed up four days ago and was not heard of since; Bo only yesterday."""
    prepare(url)
    with TemporaryDirectory() as folder, harbour_at(url, Path(folder)) as opened:
        opened.signs_up("ada")
        opened.pass_time(days=3)
        opened.signs_up("bo")
        opened.pass_time(days=1)


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(lived) as url, harbour_at(url, tmp_path) as opened:
        opened.now = opened.machine = MONDAY + timedelta(days=4)
        yield opened


def standing(harbour: Harbour, kind: str = "lifecycle", key: str = "") -> Draft:
    """The document as it is being edited."""
    with harbour.parts.ground.sessions.read() as session:
        found = drafts.standing(session, kind, key or kind)
    assert found is not None
    return found


def sends(client: FlaskClient, harbour: Harbour, action: str = EDIT, **said: str) -> TestResponse:
    """Fill in a form of the page, made from what stands now."""
    kind, key = action.split("/")[2:4]
    page = client.get("/customers").text
    form = {"csrf": hidden(page, "csrf"), "draft": str(standing(harbour, kind, key).n), **said}
    return client.post(action, data=form)


def test_rules_are_said_in_sentences_with_who_is_where(harbour: Harbour) -> None:
    page = signed_in(harbour).get("/lifecycle").text

    assert "as soon as this holds: is silent for 5 days" in page
    assert "when trial cancelled or subscription cancelled or account closed comes in" in page
    assert '<a href="/customers?stage=assessing"><b>2</b> here now</a>' in page
    assert 'method="post" action="/documents' not in page


def test_a_rule_is_changed_by_the_least_and_every_comment_stays(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")

    answer = sends(client, harbour, do="set", **SILENCE, **{"moves.6.when": "{silent_for: 7d}"})

    draft = standing(harbour)
    assert answer.status_code == 303
    assert draft.text == WRITTEN.replace("to: at_risk, when: {silent_for: 5d}", "to: at_risk, when: {silent_for: 7d}")
    assert draft.sentence == (
        "rule Assessing \u2192 At risk: or as soon as this holds is silent for 5 days \u2192 is silent for 1 week"
    )
    assert draft.published == 1


def test_what_cannot_be_read_is_told_beside_its_field_and_stays_in_it(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")

    answer = sends(client, harbour, **SILENCE, **{"moves.6.when": "{silent_for: soonish}"})

    assert answer.status_code == 422
    assert 'value="{silent_for: soonish}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert standing(harbour).n == 1


def test_a_rule_needs_exactly_one_cause(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")

    both = {**SILENCE, "moves.6.on": "went_quiet", "moves.6.when": "{silent_for: 5d}"}
    answer = sends(client, harbour, **both)

    assert answer.status_code == 422
    assert "exactly one of `on`" in answer.text
    assert standing(harbour).n == 1


def test_a_rule_is_moved_up_and_back_by_undo(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")

    sends(client, harbour, do="up", at="moves/6")
    moved = standing(harbour)
    sends(client, harbour, "/documents/lifecycle/lifecycle/undo")

    assert moved.sentence == "moved rule Assessing \u2192 At risk up"
    assert moved.text.index("silent_for: 5d") < moved.text.index("at_least: 90d")
    assert standing(harbour).text == WRITTEN


def test_a_rule_and_a_stage_are_added_and_removed(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")

    sends(client, harbour, do="add", at="stages/new", **{"stages.new.name": "On holiday", "stages.new.phase": "use"})
    rule = {"moves.new.from": "adopted", "moves.new.to": "on_holiday", "moves.new.on": "pause_asked"}
    sends(client, harbour, do="add", at="moves/new", **rule)
    added = standing(harbour)
    sends(client, harbour, do="remove", at="moves/11")

    assert "{id: on_holiday, name: On holiday, phase: use}" in added.text or "id: on_holiday" in added.text
    assert "{from: adopted, to: on_holiday, on: pause_asked}" in added.text
    assert added.sentence == "added rule Adopted \u2192 On holiday"
    assert standing(harbour).sentence == "removed rule Adopted \u2192 On holiday"


def test_an_edit_finds_its_rule_where_a_colleague_has_moved_it(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")
    seen = {"draft": "1", "base": "1", "csrf": hidden(client.get("/lifecycle").text, "csrf")}
    sends(client, harbour, do="up", at="moves/6")

    late = client.post(EDIT, data={**seen, **SILENCE, "moves.6.when": "{silent_for: 6d}"})
    again = {**seen, "draft": hidden(late.text, "draft"), **SILENCE, "moves.6.when": "{silent_for: 6d}"}
    client.post(EDIT, data=again)

    assert late.status_code == 409
    assert "- {from: assessing, to: at_risk, when: {silent_for: 6d}}" in standing(harbour).text


def test_a_dry_run_names_who_would_move_and_moves_nobody(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")
    answer = sends(client, harbour, dry="yes", **SILENCE, **{"moves.6.when": "{silent_for: 3d}"})

    page = client.get(answer.headers["Location"]).text

    assert "1 would move, of 2 customers" in page
    assert "Assessing \u2192 At risk" in page
    assert "ada@example.com" in page
    assert "bo@example.com" not in page
    with harbour.parts.ground.sessions.read() as session:
        ada = customers.find(session, "u-ada")
        assert ada is not None
        assert ada.stage == "assessing"
        assert documents.revision_number(session) == 1


def test_a_dry_run_of_an_unsound_draft_says_what_to_mend(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")
    sends(client, harbour, do="remove", at="stages/3")

    page = client.post("/lifecycle/dry-run", data={"csrf": hidden(client.get("/lifecycle").text, "csrf")})
    shown = client.get(page.headers["Location"]).text

    assert page.status_code == 303
    assert "must be mended first" in shown
    assert "there is no stage &#39;at_risk&#39;" in shown


def test_a_part_that_there_is_not_is_no_part(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")

    assert sends(client, harbour, at="colours").status_code == 400
    assert sends(client, harbour, at="moves/99", do="remove").status_code == 422
    assert sends(client, harbour, "/documents/journey/first-win/edit", at="").status_code == 404
    assert standing(harbour).n == 1


def test_a_dry_run_answers_within_the_page_and_is_spoken(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")
    sends(client, harbour, **SILENCE, **{"moves.6.when": "{silent_for: 3d}"})
    form = {"csrf": hidden(client.get("/lifecycle").text, "csrf")}

    answer = client.post("/lifecycle/dry-run", data=form, headers={"HX-Request": "true"})

    assert answer.text.lstrip().startswith('<section id="dry-run"')
    assert "1 would move, of 2 customers" in answer.headers["HX-Trigger"]


def test_where_some_were_looked_at_it_is_said_about_how_many_that_is_of_all() -> None:
    some = Turns(asked=2_000, of=50_000)

    assert in_a_sentence([Group(40, "Assessing \u2192 At risk", ())], some).startswith(
        "40 would move, of 2,000 looked at: about 1,000 of all 50,000 customers."
    )
    assert in_a_sentence([], some).startswith("Nobody would move, of 2,000 looked at; there are 50,000 customers.")
