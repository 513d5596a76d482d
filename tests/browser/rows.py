"""The rows of the scoring sheet: what somebody in customer success can do, in how many clicks, and how fast.

    with walk(page, address, "/customers", row=5, clicks=1) as way:
        way.fill("Find a customer", "ada")
        way.press("Enter")

Typing is not counted; whatever activates something is.  A way that takes more clicks than its row allows fails.
`make score` times the answers too, and adds the rows up.  An answer's time is the browser's own: from the first byte
asked to the last byte had, over redirects, of a page, of a part of one, or of a frame in it.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, Request

from tests.browser.axe import violations

SCORES = "NURTURE_TEST_SCORES"
"""Names a file that gets one line per row walked: {"row", "clicks", "ms", "felt", "wrong"}.

ms: of the slowest answer.  felt: from a press to the loaded page at its slowest, a robot's own ways included.
wrong: with the page on which the row ends, 320 pixels wide and in the dark.
"""
NARROW = 320  # pixels; WCAG 1.4.10
ANSWERS = ("document", "xhr", "fetch")


class Way:
    """One person's way through the console, from a page they start on; counts what they press."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.clicks = 0
        self.ms: list[float] = []
        self.felt: list[float] = []
        self.times = SCORES in os.environ
        if self.times:
            page.on("requestfinished", self._answered)

    def click(self, target: Locator | str, name: str = "", *, exact: bool = False) -> None:
        """Press something: a locator, or a role and its name."""
        found = self._found(target, name, exact=exact)
        self._timed(found.click)

    def press(self, key: str) -> None:
        """Press a key that activates something."""
        self._timed(lambda: self.page.keyboard.press(key))

    def choose(self, label: str, value: str) -> None:
        """Choose from a list: one activation, as with a mouse."""
        self._timed(lambda: self.page.get_by_label(label, exact=True).select_option(value))

    def fill(self, label: str, text: str) -> None:
        """Type; not counted."""
        self.page.get_by_label(label, exact=True).fill(text)

    def type(self, text: str) -> None:
        """Type where the focus is, into a list as well, which chooses by its first letters; not counted."""
        self.page.keyboard.type(text)

    def _found(self, target: Locator | str, name: str, *, exact: bool) -> Locator:
        if isinstance(target, str):
            return self.page.get_by_role(target, name=name, exact=exact)  # type: ignore[arg-type]
        return target

    def _timed(self, act: object) -> None:
        assert callable(act)
        self.clicks += 1
        began = time.perf_counter()
        act()
        self.page.wait_for_load_state("load")
        self.felt.append((time.perf_counter() - began) * 1000)
        if self.times:
            self.page.wait_for_load_state("networkidle")  # what the press asked for in the background has come, too

    def _answered(self, request: Request) -> None:
        if request.resource_type in ANSWERS and self.clicks:
            chain = [request]
            while before := chain[-1].redirected_from:
                chain.append(before)
            self.ms.append(sum(one.timing["responseEnd"] - max(one.timing["requestStart"], 0.0) for one in chain))


@contextmanager
def walk(page: Page, address: str, start: str, *, row: int, clicks: int) -> Iterator[Way]:
    """Walk a row from its starting page, within its clicks."""
    page.goto(f"{address}{start}")
    way = Way(page, address)
    yield way
    _write_down(row, way)
    assert way.clicks <= clicks, f"row {row} took {way.clicks} clicks, not {clicks}"


def narrow_and_dark(page: Page) -> list[str]:
    """Say what is wrong with a page where it is 320 pixels wide, in the light and in the dark; it is left as it was."""
    size, wrong = page.viewport_size, []
    page.set_viewport_size({"width": NARROW, "height": 800})
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        wrong += [f"{scheme}: scrolls {over} px sideways"] if over else []
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")  # colours fade into the dark
    wrong += [f"dark: {one}" for one in violations(page)]
    page.emulate_media(color_scheme="null")
    if size:
        page.set_viewport_size(size)
    return wrong


def _write_down(row: int, way: Way) -> None:
    if where := os.environ.get(SCORES):
        ms, felt = (round(max(times, default=0.0)) for times in (way.ms, way.felt))
        line = {"row": row, "clicks": way.clicks, "ms": ms, "felt": felt, "wrong": narrow_and_dark(way.page)}
        with Path(where).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
