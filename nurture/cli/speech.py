"""How the command line speaks: tables for people, JSON for programs, one sentence where it must refuse."""

import re
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

ACTOR = "command line"
"""Who the audit says it was."""

GAP = "  "
NARROWEST = 24  # characters of the last column on a terminal, however narrow it is

# A customer's words must not steer the terminal they are shown on.
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Refusal(click.ClickException):
    """What was asked for cannot be done; the message is one sentence that says why, and what to do."""

    exit_code = 2


def example(*commands: str) -> str:
    """Write the end of a command's --help: how it is used."""
    return "\b\nExample:\n" + "\n".join(f"  {command}" for command in commands)


def plain(text: object) -> str:
    """Make a stranger's words safe to print: one line, no sign that steers a terminal."""
    return UNSEEN.sub(" ", str(text))


def day(at: datetime | None) -> str:
    """Write a moment for people, in UTC; empty for None."""
    return "" if at is None else f"{at.astimezone(UTC):%a %Y-%m-%d %H:%M}"


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print aligned columns; on a terminal the last one is wrapped, in a file each row is one line."""
    cells = [[plain("" if cell is None else cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)][:-1]
    left = sum(widths) + len(GAP) * len(widths)
    room = max(shutil.get_terminal_size().columns - left, NARROWEST) if sys.stdout.isatty() else 0
    for n, row in enumerate([list(heads), *cells]):
        first = "".join(cell.ljust(width) + GAP for cell, width in zip(row, widths, strict=False))
        lines = (textwrap.wrap(row[-1], room) if room else [row[-1]]) or [""]
        text = (first + ("\n" + " " * left).join(lines)).rstrip()
        click.echo(click.style(text, bold=True) if n == 0 else text)


def as_json(value: Mapping[str, Any]) -> None:
    """Print a value as JSON for a program; moments in ISO 8601."""
    import orjson

    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=_listed).decode())


def _listed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return value._asdict() if hasattr(value, "_asdict") else list(value)
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(type(value).__name__)


def count(n: int, noun: str) -> str:
    """Say how many of something there are."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
