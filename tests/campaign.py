"""Campaigns: tests that go on for as long as there is time, seed after seed, and say what they counted.

`make prove MINUTES=60 ONLY=lives` shares the minutes among the campaigns it runs.  Each goes on where it stopped the
last time (`var/prove.json`); one that failed begins with the seed that it failed on.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from nurture.settings import ROOT

KEPT = ROOT / "var" / "prove.json"
BOUND = 3  # nothing in n tries: with 95 % certainty, it happens less often than 3 in n ("rule of three")


class Campaign:
    """One campaign's share of the time.  counted: what it tried, by name; `seeds` are counted by themselves."""

    def __init__(self, name: str, seconds: float, kept: Path = KEPT) -> None:
        self.name, self._seconds, self._kept = name, seconds, kept
        self.counted: Counter[str] = Counter()

    def seeds(self) -> Iterator[int]:
        """Give seeds that were not lived through yet, until the time is over; at least one."""
        give_up_at = monotonic() + self._seconds
        while True:
            seed = self._all().get(self.name, 0)
            yield seed
            self._keep(seed + 1)
            self.counted["seeds"] += 1
            if monotonic() > give_up_at:
                return

    def says(self) -> str:
        """What it came to, in one line."""
        told = ", ".join(f"{number:,} {what}" for what, number in self.counted.items())
        seeds = self.counted["seeds"]
        bound = f"; with 95 % certainty, less than {BOUND / seeds:.2g} of all seeds have one" if seeds > BOUND else ""
        return f"{self.name}: {told}, 0 violations{bound}"

    def _all(self) -> dict[str, int]:
        try:
            kept: dict[str, int] = json.loads(self._kept.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return kept

    def _keep(self, seed: int) -> None:
        self._kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._kept.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps(self._all() | {self.name: seed}, indent=1))
        unfinished.replace(self._kept)


def share(session: pytest.Session) -> float:
    """Seconds for each of the campaigns that are run."""
    running = sum("campaign" in getattr(item, "fixturenames", ()) for item in session.items)
    return 60 * float(os.environ.get("MINUTES", "10")) / max(1, running)
