"""What staff see of care tasks, and what they can do about them: take one, put it off, say what came of it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nurture.channels.email.links import Links
from nurture.flow.ground import Shelf
from nurture.flow.letters import Composer
from nurture.store import tasks
from nurture.store.tasks import Task
from tests.sqlite import SqliteFiles
from tests.stories.care_playbook import prepared
from tests.web.harbour import KEYS, URL, Harbour, harbour_at
from tests.web.staff import EMAIL, foreign_scripts, hidden, signed_in
from tests.web.test_console import HOSTILE, words

ANA = "ana@harbour.example"


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    """Harbour by a playbook of its own: Kevin and Wilma are at risk, and each has opened a ticket."""
    ours = {"shelf": Shelf(), "composer": Composer(Links(URL, KEYS), URL)}
    with sqlite_files.database(prepared) as url, harbour_at(url, tmp_path, **ours) as opened:
        opened.signs_up("kevin", traits={"role": "developer"})
        opened.signs_up("wilma")
        opened.now = opened.machine = opened.now + timedelta(days=6)
        opened.pass_time(hours=1)
        opened.does("kevin", "ticket_opened")
        opened.pass_time(hours=1)
        opened.does("wilma", "ticket_opened")
        yield opened


def open_tasks(harbour: Harbour) -> list[Task]:
    with harbour.parts.ground.sessions.read() as session:
        return tasks.open_tasks(session, harbour.now, snoozed=None)


def task(harbour: Harbour, name: str = "wilma") -> Task:
    return next(one for one in open_tasks(harbour) if one.email == f"{name}@example.com")


def shown(page: str) -> list[str]:
    """Whom the tasks of a page are about, from top to bottom."""
    return re.findall(r'class="who"><a href="/customers/cus_\w+">([^<]*)</a>', page)


def sends(client: FlaskClient, one: Task, act: str, **form: str) -> TestResponse:
    """Send one of a task's forms, with the token of the page it stands on."""
    csrf = hidden(client.get("/tasks").text, "csrf")
    return client.post(f"/tasks/{one.id}/{act}", data={"csrf": csrf, **form})


def test_a_task_says_what_to_do_for_whom_until_when_and_why(harbour: Harbour) -> None:
    page = signed_in(harbour).get("/tasks?show=all").text

    assert shown(page) == ["Kevin", "Wilma"]
    said = words(page)
    assert "Kevin · Kevin Ltd · Kevin · At risk" in said
    assert "Due Sun 11 Jan 14:00 , in 3 hours" in said
    assert "For Jonas Because Get help: waits up to 2 days for the outcome of call; for Jonas" in said
    assert "Have the log open. What to say This is what changed. What have you ruled out?" in said
    assert "Say that it is not her fault. What to say May I solve it with you now?" in said
    assert "Waits until Tue 13 Jan 10:00 , then the journey goes on without an answer" in said


def test_a_viewer_reads_and_does_nothing(harbour: Harbour) -> None:
    client = signed_in(harbour)

    page = client.get("/tasks?show=all").text

    assert "/claim" not in page
    assert "/done" not in page
    for act in ("claim", "snooze", "done"):
        assert sends(client, task(harbour), act, outcome="booked").status_code == 403
    assert len(open_tasks(harbour)) == 2


def test_an_outcome_lets_the_journey_go_on_and_says_where(harbour: Harbour) -> None:
    client, wilma = signed_in(harbour, "editor"), task(harbour)
    before = client.get("/tasks?show=all").text

    answer = sends(client, wilma, "done", outcome="booked", note="  Friday at ten ", show="all")
    after = client.get(answer.headers["Location"]).text

    assert "Booked then solved" in words(before)
    assert "No answer then missed" in words(before)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/tasks?show=all&told={wilma.id}")
    assert "Recorded: booked. Their journey stands at solved now." in words(after)
    assert shown(after) == ["Kevin"]
    with harbour.parts.ground.sessions.read() as session:
        done = tasks.find(session, wilma.id)
    assert done is not None
    assert (done.state, done.outcome, done.note, done.claimed_by) == ("done", "booked", "Friday at ten", EMAIL)
    assert [fact.properties["outcome"] for fact in harbour.told(wilma.customer_id) if fact.name == "care_done"] == [
        "booked"
    ]
    assert harbour.nudges > 0


def test_what_cannot_be_done_is_said_and_changes_nothing(harbour: Harbour) -> None:
    client, wilma = signed_in(harbour, "editor"), task(harbour)
    sends(client, wilma, "done", outcome="booked")

    twice = sends(client, wilma, "done", outcome="no_answer")
    unknown = sends(client, task(harbour, "kevin"), "done", outcome="married")
    missing = client.post("/tasks/tsk_none/done", data={"csrf": hidden(client.get("/tasks").text, "csrf")})

    assert [answer.status_code for answer in (twice, unknown, missing)] == [409, 409, 404]
    assert "Nothing was changed: it is done already: booked." in words(twice.text)
    assert "no outcome of it; there is booked, no_answer." in words(unknown.text)
    assert [one.email for one in open_tasks(harbour)] == ["kevin@example.com"]


def test_an_owner_sees_their_own_first_and_who_takes_one_too(harbour: Harbour) -> None:
    ana = signed_in(harbour, "editor", ANA)
    sam = signed_in(harbour, "editor")

    hers, nothing = ana.get("/tasks").text, sam.get("/tasks?show=mine").text
    taken = sends(sam, task(harbour, "kevin"), "claim", show="mine")
    refused = sends(ana, task(harbour, "kevin"), "claim")

    assert (shown(hers), shown(nothing)) == (["Wilma"], [])
    assert "Nothing waits for you" in nothing
    assert (taken.status_code, taken.headers["Location"]) == (303, "/tasks?show=mine")
    page = sam.get("/tasks?show=mine").text
    assert shown(page) == ["Kevin"]
    assert "For Jonas, taken by you" in words(page)
    assert refused.status_code == 409
    assert f"Nothing was changed: {EMAIL} has taken it already." in words(refused.text)


def test_a_task_is_put_off_to_a_day(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")

    answer = sends(client, task(harbour), "snooze", until="2026-01-13", show="all")
    wrong = [
        sends(client, task(harbour, "kevin"), "snooze", until=day) for day in ("", "tomorrow", "2026-01-11", "1-1-1")
    ]

    assert answer.status_code == 303
    assert [one.status_code for one in wrong] == [409] * 4
    assert shown(client.get("/tasks?show=all").text) == ["Kevin"]
    page = client.get("/tasks?show=snoozed").text
    assert shown(page) == ["Wilma"]
    assert "Put off to Tue 13 Jan" in words(page)


def test_what_is_overdue_says_so_and_whose_it_has_become(harbour: Harbour) -> None:
    empty = signed_in(harbour).get("/tasks?show=overdue").text

    harbour.pass_time(hours=6)
    page = signed_in(harbour, email="tom@harbour.example").get("/tasks?show=overdue").text

    assert "Nothing is overdue" in empty
    assert "Everybody\u2019s 2 Nobody\u2019s 0 Overdue 2 Put off 0" in words(page)
    assert "Call about their question Overdue" in words(page)
    assert "For Lea, theirs since Sun 11 Jan 16:00 as it was overdue" in words(page)


def test_the_timeline_tells_of_the_rest_and_of_the_task(harbour: Harbour) -> None:
    client, wilma = signed_in(harbour, "editor"), task(harbour)
    sends(client, wilma, "done", outcome="booked")

    said = words(client.get(f"/customers/{wilma.customer_id}").text)

    assert "Rests Get to the first win rests while they walk Get help" in said
    assert "Care task Call about their question waits up to 2 days for the outcome of call; for Ana" in said
    assert "Answer Call call: booked" in said


def test_nothing_to_do_says_what_would_come_here(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")
    for one in open_tasks(harbour):
        sends(client, one, "done", outcome="booked")

    assert "Nothing waits for anybody" in client.get("/tasks?show=all").text
    assert "Nothing is put off" in client.get("/tasks?show=snoozed").text
    assert client.get("/tasks?show=else").status_code == 404


def test_hostile_words_are_only_words(harbour: Harbour) -> None:
    client, wilma = signed_in(harbour, "editor"), task(harbour)

    for text in HOSTILE:
        answer = sends(client, wilma, "done", outcome=text, note=text)
        told = client.get("/tasks", query_string={"show": "all", "told": text})

        assert (answer.status_code, told.status_code) == (409, 200)
        for page in (answer.text, told.text):
            assert foreign_scripts(page) == []
            assert "onerror=alert(1)>" not in page
            assert "Wilma" in page
