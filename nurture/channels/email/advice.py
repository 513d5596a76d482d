"""Advice to an author: what a letter may go out with, and would be better without.

What must be mended is found where it is compiled; here is what to check, and a tip now and then.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from nurture.engine.email import Block, Chosen, EmailText, fields_of
from nurture.engine.policy import Sender
from nurture.engine.problem import Problem

Level = Literal["must", "check", "tip"]
LEVELS: tuple[Level, ...] = ("must", "check", "tip")
LONG_SUBJECT = 60  # characters
HEAVY = 90_000  # octets of HTML; Gmail clips at 102 kB

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_INSECURE = re.compile(r"http://[^\s)\"'>]+")
_HERE = re.compile(r"(?i)^\W*(click|tap|press)?\s*(here|this link|this)\W*$|^\W*(hier|klicken sie hier)\W*$")
_LINKED = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_LEFT_OVER = re.compile(r"(?i)lorem ipsum|\b(?:TODO|FIXME|XXX|TBD)\b|example\.com|write here\.|https?://\s*$")
_HEADING = re.compile(r"^(#{1,6})\s", re.MULTILINE)
_NOBODY = re.compile(r"(?i)^(no|do)[-_.]?(not)?[-_.]?reply@")
_CROWDED = re.compile(r"(?i)\b(100 ?% free|act now|buy now|limited time|risk[- ]free|winner|guaranteed|cash|urgent!)")


class Finding(NamedTuple):
    """One thing to mend or to consider.  level: `must` stops a publish.  file, line: as in a Problem."""

    level: Level
    file: str
    line: int
    message: str
    suggestion: str = ""


def findings(problems: Iterable[Problem]) -> Iterator[Finding]:
    """Say problems as findings."""
    for one in problems:
        said = f"{one.key}: {one.message}" if one.key and one.key not in one.message else one.message
        yield Finding("must" if one.must_fix else "check", one.file, one.line, said, one.suggestion)


def advice(email: EmailText, sender: Sender | None) -> list[Finding]:
    """Look through every variant; the same words are judged once, wherever they are read."""
    found: dict[Finding, None] = {}
    for language in email.languages:
        for persona in (None, *email.personas):
            chosen = email.choose(persona, language)
            found |= dict.fromkeys(_of_head(chosen))
            found |= dict.fromkeys(_of_body(chosen))
    if sender is not None and _NOBODY.match(sender.reply_to or sender.email):
        file, line = _head_place(email.choose(None, None), "sender")
        said = f"replies go to {sender.reply_to or sender.email}, which nobody reads"
        found[Finding("check", file, line, said, "people answer letters; let them reach somebody")] = None
    return list(found)


def weight(html: str, file: str) -> Finding | None:
    """Judge the size of a rendered letter."""
    size = len(html.encode())
    if size <= HEAVY:
        return None
    return Finding("check", file, 0, f"the HTML has {size // 1000} kB; Gmail clips at 102 kB", "shorten it")


def _of_head(chosen: Chosen) -> Iterator[Finding]:
    subject, preheader = chosen.head.subject, chosen.head.preheader
    place = _head_place(chosen, "subject")
    bare = _JINJA.sub("Somebody", subject)
    if len(bare) > LONG_SUBJECT:
        said = f"the subject has {len(bare)} characters; a phone shows about 40, most programs {LONG_SUBJECT}"
        yield Finding("check", *place, said, "say the main thing first, and less of the rest")
    letters = [sign for sign in _JINJA.sub("", subject) if sign.isalpha()]
    if len(letters) > 4 and all(sign.isupper() for sign in letters):
        yield Finding("check", *place, "the subject is ALL CAPS", "capitals read as shouting, and as spam")
    if subject.count("!") > 1 or _CROWDED.search(subject):
        yield Finding("tip", *place, "the subject sounds like an advertisement", "say what is inside, plainly")
    if not preheader.strip():
        said = "there is no preheader: the inbox shows the first words of the letter instead"
        yield Finding("check", *place, said, "one line that goes on where the subject ends")
    elif preheader.strip().casefold() == subject.strip().casefold():
        place = _head_place(chosen, "preheader")
        yield Finding("check", *place, "the preheader repeats the subject", "go on where the subject ends")
    for key in ("subject", "preheader"):
        left = _LEFT_OVER.search(getattr(chosen.head, key))
        if left:
            said = f"the {key} still says {left[0]!r}"
            yield Finding("check", *_head_place(chosen, key), said, "write what is meant")


def _of_body(chosen: Chosen) -> Iterator[Finding]:
    buttons: list[Block] = []
    words = False
    level = 0
    for block in chosen.blocks:
        yield from _of_block(block)
        words = words or block.type != "image"
        if block.type in ("button", "next-milestone"):
            buttons.append(block)
        for heading, line in _headings(block):
            if heading > level + 1 and (level or heading > 2):
                said = f"a heading of level {heading} follows {f'one of level {level}' if level else 'nothing'}"
                yield Finding("check", block.file, line, said, "screen readers go by levels: leave none out")
            level = heading
    if len(buttons) > 1:
        said = f"{len(buttons)} buttons ask for different things"
        yield Finding("check", buttons[1].file, buttons[1].line, said, "one thing to do a letter; make the rest links")
    if chosen.blocks and not words:
        first = chosen.blocks[0]
        yield Finding("check", first.file, first.line, "it is pictures alone", "many people see none; write words")


def _of_block(block: Block) -> Iterator[Finding]:
    parts = {"": block.body} if isinstance(block.body, str) else dict(fields_of(block))
    for key, value in parts.items():
        text = str(value)
        yield from _of_text(block, key, text)
    if block.type == "button" and _HERE.match(str(parts.get("label", ""))):
        said = f"the button says {parts['label']!r}, not what it does"
        yield Finding("check", block.file, block.line, said, "name what happens: “Start your import”")
    if block.type == "image" and "width" not in parts:
        hint = "without it, Outlook shows the file at its full size"
        yield Finding("tip", block.file, block.line, "the picture has no width", hint)


def _of_text(block: Block, key: str, text: str) -> Iterator[Finding]:
    def at(start: int) -> int:
        return block.line + (text[:start].count("\n") if not key else 0)

    for match in _INSECURE.finditer(text):
        said = f"the link {match[0][:60]} is not encrypted"
        yield Finding("check", block.file, at(match.start()), said, "https://")
    for match in _LINKED.finditer(text):
        if _HERE.match(match[1]):
            said = f"a link says {match[1]!r}, not where it leads"
            yield Finding("check", block.file, at(match.start()), said, "link the words that name the place")
    left = _LEFT_OVER.search(text)
    if left:
        said = f"it still says {left[0].strip()!r}"
        yield Finding("check", block.file, at(left.start()), said, "write what is meant")
    crowded = _CROWDED.search(text)
    if crowded:
        yield Finding(
            "tip", block.file, at(crowded.start()), f"{crowded[0]!r} is a favourite of spam", "say it plainly"
        )


def _headings(block: Block) -> Iterator[tuple[int, int]]:
    """The levels of the headings in a block, each with its line."""
    if isinstance(block.body, str):
        for match in _HEADING.finditer(block.body):
            yield len(match[1]), block.line + block.body[: match.start()].count("\n")


def _head_place(chosen: Chosen, key: str) -> tuple[str, int]:
    return chosen.lines.get(key) or chosen.lines.get("subject") or (f"{chosen.variant}.md", 0)
