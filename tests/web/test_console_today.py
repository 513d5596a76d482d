"""Today: what needs me first, what is new since I looked, and that one block's trouble takes nothing else along."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from nurture.channels.email.links import Links
from nurture.flow import drafts
from nurture.flow.ground import Shelf
from nurture.flow.letters import Composer
from nurture.store import tasks
from tests.sqlite import SqliteFiles
from tests.stories.care_playbook import prepared
from tests.web.harbour import KEYS, URL, Harbour, harbour_at, prepare
from tests.web.staff import hidden, signed_in
from tests.web.test_console import words


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    """Kevin and Wilma were at risk and asked for help; Wilma is worth more."""
    ours = {"shelf": Shelf(), "composer": Composer(Links(URL, KEYS), URL)}
    with sqlite_files.database(prepared) as url, harbour_at(url, tmp_path, **ours) as opened:
        opened.signs_up("kevin", traits={"role": "developer", "value": 100})
        opened.signs_up("wilma", traits={"value": 9000})
        opened.now = opened.machine = opened.now + timedelta(days=6)
        opened.pass_time(hours=1)
        opened.does("kevin", "ticket_opened")
        opened.does("wilma", "ticket_opened")
        opened.parts.ground.sessions.write(
            lambda session: session.run("UPDATE tasks SET claimed_by = 'sam@harbour.example'")
        )
        yield opened


@pytest.fixture
def first_run(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    """Ada alone, by the playbook of the first run."""
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        opened.signs_up("ada")
        yield opened


def needed(page: str) -> list[str]:
    return re.findall(r'<a href="/tasks/tsk_\w+">([^<]*)</a>', page)


def test_what_is_worth_more_and_ends_sooner_comes_first(harbour: Harbour) -> None:
    page = signed_in(harbour, "editor").get("/today").text

    assert [name.rpartition(": ")[2] for name in needed(page)] == ["Wilma", "Kevin"]
    assert "worth 9,000" in words(page)
    assert "Why: waits up to 2 days for the outcome of call" in words(page)


def test_news_is_told_until_it_is_said_to_be_seen(first_run: Harbour) -> None:
    client = signed_in(first_run)
    first_run.now += timedelta(minutes=1)
    first_run.answers("ada", "driver", "save_time")

    before = words(client.get("/today").text)
    client.post("/today/seen", data={"csrf": hidden(client.get("/today").text, "csrf")})
    after = words(client.get("/today").text)
    first_run.now += timedelta(minutes=1)
    first_run.does("ada", "trial_cancelled")
    later = words(client.get("/today").text)

    assert ("save_time" in before, "save_time" in after) == (True, False)
    assert "Nobody\u2019s stage." in after
    assert re.search(r"1 Terminated Ada", later)


def test_drafts_and_hours_and_first_steps(harbour: Harbour) -> None:
    ground, now = harbour.parts.ground, harbour.now
    found = drafts.read_draft(ground, "lifecycle", "lifecycle")
    drafts.save_draft(ground, "lifecycle", "lifecycle", found.text + "# a thought\n", found.n, "ana", "thought", now)

    page = words(signed_in(harbour).get("/today").text)

    assert "Lifecycle lifecycle; by ana" in page
    assert "Due today, by hour" in page
    assert re.search(r"First steps: \d of 6 done", page)


def test_the_machines_trouble_is_told_and_a_departure_is_none(harbour: Harbour) -> None:
    client = signed_in(harbour)
    harbour.does("kevin", "trial_cancelled")

    quiet = words(client.get("/today").text)
    harbour.sets_aside(harbour._id("wilma"), "set aside after an error: ValueError: x")
    loud = words(client.get("/today").text)

    assert "set aside" not in quiet
    assert "1 customer set aside. The engine failed on them; nobody else is affected." in loud


def test_a_block_that_cannot_be_read_says_so_and_the_others_stand(first_run: Harbour) -> None:
    client = signed_in(first_run)
    first_run.now += timedelta(minutes=1)
    first_run.answers("ada", "driver", "save_time")
    first_run.parts.ground.sessions.write(lambda session: session.run("DROP TABLE themes"))

    with capture_logs() as logged:  # drawing a traceback with all its values takes seconds
        page = client.get("/today")

    assert [one["event"] for one in logged] == ["a block of today failed"]
    assert page.status_code == 200
    assert "What changed could not be read" in words(page.text)
    assert "What needs me" in words(page.text)


def test_nobodys_tasks_are_counted_and_offered(harbour: Harbour) -> None:
    harbour.parts.ground.sessions.write(lambda session: session.run("UPDATE tasks SET owner = NULL, claimed_by = NULL"))
    client = signed_in(harbour, "editor")

    page, listed = words(client.get("/today").text), words(client.get("/tasks?show=unowned").text)

    assert "0 of mine · 2 of nobody" in page
    assert "Nobody\u2019s 2" in listed
    with harbour.parts.ground.sessions.read() as session:
        assert len(tasks.open_tasks(session, harbour.now, nobodys=True)) == 2
