"""Documents as people write them: brackets here, lines there, and a comment wherever one may stand."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Way = tuple[str | int, ...]


@dataclass
class Written:
    """A tree and its text.  spans: where each value stands, from behind its colon or from its dash."""

    tree: Any
    eol: str
    text: str = ""
    spans: dict[Way, tuple[int, int]] = field(default_factory=dict)


class Scribe:
    """Writes a tree down, as the pen takes it."""

    def __init__(self, draw: st.DrawFn, made: Written) -> None:
        self.draw, self.made, self.remarks = draw, made, 0

    def say(self, text: str) -> None:
        self.made.text += text

    def remark(self) -> str:
        self.remarks += 1
        return f"# c{self.remarks} - {{x: [it's"

    def chance(self, of: int) -> bool:
        return self.draw(st.integers(0, of)) == 1

    def brackets(self, value: Any, path: Way) -> None:
        start = len(self.made.text)
        if isinstance(value, dict | list):
            pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
            self.say("{" if isinstance(value, dict) else "[")
            for n, (key, inner) in enumerate(pairs):
                self.say(", " * (n > 0))
                if isinstance(value, dict):
                    self.say(f"{key}:")
                    colon = len(self.made.text)
                    self.say(" ")
                self.brackets(inner, (*path, key))
                if isinstance(value, dict):
                    self.made.spans[*path, key] = (colon, len(self.made.text))
            self.say("}" if isinstance(value, dict) else "]")
        else:
            self.say(scalar(value))
        self.made.spans[path] = (start, len(self.made.text))

    def lines(self, value: Any, path: Way, column: int, *, inline: bool) -> None:
        """Write one entry a line; inline: the first one goes on where a dash stands."""
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for n, (key, inner) in enumerate(entries):
            if not (inline and n == 0):
                self.say(self.made.eol * self.chance(6))
                if self.chance(5):
                    self.say(" " * column + self.remark() + self.made.eol)
                self.say(" " * column)
            start = len(self.made.text)
            self.say(f"{key}:" if isinstance(value, dict) else "-")
            if isinstance(value, dict):
                start = len(self.made.text)
            self.value(inner, (*path, key), column, dash=isinstance(value, list))
            self.made.spans[*path, key] = (start, self.made.spans[*path, key][1])

    def value(self, value: Any, path: Way, column: int, *, dash: bool) -> None:
        start = len(self.made.text)
        if isinstance(value, dict | list) and value and self.chance(1):
            if dash and isinstance(value, dict):
                self.say(" ")
                self.lines(value, path, column + 2, inline=True)
            else:
                self.end_line()
                self.lines(value, path, column + 2, inline=False)
            self.made.spans[path] = (start, self.last(path))
            return
        if value is None and self.chance(1):
            self.made.spans[path] = (start, start)
        else:
            self.say(" ")
            self.brackets(value, path)
        self.end_line()

    def last(self, path: Way) -> int:
        return max(end for way, (_, end) in self.made.spans.items() if way[: len(path)] == path)

    def end_line(self) -> None:
        self.say(f"  {self.remark()}" * self.chance(5) + self.made.eol)


def scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value) if not isinstance(value, str) or value not in ("true", "false") else f"'{value}'"


@st.composite
def written(draw: st.DrawFn, tree: Any) -> Written:
    """Write a tree down in one of the many ways there are."""
    made = Written(tree, draw(st.sampled_from(["\n", "\r\n"])))
    scribe = Scribe(draw, made)
    scribe.lines(tree, (), 0, inline=False)
    if draw(st.booleans()):
        made.text = made.text.removesuffix(made.eol)
    return made
