"""Who did what: shown, narrowed, given as a file; and the press that pauses all sending, which is in it."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from nurture.flow.sending import sending
from nurture.store import audit
from nurture.store.session import Session
from tests.sqlite import SqliteFiles
from tests.web.harbour import MONDAY, Harbour, harbour_at, prepare
from tests.web.staff import EMAIL, hidden, signed_in

SECOND = timedelta(seconds=1)


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


def acts(harbour: Harbour, *told: tuple[str, str, str]) -> None:
    def write(session: Session) -> None:
        for n, (actor, act, subject) in enumerate(told):
            audit.record(session, MONDAY + n * SECOND, actor, act, subject, {"a": 1}, {"a": [2, 3]})

    harbour.parts.ground.sessions.write(write)


def test_the_audit_is_narrowed_by_who_what_and_when(harbour: Harbour) -> None:
    client = signed_in(harbour)
    acts(harbour, ("ana", "publish", "playbook 7"), ("tom", "claim task", "tsk_1"), ("ana", "hold", "50%_off"))

    everything, anas, tasks, odd = (
        client.get(f"/audit{query}").text for query in ("", "?who=ana", "?about=task", "?about=%25_")
    )
    later = client.get("/audit?since=2026-01-06").text

    assert [name in everything for name in ("playbook 7", "tsk_1", "50%_off")] == [True, True, True]
    assert ("playbook 7" in anas, "tsk_1" in anas) == (True, False)
    assert ("playbook 7" in tasks, "tsk_1" in tasks) == (False, True)
    assert ("playbook 7" in odd, "50%_off" in odd) == (False, True)
    assert "Nobody did this" in later


def test_earlier_acts_are_a_page_away(harbour: Harbour) -> None:
    client = signed_in(harbour)
    acts(harbour, *(("ana", "publish", f"playbook {n:03}") for n in range(60)))

    first = client.get("/audit?who=ana").text
    following = first.partition('href="/audit?who=ana&amp;after=')[2].partition('"')[0]
    second = client.get(f"/audit?who=ana&after={following}").text

    assert ("playbook 059" in first, "playbook 009" in first) == (True, False)
    assert ("playbook 009" in second, "playbook 000" in second, "Earlier acts" in second) == (True, True, False)


def test_the_file_holds_no_formula(harbour: Harbour) -> None:
    client = signed_in(harbour)
    acts(harbour, ("=cmd()", "+1", "@x"))

    answer = client.get("/audit.csv?about=@x")
    rows = list(csv.reader(io.StringIO(answer.text)))

    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    assert rows[1][1:] == ["'=cmd()", "'+1", "'@x", "a: 1", "a: 2, 3"]


def test_all_sending_is_paused_and_goes_on_by_a_press(harbour: Harbour) -> None:
    harbour.signs_up("ada")
    client = signed_in(harbour, "publisher")
    form = {"csrf": hidden(client.get("/tasks").text, "csrf"), "here": "/tasks"}

    paused = client.post("/sending/hold", data=form)
    harbour.post()
    while_paused = client.get("/tasks").text, sent(harbour)
    client.post("/sending/resume", data=form)
    harbour.post()

    assert (paused.status_code, paused.headers["Location"]) == (303, "/tasks")
    assert "Sending is paused" in while_paused[0]
    assert "All sending is paused" in while_paused[0]
    assert (while_paused[1], sent(harbour)) == (0, 1)
    with harbour.parts.ground.sessions.read() as session:
        assert sending(session, harbour.look()).state == "on"
        acts = {(one.actor, one.act) for one in audit.entries(session, about="all sending")}
    assert acts == {(EMAIL, "resume"), (EMAIL, "hold")}


def test_who_may_not_pause_is_not_offered_it(harbour: Harbour) -> None:
    page = signed_in(harbour, "editor").get("/customers").text

    assert "Sending" in page
    assert "Pause all sending" not in page


def test_a_letter_that_waits_too_long_is_told_in_the_frame(harbour: Harbour) -> None:
    harbour.signs_up("ada")
    harbour.machine = harbour.machine.replace(minute=20)

    assert "Sending is late" in signed_in(harbour).get("/customers").text


def sent(harbour: Harbour) -> int:
    return len(list(harbour.outbox.glob("*.eml"))) if harbour.outbox.exists() else 0
