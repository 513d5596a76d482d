"""Bodies: how the blocks of a letter stand together, and what was left in them by mistake."""

import re
from collections.abc import Iterator, Sequence

from nurture.engine.email import Block, fields_of
from nurture.engine.proofreading.finding import Finding
from nurture.engine.proofreading.links import unaddressed

LEFT_OVER = re.compile(r"(?i)lorem ipsum|\b(?:TODO|FIXME|XXX|TBD)\b|example\.com|write here\.")
CROWDED = re.compile(r"(?i)\b(100 ?% free|act now|buy now|limited time|risk[- ]free|winner|guaranteed|cash|urgent!)")

_HEADING = re.compile(r"^(#{1,6})\s", re.MULTILINE)


def of_order(blocks: Sequence[Block]) -> Iterator[Finding]:
    """Judge the headings' levels, and how many things are asked of the reader."""
    level = 0
    for block in blocks:
        for heading, line in _headings(block):
            if heading > level + 1 and (level or heading > 2):
                said = f"a heading of level {heading} follows {f'one of level {level}' if level else 'nothing'}"
                yield Finding("check", block.file, line, said, "screen readers go by levels: leave none out")
            level = heading
    buttons = [block for block in blocks if block.type in ("button", "next-milestone")]
    if len(buttons) > 1:
        said = f"{len(buttons)} buttons ask for different things"
        yield Finding("check", buttons[1].file, buttons[1].line, said, "one thing to do a letter; make the rest links")
    if blocks and all(block.type == "image" for block in blocks):
        first = blocks[0]
        yield Finding("check", first.file, first.line, "it is pictures alone", "many people see none; write words")


def of_block(block: Block) -> Iterator[Finding]:
    """Judge what one block says."""
    parts = {"": block.body} if isinstance(block.body, str) else dict(fields_of(block))
    for key, value in parts.items():
        yield from _of_text(block, key, str(value))
    if block.type == "image" and "width" not in parts:
        hint = "without it, Outlook shows the file at its full size"
        yield Finding("tip", block.file, block.line, "the picture has no width", hint, "width")


def _of_text(block: Block, key: str, text: str) -> Iterator[Finding]:
    def at(start: int) -> int:
        return block.line + (text[:start].count("\n") if not key else 0)

    left = LEFT_OVER.search(unaddressed(text))
    if left:
        said = f"it still says {left[0].strip()!r}"
        yield Finding("check", block.file, at(left.start()), said, "write what is meant", key)
    crowded = CROWDED.search(text)
    if crowded:
        said = f"{crowded[0]!r} is a favourite of spam"
        yield Finding("tip", block.file, at(crowded.start()), said, "say it plainly", key)


def _headings(block: Block) -> Iterator[tuple[int, int]]:
    """The levels of the headings in a block, each with its line."""
    if isinstance(block.body, str):
        for match in _HEADING.finditer(block.body):
            yield len(match[1]), block.line + block.body[: match.start()].count("\n")
