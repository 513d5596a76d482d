"""Rows 5 to 14: customers are found, told apart, explained and steered, and the database agrees with each page."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from nurture.engine.explain import ASKED
from nurture.flow import drafts
from nurture.store import people, photographs, timeline
from nurture.store.people import Listed
from nurture.store.schema import micros
from nurture.store.session import Session
from nurture.store.wanted import Wanted
from nurture.web import console
from tests.browser.axe import violations
from tests.browser.crowd import crowd_at
from tests.browser.rows import walk
from tests.browser.test_console import Quiet, sideways, sign_in
from tests.web.harbour import Harbour
from tests.web.staff import EMAIL

STUCK = Wanted(stage=("assessing",), days=7, no=("first_report",), persona=("wilma",))


def some_are_stuck(session: Session) -> None:
    """Let every Wilma whom we are about to lose, and who never built a report, be back in her trial instead."""
    session.run(
        "UPDATE customers SET stage = 'assessing' WHERE stage = 'at_risk' AND persona = 'wilma' AND NOT EXISTS"
        " (SELECT 1 FROM milestones m WHERE m.customer_id = customers.id AND m.milestone = 'first_report')"
    )


@pytest.fixture(scope="module")
def crowd(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    with crowd_at(tmp_path_factory.mktemp("crowd"), lived=lived) as opened:
        opened.hires("editor")
        opened.parts.ground.sessions.write(some_are_stuck)
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


def rows(crowd: Harbour, sql: str, **said: Any) -> list[tuple[Any, ...]]:
    """Ask the database itself."""
    with crowd.parts.ground.sessions.read() as session:
        return session.rows(sql, said)


def one_of(crowd: Harbour, wanted: Wanted) -> Listed:
    """The newest who is wanted and whom nobody holds."""
    with crowd.parts.ground.sessions.read() as session:
        found = people.page(session, wanted, crowd.now).rows
    return next(one for one in found if one.held_at is None)


def number(crowd: Harbour, wanted: Wanted) -> int:
    with crowd.parts.ground.sessions.read() as session:
        return people.count(session, wanted, crowd.now)


def shown(page: Page) -> list[str]:
    """The ids of the customers on a list."""
    links = page.locator("table.people tbody th a").all()
    return [str(link.get_attribute("href")).removeprefix("/customers/") for link in links]


def test_row_5_a_customer_is_found_while_one_types(staffed: Page, address: str, crowd: Harbour) -> None:
    (email,) = rows(crowd, "SELECT email FROM customers ORDER BY id LIMIT 1")[0]
    part = email[2:-4].upper()

    with walk(staffed, address, "/customers", row=5, clicks=1) as way:
        staffed.get_by_label("Search", exact=True).press_sequentially(part)
        expect(staffed.locator("#found .count")).to_have_text("1 customer matches")
        way.click(staffed.locator("table.people tbody th a"))

    found = rows(crowd, "SELECT id FROM customers WHERE email = :email", email=email)
    assert staffed.url == f"{address}/customers/{found[0][0]}"


def test_row_6_those_who_are_stuck_are_listed(staffed: Page, address: str, crowd: Harbour) -> None:
    with walk(staffed, address, "/customers", row=6, clicks=5) as way:
        way.click(staffed.get_by_text("More filters"))
        way.choose("Stage", "assessing")
        way.fill("Days in stage, at least", "7")
        way.choose("Persona", "wilma")
        way.choose("Has not reached", "first_report")
        way.click("button", "Show")

    with crowd.parts.ground.sessions.read() as session:
        stuck = people.page(session, STUCK, crowd.now)
    assert len(stuck.rows) > 0
    assert shown(staffed) == [one.id for one in stuck.rows]
    assert staffed.get_by_label("In a sentence").input_value() == (
        "in assessing > 7 days and persona wilma and no first_report"
    )


def test_row_6_again_in_a_sentence(staffed: Page, address: str, crowd: Harbour) -> None:
    with walk(staffed, address, "/customers", row=6, clicks=5) as way:
        way.fill("In a sentence", "in assessing > 7 days and no first report and persona Wilma")
        way.press("Enter")

    expect(staffed.locator("#found .count")).to_contain_text(f"{number(crowd, STUCK):,} customer")


def test_row_7_a_list_is_saved_as_a_segment_and_shared_by_its_address(
    staffed: Page, address: str, crowd: Harbour
) -> None:
    start = "/customers?stage=assessing&days=7&persona=wilma&no=first_report"

    with walk(staffed, address, start, row=7, clicks=2) as way:
        way.click("link", "Save as segment")
        way.fill("Name", "Stuck before the first report")
        way.click("button", "Save the segment")

    draft = drafts.read_draft(crowd.parts.ground, "segment", "stuck-before-the-first-report")
    assert "- {stage_for: {at_least: 7d}}\n    - {persona: wilma}\n    - {not: {milestone: first_report}}" in draft.text
    assert staffed.url == f"{address}/segments/{draft.key}"


def test_row_8_where_somebody_stands_and_what_comes_next_is_told_at_once(
    staffed: Page, address: str, crowd: Harbour
) -> None:
    one = one_of(crowd, Wanted(journey="first-win"))
    (stage, persona, due) = rows(crowd, "SELECT stage, persona, due_at FROM customers WHERE id = :id", id=one.id)[0]

    with walk(staffed, address, f"/customers?q={one.id}", row=8, clicks=1) as way:
        way.click(staffed.locator("table.people tbody th a"))

    facts = staffed.locator("dl.facts")
    expect(facts).to_contain_text(stage.replace("_", " ").capitalize())
    expect(facts).to_contain_text(persona.capitalize())
    told = staffed.locator(".next .now time").first.get_attribute("datetime")
    assert one.due_at is not None
    assert (told, due // 1_000_000) == (f"{one.due_at:%Y-%m-%dT%H:%M:%SZ}", int(one.due_at.timestamp()))


def test_row_9_the_rule_behind_a_stage_is_unfolded(staffed: Page, address: str, crowd: Harbour) -> None:
    one = one_of(crowd, Wanted(stage=("at_risk",)))
    sql = "SELECT because FROM stage_changes WHERE customer_id = :id ORDER BY n DESC LIMIT 1"
    (because,) = rows(crowd, sql, id=one.id)[0]

    with walk(staffed, address, f"/customers/{one.id}", row=9, clicks=2) as way:
        way.click(staffed.locator("dl.facts > div").first.get_by_text("Why?"))

    why = staffed.locator("dl.facts > div").first.locator(".why")
    expect(why).to_contain_text(because)
    expect(why).to_contain_text("The rules that lead there")


def test_row_10_why_somebody_did_not_get_a_letter_is_said(staffed: Page, address: str, crowd: Harbour) -> None:
    held = (
        'SELECT customer_id, body FROM decisions d WHERE body LIKE \'%"do":"withheld"%\''
        ' OR body LIKE \'%"do":"skipped"%\' ORDER BY at DESC LIMIT 1'
    )
    customer_id, body = rows(crowd, held)[0]
    journey, step = re.search(r'"do":"(?:withheld|skipped)".*?"journey":"([^"]+)","step":"([^"]+)"', body).groups()  # type: ignore[union-attr]

    with walk(staffed, address, f"/customers/{customer_id}", row=10, clicks=3) as way:
        way.choose("Why not…?", f"{journey}/{step}")
        way.click("button", "Say why")
        expect(staffed.locator("#why-not .checks")).to_be_visible()

    asked = staffed.locator("#why-not .checks li")
    assert asked.count() == len(ASKED)
    failed = staffed.locator("#why-not .checks details[open]")
    expect(failed).to_have_count(1)
    because = re.search(r'"because":"((?:withheld|skipped)[^"]*)"', body)[1]  # type: ignore[index]
    expect(failed).to_contain_text(because[1:])


def test_row_11_what_exactly_was_sent_is_seen(staffed: Page, address: str, crowd: Harbour) -> None:
    sql = "SELECT customer_id, id, subject, variant FROM messages WHERE state = 'accepted' ORDER BY decided_at DESC"
    customer_id, message_id, subject, variant = rows(crowd, f"{sql} LIMIT 1")[0]

    with walk(staffed, address, f"/customers/{customer_id}", row=11, clicks=2) as way:
        way.click(staffed.get_by_role("link", name=f"View as sent {subject}").first)

    assert staffed.url == f"{address}/outbox/{message_id}"
    expect(staffed.get_by_role("heading", level=1)).to_have_text(subject)
    expect(staffed.locator("dl.facts")).to_contain_text("everybody" if variant == "email" else variant)


def test_row_12_one_customer_is_held(staffed: Page, address: str, crowd: Harbour) -> None:
    one = one_of(crowd, Wanted(journey="trial-ending"))

    with walk(staffed, address, f"/customers/{one.id}", row=12, clicks=2) as way:
        way.click(staffed.locator(".next").get_by_text("Hold", exact=True))
        staffed.locator(".next").get_by_label("Why hold").fill("on holiday until Monday")
        way.click("button", "Hold them")

    held_at, because = rows(crowd, "SELECT held_at, held_because FROM customers WHERE id = :id", id=one.id)[0]
    assert held_at == micros(crowd.now)
    assert because == f"by {EMAIL}: on holiday until Monday"
    expect(staffed.locator(".held")).to_contain_text("on holiday until Monday")


def test_row_12_again_one_customer_is_taken_over(staffed: Page, address: str, crowd: Harbour) -> None:
    one = one_of(crowd, Wanted(journey="welcome-aboard"))

    with walk(staffed, address, f"/customers/{one.id}", row=12, clicks=2) as way:
        way.click(staffed.locator(".next").get_by_text("Take over", exact=True))
        staffed.locator(".next").get_by_label("Why take over").fill("call about the contract")
        way.click("button", "Take them over")

    opened = "SELECT claimed_by FROM tasks WHERE customer_id = :id AND state = 'open' AND because LIKE '%the contract'"
    assert rows(crowd, opened, id=one.id) == [(EMAIL,)]


def test_row_13_the_next_step_is_skipped(staffed: Page, address: str, crowd: Harbour) -> None:
    one = one_of(crowd, Wanted(journey="first-win"))
    place = "SELECT step FROM enrollments WHERE customer_id = :id AND journey = :journey AND state = 'active'"
    before = rows(crowd, place, id=one.id, journey=one.journey)

    with walk(staffed, address, f"/customers/{one.id}", row=13, clicks=2) as way:
        way.click(staffed.locator(".next").get_by_text("Skip", exact=True))
        staffed.locator(".next").get_by_label("Why skip").fill("they know it already")
        way.click("button", "Skip this step")

    expect(staffed.locator(".toast")).to_contain_text("is passed")
    assert rows(crowd, place, id=one.id, journey=one.journey) != before


def test_row_14_who_is_kept_aside_is_seen_and_what_it_means(staffed: Page, address: str, crowd: Harbour) -> None:
    one = one_of(crowd, Wanted(journey="first-win"))
    sql = 'UPDATE customers SET facts = REPLACE(facts, \'"aside":{"":false}\', \'"aside":{"":true}\') WHERE id = :id'
    crowd.parts.ground.sessions.write(lambda session: session.run(sql, {"id": one.id}))
    with crowd.parts.ground.sessions.read() as session:
        aside = photographs.photographs(session, [one.id])[one.id].snapshot.facts.aside

    with walk(staffed, address, f"/customers/{one.id}", row=14, clicks=1) as way:
        way.click(staffed.get_by_text("What is that?"))

    assert dict(aside) == {"": True}
    expect(staffed.locator(".badge")).to_contain_text("Compare group: treat as usual")
    expect(staffed.locator(".badge")).to_contain_text("Kept aside from all journeys")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_there_for_everybody(
    browser: Browser, address: str, crowd: Harbour, scheme: Literal["light", "dark"]
) -> None:
    one = one_of(crowd, Wanted(journey="first-win"))
    pages = [
        *("/customers?stage=assessing&days=2", "/customers?say=nonsense", "/customers?stage=assessing&held=yes"),
        *(f"/customers/{one.id}", f"/customers/{one.id}/why-not?about=first-win/nudge-report"),
        *("/customers/segment?stage=assessing&owner=ana", "/customers/bulk?act=journey&all=yes&stage=adopted"),
        *("/customers/import", "/errands"),
    ]
    with browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 800}) as context:
        page = context.new_page()
        sign_in(page, address)
        for path in pages:
            page.goto(f"{address}{path}")
            assert (path, violations(page), sideways(page)) == (path, [], 0)


def test_a_letter_that_was_not_sent_is_asked_about_by_the_keyboard(staffed: Page, address: str, crowd: Harbour) -> None:
    unsent = rows(crowd, 'SELECT customer_id FROM decisions WHERE body LIKE \'%"do":"held"%\' ORDER BY at DESC LIMIT 1')
    staffed.goto(f"{address}/customers/{unsent[0][0]}?show=unsent")
    staffed.locator(".row-acts a").first.focus()
    staffed.keyboard.press("Enter")

    expect(staffed.locator("#why-not .verdict")).to_be_visible()
    assert staffed.url.endswith("?show=unsent")


def test_without_a_script_everything_is_a_page(browser: Browser, address: str, crowd: Harbour) -> None:
    one = one_of(crowd, Wanted(journey="first-win"))
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, address)
        page.goto(f"{address}/customers/{one.id}")
        page.get_by_label("Why not…?").select_option("first-win/welcome")
        page.get_by_role("button", name="Say why").click()

        assert page.get_by_role("heading", level=1).inner_text() == "Why, and why not"
        with crowd.parts.ground.sessions.read() as session:
            letters = [letter.step for letter in timeline.messages_of(session, one.id)]
        assert ("welcome" in letters) == page.get_by_text("Sent", exact=True).is_visible()
