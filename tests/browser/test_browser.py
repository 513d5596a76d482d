"""The browser that tests are lent draws pages, runs their scripts, and reaches for nothing elsewhere."""

import http.server
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.rows import narrow_and_dark

PAGE = b"""<!doctype html><title>A room</title><button onclick="this.textContent='opened'">a door</button>"""


class Room(http.server.BaseHTTPRequestHandler):
    """Answers every request with the same page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name for it
        """Say nothing: the test reads the page, not the log."""


@pytest.fixture
def address() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Room) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_page_is_drawn_and_its_script_runs(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="a door").click()

    assert page.title() == "A room"
    assert page.get_by_role("button", name="opened").is_visible()


FAINT = "<style>@media (prefers-color-scheme: dark) { body { background: #000; color: #222 } }</style>"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<p>A short line</p>", []),
        ('<p style="width: 400px">A wide one</p>', ["light: scrolls 88 px sideways", "dark: scrolls 88 px sideways"]),
        (f"{FAINT}<p>A faint one</p>", ["dark: color-contrast: p"]),
    ],
)
def test_a_page_is_looked_at_narrow_and_in_the_dark(page: Page, address: str, body: str, said: list[str]) -> None:
    page.goto(address)
    page.set_content(f"<!doctype html><html lang=en><title>A room</title>{body}")
    before = page.viewport_size

    assert narrow_and_dark(page) == said
    assert page.viewport_size == before
