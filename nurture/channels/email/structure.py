"""Structure: whether what Jinja leaves out would leave the mark-up whole, and where links may lead."""

import re
from collections.abc import Iterator

from nurture.channels.email.slots import EXPRESSION, STATEMENT, Slot, Slots
from nurture.channels.email.words import TRUSTED_LINKS

Found = tuple[str, int, str, str]
"""File, line, key and message."""

_PARTS = re.compile(rf"<!--(?!zq).*?-->|<(/?)([a-z][a-z0-9-]*)[^>]*?(/?)>|({STATEMENT.pattern})", re.DOTALL)
_LINKS = re.compile(r'(href|src)="([^"]*)"')
_VOID = ("br", "hr", "img", "meta")


def crossings(mjml: str, slots: Slots) -> Iterator[Found]:
    """Find branches that open an element and leave it open, or the other way round."""
    open_tags: list[str] = []
    branches: list[tuple[Slot, tuple[str, ...]]] = []
    for part in _PARTS.finditer(mjml):
        closing, tag, alone, slot = part.groups()
        if slot is not None:
            at = slots.kept[int(slot[2:7])]
            word = at.source.split()[1]
            if word in ("if", "for"):
                branches.append((at, tuple(open_tags)))
            elif branches and branches[-1][1] != tuple(open_tags):
                said = f"{{% {word} %}} stands in another paragraph or element than its beginning"
                yield at.file, at.line, at.source[:60], said
                return
            if word.startswith("end") and branches:
                branches.pop()
        elif tag is None or tag in _VOID or alone:
            continue
        elif not closing:
            open_tags.append(tag)
        elif open_tags and open_tags[-1] == tag:
            open_tags.pop()
    if branches:
        at = branches[-1][0]
        yield at.file, at.line, at.source[:60], "is never closed"


def doubtful_links(mjml: str, slots: Slots) -> Iterator[Found]:
    """Find links that lead nowhere, or where a customer's own words would choose."""
    for kind, url in _LINKS.findall(mjml):
        slot = EXPRESSION.match(url)
        if slot is not None:
            at = slots.kept[int(slot[0][2:7])]
            if not at.source[2:].strip().startswith(TRUSTED_LINKS):
                yield at.file, at.line, at.source[:60], "a link may not begin with a customer's words"
        elif not url.startswith(("https://", "http://", "mailto:") if kind == "href" else ("https://", "/m/")):
            yield "templates/emails", 0, kind, f"a link must begin with https:// or mailto:, found {url[:60]!r}"
