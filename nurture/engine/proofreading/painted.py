"""Painted: which colours the words of a letter have, as a mail program without surprises paints them.

Understood is what our own layouts use: inline styles, `bgcolor`, and rules whose selectors are made of names, classes
and attributes, one inside another.  A colour that is written in another way is not judged.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from nurture.engine.proofreading.colours import Colour, colour_of

VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
BOLD = frozenset({"strong", "b", "h1", "h2", "h3", "th"})
WHITE, BLACK, LINK = Colour(255, 255, 255), Colour(0, 0, 0), Colour(0, 0, 238)
NIGHT, NIGHT_LINK = Colour(18, 18, 18), Colour(158, 158, 255)  # of a page that says it can be dark, in Chromium

_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_STYLE = re.compile(r"(?is)<style[^>]*>(.*?)</style>")
_DARK = re.compile(r"(?i)@media[^{]*prefers-color-scheme:\s*dark[^{]*\{")
_MEDIA = re.compile(r"@[a-z-]+[^{;]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SIMPLE = re.compile(r"([a-z][a-z0-9]*)?((?:\.[\w-]+)*)((?:\[[a-z-]+\])*)", re.IGNORECASE)
_PARTS = re.compile(
    r"<!--.*?-->|<![^>]*>|<style\b.*?</style>|<(/?)([a-z][a-z0-9]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>|([^<]+)",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""([\w:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?""")
_PIXELS = re.compile(r"([\d.]+)px")
_KEPT = frozenset({"color", "background", "background-color", "font-size", "font-weight", "display"})

Simple = tuple[str, frozenset[str], frozenset[str]]
"""A tag ('' for any), classes and attributes."""


class Words(NamedTuple):
    """How some words of a letter look.  within: the classes of what they stand in, the innermost first.

    size: of the letters, in CSS pixels.
    """

    colour: Colour
    behind: Colour
    size: float
    bold: bool
    within: tuple[str, ...]


class Rule(NamedTuple):
    """One selector with what it says, and its weight among others."""

    selector: tuple[Simple, ...]
    said: Mapping[str, tuple[str, bool]]
    weight: tuple[int, int, int]


class _Place(NamedTuple):
    """One open element, with what it hands on to those inside.  behind: None where it cannot be told."""

    simple: Simple
    colour: Colour | None
    behind: Colour | None
    size: float
    bold: bool
    hidden: bool


def has_dark_styles(html: str) -> bool:
    """Whether a letter says how it looks in the dark."""
    return _DARK.search(html) is not None


def painted(html: str, *, dark: bool = False) -> list[Words]:
    """List the words of a letter with their colours, as written for the light, or for the dark."""
    night = dark and "color-scheme" in html
    nothing = ("", frozenset[str](), frozenset[str]())
    first = _Place(nothing, WHITE if night else BLACK, NIGHT if night else WHITE, 16.0, False, False)
    return list(_walked(html, list(_rules(html, dark=dark)), first, NIGHT_LINK if night else LINK))


def _rules(html: str, *, dark: bool) -> Iterator[Rule]:
    """Read the rules of a letter's own style sheets, in order; those for the dark come last, where asked for."""
    sheets = [_COMMENT.sub("", sheet) for sheet in _STYLE.findall(html)]
    for sheet in sheets:
        yield from _of_sheet(_MEDIA.sub("", sheet))
    for sheet in sheets if dark else ():
        for match in _DARK.finditer(sheet):
            block = _MEDIA.match(sheet, match.start())
            yield from _of_sheet(sheet[match.end() : block.end() - 1] if block else "")


def _of_sheet(sheet: str) -> Iterator[Rule]:
    for n, (selectors, body) in enumerate(_RULE.findall(sheet)):
        said = _declared(body)
        for selector in selectors.split(",") if said else ():
            parts = [_SIMPLE.fullmatch(part) for part in selector.split()]
            simple = tuple(_simple(part) for part in parts if part)
            if simple and len(simple) == len(parts):
                names = sum(len(classes) + len(attributes) for _, classes, attributes in simple)
                yield Rule(simple, said, (names, sum(bool(tag) for tag, _, _ in simple), n))


def _simple(match: re.Match[str]) -> Simple:
    tag, classes, attributes = match.groups()
    return (tag or "").lower(), frozenset(classes.split(".")[1:]), frozenset(re.findall(r"[a-z-]+", attributes))


def _declared(body: str) -> dict[str, tuple[str, bool]]:
    """Read declarations: property -> (value, whether it is important); `background` is its colour."""
    found: dict[str, tuple[str, bool]] = {}
    for line in body.split(";"):
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip().lower()
        if name in _KEPT and value:
            plain = value.removesuffix("!important").strip()
            found["background-color" if name == "background" else name] = plain, plain != value
    return found


def _walked(html: str, rules: Sequence[Rule], first: _Place, link: Colour) -> Iterator[Words]:
    """Walk a letter; what stands open, the innermost last, says what colour words have there."""
    opened = [first]
    for match in _PARTS.finditer(html):
        closing, tag, attributes, text = match.groups()
        if text is not None:
            here = opened[-1]
            if text.strip() and not here.hidden and here.size > 1 and here.colour and here.behind:
                within = tuple(name for place in reversed(opened) for name in sorted(place.simple[1]))
                yield Words(here.colour, here.behind, here.size, here.bold, within)
        elif tag is None or tag.lower() in VOID:
            continue
        elif not closing:
            opened.append(_placed(tag.lower(), attributes, opened, rules, link))
        else:
            n = next((n for n in range(len(opened) - 1, 0, -1) if opened[n].simple[0] == tag.lower()), len(opened))
            del opened[n:]


def _placed(tag: str, attributes: str, opened: Sequence[_Place], rules: Sequence[Rule], link: Colour) -> _Place:
    """Paint one element, inside those that are open."""
    given = {name.lower(): value or other for name, value, other in _ATTRIBUTE.findall(attributes)}
    simple = (tag, frozenset(given.get("class", "").split()), frozenset(given))
    above, said = opened[-1], _said(simple, given, opened, rules)
    size = _PIXELS.fullmatch(said.get("font-size", ""))
    weight = said.get("font-weight", "bold" if tag in BOLD else "")
    colour = link if tag == "a" and "color" not in said else above.colour
    return _Place(
        simple,
        _seen(said.get("color", ""), colour),
        _seen(said.get("background-color", ""), above.behind),
        float(size[1]) if size else above.size,
        weight in ("bold", "bolder", "600", "700", "800", "900") if weight else above.bold,
        above.hidden or tag == "title" or said.get("display") == "none",
    )


def _said(simple: Simple, given: Mapping[str, str], opened: Sequence[_Place], rules: Sequence[Rule]) -> dict[str, str]:
    """Join what is said of an element, what weighs more over what weighs less."""
    fitting = sorted((rule for rule in rules if _reaches(rule, simple, opened)), key=lambda rule: rule.weight)
    inline = _declared(given.get("style", ""))
    said = {"background-color": given["bgcolor"]} if given.get("bgcolor") else {}
    for important in (False, True):
        for one in (*(rule.said for rule in fitting), inline):
            said |= {name: value for name, (value, urgent) in one.items() if urgent is important}
    return said


def _reaches(rule: Rule, simple: Simple, opened: Sequence[_Place]) -> bool:
    """Whether a selector names an element that stands inside these."""
    if not _fits(rule.selector[-1], simple):
        return False
    rest = len(rule.selector) - 2
    for place in reversed(opened):
        if rest < 0:
            break
        rest -= _fits(rule.selector[rest], place.simple)
    return rest < 0


def _fits(simple: Simple, place: Simple) -> bool:
    return simple[0] in ("", place[0]) and simple[1] <= place[1] and simple[2] <= place[2]


def _seen(written: str, above: Colour | None) -> Colour | None:
    """The colour that is meant: that of above where nothing is said, None where it cannot be read."""
    return above if written in ("", "inherit", "transparent", "none", "initial") else colour_of(written)
