"""A draft is lived through before anybody does, kept as a scenario, and sent to whoever tries it."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from nurture.engine.reading import read_document
from nurture.engine.scenario import Scenario
from nurture.flow.drafts import read_draft
from nurture.web.console.design.scripting import read_script, script_words
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import EMAIL, hidden, signed_in
from tests.web.test_console_publishing import SHORTER, WRITTEN, drafts

SIMULATE = "/journeys/first-win/simulate"


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


def test_the_draft_is_lived_and_not_what_is_live(harbour: Harbour) -> None:
    drafts(harbour, SHORTER)

    page = signed_in(harbour).get(f"{SIMULATE}?persona=wilma&start=2026-01-05&run=yes").text

    assert "<b>Wilma</b>, 14 days from" in page
    assert "waits up to 1 day" in page
    assert 'href="/emails/connect-your-data/edit?persona=wilma&amp;date=2026-01-06"' in page
    assert "Paths reached: 2 of 4" in page
    with harbour.parts.ground.sessions.read() as session:
        assert session.rows("SELECT COUNT(*) FROM messages") == [(0,)]
        assert session.rows("SELECT COUNT(*) FROM customers") == [(0,)]


def test_what_they_do_is_said_in_words(harbour: Harbour) -> None:
    client = signed_in(harbour)
    script = "day 1 at 12:00: data connected\nreplies to welcome on day 2\nday 3: dances\nday 4 nothing of the kind"

    page = client.get(SIMULATE, query_string={"script": script, "start": "2026-01-05", "run": "yes"}).text

    assert "Data connected: reached" in page
    assert "No document mentions the event <code>nothing_of_the_kind</code>" in page
    assert "/emails/connect-your-data/edit" not in page


@pytest.mark.parametrize(
    ("line", "happens"),
    [
        ("day 2: report shared", {"on_day": 2, "event": "report_shared"}),
        ("on day 2 at 9:30: Data connected", {"on_day": 2, "at": "09:30", "event": "source_connected"}),
        ("replies to welcome on day 4", {"on_day": 4, "event": "email_replied", "properties": {"email": "welcome"}}),
        ("day 3: answers driver with save_time", {"on_day": 3, "answers": "driver", "value": "save_time"}),
        ("day 3: trial is extended by 7 days", {"on_day": 3, "extend": "7d"}),
        (
            "day 5: task call-about-their-question ends with solved",
            {"on_day": 5, "care": "call-about-their-question", "outcome": "solved"},
        ),
    ],
)
def test_every_line_is_read_and_said_again(harbour: Harbour, line: str, happens: dict[str, object]) -> None:
    with harbour.parts.ground.sessions.read() as session:
        playbook = harbour.parts.ground.shelf.playbook(session)
    said = {"id": "x", "journey": "first-win", "from": "2026-01-05T09:00:00Z"}

    found = read_script(f"never opens\n{line}\n", playbook)
    scenario = Scenario.model_validate({**said, "script": list(found.happenings)})
    again = read_script(script_words(scenario.script), playbook)

    assert (found.happenings, found.wrongs) == ((happens,), ())
    assert Scenario.model_validate({**said, "script": list(again.happenings)}).script == scenario.script


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("shares a report", "say on which day"),
        ("day 0: report shared", "the first day is day 1"),
        ("day 2: replies to welcom", "did you mean &#39;welcome&#39;?"),
    ],
)
def test_a_line_that_says_nothing_known_is_told(harbour: Harbour, line: str, why: str) -> None:
    page = signed_in(harbour).get(SIMULATE, query_string={"script": line, "run": "yes"}).text

    assert "Not understood" in page
    assert why in page


def test_what_was_tried_is_kept_as_a_scenario_and_lived_again(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")
    asked = {"persona": "wilma", "start": "2026-01-05", "days": "10", "script": "day 2: report shared"}
    page = client.get(SIMULATE, query_string={**asked, "run": "yes"}).text

    kept = {"csrf": hidden(page, "csrf"), **asked, "name": "Wilma never opens", "expects": "yes"}
    answer = client.post("/journeys/first-win/scenarios", data=kept)
    again = client.get(answer.headers["Location"]).text
    twice = client.post("/journeys/first-win/scenarios", data=kept)

    assert answer.headers["Location"] == f"{SIMULATE}?scenario=wilma-never-opens&run=yes"
    assert "day 2 at 12:00: report_shared" in again
    assert "scenario=wilma-never-opens-2" in twice.headers["Location"]
    text = read_draft(harbour.parts.ground, "scenario", "wilma-never-opens").text
    scenario, _, problems = read_document("scenario", "wilma-never-opens", text, Scenario)
    assert (problems, scenario.persona, scenario.days, scenario.expects) == ((), "wilma", 10, ("welcome",))


def test_a_scenario_needs_a_name_and_what_was_typed_stays(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")
    page = client.get(f"{SIMULATE}?run=yes").text

    answer = client.post(
        "/journeys/first-win/scenarios",
        data={"csrf": hidden(page, "csrf"), "script": "day 2: report shared", "name": " "},
    )

    assert answer.status_code == 422
    assert "Give the scenario a name" in answer.text
    assert "day 2: report shared" in answer.text


def test_a_real_customer_is_lived_from_now_on_and_only_read(harbour: Harbour) -> None:
    ada = harbour.signs_up("ada").customer_id
    harbour.pass_time(days=1)
    before = harbour.told(ada)
    client = signed_in(harbour)

    page = client.get(f"{SIMULATE}?customer=u-ada&run=yes").text

    assert "<b>u-ada</b>" in page
    assert "customer=u-ada" in page
    assert harbour.told(ada) == before
    assert "nobody is known as u-bo" in client.get(f"{SIMULATE}?customer=u-bo&run=yes").text


def test_a_draft_is_walked_up_to_its_first_broken_step(harbour: Harbour) -> None:
    drafts(harbour, WRITTEN.replace("email: toward-your-goal", "email: toward-no-goal"))
    client = signed_in(harbour)

    page = client.get(f"{SIMULATE}?run=yes&start=2026-01-05").text

    assert "walked up to its first broken step" in page
    assert "/emails/welcome/edit" in page


def test_a_draft_that_cannot_be_walked_says_what_stands_in_the_way(harbour: Harbour) -> None:
    drafts(harbour, WRITTEN.replace("email: welcome,", "email: welcom,"))

    page = signed_in(harbour).get(f"{SIMULATE}?run=yes").text

    assert "cannot be walked at all yet" in page
    assert "welcom" in page


def test_the_whole_journey_comes_to_whoever_tries_it(harbour: Harbour) -> None:
    drafts(harbour, SHORTER)
    client = signed_in(harbour, "editor")
    page = client.get("/journeys/first-win/test-send?persona=wilma").text

    answer = client.post("/journeys/first-win/test-send", data={"csrf": hidden(page, "csrf"), "persona": "wilma"})

    found = [message_from_bytes(file.read_bytes(), policy=default) for file in sorted(harbour.outbox.glob("*.eml"))]
    subjects = sorted(letter["Subject"] for letter in found)
    assert answer.status_code == 303
    assert all(EMAIL in letter["To"] for letter in found)
    assert [subject.partition("]")[0] for subject in subjects] == [
        "[Test 1/5 \u00b7 day 1 \u00b7 Wilma",
        "[Test 2/5 \u00b7 day 2 \u00b7 Wilma",
        "[Test 3/5 \u00b7 Wilma",
        "[Test 4/5 \u00b7 day 4 \u00b7 Wilma",
        "[Test 5/5 \u00b7 Wilma",
    ]
    with harbour.parts.ground.sessions.read() as session:
        assert session.rows("SELECT COUNT(*) FROM messages") == [(0,)]
        assert session.rows("SELECT COUNT(*) FROM audit WHERE act = 'send test' AND actor = :who", {"who": EMAIL}) == [
            (5,)
        ]


def test_test_letters_are_twenty_an_hour_and_none_goes_where_not_all_may(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")
    csrf = {"csrf": hidden(client.get("/journeys/first-win/test-send").text, "csrf")}
    answers = [client.post("/journeys/first-win/test-send", data=csrf).status_code for _ in range(5)]
    sent = len(list(harbour.outbox.glob("*.eml")))

    for _ in range(3):
        harbour.machine += timedelta(minutes=21)
        client.get("/customers")
    later = client.post("/journeys/first-win/test-send", data=csrf)

    assert (answers, sent) == ([303, 303, 303, 303, 422], 20)
    assert later.status_code == 303


def test_nothing_is_tried_while_sending_is_paused(harbour: Harbour) -> None:
    client = signed_in(harbour, "publisher")
    csrf = {"csrf": hidden(client.get("/journeys/first-win/test-send").text, "csrf")}
    client.post("/sending/hold", data=csrf)

    answer = client.post("/journeys/first-win/test-send", data=csrf)

    assert answer.status_code == 422
    assert "all sending is paused; nothing was sent" in answer.text
    assert list(harbour.outbox.glob("*.eml")) == []
