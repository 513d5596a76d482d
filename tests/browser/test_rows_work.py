"""Rows 1 to 4: what needs me first, a task's context, its outcome, and putting it off, among 2,000 customers."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from nurture.store import tasks
from nurture.store.tasks import Task
from nurture.web import console
from tests.browser.axe import violations
from tests.browser.crowd import crowd_at
from tests.browser.rows import walk
from tests.browser.test_console import Quiet, sideways, sign_in
from tests.web.harbour import Harbour
from tests.web.staff import EMAIL


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


def open_tasks(crowd: Harbour) -> list[Task]:
    with crowd.parts.ground.sessions.read() as session:
        return tasks.open_tasks(session, crowd.now, snoozed=None)


def found(crowd: Harbour, task_id: str) -> Task:
    with crowd.parts.ground.sessions.read() as session:
        one = tasks.find(session, task_id)
    assert one is not None
    return one


def mine(crowd: Harbour) -> Task:
    """The next open task becomes that of whoever tests."""
    task = next(one for one in open_tasks(crowd) if one.claimed_by is None)
    crowd.parts.ground.sessions.write(lambda session: tasks.claim(session, task.id, EMAIL))
    return task


def test_row_1_today_says_what_needs_me_first_and_why(page: Page, address: str, crowd: Harbour) -> None:
    task = mine(crowd)
    sign_in(page, address)

    with walk(page, address, "/today", row=1, clicks=0):
        first = page.locator(".needs-me li").first
        assert task.id in str(first.get_by_role("link").get_attribute("href"))
        assert f"Why: {task.because.partition('_')[0]}"[:20] in first.inner_text()


def test_row_2_a_task_is_taken_and_its_context_read(page: Page, address: str, crowd: Harbour) -> None:
    sign_in(page, address)
    page.goto(f"{address}/tasks?show=all")
    name = page.locator("article h2 a").first
    task_id = str(name.get_attribute("href")).rpartition("/")[2]

    with walk(page, address, "/tasks?show=all", row=2, clicks=2) as way:
        way.click(page.locator("article h2 a").first)
        if page.get_by_role("button", name="I take it").count():
            way.click("button", "I take it")
        assert page.get_by_role("heading", name="Lately").is_visible()

    assert found(crowd, task_id).claimed_by == EMAIL


def test_row_3_an_outcome_with_a_note_and_what_the_journey_does_next(page: Page, address: str, crowd: Harbour) -> None:
    task = mine(crowd)
    sign_in(page, address)

    with walk(page, address, f"/tasks/{task.id}", row=3, clicks=3) as way:
        way.fill("What came of it", "They wanted the invoice first.")
        way.click(page.locator(".answers button").first)
        assert page.get_by_text("Done by you").is_visible()
        assert page.get_by_text("Their journey").is_visible()

    done = found(crowd, task.id)
    assert (done.state, done.note) == ("done", "They wanted the invoice first.")


def test_row_4_a_task_is_put_off_to_a_day(page: Page, address: str, crowd: Harbour) -> None:
    task = mine(crowd)
    sign_in(page, address)

    with walk(page, address, f"/tasks/{task.id}", row=4, clicks=3) as way:
        way.click(page.get_by_text("Put it off"))
        way.fill("Until the morning of", "2026-04-10")
        way.click("button", "Put off", exact=True)

    put_off = found(crowd, task.id).snoozed_until
    assert put_off is not None
    assert f"{put_off:%Y-%m-%d}" in ("2026-04-09", "2026-04-10")
    crowd.pass_time(hours=2)
    assert [one.id for one in open_tasks(crowd) if one.customer_id == task.customer_id and one.task == task.task] == [
        task.id
    ]


@pytest.mark.parametrize("path", ["/today", "/tasks?show=mine", "/tasks/{task}", "/feedback?score=low", "/audit"])
def test_nothing_stands_in_anybodys_way(page: Page, address: str, crowd: Harbour, path: str) -> None:
    sign_in(page, address)
    page.goto(address + path.format(task=open_tasks(crowd)[0].id))

    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.reload()  # colours fade from one to the other; axe would catch them on their way
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert sideways(page) == 0


def test_colours_are_a_readers_own_choice(browser: Browser, address: str) -> None:
    with browser.new_context(color_scheme="light") as context:
        page = context.new_page()
        sign_in(page, address)
        page.locator("details.me:not(.post) summary").click()
        page.get_by_role("button", name="Dark").click()

        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(17, 20, 25)"
