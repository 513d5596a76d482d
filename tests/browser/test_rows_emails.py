"""Rows 33 to 36: an email is written and seen as its readers see it, mended in one click each, and tried on oneself."""

import threading
from collections.abc import Iterator
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect
from werkzeug.serving import make_server

from nurture.engine.email_edits import set_fields, set_words
from nurture.engine.email_pieces import read_manuscript, unfold
from nurture.flow import drafts
from nurture.flow.previewing import Sketchbook
from nurture.store import audit, customers
from nurture.web import console
from tests.browser.axe import violations
from tests.browser.crowd import crowd_at
from tests.browser.rows import walk
from tests.browser.test_console import Quiet, sideways, sign_in
from tests.web.harbour import PASSWORD, Harbour
from tests.web.staff import EMAIL

EDIT = "/emails/{key}/edit"


@pytest.fixture(scope="module")
def crowd(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    with crowd_at(tmp_path_factory.mktemp("crowd"), lived=lived) as opened:
        opened.hires("publisher")
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


def text_of(crowd: Harbour, key: str) -> str:
    return drafts.read_draft(crowd.parts.ground, "email", key).text


def must_fix(crowd: Harbour, key: str) -> int:
    """How many problems of an email stop a publish, by the text as the database has it."""
    with crowd.parts.ground.sessions.read() as session:
        playbook = crowd.parts.ground.shelf.playbook(session)
    return Sketchbook().proof(playbook, key, text_of(crowd, key)).counts()["must"]


def frame(page: Page) -> FrameLocator:
    return page.frame_locator("#frame")


def test_row_33_an_email_is_written_and_seen_as_kevin_and_as_wilma(staffed: Page, address: str, crowd: Harbour) -> None:
    before = unfold(text_of(crowd, "welcome"))["email.md"]

    with walk(staffed, address, EDIT.format(key="welcome"), row=33, clicks=3) as way:
        way.click(staffed.locator("#block-0").get_by_role("link", name="Edit"))
        staffed.get_by_label("Text", exact=True).fill("Good morning {{ customer.first_name | default('you', true) }},")
        way.click("radio", "Kevin")
        expect(frame(staffed).get_by_text("Good morning Ada,")).to_be_visible()
        expect(frame(staffed).get_by_text("Connect a database")).to_be_visible()
        way.click("radio", "Wilma")
        expect(frame(staffed).get_by_role("link", name="Pick a template")).to_be_visible()

    expect(staffed.locator("#saved")).to_contain_text("Draft")
    after = unfold(text_of(crowd, "welcome"))["email.md"]
    assert after == before.replace(
        "Hi {{ customer.first_name | default('there', true) }},",
        "Good morning {{ customer.first_name | default('you', true) }},",
    )


def test_row_34_a_phone_both_dark_modes_and_plain_text_are_seen(staffed: Page, address: str) -> None:
    staffed.emulate_media(color_scheme="dark")  # of the console; the letter's own colours are those asked for
    body = frame(staffed).locator("body")

    with walk(staffed, address, EDIT.format(key="trial-ending"), row=34, clicks=4) as way:
        expect(body).to_have_css("background-color", "rgb(243, 240, 234)")
        way.click("radio", "320 px")
        expect(staffed.locator("#frame")).to_have_class("w320 light")
        assert body.evaluate("() => innerWidth") == 320
        way.click("radio", "Dark, as written")
        expect(body).to_have_css("background-color", "rgb(20, 21, 23)")
        way.click("radio", "Dark, forced")
        expect(frame(staffed).locator("html")).to_have_css("filter", "invert(1) hue-rotate(180deg)")
        way.click("radio", "Plain text")
        expect(frame(staffed).locator("pre")).to_contain_text("Ana at Harbour")

    assert "width=320" in staffed.url
    assert "part=text" in staffed.url


def test_row_35_every_problem_is_one_click_from_its_place(staffed: Page, address: str, crowd: Harbour) -> None:
    key, ground = "report-shared", crowd.parts.ground
    text = text_of(crowd, key)
    button = [piece.kind for piece in read_manuscript(unfold(text)["email.md"]).pieces].index("button")
    broken, _ = set_words(text, "email", 0, "Hi {{ customer.firstname }},")
    broken, _ = set_fields(broken, "email", button, {"url": "javascript:alert(1)"})
    drafts.save_draft(ground, "email", key, broken, drafts.read_draft(ground, "email", key).n, EMAIL, "", crowd.now)
    start = EDIT.format(key=key)

    with walk(staffed, address, start, row=35, clicks=1) as way:
        way.click(staffed.locator("#lint li", has_text="firstname").get_by_role("link"))
        staffed.get_by_label("Text", exact=True).fill("Hello,")
        expect(staffed.locator("#lint li", has_text="firstname")).to_have_count(0)
    with walk(staffed, address, start, row=35, clicks=1) as way:
        way.click(staffed.locator("#lint li", has_text="a link must begin").get_by_role("link"))
        staffed.get_by_label("Where it leads").fill("https://app.harbour.example/reports")
        expect(staffed.locator("#lint")).to_contain_text("nothing to mend")

    assert must_fix(crowd, key) == 0


def test_row_36_a_test_is_sent_to_me_as_a_given_customer(staffed: Page, address: str, crowd: Harbour) -> None:
    with crowd.parts.ground.sessions.read() as session:
        known = customers.page(session, limit=3).customers[2]

    with walk(staffed, address, EDIT.format(key="share-your-report"), row=36, clicks=2) as way:
        way.choose("With the words of", known.id)
        way.click("button", "Test to me")
        expect(staffed.locator("#tested")).to_contain_text(f"Sent to {EMAIL}, as {known.email} would get it.")

    [path] = crowd.outbox.glob("*.eml")
    letter = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    body = letter.get_body(("plain",))
    assert EMAIL in letter["To"]
    assert body is not None
    assert str(known.traits.get("name", "there")).split()[0] in body.get_content()
    with crowd.parts.ground.sessions.read() as session:
        assert [one.subject for one in audit.entries(session) if one.act == "send test"] == ["email share-your-report"]


def test_an_email_is_written_without_a_script(browser: Browser, address: str, crowd: Harbour) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, address)
        page.goto(f"{address}{EDIT.format(key='choose-a-plan')}?block=0")
        page.get_by_label("Text", exact=True).fill("Written by hand.")
        page.locator("#block-0").get_by_role("button", name="Save").click()
        page.get_by_role("radio", name="Plain text").check()
        page.get_by_role("button", name="Show", exact=True).click()

        assert "Written by hand." in page.frame_locator("#frame").locator("pre").inner_text()
        assert "Written by hand." in text_of(crowd, "choose-a-plan")
        page.get_by_role("button", name="Undo").first.click()
        assert "Written by hand." not in text_of(crowd, "choose-a-plan")


def test_what_was_typed_survives_a_lost_connection(staffed: Page, address: str, crowd: Harbour) -> None:
    staffed.goto(f"{address}{EDIT.format(key='a-few-weeks-in')}?block=0")
    staffed.context.set_offline(True)
    staffed.get_by_label("Text", exact=True).fill("Typed in a tunnel.")
    expect(staffed.locator("#saved")).to_contain_text("Not saved")
    expect(staffed.locator("#preview-said")).to_contain_text("What you typed is still here")
    staffed.context.set_offline(False)
    staffed.evaluate("dispatchEvent(new Event('online'))")

    expect(staffed.locator("#saved")).to_contain_text("Saved")
    assert "Typed in a tunnel." in text_of(crowd, "a-few-weeks-in")


def test_a_variable_is_put_in_by_the_keyboard_with_its_fallback_to_fill(staffed: Page, address: str) -> None:
    staffed.goto(f"{address}{EDIT.format(key='is-it-solved')}")
    staffed.get_by_label("Subject").fill("For ")
    staffed.get_by_label("Subject").press("End")
    staffed.get_by_role("button", name="Insert Company").focus()
    staffed.keyboard.press("Enter")
    staffed.keyboard.type("your team")

    expect(staffed.get_by_label("Subject")).to_have_value("For {{ customer.company | default('your team', true) }}")
    expect(staffed.locator("[data-inbox=subject]")).to_have_text("For Analytical Engines")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_emails_are_for_everybody(
    browser: Browser, address: str, scheme: Literal["light", "dark"]
) -> None:
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(f"{address}/emails")
        page.get_by_label("Email").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        for path in ("/emails", "/emails/new", "/emails/welcome/edit?block=3", "/emails/welcome/edit?variant=kevin"):
            page.goto(f"{address}{path}")
            assert (path, violations(page)) == (path, [])
            page.set_viewport_size({"width": 320, "height": 700})
            assert (path, sideways(page)) == (path, 0)
            page.set_viewport_size({"width": 1280, "height": 900})
