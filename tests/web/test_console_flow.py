"""The flow editor: every press is one edit of the text, told in a sentence, and nothing beside it changes."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from nurture.engine.document import plain, read_yaml
from nurture.flow import drafts
from tests.sqlite import SqliteFiles
from tests.web.drawing import HEAD, TEXT, draft, ids, page, presses, sends, tree, writes
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import hidden, signed_in


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


@pytest.fixture
def client(harbour: Harbour) -> FlaskClient:
    writes(harbour, TEXT)
    return signed_in(harbour, "editor")


PRESSED = [
    ("up", {"step": "rest"}, ["rest", "hello", "who", "bye"]),
    ("down", {"step": "hello"}, ["rest", "hello", "who", "bye"]),
    ("move", {"step": "bye", "spot": "/steps"}, ["bye", "hello", "rest", "who"]),
    ("move", {"step": "hello", "spot": "who"}, ["rest", "who", "hello", "bye"]),
    ("down", {"step": "more"}, ["hello", "rest", "who", "more", "bye"]),
    ("up", {"step": "tips"}, ["hello", "rest", "tips", "who", "bye"]),
    ("delete", {"step": "rest"}, ["hello", "who", "bye"]),
    ("delete", {"step": "who"}, ["hello", "rest", "bye"]),
    ("delete", {"step": "who", "keep": "paths/0/steps"}, ["hello", "rest", "tips", "more", "bye"]),
    ("duplicate", {"step": "hello"}, ["hello", "hello-2", "rest", "who", "bye"]),
    ("duplicate", {"step": "who"}, ["hello", "rest", "who", "who-2", "bye"]),
]


def test_steps_change_their_places(harbour: Harbour, client: FlaskClient) -> None:
    for do, form, order in PRESSED:
        before = draft(harbour).n
        assert presses(client, do, draft=before, **form).status_code == 303

        assert ids(harbour) == order, (do, form)
        assert draft(harbour).text.startswith("# Ours, by hand.\nid: ours")
        assert draft(harbour).n == before + 1
        writes(harbour, TEXT, before + 1)


def test_a_copy_of_a_split_has_ids_of_its_own(harbour: Harbour, client: FlaskClient) -> None:
    presses(client, "duplicate", step="who")

    copy = tree(harbour)["steps"][3]
    assert [step["id"] for step in copy["paths"][0]["steps"]] == ["tips-2", "more-2"]
    assert "# she reads" in draft(harbour).text


def test_what_was_deleted_is_offered_back_and_its_neighbour_takes_the_focus(
    harbour: Harbour, client: FlaskClient
) -> None:
    answer = presses(client, "delete", step="rest")
    told = client.get(answer.headers["Location"]).text
    undone = client.post(
        "/documents/journey/ours/undo", data={name: hidden(told, name) for name in ("csrf", "draft", "here")}
    )

    assert answer.headers["Location"] == "/journeys/ours/flow?near=who"
    assert re.search(r'id="card-who"[^>]* autofocus', told)
    assert "Removed Wait 1 day" in told
    assert undone.status_code == 303
    assert draft(harbour).text == TEXT


def test_what_lies_above_a_colleagues_edit_is_not_taken_back_unasked(harbour: Harbour, client: FlaskClient) -> None:
    answer = presses(client, "delete", step="rest")
    mine = client.get(answer.headers["Location"]).text
    writes(harbour, draft(harbour).text.replace("Our journey", "Their journey"), 2, "tom@harbour.example")
    undo = "/documents/journey/ours/undo"

    refused = client.post(undo, data={name: hidden(mine, name) for name in ("csrf", "draft", "here")})
    fresh = client.post(undo, data={"csrf": hidden(mine, "csrf"), "draft": "3"})
    both = client.post(undo, data={"csrf": hidden(mine, "csrf"), "draft": "3", "anybodys": "yes"})
    client.post(undo, data={"csrf": hidden(mine, "csrf"), "draft": "4"})

    assert (refused.status_code, fresh.status_code, both.status_code) == (409, 409, 303)
    assert "Nothing was taken back" in refused.text
    assert "Do mine on top" not in refused.text
    assert "tom@harbour.example did \u201cby hand\u201d" in fresh.text
    assert draft(harbour).text == TEXT


def test_the_end_of_a_path_is_told_by_the_words_on_the_card(client: FlaskClient) -> None:
    out = presses(client, "down", step="more")
    told = client.get(out.headers["Location"]).text
    refused = presses(client, "up", draft="2", step="hello")

    leaves = "Moved Email \u201cChoose a plan\u201d to position 4, out of Split by persona: for everybody who comes by"
    assert leaves in told
    assert "Undo: moved Email" in unescape(told)
    assert "Email \u201cWelcome\u201d is the first step already." in refused.text


def test_the_only_step_stays(harbour: Harbour, client: FlaskClient) -> None:
    writes(harbour, f"{HEAD}steps:\n  - {{id: only, do: end}}\n", 1)

    answer = presses(client, "delete", step="only", draft="2")

    assert answer.status_code == 422
    assert "A journey needs at least one step" in answer.text
    assert ids(harbour) == ["only"]


KINDS = [
    *("email", "wait", "split-persona", "care", "survey", "set", "end", "wait_for", "wait_until", "split-stage"),
    *("split-rule", "experiment", "message", "move", "start", "repeat"),
]


def test_whatever_is_added_is_sound_at_once(harbour: Harbour, client: FlaskClient) -> None:
    for n, what in enumerate(KINDS, 1):
        answer = presses(client, "add", what=what, spot="hello", draft=n)

        added = tree(harbour)["steps"][1]
        assert added["do"] == ("split" if what.startswith("split-") else what)
        assert answer.headers["Location"] == f"/journeys/ours/flow?step={added['id']}&at=field"
        assert n > 3 or page(client, f"?step={added['id']}&at=field").count(" autofocus") == 1

    found = drafts.advice_of(harbour.parts.ground, "journey", "ours", draft(harbour).text)
    wrong = [str(problem) for problem in found if problem.must_fix]
    assert [one for one in wrong if "the journey has ended" not in one] == []


SPOTS: list[tuple[str, Any]] = [
    ("/steps", lambda steps: steps[0]),
    ("hello", lambda steps: steps[1]),
    ("who/paths/0/steps", lambda steps: steps[2]["paths"][0]["steps"][0]),
    ("who/paths/1/steps", lambda steps: steps[2]["paths"][1]["steps"][0]),
    ("tips", lambda steps: steps[2]["paths"][0]["steps"][1]),
]


def test_a_step_is_put_wherever_there_is_a_plus(harbour: Harbour, client: FlaskClient) -> None:
    for spot, where in SPOTS:
        before = draft(harbour).n
        menu = page(client, f"?add={spot}")
        presses(client, "add", what="wait", spot=hidden(menu, "spot"), draft=before)

        assert where(tree(harbour)["steps"]) == {"id": "wait", "do": "wait", "for": "1d"}, spot
        assert "# a day is enough" in draft(harbour).text
        writes(harbour, TEXT, before + 1)


def test_a_step_is_put_nowhere_else(harbour: Harbour, client: FlaskClient) -> None:
    for spot in ("nowhere", "who/paths", "who/when", "/goal", "who/paths/9/steps", "hello/email", ""):
        assert presses(client, "add", what="wait", spot=spot).status_code == 422, spot

    assert draft(harbour).text == TEXT


def test_a_step_is_switched_off_and_on_again(harbour: Harbour, client: FlaskClient) -> None:
    presses(client, "off", step="rest")
    off = tree(harbour)["steps"][1]
    presses(client, "off", step="rest", draft="2")

    assert off == {"id": "rest", "do": "wait", "for": "1d", "off": True}
    assert draft(harbour).text == TEXT


def test_paths_come_go_and_change_their_order(harbour: Harbour, client: FlaskClient) -> None:
    presses(client, "path-add", step="who")
    presses(client, "path-up", step="who", part="paths/1/steps", draft="2")
    order = [path.get("when") for path in tree(harbour)["steps"][2]["paths"]]
    presses(client, "path-remove", step="who", part="paths/0/steps", draft="3")
    last = presses(client, "path-remove", step="who", part="paths/1/steps", draft="4")

    assert order == [{"milestone": "first_source"}, {"persona": "wilma"}, None]
    assert draft(harbour).text == TEXT
    assert (last.status_code, "always stays" in last.text) == (422, True)


def test_fields_are_saved_and_only_those_that_were_touched(harbour: Harbour, client: FlaskClient) -> None:
    answer = sends(client, "step", step="hello", base="1", urgent="yes", fields="urgent", late="send", email="welcome")

    assert answer.status_code == 303
    assert tree(harbour)["steps"][0] == {
        "id": "hello",
        "do": "email",
        "email": "welcome",
        "urgent": True,
        "late": "send",
    }
    assert draft(harbour).text == TEXT.replace("email: welcome}", "email: welcome, urgent: true, late: send}")


def test_a_span_is_typed_as_people_say_it(harbour: Harbour, client: FlaskClient) -> None:
    sends(client, "step", step="rest", **{"for": "1 day 12 hours"})

    assert draft(harbour).text == TEXT.replace("for: 1d}", "for: 1d 12h}")
    assert draft(harbour).sentence == "wait 1 day -> 1 day 12 hours"


def test_whom_a_care_task_goes_to_when_overdue_is_chosen_not_written(harbour: Harbour, client: FlaskClient) -> None:
    care = TEXT + "  - {id: call, do: care, task: look-after-their-question, due: 1d, wait_for_outcome: 3d}\n"
    writes(harbour, care, 1)
    owners = re.findall(r'<option value="([^"]*)"', page(client, "?step=call").partition('name="escalate.to"')[2])

    sends(client, "step", step="call", base="2", draft="2", **{"escalate.after": "4 hours", "escalate.to": owners[1]})
    chosen = tree(harbour)["steps"][-1]
    empty = {"escalate.after": "", "escalate.to": ""}
    sends(client, "step", step="call", base="3", draft="3", **empty)

    assert chosen["escalate"] == {"after": "4h", "to": owners[1]}
    assert tree(harbour)["steps"][-1] == plain(read_yaml(care, "")[0])["steps"][-1]


def test_what_cannot_be_read_stays_in_its_field_with_what_it_needs(harbour: Harbour, client: FlaskClient) -> None:
    answer = sends(client, "step", step="rest", note="for legal", **{"for": "soon"})

    assert answer.status_code == 422
    assert 'value="soon"' in answer.text
    assert "write a span of time" in answer.text
    assert tree(harbour)["steps"][1] == {"id": "rest", "do": "wait", "for": "1d", "note": "for legal"}


def test_a_note_is_read_on_its_card(client: FlaskClient) -> None:
    sends(client, "step", step="rest", note="waiting for <legal>")

    assert "waiting for &lt;legal&gt;" in page(client)


def test_a_page_that_saves_by_itself_gets_the_pieces_that_changed(harbour: Harbour, client: FlaskClient) -> None:
    answer = sends(client, "step", "yes", step="rest", base="1", **{"for": "3 days"})

    assert (answer.status_code, answer.headers["Draft"]) == (200, "2")
    assert "Draft of v1 · Saved" in answer.text
    assert 'id="step-rest"' in answer.text
    assert "3 days" in answer.text
    assert "<form" not in answer.text.partition('id="acts"')[0]
    assert tree(harbour)["steps"][1]["for"] == "3d"


def test_who_was_overtaken_is_told_by_whom_and_loses_nothing(harbour: Harbour, client: FlaskClient) -> None:
    writes(harbour, TEXT.replace("for: 1d", "for: 2d"), 1, "tom@harbour.example")

    silent = sends(client, "step", "yes", step="hello", base="1", late="send")
    pressed = sends(client, "step", step="hello", base="1", late="send")
    kept = sends(client, "step", step="hello", base="1", draft="2", late="send", **{"for": "1 day"})

    assert (silent.status_code, silent.headers["Draft"]) == (409, "1")
    assert "tom@harbour.example did “by hand” meanwhile" in silent.text
    assert (pressed.status_code, "Do mine on top of theirs" in pressed.text) == (409, True)
    assert kept.status_code == 303
    assert draft(harbour).text == TEXT.replace("for: 1d", "for: 2d").replace("welcome}", "welcome, late: send}")


def test_a_field_somebody_else_changed_is_not_changed_back(harbour: Harbour, client: FlaskClient) -> None:
    writes(harbour, TEXT.replace("for: 1d", "for: 2d"), 1, "tom@harbour.example")

    sends(client, "step", step="rest", base="1", draft="2", note="mine", **{"for": "1 day"})

    assert tree(harbour)["steps"][1] == {"id": "rest", "do": "wait", "for": "2d", "note": "mine"}


def test_a_problem_stands_on_its_card_and_in_the_list(harbour: Harbour, client: FlaskClient) -> None:
    writes(harbour, TEXT.replace("email: share-your-report", "email: share-your-reprot"), 1)

    flow, listed = page(client), page(client, "?show=problems")

    assert 'href="?step=tips&amp;at=email"' in flow.replace("&at", "&amp;at").replace("&amp;amp;", "&amp;")
    assert "Must fix: there is no email &#39;share-your-reprot&#39;" in flow
    assert "Problems 1" in flow
    assert "did you mean &#39;share-your-report&#39;?" in listed


GARBLED = [
    "steps:\n  - {id: hello, do: dance}\n  - hello\n  - {do: wait}\n  - {id: a, do: split, paths: 3}\n",
    "steps: nothing\n",
    "steps:\n  - {id: a, do: split, paths: [{when: 3, steps: {}}, 4]}\n  - {id: b, do: experiment, arms: [1]}\n",
    "steps:\n  - {id: a, do: wait_for, what: [], up_to: {}}\n  - {id: b, do: care, wait_for_outcome: 1}\n",
]


def test_whatever_is_written_is_drawn(harbour: Harbour, client: FlaskClient) -> None:
    for n, steps in enumerate(GARBLED, 1):
        writes(harbour, HEAD + steps, n)
        for query in ("", "?show=problems", "?step=a", "?step=b", "?step=hello"):
            assert "Our journey" in page(client, query)


def test_a_text_that_cannot_be_read_is_mended_as_text(harbour: Harbour, client: FlaskClient) -> None:
    writes(harbour, f"{HEAD}steps: [", 1)

    assert 'href="/documents/journey/ours/text"' in page(client)
    assert presses(client, "off", step="hello", draft="2").status_code == 422
    assert client.get("/journeys/ours/settings").status_code == 200


def test_everybody_inside_is_counted_on_the_card_they_stand_at(harbour: Harbour) -> None:
    harbour.signs_up("ada")
    harbour.signs_up("bo")
    harbour.pass_time(hours=1)
    told = signed_in(harbour, "viewer").get("/journeys/first-win/flow").text

    assert '<a class="here" href="/customers?journey=first-win&step=data-in" hx-boost="false">2 here now</a>' in told


def test_a_viewer_reads_and_changes_nothing(harbour: Harbour) -> None:
    writes(harbour, TEXT)
    client = signed_in(harbour, "viewer")
    told = page(client, "?step=rest")

    assert "/journeys/ours/edit" not in told
    assert "An editor can change this" in told
    assert presses(client, "off", step="rest").status_code == 403
