"""What came out: a table for people, results.json for the next run, and what got worse since the last."""

import json
import platform
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results.json"
WORSE = 0.8  # of the last ratio: less than that is named


class Figure(NamedTuple):
    """One measured figure.  value, limit: in the unit that `what` names.  ratio: 1.0 is as good as the limit."""

    key: str
    what: str
    value: float
    limit: float | None
    ratio: float | None
    target: str
    good: bool
    detail: str = ""


def show(figures: Iterable[Figure]) -> None:
    """Print one table."""
    table = Table("", "figure", "value", "limit", "ratio", "target", "verdict")
    for one in figures:
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
        verdict = "reached" if one.good else "not reached"
        table.add_row(
            one.key,
            f"{one.what}\n[dim]{one.detail}[/dim]",
            said(one.value),
            said(one.limit),
            ratio,
            one.target,
            verdict,
        )
    Console(width=150).print(table)


def said(value: float | None) -> str:
    """Write a number with as many places as it deserves."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def keep(figures: Sequence[Figure]) -> None:
    """Write results.json: the figures measured now, and those of the last run that were not measured again."""
    measured = {one.key for one in figures}
    kept = [one for one in read(RESULTS.read_text() if RESULTS.exists() else "") if one.key not in measured]
    everything = sorted([*kept, *figures], key=lambda one: (int(one.key[1:]), one.key))
    told = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "figures": [one._asdict() for one in everything],
    }
    RESULTS.write_text(json.dumps(told, indent=1) + "\n")


def read(text: str) -> list[Figure]:
    """Read figures as `keep` wrote them."""
    found: dict[str, Any] = json.loads(text) if text else {"figures": []}
    return [Figure(**one) for one in found["figures"]]


def committed() -> list[Figure]:
    """Read the figures last committed; none where there is no repository or no such file in it."""
    asked = ["git", "show", f"HEAD:./{RESULTS.name}"]
    told = subprocess.run(asked, cwd=RESULTS.parent, capture_output=True, text=True, check=False)
    return read(told.stdout if told.returncode == 0 else "")


def regressions(before: Iterable[Figure], now: Iterable[Figure]) -> list[str]:
    """Name what got worse by more than a fifth.  Ratios are compared, never times: machines differ."""
    known = {one.what: one.ratio for one in before}
    return [
        f"{one.key} {one.what}: {one.ratio:.2f} of its limit, was {last:.2f}"
        for one in now
        if one.ratio is not None and (last := known.get(one.what)) is not None and one.ratio < WORSE * last
    ]
