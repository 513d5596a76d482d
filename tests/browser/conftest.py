"""A real browser for the tests that need one: the machine's own Chromium, kept at home."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.browser.crowd import lived_town

# Everything a browser does of its own accord is switched off: no update, no sync, no first-run page.
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find_chromium(downloaded: str) -> str | None:
    """Find a Chromium on PATH, or else the one that playwright may have downloaded for itself."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or (downloaded if Path(downloaded).exists() else None)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium for the whole session, started when the first test asks for it."""
    with sync_playwright() as playwright:
        chromium = find_chromium(playwright.chromium.executable_path)
        if chromium is None:
            pytest.skip("no Chromium here: install it (apt-get install chromium) or put it on PATH")
        as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
        home = {"HOME": str(tmp_path_factory.mktemp("home"))}  # the user's own may be empty, or private
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS + as_root, env={**os.environ, **home})
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town in which a hundred people lived for 90 days; see `crowd_at`."""
    return lived_town(tmp_path_factory.mktemp("lived"))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of its own; the test fails if anything on it reaches for another machine."""
    strangers: list[str] = []

    def keep_home(route: Route) -> None:
        if urlsplit(route.request.url).hostname in {"127.0.0.1", "localhost", None}:
            route.continue_()
        else:
            strangers.append(route.request.url)
            route.abort()

    with browser.new_context() as context:
        context.route("**/*", keep_home)
        yield context.new_page()
    assert strangers == [], "a page must need nothing from elsewhere"
