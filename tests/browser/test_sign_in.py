"""A real browser goes to the provider of company accounts and comes back signed in, under our strict policy."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from werkzeug.serving import make_server

from nurture.channels.oidc import IdentityProvider, Registered
from nurture.web import console
from tests.browser.axe import violations
from tests.browser.test_console import Quiet, sideways
from tests.fake_oidc import CLIENT_ID, CLIENT_SECRET, FakeOidc
from tests.sqlite import SqliteFiles
from tests.web.harbour import MONDAY, harbour_at, prepare


@pytest.fixture
def address(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[str]:
    """An installation with the company's accounts, in which Sam is a viewer."""
    with (
        sqlite_files.database(prepare) as url,
        harbour_at(url, tmp_path) as harbour,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        port = listener.getsockname()[1]
        back = f"http://127.0.0.1:{port}/login/oidc/callback"
        with FakeOidc(back, MONDAY) as provider:
            registered = Registered(provider.url, CLIENT_ID, CLIENT_SECRET, back, "Harbour's accounts")
            harbour.parts = harbour.parts._replace(identity=IdentityProvider(registered))
            harbour.hires("viewer")
            app = harbour.app(console.blueprint)
            server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet, fd=listener.fileno())
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{port}"
            server.shutdown()


def test_staff_sign_in_with_their_company_account(page: Page, address: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{address}/tasks")
    wrong = violations(page)

    page.get_by_role("button", name="Sign in with Harbour's accounts").click()
    page.wait_for_url(f"{address}/tasks")

    assert page.get_by_role("heading", level=1).inner_text() == "Care"
    assert (wrong, said) == ([], [])


def test_without_scripts_a_page_leads_on(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.route("**/sign-in?*", lambda route: route.fulfill(status=204))  # the browser stays on our page
    page.goto(f"{address}/login")

    page.get_by_role("button", name="Sign in with Harbour's accounts").click()
    link = page.get_by_role("link", name="Go on to Harbour's accounts")
    link.wait_for()

    assert "code_challenge=" in (link.get_attribute("href") or "")
    assert (violations(page), sideways(page)) == ([], 0)
