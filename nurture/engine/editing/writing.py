"""Values as YAML text: on one line, or over several where one would be too long.  Quotes only where YAML needs them.

A key's list of steps stands two columns further in, as the documents that come with nurture have it.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

WIDTH = 110  # columns: what is longer is spread over several lines
BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
NO_WORDS = ("true", "false", "null")


def in_line(value: Any) -> str:
    """Write a value on one line, fit to stand inside brackets."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {in_line(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(in_line, value)) + "]"
    return scalar(value)


def scalar(value: Any) -> str:
    """Write a word, number, moment, true, false or null on one line, fit to stand anywhere."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat().replace("+00:00", "Z")
    return _quoted(value) if isinstance(value, str) else repr(value)


def fits(value: Any, column: int) -> bool:
    """Whether a value is best said in what is left of a line."""
    return not _text_lines(value) and (not value or not _holds_lines(value)) and column + len(in_line(value)) <= WIDTH


def item(value: Any, column: int, eol: str, *, spread: bool = False) -> str:
    """Write an item of a list whose dashes stand in `column`: `- ...`, without the first line's indentation.

    spread: one key a line, as its neighbours are.
    """
    if isinstance(value, Mapping) and value and (spread or not fits(value, column + 2)):
        return "- " + mapping(value, column + 2, eol)
    if _text_lines(value):
        return "- " + _literal(value, column + 2, eol)
    return "- " + in_line(value)


def over_lines(value: Any, column: int, eol: str) -> str:
    """Write a mapping or a list with one entry a line, in `column`; the first line without its indentation."""
    return mapping(value, column, eol) if isinstance(value, Mapping) else sequence(value, column, eol)


def mapping(value: Mapping[str, Any], column: int, eol: str) -> str:
    """Write a mapping, one key a line, the keys in `column`; the first line without its indentation."""
    return (eol + " " * column).join(pair(str(key), inner, column, eol) for key, inner in value.items())


def sequence(value: Any, column: int, eol: str) -> str:
    """Write a list, one item a line, the dashes in `column`; the first line without its indentation."""
    return (eol + " " * column).join(item(inner, column, eol) for inner in value)


def pair(key: str, value: Any, column: int, eol: str) -> str:
    """Write a key that stands in `column`, and its value."""
    return f"{scalar(key)}:{after_colon(value, column, eol, len(key) + 2)}"


def after_colon(value: Any, column: int, eol: str, used: int = 0) -> str:
    """Write what stands behind the colon of a key in `column`, the space included.  used: columns the key takes."""
    if _text_lines(value):
        return " " + _literal(value, column + 2, eol)
    if value and isinstance(value, Mapping | list | tuple) and not fits(value, column + used):
        return eol + " " * (column + 2) + over_lines(value, column + 2, eol)
    return " " + in_line(value)


def spreads(value: Any, column: int) -> bool:
    """Whether a value is written over several lines behind a key in `column`."""
    return "\n" in after_colon(value, column, "\n")


def _holds_lines(value: Any) -> bool:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return any(_text_lines(one) or _holds_lines(one) for one in inner)


def _text_lines(value: Any) -> bool:
    """Whether a text is said best over several lines as it is, which YAML can where its lines are ordinary ones."""
    if not isinstance(value, str) or "\n" not in value.rstrip("\n") or value.endswith("\n\n"):
        return False
    lines = value.removesuffix("\n").split("\n")
    return not lines[0].startswith(" ") and all(
        not line or (line.isprintable() and line.strip() and line == line.rstrip()) for line in lines
    )


def _literal(value: str, column: int, eol: str) -> str:
    lines = value.removesuffix("\n").split("\n")
    sign = "|" if value.endswith("\n") else "|-"
    return sign + "".join(eol + (" " * column + line if line else "") for line in lines)


@lru_cache(maxsize=1024)
def _quoted(text: str) -> str:
    if BARE.fullmatch(text) and text.lower() not in NO_WORDS:
        return text
    if not text.isprintable():
        return '"' + "".join(map(_escaped, text)) + '"'
    if _read_bare(text):
        return text
    return "'" + text.replace("'", "''") + "'"


def _read_bare(text: str) -> bool:
    """Whether a text comes back as it is without quotes, as a value or as a key, in brackets or not."""
    said = f"- {text}\n- {{{text}: {text}}}\n- [{text}, {text}]\n- {text}: {text}\n"
    try:
        tree = YAML(typ="safe", pure=True).load(said)
    except (YAMLError, ValueError):
        return False
    return bool(repr(tree) == repr([text, {text: text}, [text, text], {text: text}]))


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    if sign.isprintable():
        return sign
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
    return named.get(sign) or (f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}")
