"""Structure: whether what Jinja leaves out would leave the mark-up whole, and where links may lead."""

import re
from collections.abc import Iterable, Iterator
from html import unescape

from nurture.channels.email.slots import EXPRESSION, STATEMENT, Slot, Slots
from nurture.channels.email.words import TRUSTED_LINKS
from nurture.engine.email import Block, fields_of

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


def doubtful_links(mjml: str, slots: Slots, blocks: Iterable[Block]) -> Iterator[Found]:
    """Find links that lead nowhere, or where a customer's own words would choose.  blocks: where they may stand."""
    for kind, url in _LINKS.findall(mjml):
        slot = EXPRESSION.match(url)
        if slot is not None:
            at = slots.kept[int(slot[0][2:7])]
            if not at.source[2:].strip().startswith(TRUSTED_LINKS):
                yield at.file, at.line, at.source[:60], "a link may not begin with a customer's words"
        elif not url.startswith(("https://", "http://", "mailto:") if kind == "href" else ("https://", "/m/")):
            written = unescape(EXPRESSION.split(url)[0])
            file, line, key = _place(written, blocks) or ("templates/emails", 0, kind)
            begins = "https:// or mailto:" if kind == "href" else "https:// or /m/"
            yield file, line, key, f"a link must begin with {begins}, found {written[:60]!r}"


def _place(written: str, blocks: Iterable[Block]) -> tuple[str, int, str] | None:
    """Find the block in which a link was written: (file, line, key)."""
    for block in blocks:
        if isinstance(block.body, str):
            if written in block.body:
                return block.file, block.line + block.body.partition(written)[0].count("\n"), ""
        else:
            for key, value in fields_of(block).items():
                if written in str(value):
                    return block.file, block.line, key
    return None
