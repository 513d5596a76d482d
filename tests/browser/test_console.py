"""Staff at a real browser: signing in, finding a customer, reading why, on any width, in light and in dark."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import WSGIRequestHandler, make_server

from nurture.channels.email.links import Purpose
from nurture.web import console, recipient
from tests.sqlite import SqliteFiles
from tests.web.harbour import PASSWORD, Harbour, harbour_at, prepare
from tests.web.staff import EMAIL

PLACES = ["customers", "customers?stage=adopted", "customers/u-ada", "tasks", "outbox", "outbox/{letter}", "settings"]
LINKS: list[tuple[str, Purpose]] = [("u", "unsubscribe"), ("p", "preferences"), ("b", "browser")]


class Quiet(WSGIRequestHandler):
    """Serves without a line for each request."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the library's name for it
        """Say nothing."""


@pytest.fixture(scope="module")
def harbour(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    """Ada is ten days into her trial; Bo has left."""
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path_factory.mktemp("harbour")) as opened:
        opened.hires("admin")
        opened.signs_up("ada", zone="Europe/Berlin", traits={"role": "developer", "company": "Wort" * 20})
        opened.signs_up("bo", zone="America/New_York")
        opened.pass_time(days=3)
        opened.does("bo", "trial_cancelled")
        opened.pass_time(days=7)
        yield opened


@pytest.fixture(scope="module")
def address(harbour: Harbour) -> Iterator[str]:
    app = harbour.app(console.blueprint, recipient.blueprint)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/customers")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def place(harbour: Harbour, path: str) -> str:
    return path.format(letter=welcome(harbour))


def welcome(harbour: Harbour) -> str:
    return harbour.letters(ada(harbour))[-1].id


def ada(harbour: Harbour) -> str:
    return harbour.signs_up("ada").customer_id


def sideways(page: Page) -> int:
    """How far a page can be scrolled sideways, in pixels."""
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert isinstance(width, int)
    return width


def test_staff_sign_in_find_a_customer_and_read_why(page: Page, address: str) -> None:
    sign_in(page, address)
    assert page.get_by_role("heading", level=1).inner_text() == "Customers"
    page.get_by_label("Search").fill("ada@")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Ada", exact=True).click()

    assert page.get_by_role("heading", level=1).inner_text() == "Ada"
    assert page.get_by_role("heading", name="Next").is_visible()
    assert page.get_by_text("urgent: not held by window or caps").is_visible()
    page.get_by_role("link", name="Not sent").click()
    assert "show=unsent" in page.url


def test_a_letter_is_seen_in_its_frame_dark_and_narrow(page: Page, address: str, harbour: Harbour) -> None:
    page.emulate_media(color_scheme="null")
    sign_in(page, address)
    page.goto(f"{address}/outbox/{welcome(harbour)}")
    page.get_by_role("link", name="Dark", exact=True).click()
    page.get_by_role("link", name="320 px").click()

    frame = page.frame_locator("iframe")
    assert frame.get_by_text("Hi Ada,").is_visible()
    assert page.locator("iframe").bounding_box()["width"] == 322  # type: ignore[index]
    colour = frame.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    assert colour == "rgb(20, 21, 23)"


def test_everything_is_reached_by_the_keyboard(page: Page, address: str) -> None:
    sign_in(page, address)
    page.goto(f"{address}/customers")
    page.keyboard.press("Tab")
    skip = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    main = page.evaluate("document.activeElement.id")
    page.keyboard.press("Tab")
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")

    assert (skip, main, ring) == ("Skip to the page", "main", "solid")


@pytest.mark.parametrize("width", [320, 700, 1280])
def test_no_page_scrolls_sideways(page: Page, address: str, harbour: Harbour, width: int) -> None:
    letters = [f"{path}/{harbour.token(purpose, ada(harbour), welcome(harbour))}" for path, purpose in LINKS]
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, address)

    for path in [*PLACES, *letters]:
        page.goto(f"{address}/{place(harbour, path)}")
        assert (path, sideways(page)) == (path, 0)


def test_a_reader_answers_with_the_keyboard_alone(page: Page, address: str, harbour: Harbour) -> None:
    page.goto(f"{address}/s/{harbour.token('survey', ada(harbour), 'driver')}?choice=save_time")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    assert page.get_by_role("heading", level=1).inner_text() == "Thank you"
    answers = [fact.properties["value"] for fact in harbour.told(ada(harbour)) if fact.name == "survey_answered"]
    assert answers == ["report_to_boss"]


def test_a_letter_read_in_the_browser_opens_its_links_beside_it(page: Page, address: str, harbour: Harbour) -> None:
    page.goto(f"{address}/b/{harbour.token('browser', ada(harbour), welcome(harbour))}")

    with page.context.expect_page() as opened:
        page.locator("a[target=_blank]").last.evaluate("link => { link.href = '/u/nothing' }")
        page.locator("a[target=_blank]").last.click()

    assert opened.value.url.endswith("/u/nothing")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_are_both_drawn(
    browser: Browser, address: str, harbour: Harbour, tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        sign_in(page, address)
        for n, path in enumerate(PLACES):
            page.goto(f"{address}/{place(harbour, path)}")
            page.screenshot(path=tmp_path / f"{n}-{scheme}.png", full_page=True)
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert paper == {"light": "rgb(246, 247, 249)", "dark": "rgb(17, 20, 25)"}[scheme]
    assert len(list(tmp_path.glob("*.png"))) == len(PLACES)
