"""Links: where each leads, and whether its words say so."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from nurture.engine.email import Block, fields_of
from nurture.engine.proofreading.finding import Finding

_LINKED = re.compile(r"\[(?P<label>[^\]]*)\]\((?P<url>(?:\{\{.*?\}\}|[^)\s])*)[^)]*\)")
_SECURE = re.compile(r"(?i)https?://(?P<host>(?:\{\{.*?\}\}|[^/?#\s)\"'<>])*)")
_INSECURE = re.compile(r"(?i)http://[^\s)\"'>]+")
# RFC 2606 reserves the first four for examples and tests; nobody outside can come to the others.
_PLACEHOLDER = re.compile(
    r"(?:.*\.)?(?:example\.(?:com|org|net)|invalid|localhost|local)|127\.[\d.]+|0\.0\.0\.0|\[::1?\]"
)
_HERE = re.compile(
    r"(?i)\W*(?:(?:click|tap|press)?\s*(?:here|this|this link|the link|link)|(?:read|learn|see|find out) more|more"
    r"|(?:klicken sie |klick(?:e)? |tippen sie )?hier(?: klicken)?|(?:dieser |der )?link|mehr"
    r"|mehr (?:erfahren|lesen|dazu)|weiterlesen|weiter)\W*"
)


class Link(NamedTuple):
    """One link as it was written.  line: in `block.file`.  key: the field that holds it, '' in prose."""

    label: str
    url: str
    block: Block
    line: int
    key: str


def links_of(block: Block) -> Iterator[Link]:
    """List the links of a block, in order."""
    fields: Mapping[str, object] = {"": block.body} if isinstance(block.body, str) else fields_of(block)
    if block.type == "button":
        yield Link(str(fields["label"]), str(fields["url"]).strip(), block, block.line, "url")
    for key, value in fields.items():
        for match in _LINKED.finditer(str(value)):
            line = block.line + (str(value)[: match.start()].count("\n") if not key else 0)
            yield Link(match["label"], match["url"], block, line, key)


def nowhere(url: str) -> str:
    """Say why nobody could follow a web address, '' where they may; what a variable begins is not judged."""
    match = _SECURE.match(url)
    if match is None or "{{" in match["host"]:
        return ""
    host = match["host"].rpartition("@")[2].lower()
    host = host if host.startswith("[") else host.partition(":")[0]
    if not host:
        return "names no place"
    if _PLACEHOLDER.fullmatch(host) or "." not in host:
        return f"leads to {host!r}, where no reader gets"
    return ""


def of_links(block: Block) -> Iterator[Finding]:
    """Judge where the links of a block lead, and what they say."""
    for link in links_of(block):
        why = nowhere(link.url)
        what = "button" if link.key == "url" else "link"
        if why:
            said = f"the {what} {link.label[:40]!r} {why}"
            yield Finding("must", block.file, link.line, said, "give it the address that is meant", link.key)
        if _HERE.fullmatch(link.label):
            said, hint = f"a link says {link.label!r}, not where it leads", "link the words that name the place"
            if what == "button":
                said, hint = (
                    f"the button says {link.label!r}, not what it does",
                    "name what happens: “Start your import”",
                )
            yield Finding("check", block.file, link.line, said, hint, "label" if link.key == "url" else link.key)
    parts = {"": block.body} if isinstance(block.body, str) else dict(fields_of(block))
    for key, value in parts.items():
        text = str(value)
        for match in _INSECURE.finditer(text):
            if not nowhere(match[0]):
                line = block.line + (text[: match.start()].count("\n") if not key else 0)
                yield Finding(
                    "check",
                    block.file,
                    line,
                    f"the link {match[0][:60]} is not encrypted",
                    "begin it with https://",
                    key,
                )


def _empty(link: Link) -> Finding:
    """Say of a link that its words say nothing."""
    if link.key == "url":
        said, hint = f"the button says {link.label!r}, not what it does", "name what happens: “Start your import”"
        return Finding("check", link.block.file, link.line, said, hint, "label")
    said, hint = f"a link says {link.label!r}, not where it leads", "link the words that name the place"
    return Finding("check", link.block.file, link.line, said, hint, link.key)


def alike(blocks: Iterable[Block]) -> Iterator[Finding]:
    """Find links of the same words that lead to different places; where a condition chooses between them is no matter.

    Source: WCAG 2.2, success criterion 2.4.9.
    """
    first: dict[str, Link] = {}
    for block in blocks:
        if "{%" in str(block.body):
            continue
        for link in links_of(block):
            words = " ".join(link.label.split()).casefold()
            before = first.setdefault(words, link)
            if words and "{" not in words and before.url != link.url and not _HERE.fullmatch(words):
                said = f"two links say {link.label!r} and lead to different places"
                yield Finding("check", block.file, link.line, said, "say in each where it leads", link.key)


def unaddressed(text: str) -> str:
    """Blank the addresses of links, each letter by a space, so that what is left is words where they stood."""
    text = _LINKED.sub(lambda match: match[0].replace(match["url"], " " * len(match["url"])), text)
    return _SECURE.sub(lambda match: " " * len(match[0]), text)
