"""Staff look at what a publish would do, choose, publish it, and take it back: the database says what became of it."""

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from nurture.flow.drafts import save_draft
from nurture.settings import ROOT
from nurture.store import documents
from nurture.web.console.design.effects import scaled
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import EMAIL, hidden, signed_in
from tests.web.test_console import words

WRITTEN = (ROOT / "config/journeys/first-win.yaml").read_text(encoding="utf-8")
SHORTER = WRITTEN.replace("up_to: 2d", "up_to: 1d", 1)
PUBLISH = "/documents/journey/first-win/publish"


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        opened.signs_up("ada")
        yield opened


def drafts(harbour: Harbour, text: str, key: str = "first-win", expected: int = 1, actor: str = EMAIL) -> int:
    """Make a text the draft of a journey."""
    return save_draft(harbour.parts.ground, "journey", key, text, expected, actor, "a change", harbour.now).n


def stands(harbour: Harbour) -> list[tuple[int, str]]:
    with harbour.parts.ground.sessions.read() as session:
        sql = "SELECT revision, step FROM enrollments WHERE journey = 'first-win' AND state = 'active'"
        return [(n, step) for n, step in session.rows(sql)]


def live(harbour: Harbour) -> int:
    with harbour.parts.ground.sessions.read() as session:
        return documents.revision_number(session)


def form(page: str, **said: str) -> dict[str, str]:
    """What the publish page would send, filled in."""
    carried = {name: unescape(hidden(page, name)) for name in ("csrf", "token", "seen", "shown")}
    return {**carried, "note": "Shorter waits", **said}


def test_what_a_publish_would_do_is_shown_and_nothing_is_done(harbour: Harbour) -> None:
    drafts(harbour, SHORTER)

    page = signed_in(harbour, "publisher").get(PUBLISH).text

    assert "Publish v2: move 1" in page
    assert "What happens to the 1 person inside" in page
    assert "<del>2 days</del> \u2192 <ins>1 day</ins>" in page
    assert stands(harbour) == [(1, "data-in")]


def test_what_was_shown_is_published_and_taken_back(harbour: Harbour) -> None:
    n = drafts(harbour, SHORTER)
    client = signed_in(harbour, "publisher")

    answer = client.post(PUBLISH, data=form(client.get(PUBLISH).text))
    moved, toast = stands(harbour), client.get(answer.headers["Location"]).text
    said = {"csrf": hidden(toast, "csrf"), "here": hidden(toast, "here")}
    undone = client.post("/playbook/2/undo", data=said)

    assert (answer.status_code, moved) == (303, [(2, "data-in")])
    assert "Undo publish" in toast
    assert (undone.status_code, stands(harbour), live(harbour)) == (303, [(1, "data-in")], 3)
    with harbour.parts.ground.sessions.read() as session:
        assert session.rows("SELECT draft FROM documents WHERE key = 'first-win'") == [(n,)]
        acts = session.rows("SELECT actor, act FROM audit WHERE act LIKE '%publish%'")
    assert (EMAIL, "undo publish") in acts


def test_no_letter_is_lost_or_doubled_by_a_publish_and_its_undo(harbour: Harbour) -> None:
    drafts(harbour, WRITTEN.replace("up_to: 2d", "up_to: 1h", 1))
    harbour.pass_time(days=1)
    client = signed_in(harbour, "publisher")
    page = client.get(PUBLISH).text

    client.post(PUBLISH, data=form(page))
    harbour.pass_time(minutes=5)
    queued = letters(harbour)
    client.post("/playbook/2/undo", data={"csrf": hidden(page, "csrf")})
    taken = letters(harbour)
    harbour.pass_time(days=6)

    assert queued[-1] == ("nudge-data", "queued")
    assert taken[-1] == ("nudge-data", "cancelled")
    sent = [step for step, state in letters(harbour) if state == "accepted"]
    assert sent == ["welcome", "nudge-data", "nudge-report"]
    subjects = [file.read_text().partition("Subject: ")[2].split("\n")[0] for file in harbour.outbox.glob("*.eml")]
    assert len(subjects) == len(set(subjects))


def letters(harbour: Harbour) -> list[tuple[str, str]]:
    with harbour.parts.ground.sessions.read() as session:
        sql = "SELECT step, state FROM messages WHERE journey = 'first-win' ORDER BY decided_at, id"
        return [(step, state) for step, state in session.rows(sql)]


def test_those_at_a_step_go_where_they_are_sent(harbour: Harbour) -> None:
    drafts(harbour, SHORTER)
    client = signed_in(harbour, "publisher")
    query = "to%3Afirst-win%3Adata-in=report-built"
    page = client.get(f"{PUBLISH}?{query}").text

    client.post(PUBLISH, data=form(page, **{"to:first-win:data-in": "report-built"}))

    assert "Publish v2: reroute 1" in page
    assert stands(harbour) == [(2, "report-built")]


def test_another_choice_than_was_shown_is_shown_before_it_is_made(harbour: Harbour) -> None:
    drafts(harbour, SHORTER)
    client = signed_in(harbour, "publisher")

    answer = client.post(PUBLISH, data=form(client.get(PUBLISH).text, people="keep"))
    shown = client.get(answer.headers["Location"]).text

    assert (answer.status_code, live(harbour)) == (303, 1)
    assert "Nothing was published" in shown
    assert "Publish v2: keep 1" in shown
    assert "Shorter waits</textarea>" in shown
    client.post(PUBLISH, data=form(shown, people="keep"))
    assert (stands(harbour), live(harbour)) == ([(1, "data-in")], 2)


def test_what_has_changed_since_it_was_shown_is_not_published_and_told(harbour: Harbour) -> None:
    n = drafts(harbour, SHORTER)
    client = signed_in(harbour, "publisher")
    page = client.get(PUBLISH).text
    drafts(harbour, SHORTER.replace("up_to: 1d", "up_to: 3d"), expected=n, actor="tom@harbour.example")

    answer = client.post(PUBLISH, data=form(page))

    assert (answer.status_code, live(harbour)) == (409, 1)
    assert "tom@harbour.example changed Get to the first win: a change" in answer.text
    assert "<ins>3 days</ins>" in answer.text
    assert client.post(PUBLISH, data=form(answer.text)).status_code == 303
    assert live(harbour) == 2


def test_people_who_came_since_are_told(harbour: Harbour) -> None:
    drafts(harbour, SHORTER)
    client = signed_in(harbour, "publisher")
    page = client.get(PUBLISH).text
    for name in ("bo", "cy", "di", "ed"):
        harbour.signs_up(name)

    answer = client.post(PUBLISH, data=form(page))

    assert (answer.status_code, live(harbour)) == (409, 1)
    assert "5 people now, not 1" in answer.text


def test_a_draft_that_must_be_mended_is_not_published(harbour: Harbour) -> None:
    drafts(harbour, WRITTEN.replace("email: welcome,", "email: welcom,"))
    client = signed_in(harbour, "publisher")

    page = client.get(PUBLISH).text
    answer = client.post(PUBLISH, data={"csrf": hidden(page, "csrf"), "shown": "", "note": "x"})

    assert "must be mended first" in page
    assert 'href="/journeys/first-win/flow?show=problems#problems"' in page
    assert (answer.status_code, live(harbour)) == (422, 1)


def test_a_note_is_needed_and_what_was_chosen_stays(harbour: Harbour) -> None:
    drafts(harbour, SHORTER)
    client = signed_in(harbour, "publisher")
    page = client.get(f"{PUBLISH}?people=keep").text

    answer = client.post(PUBLISH, data=form(page, people="keep", note=" "))

    assert (answer.status_code, live(harbour)) == (422, 1)
    assert "Say in a few words" in answer.text
    assert "Publish v2: keep 1" in answer.text


def test_an_editor_is_told_whom_to_ask(harbour: Harbour) -> None:
    drafts(harbour, SHORTER)
    harbour.hires("publisher", "ana@harbour.example", "Ana Berg")
    client = signed_in(harbour, "editor")

    page = client.get(PUBLISH).text

    assert "Ask a publisher: Ana Berg" in page
    assert client.post(PUBLISH, data=form(page)).status_code == 403
    assert live(harbour) == 1


def test_several_drafts_go_live_together(harbour: Harbour) -> None:
    drafts(harbour, SHORTER)
    ending = (ROOT / "config/journeys/at-risk.yaml").read_text(encoding="utf-8")
    drafts(harbour, ending.replace("for: 2d", "for: 3d"), "at-risk")
    client = signed_in(harbour, "publisher")
    offered = client.get("/publish").text
    both = ["journey/first-win", "journey/at-risk"]
    page = client.get("/publish?document=journey/first-win&document=journey/at-risk").text

    answer = client.post("/publish", data={**form(page), "document": both})

    assert all(f'value="{one}"' in offered for one in both)
    assert "Publish 2 drafts: move 1" in page
    assert (answer.status_code, live(harbour)) == (303, 2)
    assert stands(harbour) == [(2, "data-in")]


def test_who_would_be_in_another_stage_is_named(harbour: Harbour) -> None:
    harbour.pass_time(days=4)
    text = (ROOT / "config/lifecycle.yaml").read_text(encoding="utf-8")
    save_draft(harbour.parts.ground, "lifecycle", "lifecycle", text.replace("5d", "3d"), 1, EMAIL, "", harbour.now)

    page = signed_in(harbour, "publisher").get("/documents/lifecycle/lifecycle/publish").text

    assert "1 customer: Assessing \u2192 At risk" in page
    assert ">ada@example.com</a>" in page


def test_an_email_says_where_it_is_used(harbour: Harbour) -> None:
    ground = harbour.parts.ground
    with ground.sessions.read() as session:
        text = documents.text_of(session, "email", "welcome", 1)
    save_draft(ground, "email", "welcome", text.replace("Hi ", "Hello ", 1), 1, EMAIL, "", harbour.now)
    client = signed_in(harbour, "publisher")
    page = client.get("/documents/email/welcome/publish").text

    client.post("/documents/email/welcome/publish", data=form(page))

    assert "Used by 1 live step" in page
    assert 'href="/journeys/first-win/flow?step=welcome"' in page
    assert live(harbour) == 2


def test_after_ten_minutes_a_publish_is_rolled_back_instead(harbour: Harbour) -> None:
    drafts(harbour, SHORTER)
    client = signed_in(harbour, "publisher")
    page = client.get(PUBLISH).text
    client.post(PUBLISH, data=form(page))
    harbour.pass_time(minutes=11)

    answer = client.post("/playbook/2/undo", data={"csrf": hidden(page, "csrf")})

    assert (answer.status_code, live(harbour)) == (409, 2)
    assert "more than ten minutes ago" in answer.text
    assert 'href="/journeys/first-win/versions"' in answer.text


def test_where_nothing_differs_there_is_nothing_to_publish(harbour: Harbour) -> None:
    client = signed_in(harbour, "publisher")

    page = client.get(PUBLISH).text
    answer = client.post(PUBLISH, data={"csrf": hidden(page, "csrf"), "shown": "", "note": "x"})

    assert "Nothing to publish" in page
    assert (answer.status_code, live(harbour)) == (409, 1)
    assert "Nothing waits to be published" in client.get("/publish").text


def test_whose_wait_is_over_goes_on_in_turn_and_others_are_let_in_by_the_hour(harbour: Harbour) -> None:
    harbour.pass_time(hours=30)
    entry = SHORTER.replace("  stage: assessing  ", "  stage: [assessing, considering]  ")
    drafts(harbour, entry)
    harbour.asks("lea")
    client = signed_in(harbour, "publisher")
    first = client.get(PUBLISH).text

    page = client.get(f"{PUBLISH}?spread=24h&enter=enter&per_hour=50").text
    answer = client.post(PUBLISH, data=form(page, spread="24h", enter="enter", per_hour="50"))
    told = words(client.get(answer.headers["Location"]).text)

    assert "1 has waited long enough already and goes on" in first
    assert "People outside who match the entry: 1" in first
    assert "let 1 in" in page
    with harbour.parts.ground.sessions.read() as session:
        [(body,)] = session.rows("SELECT body FROM playbooks WHERE revision = 2")
    assert "Those outside come in from now on, at most 50 an hour." in told
    assert ('"per_hour":50' in body, '"spread":86400' in body) == (True, True)


@pytest.mark.parametrize(
    ("counted", "said"),
    [((3, 10, 10), "3"), ((3, 120, 2_400), "about 60"), ((31, 120, 50_000), "about 10,000"), ((0, 60, 120), "about 0")],
)
def test_what_was_counted_over_some_is_said_to_be_about_so_many(counted: tuple[int, int, int], said: str) -> None:
    assert scaled(*counted) == said
