"""Contrast: the words of a letter that are hard to see, in the light, in its own dark, and where the dark is forced.

The last is an approximation: every mail program that forces the dark has its own way, and says it nowhere.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from nurture.engine.proofreading.colours import Colour, contrast, needed
from nurture.engine.proofreading.finding import Finding
from nurture.engine.proofreading.painted import Words, has_dark_styles, painted

LIGHT, DARK, FORCED = "in the light", "in the dark", "where a mail program forces the dark (roughly)"
CALLED = {
    "action": "a button",
    "choice": "an answer of a survey",
    "quote": "a quote",
    "badge": "the initials on the signature card",
    "card": "the signature card",
    "question": "a survey's question",
    "next": "the next milestone",
    "mark": "the line above the letter",
    "fine": "the lines below the letter",
    "prose": "text",
}
"""The layout's classes, by what a reader sees."""


_TITLE = re.compile(r"<title>[^<]*</title>")
_ADDRESS = re.compile(r'\s(?:href|src|alt|aria-label)="[^"]*"')
_WORDS = re.compile(r">\s*[^<>\s][^<>]*<")


class Faint(NamedTuple):
    """Words that are hard to see.  way: how one looks.  ratio: of contrast, where `enough` would be enough."""

    way: str
    what: str
    colour: Colour
    behind: Colour
    ratio: float
    enough: float


def of_colours(html: str, layout: str, file: str) -> list[Finding]:
    """Judge the colours of a rendered letter.  layout: its MJML, and `file` its path, where the colours are said."""
    return [
        Finding(
            "tip" if one.way == FORCED else "check",
            file,
            _line(layout, one),
            f"{one.what} is hard to see {one.way}: {one.colour} on {one.behind} is {one.ratio:.1f}:1",
            f"{one.enough:.3g}:1 is enough (WCAG 1.4.3)",
        )
        for one in faint(html)
    ]


def faint(html: str) -> tuple[Faint, ...]:
    """Find what is hard to see, each kind of words once for each way of looking.

    What is so in the light already is not told again for the forced dark.  What the words say is nothing to the eye,
    so a letter that differs in them alone is not looked at again.
    """
    head, end, body = html.partition("</head>")
    return _faint(_TITLE.sub("", head) + end + _WORDS.sub(">x<", _ADDRESS.sub("", body)))


@lru_cache(maxsize=256)
def _faint(html: str) -> tuple[Faint, ...]:
    light = painted(html)
    found = dict.fromkeys(_compared(light, LIGHT, lambda colour: colour))
    known = {(one.what, one.colour, one.behind) for one in found}
    if has_dark_styles(html):
        found |= dict.fromkeys(_compared(painted(html, dark=True), DARK, lambda colour: colour))
    left = [words for words in light if (_called(words), words.colour, words.behind) not in known]
    return tuple(found | dict.fromkeys(_compared(left, FORCED, lambda colour: colour.forced_dark)))


def _compared(words: Iterable[Words], way: str, turned: Callable[[Colour], Colour]) -> Iterator[Faint]:
    for one in dict.fromkeys(words):
        enough = needed(one.size, bold=one.bold)
        ratio = contrast(turned(one.colour), turned(one.behind))
        if ratio < enough:
            yield Faint(way, _called(one), one.colour, one.behind, ratio, enough)


def _called(words: Words) -> str:
    return next((CALLED[name] for name in words.within if name in CALLED), "text")


def _line(layout: str, one: Faint) -> int:
    """Find the line, from 1, in which the layout says the colour of the words, or else of what is behind; 0 in none."""
    lines = layout.lower().split("\n")
    night = next((n for n, line in enumerate(lines) if "prefers-color-scheme" in line), len(lines))
    places = range(night, len(lines)) if one.way == DARK else range(night)
    names = [name for name, what in CALLED.items() if what == one.what]
    for colour in (str(one.colour), str(one.behind)):
        said = [n for n in places if colour in lines[n]]
        own = [n for n in said if any(name in lines[n] for name in names)]
        if said:
            return (own or said)[0] + 1
    return 0
