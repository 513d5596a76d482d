"""Rows 15 to 22 and 24: a journey is begun, drawn, mended and taken back, and nothing that was typed is ever lost."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import make_server

from nurture.engine.document import plain, read_yaml
from nurture.flow import drafts
from nurture.flow.publish import publish
from nurture.store import documents
from nurture.store.drafts import Draft
from nurture.web import console
from tests.browser.axe import violations
from tests.browser.crowd import crowd_at
from tests.browser.rows import walk
from tests.browser.test_console import Quiet, sideways, sign_in
from tests.web.harbour import PASSWORD, Harbour
from tests.web.staff import EMAIL

FLOW = "/journeys/{key}/flow"
STEPS = """
steps:
  - {id: hello, do: email, email: welcome}
  - {id: rest, do: wait, for: 1d}           # a day is enough
  - {id: tips, do: email, email: share-your-report}
  - {id: more, do: email, email: choose-a-plan}
"""


@pytest.fixture(scope="module")
def crowd(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    with crowd_at(tmp_path_factory.mktemp("crowd"), 2_000, lived) as opened:
        opened.hires("publisher")
        opened.hires("editor", "tom@harbour.example", "Tom")
        yield opened


@pytest.fixture(scope="module")
def address(crowd: Harbour) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, crowd.app(console.blueprint), threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def cookies(browser: Browser, address: str) -> Any:
    """Somebody signs in once, for all tests here."""
    with browser.new_context() as context:
        sign_in(context.new_page(), address)
        return context.cookies()


@pytest.fixture
def staffed(page: Page, cookies: Any) -> Page:
    page.context.add_cookies(cookies)
    return page


def writes(crowd: Harbour, key: str, steps: str = STEPS, actor: str = EMAIL) -> Draft:
    """Somebody writes a journey, as a draft."""
    text = f"id: {key}\nname: Our {key}\nenter: {{stage: assessing}}\ngoal: {{milestone: first_value}}{steps}"
    return drafts.save_draft(crowd.parts.ground, "journey", key, text, None, actor, "", crowd.now)


def draft(crowd: Harbour, key: str) -> Draft:
    return drafts.read_draft(crowd.parts.ground, "journey", key)


def steps(crowd: Harbour, key: str) -> list[dict[str, Any]]:
    """The outermost steps of a journey, as the database has them."""
    tree, problems = read_yaml(draft(crowd, key).text, key)
    assert not problems
    found: list[dict[str, Any]] = plain(tree)["steps"]
    return found


def ids(crowd: Harbour, key: str) -> list[str]:
    return [step["id"] for step in steps(crowd, key)]


def saved(page: Page) -> None:
    """Wait until the page says that what was typed is kept."""
    expect(page.locator("#saved")).to_contain_text("Saved")


def test_row_15_a_journey_is_made_from_a_starter(staffed: Page, address: str, crowd: Harbour) -> None:
    with walk(staffed, address, "/journeys", row=15, clicks=3) as way:
        way.click("link", "New journey")
        way.click("button", "Begin with Fourteen day trial")
        assert staffed.get_by_role("heading", level=1).inner_text() == "Fourteen days"

    made = draft(crowd, "two-weeks")
    assert (made.published, made.open) == (None, True)
    assert "goal: {did: subscription_started}" in made.text
    assert drafts.read_draft(crowd.parts.ground, "email", "two-weeks-welcome").published is None
    assert not [one for one in drafts.advice_of(crowd.parts.ground, "journey", "two-weeks", made.text) if one.must_fix]


def test_row_16_a_wait_of_two_days_is_put_between_two_steps(staffed: Page, address: str, crowd: Harbour) -> None:
    writes(crowd, "sixteen")

    with walk(staffed, address, FLOW.format(key="sixteen"), row=16, clicks=3) as way:
        way.click("link", "Add a step after Email: Share your report")
        way.click("button", "Wait for a while")
        way.fill("Wait", "2 days")
        way.press("Tab")
        saved(staffed)
        expect(staffed.locator("#card-wait")).to_contain_text("2 days")

    assert ids(crowd, "sixteen") == ["hello", "rest", "tips", "wait", "more"]
    assert steps(crowd, "sixteen")[3] == {"id": "wait", "do": "wait", "for": "2d"}
    assert "# a day is enough" in draft(crowd, "sixteen").text


def test_row_17_a_split_by_persona_with_three_paths(staffed: Page, address: str, crowd: Harbour) -> None:
    writes(crowd, "seventeen")

    with walk(staffed, address, FLOW.format(key="seventeen"), row=17, clicks=4) as way:
        way.click("link", "Add a step after Wait: 1 day")
        way.click("button", "Split by persona")
        expect(staffed.locator("#card-by-persona")).to_be_visible()

    split = steps(crowd, "seventeen")[2]
    assert [path.get("when", "otherwise") for path in split["paths"]] == [
        {"persona": "kevin"},
        {"persona": "wilma"},
        "otherwise",
    ]


def test_row_18_a_step_is_moved_up_two_places(staffed: Page, address: str, crowd: Harbour) -> None:
    writes(crowd, "eighteen")

    with walk(staffed, address, FLOW.format(key="eighteen"), row=18, clicks=3) as way:
        way.click("link", "Email Choose a plan")
        way.click("button", "Move up")
        expect(staffed.locator("#toasts")).to_contain_text("Moved Email \u201cChoose a plan\u201d to position 3")
        expect(staffed.locator("#press-up")).to_be_focused()
        way.click("button", "Move up")
        expect(staffed.locator("#toasts")).to_contain_text("Moved Email \u201cChoose a plan\u201d to position 2")

    assert ids(crowd, "eighteen") == ["hello", "more", "rest", "tips"]
    assert "for: 1d}           # a day is enough" in draft(crowd, "eighteen").text


PATHS = """
steps:
  - id: who
    do: split
    paths:
      - when: {persona: wilma}
        steps:
          - {id: hello, do: email, email: welcome}
          - {id: rest, do: wait, for: 2d}
      - {otherwise: true, steps: []}
"""


def test_row_19_a_path_is_copied_into_another_journey(staffed: Page, address: str, crowd: Harbour) -> None:
    writes(crowd, "nineteen", PATHS)
    writes(crowd, "nineteen-too")

    with walk(staffed, address, FLOW.format(key="nineteen"), row=19, clicks=4) as way:
        way.click("link", "Wilma", exact=True)
        way.choose("Copy this path to", "nineteen-too")
        way.click(staffed.locator(".path-box[open]").get_by_role("button", name="Copy"))
        expect(staffed.locator("#toasts")).to_contain_text("Copied 2 steps")

    assert ids(crowd, "nineteen-too") == ["hello", "rest", "tips", "more", "hello-2", "rest-2"]
    assert steps(crowd, "nineteen-too")[4]["email"] == "welcome-2"
    assert drafts.read_draft(crowd.parts.ground, "email", "welcome-2").published is None


def test_row_20_five_changes_are_undone_after_a_reload(staffed: Page, address: str, crowd: Harbour) -> None:
    before = writes(crowd, "twenty")
    for span in ("2d", "3d", "4d", "5d", "6d"):
        now = draft(crowd, "twenty")
        text = now.text.replace("for: " + steps(crowd, "twenty")[1]["for"], f"for: {span}")
        drafts.save_draft(crowd.parts.ground, "journey", "twenty", text, now.n, EMAIL, f"wait {span}", crowd.now)

    with walk(staffed, address, FLOW.format(key="twenty") + "?step=rest", row=20, clicks=5) as way:
        staffed.reload()
        for span in ("6d", "5d", "4d", "3d", "2d"):
            way.click("button", f"Undo: wait {span}", exact=True)
            expect(staffed.locator("#toasts")).to_contain_text(f"Undone: wait {span}")

    assert draft(crowd, "twenty").text == before.text


def test_row_21_every_problem_is_one_press_away(staffed: Page, address: str, crowd: Harbour) -> None:
    writes(crowd, "twentyone", STEPS.replace("welcome}", "nowhere}").replace("choose-a-plan}", "neither}"))

    for nobody, email in (("nowhere", "welcome"), ("neither", "choose-a-plan")):
        with walk(staffed, address, FLOW.format(key="twentyone"), row=21, clicks=1) as way:
            way.click(staffed.get_by_role("link", name=f"Must fix: there is no email '{nobody}'"))
            field = staffed.get_by_label("Email", exact=True)
            expect(field).to_be_focused()
            way.type(field.locator(f'option[value="{email}"]').inner_text())
            saved(staffed)

    found = drafts.advice_of(crowd.parts.ground, "journey", "twentyone", draft(crowd, "twentyone").text)
    assert [problem for problem in found if problem.must_fix] == []
    expect(staffed.get_by_role("link", name="must be mended")).to_have_count(0)


def test_row_22_nothing_is_lost_while_the_network_is_gone(staffed: Page, address: str, crowd: Harbour) -> None:
    writes(crowd, "twentytwo")

    with walk(staffed, address, FLOW.format(key="twentytwo") + "?step=rest", row=22, clicks=0) as way:
        staffed.context.set_offline(True)
        way.fill("Wait", "5 days")
        expect(staffed.locator("#saved")).to_contain_text("Not saved — retrying")
        assert staffed.get_by_label("Wait", exact=True).input_value() == "5 days"
        assert steps(crowd, "twentytwo")[1]["for"] == "1d"
        staffed.context.set_offline(False)
        saved(staffed)

    assert steps(crowd, "twentytwo")[1]["for"] == "5d"


def test_row_24_what_no_scenario_reaches_is_said_on_the_flow(staffed: Page, address: str, crowd: Harbour) -> None:
    writes(crowd, "twentyfour", PATHS)
    scenario = "id: quiet\njourney: twentyfour\npersona: kevin\nfrom: 2026-03-02T09:00:00Z\n"
    drafts.save_draft(crowd.parts.ground, "scenario", "quiet", scenario, None, EMAIL, "", crowd.now)

    with walk(staffed, address, FLOW.format(key="twentyfour"), row=24, clicks=0):
        told = staffed.locator(".reached")
        expect(told).to_contain_text("1 saved scenario comes to 1 of 3 steps")
        expect(told.get_by_role("link", name="Email: Welcome")).to_be_visible()


def another(browser: Browser, address: str, email: str) -> tuple[BrowserContext, Page]:
    """A colleague at a browser of their own."""
    context = browser.new_context()
    page = context.new_page()
    signs_in(page, address, email)
    return context, page


def signs_in(page: Page, address: str, email: str) -> None:
    page.goto(f"{address}/login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Console")).to_be_visible()


def test_whoever_goes_on_at_once_takes_along_what_they_typed(staffed: Page, address: str, crowd: Harbour) -> None:
    writes(crowd, "hasty")
    staffed.goto(f"{address}/journeys/hasty/flow?step=rest")
    staffed.get_by_label("Wait", exact=True).fill("7 days")
    staffed.get_by_role("button", name="Duplicate").click()
    expect(staffed.locator("#card-rest-2")).to_be_visible()

    assert [step.get("for") for step in steps(crowd, "hasty")] == [None, "7d", "7d", None, None]


def test_two_edit_one_draft_and_each_is_told_of_the_other(
    staffed: Page, browser: Browser, address: str, crowd: Harbour
) -> None:
    writes(crowd, "together")
    staffed.goto(f"{address}/journeys/together/flow?step=rest")
    context, tom = another(browser, address, "tom@harbour.example")
    tom.goto(f"{address}/journeys/together/flow?step=tips")
    tom.get_by_label("Note for colleagues").fill("legal reads this")
    tom.keyboard.press("Tab")
    saved(tom)

    staffed.get_by_label("Wait", exact=True).fill("9 days")
    line = staffed.locator("#saved")
    expect(line).to_contain_text("tom@harbour.example did")
    assert staffed.get_by_label("Wait", exact=True).input_value() == "9 days"
    assert steps(crowd, "together")[1]["for"] == "1d"
    staffed.get_by_role("button", name="Keep mine").click()
    saved(staffed)
    context.close()

    assert steps(crowd, "together")[1]["for"] == "9d"
    assert steps(crowd, "together")[2]["note"] == "legal reads this"


def test_a_text_stays_where_it_is_when_somebody_else_was_faster(staffed: Page, address: str, crowd: Harbour) -> None:
    old = writes(crowd, "written")
    staffed.goto(f"{address}/documents/journey/written/text?line=8")
    drafts.save_draft(
        crowd.parts.ground, "journey", "written", f"{old.text}# toms\n", 1, "tom@harbour.example", "a word", crowd.now
    )

    staffed.keyboard.type("# mine ")
    staffed.get_by_role("button", name="Save").click()
    expect(staffed.locator("#saved")).to_contain_text("tom@harbour.example did “a word”")
    expect(staffed.locator("#theirs")).to_contain_text("# toms")
    staffed.get_by_role("button", name="Keep mine").click()
    saved(staffed)

    assert draft(crowd, "written").text == old.text.replace("  - {id: tips", "# mine   - {id: tips")


def test_a_session_that_ends_while_one_types_loses_nothing(browser: Browser, address: str, crowd: Harbour) -> None:
    writes(crowd, "ended")
    context, tom = another(browser, address, "tom@harbour.example")
    tom.goto(f"{address}/journeys/ended/flow?step=rest")
    ends = "DELETE FROM sessions WHERE staff_id IN (SELECT id FROM staff WHERE email = 'tom@harbour.example')"
    crowd.parts.ground.sessions.write(lambda session: session.run(ends, {}))

    tom.get_by_label("Wait", exact=True).fill("4 days")
    expect(tom.locator("#saved")).to_contain_text("signed out")
    assert tom.get_by_label("Wait", exact=True).input_value() == "4 days"
    signs_in(context.new_page(), address, "tom@harbour.example")
    tom.evaluate("dispatchEvent(new Event('focus'))")
    saved(tom)
    context.close()

    assert steps(crowd, "ended")[1]["for"] == "4d"


def test_a_publish_meanwhile_is_told_and_the_draft_goes_on(staffed: Page, address: str, crowd: Harbour) -> None:
    writes(crowd, "meanwhile")
    staffed.goto(f"{address}/journeys/meanwhile/flow?step=rest")
    texts = {("journey", "meanwhile"): draft(crowd, "meanwhile").text}
    publish(crowd.parts.ground, texts, "tom@harbour.example", "ready", crowd.look())

    staffed.get_by_label("Wait", exact=True).fill("6 days")
    staffed.keyboard.press("Tab")
    expect(staffed.locator("#saved")).to_contain_text("went live meanwhile; what you do now is a new draft")

    now = draft(crowd, "meanwhile")
    assert (now.open, steps(crowd, "meanwhile")[1]["for"]) == (True, "6d")
    with crowd.parts.ground.sessions.read() as session:
        live = documents.published(session)[1]["journey", "meanwhile"][1]
    assert "for: 1d" in live


def test_the_flow_goes_by_the_keyboard_alone(staffed: Page, address: str, crowd: Harbour) -> None:
    writes(crowd, "keys")
    staffed.goto(f"{address}/journeys/keys/flow")
    staffed.locator("#card-hello").focus()
    staffed.keyboard.press("ArrowDown")
    staffed.keyboard.press("Delete")
    expect(staffed.locator("#toasts")).to_contain_text("Removed Wait 1 day")
    expect(staffed.locator("#card-tips")).to_be_focused()
    assert ids(crowd, "keys") == ["hello", "tips", "more"]

    staffed.keyboard.press("Control+z")
    expect(staffed.locator("#card-rest")).to_be_visible()
    staffed.locator("#card-more").focus()
    staffed.keyboard.press("Enter")
    expect(staffed.get_by_label("Email", exact=True)).to_be_visible()

    assert ids(crowd, "keys") == ["hello", "rest", "tips", "more"]

    staffed.locator("#card-more").focus()
    staffed.keyboard.press("Alt+ArrowUp")
    expect(staffed.locator("#toasts")).to_contain_text("Moved Email \u201cChoose a plan\u201d to position 3")
    assert ids(crowd, "keys") == ["hello", "rest", "more", "tips"]


def test_a_kind_of_step_is_found_by_typing_and_a_problem_by_one_key(
    staffed: Page, address: str, crowd: Harbour
) -> None:
    writes(crowd, "typed")
    staffed.goto(f"{address}/journeys/typed/flow?add=hello")
    staffed.get_by_label("Find a kind of step").fill("webh")
    staffed.keyboard.press("Enter")
    expect(staffed.locator("#toasts")).to_contain_text("Added Webhook")
    expect(staffed.locator("#f-to")).to_be_focused()  # its first field, once the page has settled
    assert len(ids(crowd, "typed")) == 5

    staffed.keyboard.press("F8")

    expect(staffed.locator(".wrong-line:focus, .problem-list a:focus")).to_have_count(1)


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_pages_of_a_journey_are_for_everybody(staffed: Page, address: str, colours: Any) -> None:
    staffed.emulate_media(color_scheme=colours)
    flow = "/journeys/first-win/flow"
    others = (f"{flow}?add=welcome", f"{flow}?show=problems", "/journeys?show=new", "/documents/journey/first-win/text")
    for path in (
        *(f"{flow}?step=still-with-us", "/journeys", "/journeys/first-win/settings"),
        *(others if colours == "light" else ()),
        "/journeys/first-win/flow?counts=win",
        "/journeys/first-win/flow?counts=email&step=welcome",
    ):
        staffed.goto(f"{address}{path}")
        assert (path, violations(staffed)) == (path, [])


def test_no_page_of_a_journey_scrolls_sideways(staffed: Page, address: str) -> None:
    staffed.set_viewport_size({"width": 320, "height": 800})
    for path in ("/journeys", "/journeys?show=new", "/journeys/first-win/flow", "/journeys/first-win/settings"):
        staffed.goto(f"{address}{path}")
        assert (path, sideways(staffed)) == (path, 0)
