"""The filters of the list of customers as an address says them, and each as a chip that can be taken away."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import abort

from nurture.store.people import SORTS
from nurture.store.schema import ENROLLMENT_STATES
from nurture.store.wanted import NOBODY, Wanted
from nurture.web.console.words import Namer, said

LISTS = frozenset({"stage", "persona", "has", "no", "owner"})
NUMBERS = frozenset({"days", "trial", "silent"})
FLAGS = frozenset({"aside", "held"})
LONGEST = 200  # characters of one value
MOST_DAYS = 3660
WORDS: Mapping[str, str] = {
    "q": "search",
    "stage": "stage",
    "days": "in stage",
    "persona": "persona",
    "has": "reached",
    "no": "not reached",
    "journey": "journey",
    "owner": "owner",
    "trial": "trial",
    "silent": "silent",
    "aside": "trouble",
    "held": "held",
}
"""What each part of the filters is called."""


class Chip(NamedTuple):
    """One filter that is set: its part, its word, its value, and the address without it."""

    part: str
    name: str
    value: str
    without: str


class Choice(NamedTuple):
    """What an address asks for: who, in which order, and from which cursor on."""

    wanted: Wanted
    sort: str = "newest"
    after: str = ""


def read(args: Mapping[str, str]) -> Choice:
    """Read an address; 404 where it asks for what there is not."""
    values = {name: args.get(name, "").strip()[:LONGEST] for name in Wanted._fields}
    sort = args.get("sort", "") or "newest"
    if sort not in SORTS or values["state"] not in ("", *ENROLLMENT_STATES):
        abort(404)
    set_: dict[str, Any] = {name: _value(name, text) for name, text in values.items() if text}
    wanted = Wanted(**set_)
    if not wanted.journey:
        wanted = wanted._replace(step="", state="")
    return Choice(wanted, sort, args.get("after", "")[: 2 * LONGEST])


def _value(name: str, text: str) -> str | tuple[str, ...] | int | bool:
    if name in LISTS:
        return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if name in FLAGS:
        return text == "yes"
    if name in NUMBERS:
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_DAYS:
            abort(404)
        return int(text)
    return text


def written(wanted: Wanted) -> dict[str, str]:
    """Say the filters as the fields of a form, each as text; what is not set is left out."""
    return {name: _text(value) for name, value in wanted._asdict().items() if value}


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return "yes" if value is True else str(value)


def address(choice: Choice, page: str = "/customers", **more: str) -> str:
    """Say who is asked for as an address; the first page, unless a cursor is given."""
    sort = {"sort": choice.sort} if choice.sort != "newest" else {}
    said = {**written(choice.wanted), **sort, **{name: value for name, value in more.items() if value}}
    return f"{page}?{urlencode(said)}" if said else page


def chips(choice: Choice, namer: Namer) -> list[Chip]:
    """Say each filter that is set, one chip for each value."""
    found = []
    for part in choice.wanted.parts:
        value = getattr(choice.wanted, part)
        for one in value if isinstance(value, tuple) else (value,):
            left = tuple(other for other in value if other != one) if isinstance(value, tuple) else None
            found.append(Chip(part, WORDS[part], _named(part, one, choice.wanted, namer), _without(choice, part, left)))
    return found


def without(wanted: Wanted, part: str) -> Wanted:
    """Ask for one part no more."""
    gone = ("journey", "step", "state") if part == "journey" else (part,)
    unset: dict[str, Any] = {name: Wanted._field_defaults[name] for name in gone}
    return wanted._replace(**unset)


def _without(choice: Choice, part: str, left: tuple[str, ...] | None) -> str:
    fewer: dict[str, Any] = {part: left}
    wanted = choice.wanted._replace(**fewer) if left else without(choice.wanted, part)
    return address(choice._replace(wanted=wanted))


def _named(part: str, value: str, wanted: Wanted, namer: Namer) -> str:
    if part == "journey":
        how = {"finished": "finished ", "left": "left early: "}.get(wanted.state, "")
        return f"{how}{namer.journey(value)}" + (f", at {said(wanted.step).lower()}" if wanted.step else "")
    named: Mapping[str, Callable[[], str]] = {
        "q": lambda: f"\u201c{value}\u201d",
        "stage": lambda: namer.stage(value).word,
        "days": lambda: f"{value} days or more",
        "persona": lambda: "none yet" if value == NOBODY else namer.persona(value),
        "has": lambda: namer.milestone(value),
        "no": lambda: namer.milestone(value),
        "owner": lambda: "nobody" if value == NOBODY else namer.owner(value),
        "trial": lambda: f"ends within {value} days",
        "silent": lambda: f"for {value} days or more",
        "aside": lambda: "set aside after an error",
        "held": lambda: "by staff",
    }
    return named[part]()
