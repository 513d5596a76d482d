"""Spans of time as people type them, `3 days` or `1 day 12 hours`, and as documents hold them, `3d`."""

import re

from nurture.engine.duration import NAMES, parse_duration, write_duration

UNITS = {
    **{name: unit for unit, name in NAMES.items()},
    **{f"{name}s": unit for unit, name in NAMES.items()},
    **{unit: unit for unit in NAMES},
    **dict.fromkeys(("min", "mins"), "m"),
    **dict.fromkeys(("hr", "hrs"), "h"),
    **dict.fromkeys(("sec", "secs"), "s"),
}
PART = re.compile(r"(\d{1,5})\s*([a-z]+)")
SIDES = {"before": "-", "after": "", "": ""}


def typed(span: str) -> str:
    """Write a span as somebody would type it: `36h` -> `1 day 12 hours`; what is no span stays as it is."""
    try:
        found = parse_duration(span)
    except ValueError:
        return span
    parts = re.findall(r"(\d+)([wdhms])", write_duration(found))
    said = " ".join(f"{n} {NAMES[unit]}{'' if n == '1' else 's'}" for n, unit in parts if int(n))
    return (said or "0 days") + (" before" if span.strip().startswith("-") and said else "")


def read_span(text: str) -> str:
    """Read a span that somebody typed, as documents hold it.  Raises ValueError with what was expected."""
    said = re.sub(r"[,.]|\band\b", " ", text.strip().lower())
    backwards = "-" if said.startswith("-") else ""
    said, _, side = said.removeprefix("-").rpartition(" ") if said.endswith((" before", " after")) else (said, "", "")
    parts = PART.findall(said)
    whole = bool(parts) and not PART.sub("", said).strip("- ") and all(unit in UNITS for _, unit in parts)
    if not whole:
        raise ValueError("write a span of time, such as 3 days, 12 hours or 1 day 12 hours")
    short = (SIDES.get(side, "") or backwards) + " ".join(f"{int(n)}{UNITS[unit]}" for n, unit in parts)
    parse_duration(short)
    return short
