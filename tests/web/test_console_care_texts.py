"""What a person of ours is asked to do is written in the console: for everybody, and for one persona."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from nurture.engine.care import Task
from nurture.flow import drafts
from nurture.web.console.design.playbook.sheet import root_of
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import hidden, signed_in
from tests.web.test_console_publishing import form

PAGE = "/care-texts/call-them-today"


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


@pytest.fixture
def client(harbour: Harbour) -> FlaskClient:
    return signed_in(harbour, "publisher")


def written(harbour: Harbour) -> str:
    return drafts.read_draft(harbour.parts.ground, "task", "call-them-today").text


def sends(client: FlaskClient, **said: str) -> int:
    """Fill in the form of the page, and send it."""
    page = client.get(PAGE).text
    form = {name: hidden(page, name) for name in ("csrf", "draft", "base")}
    answer = client.post("/documents/task/call-them-today/edit", data={**form, "at": "", "do": "set", **said})
    return answer.status_code


def makes(client: FlaskClient, name: str = "Call them today") -> int:
    csrf = hidden(client.get("/care-texts").text, "csrf")
    return client.post("/care-texts", data={"csrf": csrf, "name": name}).status_code


def test_a_new_one_is_written_for_everybody_and_for_one_persona(harbour: Harbour, client: FlaskClient) -> None:
    assert makes(client) == 303

    status = sends(
        client,
        brief="Why, in a line.",
        talking_points="What is missing?\r\n\r\nWho else decides, and when?",
        **{"for.wilma.talking_points": "It is nothing you did."},
    )

    assert status == 303
    assert root_of(written(harbour)) == {
        "id": "call-them-today",
        "name": "Call them today",
        "brief": "Why, in a line.",
        "talking_points": ["What is missing?", "Who else decides, and when?"],
        "for": {"wilma": {"talking_points": ["It is nothing you did."]}},
    }
    page = client.get(PAGE).text
    assert "What is missing?\nWho else decides, and when?</textarea>" in page


def test_it_is_published_and_a_care_task_can_open_it(harbour: Harbour, client: FlaskClient) -> None:
    makes(client)
    sends(client, brief="Why.", **{"for.kevin.brief": "He reads logs."})
    publish = "/documents/task/call-them-today/publish"

    answer = client.post(publish, data=form(client.get(publish).text))

    assert answer.status_code == 303
    with harbour.parts.ground.sessions.read() as session:
        task: Task = harbour.parts.ground.shelf.playbook(session).tasks["call-them-today"]
    assert (task.brief_for("kevin")[0], task.brief_for("wilma")[0]) == ("He reads logs.", "Why.")
    assert "Call them today" in client.get("/care-texts").text


def test_what_is_taken_out_for_a_persona_is_gone_whole(harbour: Harbour, client: FlaskClient) -> None:
    makes(client)
    sends(client, **{"for.kevin.brief": "He reads logs."})

    assert sends(client, **{"for.kevin.brief": ""}) == 303

    assert written(harbour) == "id: call-them-today\nname: Call them today\n"


def test_a_name_is_needed_and_two_of_a_name_have_keys_of_their_own(harbour: Harbour, client: FlaskClient) -> None:
    assert makes(client, " ") == 422
    assert makes(client, "x" * 121) == 422
    assert [makes(client), makes(client)] == [303, 303]
    assert sends(client, name="") == 422

    assert drafts.read_draft(harbour.parts.ground, "task", "call-them-today-2").text.startswith("id: call-them-today-2")


def test_one_that_stands_is_shown_with_what_opens_it(client: FlaskClient) -> None:
    page = client.get("/care-texts/look-after-their-question").text

    assert "Which request id, and at what time? Then I read our side first." in page
    assert "/flow?step=" in page
    assert client.get("/care-texts/no-such-text").status_code == 404


def test_one_that_nothing_opens_is_put_away_and_brought_back(client: FlaskClient) -> None:
    makes(client)
    csrf = hidden(client.get(PAGE).text, "csrf")

    away = client.post(f"{PAGE}/put-away", data={"csrf": csrf})
    listed, shown = client.get("/care-texts").text, client.get(PAGE).text
    back = client.post(f"{PAGE}/bring-back", data={"csrf": csrf})

    assert (away.headers["Location"], back.headers["Location"]) == ("/care-texts", PAGE)
    assert f'href="{PAGE}"' not in listed
    assert "no care task can open it until it is brought back" in shown
    assert "Bring it back" in shown
    assert f'href="{PAGE}"' in client.get("/care-texts").text


def test_one_that_a_journey_opens_stays(harbour: Harbour, client: FlaskClient) -> None:
    page = "/care-texts/look-after-their-question"
    csrf = hidden(client.get(page).text, "csrf")

    assert client.post(f"{page}/put-away", data={"csrf": csrf}).headers["Location"] == page
    assert "Nothing was changed: it is asked for by" in client.get(page).text
    assert drafts.read_draft(harbour.parts.ground, "task", "look-after-their-question").published == 1
