"""The list of journeys, how a new one begins, and any document as text: nothing that was typed is lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nurture.flow import drafts
from nurture.store import documents
from nurture.store.drafts import Draft
from nurture.web.console.design.starters import starters
from tests.sqlite import SqliteFiles
from tests.web.harbour import MONDAY, Harbour, harbour_at, prepare
from tests.web.staff import EMAIL, hidden, signed_in


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


@pytest.fixture
def client(harbour: Harbour) -> FlaskClient:
    return signed_in(harbour, "editor")


def begins(client: FlaskClient, **form: str) -> TestResponse:
    token = hidden(client.get("/journeys?show=new").text, "csrf")
    return client.post("/journeys", data={"csrf": token, **form})


def new(harbour: Harbour) -> set[tuple[str, str]]:
    """What is being written and not live."""
    with harbour.parts.ground.sessions.read() as session:
        return set(documents.newcomers(session))


def draft(harbour: Harbour, kind: str, key: str) -> Draft:
    return drafts.read_draft(harbour.parts.ground, kind, key)


def row(page: str, key: str) -> str:
    """The row of a journey in the list."""
    return page.partition(f'href="/journeys/{key}/flow"')[2].partition("</tr>")[0]


def test_the_list_says_who_is_inside_and_who_came(harbour: Harbour) -> None:
    for name in ("ada", "bo"):
        harbour.signs_up(name)

    told = row(signed_in(harbour).get("/journeys").text, "first-win")

    assert "Bring a new trial to its first shared report within a week" in told
    assert "Live v1" in told
    assert '<a href="/customers?journey=first-win">2</a>' in told
    assert '<a href="/journeys/first-win/people">2</a>' in told


def test_a_draft_says_that_it_is_one_and_what_stops_it(harbour: Harbour, client: FlaskClient) -> None:
    text = draft(harbour, "journey", "first-win").text.replace("email: welcome,", "email: welcmoe,")
    drafts.save_draft(harbour.parts.ground, "journey", "first-win", text, 1, EMAIL, "", MONDAY)

    told = row(client.get("/journeys").text, "first-win")

    assert "Draft" in told
    assert '<a href="/journeys/first-win/flow?show=problems">1 to fix' in told


def test_a_starter_is_a_sound_draft_with_all_that_it_needs(harbour: Harbour, client: FlaskClient) -> None:
    for starter, taken in starters().items():
        before = new(harbour)
        answer = begins(client, starter=starter)

        assert answer.status_code == 303
        assert new(harbour) - before == set(taken.texts)
        if starter not in ("leaving", "special-care"):
            continue
        key = answer.headers["Location"].split("/")[2]
        found = drafts.advice_of(harbour.parts.ground, "journey", key, draft(harbour, "journey", key).text)
        assert [str(problem) for problem in found if problem.must_fix] == []


def test_a_starter_taken_twice_is_two_journeys_over_the_same_emails(harbour: Harbour, client: FlaskClient) -> None:
    begins(client, starter="leaving")
    once = new(harbour)
    again = begins(client, starter="leaving")

    assert again.headers["Location"] == "/journeys/leaving-2/flow"
    assert new(harbour) - once == {
        ("journey", "leaving-2"),
        ("scenario", "leaving-kevin-2"),
        ("scenario", "leaving-wilma-2"),
    }
    assert draft(harbour, "scenario", "leaving-wilma-2").text.count("journey: leaving-2") == 1
    second = draft(harbour, "journey", "leaving-2").text
    assert second == draft(harbour, "journey", "leaving").text.replace("id: leaving\n", "id: leaving-2\n")


def test_what_was_rewritten_is_not_touched_by_the_same_starter(harbour: Harbour, client: FlaskClient) -> None:
    begins(client, starter="leaving")
    survey = draft(harbour, "survey", "why_leaving")
    ours = survey.text + "# ours\n"
    drafts.save_draft(harbour.parts.ground, "survey", "why_leaving", ours, survey.n, EMAIL, "", MONDAY)

    begins(client, starter="leaving")

    second = draft(harbour, "journey", "leaving-2").text
    assert draft(harbour, "survey", "why_leaving").text == ours
    assert draft(harbour, "survey", "why_leaving-2").text == survey.text.replace("id: why_leaving", "id: why_leaving-2")
    assert "survey: why_leaving-2" in second
    found = drafts.advice_of(harbour.parts.ground, "journey", "leaving-2", second)
    assert [str(problem) for problem in found if problem.must_fix] == []


def test_an_empty_journey_is_sound_and_ends_with_the_first_win(harbour: Harbour, client: FlaskClient) -> None:
    answer = begins(client, name="Back: from # holidays")
    twice = begins(client, name="Back from holidays")

    key = "back-from-holidays"
    assert answer.headers["Location"] == f"/journeys/{key}/flow"
    assert twice.headers["Location"] == f"/journeys/{key}-2/flow"
    made = draft(harbour, "journey", key)
    assert "goal: {milestone: first_value, within: 14d}" in made.text
    assert drafts.advice_of(harbour.parts.ground, "journey", key, made.text) == ()
    assert "<h1>Back: from # holidays</h1>" in client.get(f"/journeys/{key}/flow").text


def test_a_journey_needs_a_name(harbour: Harbour, client: FlaskClient) -> None:
    answer = begins(client, name=" " * 9)

    assert (answer.status_code, "Give it a name" in answer.text) == (422, True)
    assert begins(client, starter="../leaving").status_code == 404
    assert new(harbour) == set()


def test_a_viewer_begins_nothing(harbour: Harbour) -> None:
    client = signed_in(harbour, "viewer")

    assert "New journey" not in client.get("/journeys").text
    assert client.get("/journeys?show=new").status_code == 200


def saves(client: FlaskClient, name: str, **form: Any) -> TestResponse:
    token = hidden(client.get(f"/documents/{name}/text").text, "csrf")
    return client.post(f"/documents/{name}/text", data={"csrf": token, "draft": "1", **form})


def test_a_document_is_saved_as_text_to_the_letter(harbour: Harbour, client: FlaskClient) -> None:
    text = draft(harbour, "journey", "first-win").text + "\n# Ours: a word at the end.\n"

    answer = saves(client, "journey/first-win", text=text.replace("\n", "\r\n"), note="a last word")

    now = draft(harbour, "journey", "first-win")
    assert answer.status_code == 303
    assert (now.text, now.sentence, now.author) == (text, "a last word", EMAIL)


def test_a_text_that_is_wrong_is_kept_and_told_line_by_line(harbour: Harbour, client: FlaskClient) -> None:
    text = draft(harbour, "policy", "policy").text.replace("at_most: 3", "at_msot: 3")

    answer = saves(client, "policy/policy", text=text)
    told = client.get(answer.headers["Location"]).text

    line = text[: text.index("at_msot")].count("\n") + 1
    assert f"Must fix, line {line}" in told
    assert "did you mean &#39;at_most&#39;?" in told
    assert draft(harbour, "policy", "policy").text == text


def test_who_was_overtaken_keeps_what_they_typed_beside_theirs(harbour: Harbour, client: FlaskClient) -> None:
    old = draft(harbour, "task", "call-about-their-question").text
    drafts.save_draft(
        harbour.parts.ground,
        *("task", "call-about-their-question"),
        f"{old}# toms\n",
        1,
        "tom@h.example",
        "a word",
        MONDAY,
    )

    answer = saves(client, "task/call-about-their-question", text=f"{old}# mine\n")
    again = saves(client, "task/call-about-their-question", text=f"{old}# mine\n", draft=hidden(answer.text, "draft"))

    assert answer.status_code == 409
    assert "tom@h.example did “a word”" in answer.text
    assert ("# mine" in answer.text, "# toms" in answer.text) == (True, True)
    assert again.status_code == 303
    assert draft(harbour, "task", "call-about-their-question").text == f"{old}# mine\n"


def test_an_email_is_one_text_for_each_of_its_files(harbour: Harbour, client: FlaskClient) -> None:
    page = client.get("/documents/email/welcome/text").text
    before = draft(harbour, "email", "welcome").text

    saves(client, "email/welcome", **{"file.email.md": "---\nsubject: Hi\n---\nHello.\n"})

    assert page.count("<textarea") == before.count('.md": "')
    assert '"email.md": "---\\nsubject: Hi\\n---\\nHello.\\n"' in draft(harbour, "email", "welcome").text


@pytest.mark.parametrize("text", ["", "  \n", "#" * 300_000])
def test_what_no_document_can_be_is_not_saved_and_not_lost(harbour: Harbour, client: FlaskClient, text: str) -> None:
    answer = saves(client, "segment/paying", text=text)

    assert (answer.status_code, "Not saved" in answer.text) == (422, True)
    assert draft(harbour, "segment", "paying").n == 1


def test_there_is_a_text_for_every_kind_and_for_no_other(client: FlaskClient) -> None:
    for name in ("lifecycle/lifecycle", "personas/personas", "segment/paying"):
        assert client.get(f"/documents/{name}/text").status_code == 200
    for name in ("magic/x", "journey/nowhere", "email/_layout"):
        assert client.get(f"/documents/{name}/text").status_code == 404
