"""The rows of the scoring sheet: what somebody in customer success can do, in how many clicks, and how fast.

    with walk(page, address, "/customers", row=5, clicks=1) as way:
        way.fill("Find a customer", "ada")
        way.press("Enter")

Typing is not counted; whatever activates something is.  A way that takes more clicks than its row allows fails.
`make score` times each click's answer too, and adds the rows up.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page

SCORES = "NURTURE_TEST_SCORES"
"""Names a file that gets one line per row walked: {"row", "clicks", "budget", "ms"}."""


class Way:
    """One person's way through the console, from a page they start on; counts what they press."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.clicks = 0
        self.ms: list[float] = []

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
        self.ms.append((time.perf_counter() - began) * 1000)


@contextmanager
def walk(page: Page, address: str, start: str, *, row: int, clicks: int) -> Iterator[Way]:
    """Walk a row from its starting page, within its clicks."""
    page.goto(f"{address}{start}")
    way = Way(page, address)
    yield way
    _write_down(row, way, clicks)
    assert way.clicks <= clicks, f"row {row} took {way.clicks} clicks, not {clicks}"


def _write_down(row: int, way: Way, clicks: int) -> None:
    if where := os.environ.get(SCORES):
        line = {"row": row, "clicks": way.clicks, "budget": clicks, "ms": round(max(way.ms, default=0.0))}
        with Path(where).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
