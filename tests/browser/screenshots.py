"""The pictures of the console: its main pages, light and dark, on a desk and on a phone, over a town that was lived.

`make screenshots` takes them anew into docs/screenshots; what is committed is what somebody looked at.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from nurture.store import customers, tasks
from nurture.web import console
from tests.browser.conftest import FLAGS, find_chromium
from tests.browser.crowd import crowd_at
from tests.browser.test_console import Quiet, sign_in
from tests.web.harbour import Harbour

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
PAGES: Mapping[str, str] = {
    "today": "/today",
    "customers": "/customers?stage=at_risk",
    "customer": "/customers/{customer}",
    "task": "/tasks/{task}",
    "feedback": "/feedback",
    "journeys": "/journeys",
    "flow": "/journeys/first-win/flow",
    "step": "/journeys/first-win/flow?step=data-in",
    "publish": "/documents/journey/first-win/publish",
    "simulate": "/journeys/first-win/simulate",
    "results": "/journeys/first-win/results",
    "emails": "/emails",
    "email": "/emails/welcome/edit",
    "lifecycle": "/lifecycle",
    "personas": "/personas",
    "settings": "/settings/health",
}
"""By name: the address."""
LOOKS = {"light": (1280, "light"), "dark": (1280, "dark"), "phone": (320, "light")}


def main() -> int:
    """Take every picture; says which pages scroll sideways or do not answer."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder, crowd_at(Path(folder), 500) as crowd, sync_playwright() as play:
        crowd.hires("admin")
        places = _places(crowd)
        server = make_server("127.0.0.1", 0, crowd.app(console.blueprint), threaded=True, request_handler=Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = find_chromium(play.chromium.executable_path)
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS + as_root)
        for look, (width, scheme) in LOOKS.items():
            wrong += _taken(browser, f"http://127.0.0.1:{server.server_port}", look, width, scheme, places)
        browser.close()
        server.shutdown()
    for line in wrong:
        print(line)  # noqa: T201 - a program
    return 1 if wrong else 0


def _places(crowd: Harbour) -> dict[str, str]:
    """Somebody and something to look at: whoever has an open task."""
    with crowd.parts.ground.sessions.read() as session:
        task = tasks.open_tasks(session, crowd.now, snoozed=None)[0]
        known = customers.find(session, task.customer_id)
    assert known is not None
    named = {"customer": known.id, "task": task.id}
    return {name: address.format(**named) for name, address in PAGES.items()}


def _taken(browser: Browser, address: str, look: str, width: int, scheme: str, places: Mapping[str, str]) -> list[str]:
    wrong = []
    context = browser.new_context(
        viewport={"width": width, "height": 860},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    sign_in(page, address)
    for name, place in places.items():
        answer = page.goto(address + place)
        if answer is None or answer.status != 200:
            wrong.append(f"{place}: {answer.status if answer else 'no answer'}")
            continue
        if _sideways(page):
            wrong.append(f"{place}: scrolls sideways at {width}")
        page.screenshot(path=FOLDER / f"{name}-{look}.png")
    context.close()
    return wrong


def _sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


if __name__ == "__main__":
    sys.exit(main())
