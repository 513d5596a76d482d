"""Spans of time as staff write and read them: `30m`, `4h`, `2d`, `1w`, `1d 12h`."""

import re
from datetime import timedelta
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
NAMES = {"w": "week", "d": "day", "h": "hour", "m": "minute", "s": "second"}
PATTERN = r"\d{1,5}[wdhms](?: ?\d{1,5}[wdhms])*"
LONGEST = timedelta(days=3660)  # ten years: longer than any rule is meant for, short of where the calendar ends


def parse_duration(text: Any) -> timedelta:
    """Read a span such as `1d 12h`; a leading minus counts backwards.  Raises ValueError with what was expected."""
    if isinstance(text, timedelta):
        return text
    if not isinstance(text, str) or not re.fullmatch("-?" + PATTERN, text.strip(), re.ASCII):
        raise ValueError(f"expected a duration such as 30m, 4h, 2d, 1w or '1d 12h', found {text!r}")
    span = sum((int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+)([wdhms])", text)), timedelta())
    if span > LONGEST:
        raise ValueError(f"expected at most ten years, found {text!r}")
    return -span if text.strip().startswith("-") else span


def _forward(span: timedelta) -> timedelta:
    if span < timedelta():
        raise ValueError(f"expected a duration that counts forward, found {write_duration(span)!r}")
    return span


def write_duration(span: timedelta) -> str:
    """Write a span the way staff would: the inverse of `parse_duration`."""
    left, words = abs(span), []
    for unit, size in UNITS.items():
        n, left = divmod(left, size)
        if n:
            words.append(f"{n}{unit}")
    return ("-" if span < timedelta() else "") + (" ".join(words) or "0s")


@lru_cache(maxsize=4096)
def in_words(span: timedelta) -> str:
    """Say a span in words, rounded to its two largest units: `1 day 12 hours`."""
    left, words = abs(span), []
    for unit, size in UNITS.items():
        if unit == "w" and left % UNITS["w"]:
            continue
        n, left = divmod(left, size)
        if n:
            words.append(f"{n} {NAMES[unit]}{'s' if n > 1 else ''}")
    return " ".join(words[:2]) or "no time"


Duration = Annotated[
    timedelta,
    AfterValidator(_forward),
    BeforeValidator(parse_duration),
    PlainSerializer(write_duration),
    WithJsonSchema({"type": "string", "pattern": f"^{PATTERN}$", "examples": ["4h", "2d", "1d 12h"]}),
]
"""How long."""

Offset = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(write_duration),
    WithJsonSchema({"type": "string", "pattern": f"^-?{PATTERN}$", "examples": ["-2d", "3d 12h"]}),
]
"""How long after a moment; with a leading minus, how long before it."""
