"""Slots: Jinja lifted out of a text before Markdown and MJML see it, and put back afterwards.

So no quote, pipe or underscore of an expression is ever taken for mark-up.  A slot is a word of letters and digits
that all of Markdown, nh3, MJML, css-inline and inscriptis leave as it is.
"""

import re
from typing import NamedTuple

from jinja2.exceptions import TemplateSyntaxError

from nurture.channels.email.sandbox import TEXT, Fault

_WORD = re.compile(r"zq(\d{5})([es])qz")
_ALONE = re.compile(r"^[ \t]*((?:zq\d{5}sqz[ \t]*)+)$", re.MULTILINE)
_BRACES = re.compile(r"\{(?=[{%#])")
STATEMENT = re.compile(r"zq\d{5}sqz")
EXPRESSION = re.compile(r"zq\d{5}eqz")


class Slot(NamedTuple):
    """One piece of Jinja.  source: with its braces, on one line.  file, line: where its author wrote it."""

    source: str
    file: str
    line: int


class Slots:
    """The Jinja of one variant, in the order in which it stands there."""

    def __init__(self) -> None:
        self.kept: list[Slot] = []

    def lift(self, text: str, file: str, line: int) -> str:
        """Replace each piece of Jinja in `text`, which begins at `line` of `file`, by a slot.

        Raises TemplateSyntaxError, its line counted in the text, where the braces do not match.
        """
        if _WORD.search(text):
            raise TemplateSyntaxError("zq00000eqz and its like are kept for our own use", 1)
        out: list[str] = []
        pieces: list[str] = []
        begun = 1
        for number, what, value in TEXT.lex(text):
            if what in ("variable_begin", "block_begin"):
                begun, pieces = number, [value[:2], " "]
            elif what in ("variable_end", "block_end"):
                source = " ".join([*"".join(pieces).split(), value.strip().lstrip("-+")])
                out.append(self.keep(source, file, line + begun - 1))
                out.append("\n" if value.endswith("\n") else "")
                pieces = []
            elif pieces:
                pieces.append(value)
            elif what == "data":
                out.append(value)
        if pieces:
            raise TemplateSyntaxError(f"{pieces[0]} is never closed", begun)
        return "".join(out)

    def keep(self, source: str, file: str, line: int) -> str:
        """Keep one piece of Jinja; gives its slot."""
        self.kept.append(Slot(source, file, line))
        return f"zq{len(self.kept) - 1:05d}{'s' if source.startswith('{%') else 'e'}qz"

    def fill(self, text: str) -> str:
        """Put the Jinja back; what looks like Jinja but was not lifted out is defused first."""
        text = _BRACES.sub("{ ", text)
        return _WORD.sub(lambda word: self.kept[int(word[1])].source, text)

    def skeleton(self) -> str:
        """All of the Jinja, one slot a line, so that a parser's line number is a slot's number."""
        return "\n".join(slot.source for slot in self.kept)

    def where(self, fault: Fault) -> Slot:
        """The slot that a fault in the skeleton is about."""
        return self.kept[min(max(fault.line - 1, 0), len(self.kept) - 1)]


def on_lines_of_their_own(text: str) -> str:
    """Part lines that hold statements alone from the paragraphs around them, as an author means them."""
    return _ALONE.sub(r"\n\1\n", text)
