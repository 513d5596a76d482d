"""Which characters give way so that an entry leaves a list or a mapping, or joins one."""

from collections.abc import Iterator
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from nurture.engine.editing import writing
from nurture.engine.editing.layout import CannotEdit, Cut, Entry, Layout, empty, spread

Way = list[Node]
"""The nodes that lead to one, which is the last."""


def in_brackets(way: Way) -> bool:
    """Whether a node stands inside brackets, or is in brackets itself."""
    return any(isinstance(node, MappingNode | SequenceNode) and node.flow_style for node in way)


def leave(layout: Layout, way: Way, index: int, *, remarks: bool = False) -> list[Cut]:
    """Take an entry out of the last node on the way, with what is said behind it in its line.

    remarks: the comment lines directly above go as well, and the empty line below; else they stay.
    """
    node = way[-1]
    entries = layout.entries(node)
    if not spread(node):
        return _leave_brackets(layout, node, entries, index)
    if len(entries) == 1:
        return _leave_nothing(layout, way, entries[0], remarks=remarks)
    entry = entries[index]
    if not layout.first_on_line(entry.start):
        after = layout.next_line(entry.end)
        following = entries[index + 1].start
        blank = not layout.text[after:following].strip()
        return [Cut(entry.start, following if blank else after, "")]
    return [_lines(layout, entry, remarks=remarks)]


def _lines(layout: Layout, entry: Entry, *, remarks: bool) -> Cut:
    start = layout.remarks(entry) if remarks else layout.line(entry.start)
    end = layout.next_line(entry.end)
    above = layout.rest(layout.line(start - 1)).strip() if start else ""
    if remarks and above[-1:] in ("", ":") and not layout.rest(end).strip():
        end = layout.next_line(end)  # the empty line that kept it from the next one goes with it
    if end == len(layout.text) and not layout.text.endswith("\n"):
        start = max(0, start - len(layout.eol))  # a text that ends without a line's end goes on doing so
    return Cut(start, end, "")


def _leave_nothing(layout: Layout, way: Way, entry: Entry, *, remarks: bool) -> list[Cut]:
    nothing = "{}" if isinstance(way[-1], MappingNode) else "[]"
    mark = mark_of(layout, way)
    if mark < 0 or layout.line(entry.start) == layout.line(mark) or not layout.first_on_line(entry.start):
        return [Cut(entry.start, entry.end, nothing)]
    return [Cut(mark, mark, " " + nothing), _lines(layout, entry, remarks=remarks)]


def _leave_brackets(layout: Layout, node: Node, entries: list[Entry], index: int) -> list[Cut]:
    entry = entries[index]
    comma = layout.comma(entry.end, node.end_mark.index)
    if comma >= 0:
        line_end = comma + 1 + len(layout.rest(comma + 1))
        alone = layout.first_on_line(entry.start) and layout.rest(comma + 1).strip()[:1] in ("", "#")
        if alone:
            return [Cut(layout.line(entry.start), layout.next_line(comma), "")]
        space = len(layout.text[comma + 1 : line_end]) - len(layout.text[comma + 1 : line_end].lstrip(" "))
        return [Cut(entry.start, comma + 1 + space, "")]
    if index == 0:
        return [Cut(entry.start, entry.end, "")]
    comma = layout.comma(entries[index - 1].end, entry.start)
    if not layout.text[comma + 1 : entry.start].strip():
        return [Cut(comma, entry.end, "")]
    return [Cut(comma, comma + 1, ""), Cut(entry.start, entry.end, "")]


def join_brackets(layout: Layout, node: Node, index: int, said: str) -> list[Cut]:
    """Put an entry, written on one line, into a list or mapping in brackets."""
    entries = layout.entries(node)
    if layout.text[node.start_mark.index] not in "[{":
        raise CannotEdit("this place is written too briefly to be added to; mend it as text")
    if not entries:
        inside = node.start_mark.index + 1
        end = node.end_mark.index - 1
        return [Cut(inside, inside if layout.text[inside:end].strip() else end, said)]
    if index < len(entries):
        start = entries[index].start
        gap = layout.eol + layout.text[layout.line(start) : start] if layout.first_on_line(start) else " "
        return [Cut(start, start, f"{said},{gap}")]
    last = entries[-1]
    gap = layout.eol + layout.text[layout.line(last.start) : last.start] if layout.first_on_line(last.start) else " "
    return [Cut(last.end, last.end, f",{gap}{said}")]


def join_lines(layout: Layout, node: Node, index: int, said: str) -> list[Cut]:
    """Put an entry, written for the column of its neighbours, between the lines of a list or mapping."""
    entries = layout.entries(node)
    column = node.start_mark.column
    margin = " " * column
    if index == 0 and not layout.first_on_line(entries[0].start):
        return [Cut(entries[0].start, entries[0].start, f"{said}{layout.eol}{margin}")]
    if index == 0:
        gap = layout.eol if _apart(layout, entries, 1) else ""
        start = layout.remarks(entries[0])
        return [Cut(start, start, f"{margin}{said}{layout.eol}{gap}")]
    gap = layout.eol if _apart(layout, entries, index) else ""
    return after_line(layout, entries[index - 1].end, f"{gap}{margin}{said}")


def after_line(layout: Layout, at: int, lines: str) -> list[Cut]:
    """Put lines below the one in which a character stands."""
    start = layout.next_line(at)
    if start == len(layout.text) and not layout.text.endswith("\n"):
        return [Cut(start, start, layout.eol + lines)]
    return [Cut(start, start, lines + layout.eol)]


def _apart(layout: Layout, entries: list[Entry], index: int) -> bool:
    """Whether an empty line keeps the neighbours of this place apart."""
    if len(entries) < 2:
        return False
    following = entries[min(index, len(entries) - 1)]
    above = layout.remarks(following)
    return above > 0 and not layout.text[layout.line(above - 1) : above].strip()


def new_list(layout: Layout, way: Way, value: Any, column: int) -> Iterator[list[Cut]]:
    """Write a value where there is none, or `[]` or `{}`: the ways in which it can be said, the best one first.

    column: of the key that it belongs to.
    """
    node, mark = way[-1], mark_of(layout, way)
    brief = writing.in_line(value)
    start = mark if empty(node) and mark >= 0 else node.start_mark.index
    end = start if empty(node) else node.end_mark.index
    space = " " if empty(node) else ""
    if not in_brackets(way[:-1]) and mark >= 0 and writing.spreads(value, column):
        yield below(layout, mark, end, value, column)
    yield [Cut(start, end, f"{space}{brief}")]


def below(layout: Layout, mark: int, end: int, value: Any, column: int) -> list[Cut]:
    """Write a value over the lines below its key, in place of what stands behind the colon up to `end`."""
    said = writing.after_colon(value, column, layout.eol)
    rest = layout.rest(end)
    if not said.startswith(layout.eol) or not rest.strip():
        return [Cut(mark, end + (len(rest) if not rest.strip() else 0), said)]
    return [Cut(mark, end, ""), *after_line(layout, end, said.removeprefix(layout.eol))]


def mark_of(layout: Layout, way: Way) -> int:
    """Say where the dash or colon ends behind which the last node on the way stands; -1 for the root."""
    if len(way) < 2:
        return -1
    return next(entry.mark for entry in layout.entries(way[-2]) if entry.node is way[-1])
