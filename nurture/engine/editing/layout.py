"""Where everything in a YAML text stands: each node, dash, comma and colon, counted in characters from 0."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.tokens import BlockEntryToken, FlowEntryToken, ValueToken

Path = Sequence[str | int]
"""The keys and positions (from 0) that lead from the root to a node."""


class CannotEdit(Exception):
    """This edit cannot be made; the message says why to whoever wanted it.  Nothing has changed."""


class Cut(NamedTuple):
    """The characters from `start` up to `end` give way to `new`."""

    start: int
    end: int
    new: str


class Entry(NamedTuple):
    """One item of a list, or one key with its value.

    start: of its dash, its key, or in a list in brackets of itself.  end: behind its last character; what is no
    value any more, as a comment or an empty line, lies behind it.  mark: behind its dash or colon, -1 without one.
    """

    start: int
    end: int
    mark: int
    node: Node


class Layout:
    """A YAML text with its nodes."""

    def __init__(self, text: str) -> None:
        """Take the text.  Raises CannotEdit where it is not YAML, or empty."""
        try:
            root = YAML(typ="safe", pure=True).compose(text)
            tokens = list(YAML(typ="safe", pure=True).scan(text))
        except YAMLError:
            root = None
        if root is None:
            raise CannotEdit("this text is not valid YAML yet; mend it as text first")
        self.text, self.root = text, root
        self.eol = "\r\n" if "\r\n" in text else "\n"
        self._dashes = _starts(tokens, BlockEntryToken)
        self._commas = _starts(tokens, FlowEntryToken)
        self._colons = _starts(tokens, ValueToken)

    def way(self, path: Path) -> list[Node]:
        """Give the nodes on a path, the root first.  Raises CannotEdit where there is no such place."""
        nodes = [self.root]
        for part in path:
            inner = self.child(nodes[-1], part)
            if inner is None:
                raise CannotEdit(f"there is no {'.'.join(map(str, path))} in this document")
            nodes.append(inner)
        return nodes

    def child(self, node: Node, part: str | int) -> Node | None:
        """Give what stands in a node under a key, or at a position; None if nothing does."""
        if isinstance(node, MappingNode):
            return next((value for key, value in node.value if key.value == str(part)), None)
        if isinstance(node, SequenceNode) and isinstance(part, int) and 0 <= part < len(node.value):
            found: Node = node.value[part]
            return found
        return None

    def entries(self, node: Node) -> list[Entry]:
        """List what a list or a mapping holds."""
        if isinstance(node, MappingNode):
            return [self._pair(key, value) for key, value in node.value]
        if isinstance(node, SequenceNode):
            return [self._item(node, item) for item in node.value]
        return []

    def _pair(self, key: Node, value: Node) -> Entry:
        at = bisect_left(self._colons, key.end_mark.index)
        inside = at < len(self._colons) and (empty(value) or self._colons[at] < value.start_mark.index)
        mark = self._colons[at] + 1 if inside else -1
        return Entry(key.start_mark.index, max(self.end(value, mark), key.end_mark.index), mark, value)

    def _item(self, parent: Node, item: Node) -> Entry:
        if not spread(parent):
            return Entry(item.start_mark.index, self.end(item, -1), -1, item)
        column = parent.start_mark.column
        at = bisect_right(self._dashes, item.start_mark.index) - 1
        while self.column(self._dashes[at]) != column:
            at -= 1
        dash = self._dashes[at]
        return Entry(dash, self.end(item, dash + 1), dash + 1, item)

    def end(self, node: Node, mark: int = -1) -> int:
        """Say where a node's last character ends; of nothing at all, where its dash or colon ends."""
        if empty(node):
            return mark if mark >= 0 else int(node.start_mark.index)
        end: int = node.end_mark.index
        if isinstance(node, ScalarNode):
            if node.style in ("|", ">"):
                said = self.text[node.start_mark.index : end]
                keeps = "+" in said.splitlines()[0].split("#")[0]
                return end - (len(said) - len(re.sub(r"\r?\n\Z", "", said) if keeps else said.rstrip()))
            return end
        return self.entries(node)[-1].end if spread(node) else end

    def comma(self, after: int, before: int) -> int:
        """Find the comma that separates two entries; -1 if there is none."""
        at = bisect_left(self._commas, after)
        return self._commas[at] if at < len(self._commas) and self._commas[at] < before else -1

    def column(self, at: int) -> int:
        """Say how far from the start of its line a character stands."""
        return at - self.line(at)

    def line(self, at: int) -> int:
        """Say where the line of a character starts."""
        return self.text.rfind("\n", 0, at) + 1

    def next_line(self, at: int) -> int:
        """Say where the line after a character starts: the end of the text after the last one."""
        found = self.text.find("\n", at)
        return len(self.text) if found < 0 else found + 1

    def first_on_line(self, at: int) -> bool:
        """Whether nothing but space stands before a character."""
        return not self.text[self.line(at) : at].strip(" \ufeff")

    def rest(self, at: int) -> str:
        """Give what stands in the line behind a character, without its end."""
        return self.text[at : self.next_line(at)].rstrip("\r\n")

    def remarks(self, entry: Entry) -> int:
        """Say where the comment lines directly above an entry start: its own line without any."""
        start = self.line(entry.start)
        column = entry.start - start
        while start:
            above = self.line(start - 1)
            said = self.text[above:start]
            if not re.match(rf" {{{column}}}#", said):
                break
            start = above
        return start

    def has_remarks(self, start: int, end: int) -> bool:
        """Whether a comment stands among these characters."""
        kept = self.text[start:end]
        for scalar in _scalars(self.root):
            first, last = scalar.start_mark.index - start, self.end(scalar) - start
            if first >= 0 and last <= end - start:
                kept = kept[:first] + "_" * (last - first) + kept[last:]
        return "#" in kept


def spread(node: Node) -> bool:
    """Whether a node is a list or a mapping with one entry a line; not in brackets, and no scalar."""
    return isinstance(node, MappingNode | SequenceNode) and not node.flow_style


def empty(node: Node) -> bool:
    """Whether a node is nothing at all, as in `key:`."""
    return isinstance(node, ScalarNode) and node.start_mark.index == node.end_mark.index


def apply(text: str, cuts: Iterable[Cut]) -> str:
    """Make the cuts, which do not overlap; several at one place in their order."""
    for cut in sorted(cuts, key=lambda cut: (cut.start, cut.end), reverse=True):
        text = text[: cut.start] + cut.new + text[cut.end :]
    return text


def _starts(tokens: Iterable[Any], kind: type[Any]) -> list[int]:
    return [token.start_mark.index for token in tokens if isinstance(token, kind)]


def _scalars(node: Node) -> list[ScalarNode]:
    if isinstance(node, ScalarNode):
        return [node]
    parts = [part for pair in node.value for part in pair] if isinstance(node, MappingNode) else node.value
    return [scalar for part in parts for scalar in _scalars(part)]
