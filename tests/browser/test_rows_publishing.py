"""Rows 23 and 25 to 32: a journey is tried, published, compared, taken back, paused; the database says what it did."""

import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from nurture.flow import drafts
from nurture.flow.publish import Choices, publish
from nurture.settings import ROOT
from nurture.store import documents
from nurture.web import console
from tests.browser.axe import violations
from tests.browser.crowd import crowd_at
from tests.browser.rows import walk
from tests.browser.test_console import Quiet, sideways, sign_in
from tests.web.harbour import Harbour
from tests.web.staff import EMAIL

FLOW = "/journeys/first-win/flow"
WRITTEN = (ROOT / "config/journeys/first-win.yaml").read_text(encoding="utf-8")
NUDGE = "      - {id: nudge-report, do: email, email: build-your-first-report, late: skip}\n"
WAITS = "      - {id: breathe, do: wait, for: 7d}\n" + NUDGE
"""A wait that many stand at, and that the next version has no more."""
PATIENT = 30_000  # milliseconds, for a machine that is busy with other things
ASIDE = "SELECT 1 FROM json_each(c.facts, '$.aside') WHERE json_each.key IN ('', 'first-win') AND json_each.value"


@pytest.fixture(scope="module")
def crowd(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    """Two thousand customers; those at the letter about reports stand at a wait before it."""
    with crowd_at(tmp_path_factory.mktemp("crowd"), 2_000, lived) as opened:
        opened.hires("publisher")
        releases(opened, WRITTEN.replace(NUDGE, WAITS), {"first-win": {"nudge-report": "breathe"}})
        yield opened


@pytest.fixture(scope="module")
def address(crowd: Harbour) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, crowd.app(console.blueprint), threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def staffed(page: Page, address: str) -> Page:
    sign_in(page, address)
    return page


def releases(crowd: Harbour, text: str, reroute: dict[str, dict[str, str]] | None = None) -> int:
    """Publish a text of the journey, everybody inside moving on to it."""
    choices = Choices(reroute=reroute or {})
    name = ("journey", "first-win")
    return publish(crowd.parts.ground, {name: text}, "ana", "by hand", crowd.look(), people=choices).revision


def writes(crowd: Harbour, text: str) -> int:
    """Make a text the draft, and give its number."""
    now = drafts.read_draft(crowd.parts.ground, "journey", "first-win")
    return drafts.save_draft(crowd.parts.ground, "journey", "first-win", text, now.n, EMAIL, "a change", crowd.now).n


def standing(crowd: Harbour) -> dict[tuple[int, str], int]:
    with crowd.parts.ground.sessions.read() as session:
        sql = (
            "SELECT revision, step, COUNT(*) FROM enrollments WHERE journey = 'first-win' AND state = 'active'"
            " GROUP BY revision, step"
        )
        return {(revision, step): people for revision, step, people in session.rows(sql)}


def published(crowd: Harbour) -> tuple[int, int | None]:
    """The playbook that stands, and the live version of the journey."""
    with crowd.parts.ground.sessions.read() as session:
        [found] = [one for one in documents.catalogue(session, "journey") if one.key == "first-win"]
        return documents.revision_number(session), found.published


def without_the_wait(crowd: Harbour) -> int:
    """Have the version without the week of waiting be live, and give its number."""
    if "breathe" in live(crowd)[1]:
        releases(crowd, WRITTEN)
    return live(crowd)[0]


def live(crowd: Harbour) -> tuple[int, str]:
    """The live version of the journey, and its text."""
    with crowd.parts.ground.sessions.read() as session:
        return documents.published(session)[1]["journey", "first-win"]


def test_row_23_wilma_who_never_opens_is_lived_over_14_days(staffed: Page, address: str, crowd: Harbour) -> None:
    with walk(staffed, address, FLOW, row=23, clicks=4) as way:
        way.click("link", "Simulate", exact=True)
        way.choose("Persona", "wilma")
        way.click("button", "Run")
        lived = staffed.locator(".lived")
        expect(lived).to_contain_text("Connect your data")

    assert "Wilma, 14 days from" in staffed.locator("main").inner_text()
    with crowd.parts.ground.sessions.read() as session:
        assert session.rows("SELECT COUNT(*) FROM customers WHERE id = 'cus_simulated'") == [(0,)]


def test_row_25_the_whole_journey_is_sent_to_me(staffed: Page, address: str, crowd: Harbour) -> None:
    with walk(staffed, address, FLOW, row=25, clicks=2) as way:
        way.click("link", "Test send")
        way.click("button", "Send 5 emails to me")

    files = crowd.outbox.glob("*.eml")
    found = [message_from_bytes(file.read_bytes(), policy=default) for file in files]
    tests = sorted(letter["Subject"] for letter in found if letter["Subject"].startswith("[Test"))
    assert [subject.split()[1].rstrip("]") for subject in tests] == ["1/5", "2/5", "3/5", "4/5", "5/5"]
    assert all(EMAIL in letter["To"] for letter in found if letter["Subject"] in tests)


def test_row_26_what_a_publish_does_to_those_inside_is_said_before_it(
    staffed: Page, address: str, crowd: Harbour
) -> None:
    writes(crowd, WRITTEN)
    before, there = published(crowd), standing(crowd)

    with walk(staffed, address, FLOW, row=26, clicks=1) as way:
        way.click("link", "Publish…")
        said = staffed.locator("#publish-it").inner_text()

    at_wait = sum(people for (_, step), people in there.items() if step == "breathe")
    others = sum(there.values()) - at_wait
    assert said.endswith(f"move {others:,}, reroute {at_wait:,}")
    assert (published(crowd), standing(crowd)) == (before, there)


def test_row_27_people_at_a_removed_wait_are_sent_elsewhere(staffed: Page, address: str, crowd: Harbour) -> None:
    n = writes(crowd, WRITTEN)
    before, there = published(crowd), standing(crowd)
    at_wait = sum(people for (_, step), people in there.items() if step == "breathe")

    with walk(staffed, address, FLOW, row=27, clicks=4) as way:
        way.click("link", "Publish…")
        way.choose("Where those at Wait: 1 week go", "half-time")
        shown = staffed.locator("input[name=shown]")
        expect(shown).to_have_value("to%3Afirst-win%3Abreathe=half-time", timeout=PATIENT)
        way.fill("What is different, for your colleagues (needed)", "No week of waiting")
        way.click("button", f"Publish v{n}")
        expect(staffed.get_by_role("button", name="Undo publish")).to_be_visible(timeout=PATIENT)

    now = standing(crowd)
    assert published(crowd) == (before[0] + 1, n)
    assert {revision for revision, _ in now} == {n}
    assert now[n, "half-time"] == at_wait + sum(people for (_, step), people in there.items() if step == "half-time")


def test_row_28_a_publish_is_taken_back(staffed: Page, address: str, crowd: Harbour) -> None:
    there, before = standing(crowd), published(crowd)
    n = writes(crowd, WRITTEN.replace("up_to: 2d", "up_to: 1h"))
    staffed.goto(f"{address}/documents/journey/first-win/publish")
    staffed.get_by_label("What is different, for your colleagues (needed)").fill("Quick")
    staffed.get_by_role("button", name=f"Publish v{n}").click()
    letters = queued(crowd)

    with walk(staffed, address, "/journeys/first-win/versions", row=28, clicks=1) as way:
        way.click("button", "Undo publish")
        expect(staffed.locator(".toast")).to_contain_text("The publish is undone", timeout=PATIENT)

    assert (standing(crowd), published(crowd)[1]) == (there, before[1])
    assert queued(crowd) <= letters


def queued(crowd: Harbour) -> set[str]:
    with crowd.parts.ground.sessions.read() as session:
        return {row[0] for row in session.rows("SELECT id FROM messages WHERE state = 'queued'")}


def test_row_29_two_versions_are_compared(staffed: Page, address: str, crowd: Harbour) -> None:
    n = without_the_wait(crowd)

    with walk(staffed, address, FLOW, row=29, clicks=2) as way:
        way.click("link", "Versions")
        way.click(staffed.get_by_role("row", name=f"v{n} Live").get_by_role("link", name="Compare with"))
        expect(staffed.locator(".beside")).to_be_visible(timeout=PATIENT)

    rows = staffed.locator(".sides tr:not(.same)")
    assert "Removed" in " ".join(rows.all_inner_texts())


def test_row_30_an_earlier_version_goes_live_again(staffed: Page, address: str, crowd: Harbour) -> None:
    without_the_wait(crowd)
    with crowd.parts.ground.sessions.read() as session:
        old = documents.text_of(session, "journey", "first-win", 2)

    with walk(staffed, address, FLOW, row=30, clicks=3) as way:
        way.click("link", "Versions")
        way.click("button", "Make v2 the draft")
        way.fill("What is different, for your colleagues (needed)", "Back to the week")
        way.click(staffed.locator("#publish-it button"))
        expect(staffed.get_by_role("button", name="Undo publish")).to_be_visible(timeout=PATIENT)

    _, n = published(crowd)
    with crowd.parts.ground.sessions.read() as session:
        assert documents.text_of(session, "journey", "first-win", n or 0) == old
    assert {revision for revision, _ in standing(crowd)} == {n}


def test_row_31_counts_add_up_and_lead_to_who_is_there(staffed: Page, address: str, crowd: Harbour) -> None:
    with crowd.parts.ground.sessions.read() as session:
        walks = "FROM enrollments e JOIN customers c ON c.id = e.customer_id WHERE journey = 'first-win'"
        counted = f"{walks} AND NOT EXISTS ({ASIDE})"
        states = dict(session.rows(f"SELECT state, COUNT(*) {counted} GROUP BY state"))
        [(there,)] = session.rows(f"SELECT COUNT(*) {counted} AND state = 'active' AND step = 'half-time'")

    with walk(staffed, address, "/journeys/first-win/results?from=all", row=31, clicks=1) as way:
        said = staffed.locator(".adds-up").inner_text()
        row = staffed.get_by_role("row", name="Wait until: 1 week after the trial")
        way.click(row.get_by_role("link", name=f"{there:,}", exact=True).first)
        shown = staffed.locator("main > .count").inner_text()

    entered, here, finished, left = (int(part.replace(",", "")) for part in numbers(said))
    assert entered == here + finished + left
    assert (here, finished, left) == (states["active"], states["finished"], states["left"])
    assert shown == f"{there:,} in all"


def numbers(said: str) -> list[str]:
    """The four numbers of `9 entered = 2 here + 3 finished + 4 left early`."""
    words = said.split(".", maxsplit=1)[0].split()
    return [word for word in words if word.replace(",", "").isdigit()][:4]


def test_row_32_a_journey_is_paused(staffed: Page, address: str, crowd: Harbour) -> None:
    inside = sum(standing(crowd).values())

    with walk(staffed, address, FLOW, row=32, clicks=2) as way:
        way.click("link", "Pause…")
        said = staffed.locator("form.card").inner_text()
        way.click("button", "Pause it")
        expect(staffed.locator(".toast")).to_contain_text("is paused", timeout=PATIENT)

    _, n = published(crowd)
    with crowd.parts.ground.sessions.read() as session:
        assert "paused: freeze" in documents.text_of(session, "journey", "first-win", n or 0)
    assert f"{inside:,} people inside wait where they are" in said


PAGES = (
    *("/documents/journey/first-win/publish", "/publish", "/journeys/first-win/versions?a=1&b=2"),
    *("/journeys/first-win/people", "/journeys/first-win/results?from=all", "/journeys/first-win/pause"),
    *("/journeys/first-win/simulate?persona=wilma&run=yes", "/journeys/first-win/test-send?persona=kevin"),
)


def somebody(crowd: Harbour) -> str:
    """One of those inside."""
    with crowd.parts.ground.sessions.read() as session:
        sql = "SELECT customer_id FROM enrollments WHERE journey = 'first-win' AND state = 'active' LIMIT 1"
        return str(session.rows(sql)[0][0])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_for_everybody(browser: Browser, address: str, crowd: Harbour, scheme: str) -> None:
    writes(crowd, WRITTEN.replace("up_to: 2d", "up_to: 3d"))
    with browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900}) as context:  # type: ignore[arg-type]
        page = context.new_page()
        sign_in(page, address)
        for path in (*PAGES, f"/journeys/first-win/people/{somebody(crowd)}"):
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(f"{address}{path}")
            assert (path, violations(page)) == (path, [])
            page.set_viewport_size({"width": 320, "height": 800})
            assert (path, sideways(page)) == (path, 0)


def test_a_publish_is_made_with_the_keyboard_alone(staffed: Page, address: str, crowd: Harbour) -> None:
    n = writes(crowd, WRITTEN.replace("up_to: 2d", "up_to: 4d"))
    staffed.goto(f"{address}/documents/journey/first-win/publish")

    staffed.get_by_label("Keep them where they are").focus()
    staffed.keyboard.press("Space")
    expect(staffed.locator("#publish-it")).to_contain_text("keep", timeout=PATIENT)
    assert staffed.evaluate("document.activeElement.id") == "people-2"
    staffed.get_by_label("What is different, for your colleagues (needed)").focus()
    staffed.keyboard.type("Patience")
    staffed.keyboard.press("Tab")
    staffed.keyboard.press("Enter")
    expect(staffed.get_by_role("button", name="Undo publish")).to_be_visible(timeout=PATIENT)

    assert published(crowd)[1] == n
