"""The five changes: set, remove, add, move, and the way to a step.

A text may say the same thing in several ways. Each change tries those that fit its place, the best first, and gives the
first that reads as intended: YAML has more corners than anybody remembers, and none of them may cost a word.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from nurture.engine.document import plain, read_yaml
from nurture.engine.editing import cutting, telling, writing
from nurture.engine.editing.layout import CannotEdit, Cut, Layout, Path, apply, empty, spread

Edited = tuple[str, str]
"""The new text, and what was done in a sentence."""


def step_path(text: str, step_id: str) -> tuple[str | int, ...]:
    """Find the way to a step of a journey, however deep it lies.  Raises CannotEdit where there is none."""
    tree = _tree(text)
    for path in _steps(tree, ()):
        if path[0] == "steps" and telling.at(tree, path)["id"] == step_id:
            return path
    raise CannotEdit(f"there is no step {step_id!r} in this journey any more")


def _steps(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if telling.is_step(value) and path and isinstance(path[-1], int):
        yield path
    inner: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, Mapping):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for part, found in inner:
        yield from _steps(found, (*path, part))


def set_value(text: str, path: Path, value: Any) -> Edited:
    """Give the node at `path` another value; a key that is not there yet is added to its mapping.

    Raises CannotEdit.
    """
    tree = _tree(text)
    old = telling.at(tree, path)
    fresh = not _there(tree, path)
    if not fresh and _same(old, value):
        return text, "nothing changed"
    if not path:
        raise CannotEdit("a whole document is not one value; save its text instead")
    if not isinstance(tree, dict | list):
        raise CannotEdit("this document holds nothing yet; write it as text first")
    while not _there(tree, path[:-1]) or telling.at(tree, path[:-1]) is None:
        path, value = path[:-1], {str(path[-1]): value}
        fresh = not _there(tree, path)
    intended = deepcopy(tree)
    parent = telling.at(intended, path[:-1])
    if fresh and not isinstance(parent, dict):
        raise CannotEdit(f"there is no {'.'.join(map(str, path))} in this document")
    parent[path[-1]] = value
    layout = Layout(text)
    ways = _new_key(layout, path, value) if fresh else _new_value(layout, path, value)
    return _first(layout, ways, intended), telling.told_set(tree, path, old, value, fresh=fresh)


def remove(text: str, path: Path) -> Edited:
    """Take the node at `path` out of its list or mapping, with the comment behind it in its line.

    Comments above it stay; a list that becomes empty is `[]`.  Raises CannotEdit.
    """
    tree = _tree(text)
    if not path or not _there(tree, path):
        raise CannotEdit(f"there is no {'.'.join(map(str, path)) or 'such thing'} in this document")
    intended = deepcopy(tree)
    del telling.at(intended, path[:-1])[path[-1]]
    layout = Layout(text)
    way = layout.way(path[:-1])
    index = _index(way[-1], path[-1])
    return _first(layout, [cutting.leave(layout, way, index)], intended), telling.told_removed(tree, path)


def add(text: str, path_of_list: Path, index: int, node: Any) -> Edited:
    """Put a node into a list so that it stands at `index`, written as its neighbours are.

    A list that is not there yet is made.  Raises CannotEdit.
    """
    tree = _tree(text)
    there = telling.at(tree, path_of_list)
    told = telling.told_added(tree, path_of_list, min(index, len(there or ())), node)
    if there is None:
        return set_value(text, path_of_list, [node])[0], told
    _check_list(there, path_of_list, index)
    intended = deepcopy(tree)
    telling.at(intended, path_of_list).insert(index, node)
    layout = Layout(text)
    return _first(layout, _joined(layout, path_of_list, index, node), intended), told


def move(text: str, source: Path, target: Path, index: int) -> Edited:
    """Let a node stand in another place, with the comments in it, behind it and directly above it.

    target: the path of the list where it will be, as it is now.  index: where it will stand there afterwards.
    Raises CannotEdit.
    """
    tree = _tree(text)
    source, target = tuple(source), tuple(target)
    if not source or not _there(tree, source) or not isinstance(source[-1], int):
        raise CannotEdit("there is nothing to move any more; somebody may have removed it")
    if target[: len(source)] == source:
        raise CannotEdit("nothing can be moved into itself")
    told = telling.told_moved(tree, source, target, index)
    node, intended = telling.at(tree, source), deepcopy(tree)
    del telling.at(intended, source[:-1])[source[-1]]
    after = _after_leaving(source, target)
    there = telling.at(intended, after)
    _check_list([] if there is None and _there(intended, after) else there, target, index)
    layout = Layout(text)
    way = layout.way(source[:-1])
    without = Layout(apply(text, cutting.leave(layout, way, source[-1], remarks=True)))
    if there is None:
        telling.at(intended, after[:-1])[after[-1]] = [node]
    else:
        there.insert(index, node)
    if _same(tree, intended):
        return text, "nothing changed"
    return _first(without, _carried(layout, source, without, after, index, node), intended), told


def _tree(text: str) -> Any:
    tree, problems = read_yaml(text, "this document")
    if problems:
        raise CannotEdit(f"{problems[0]}; mend it as text first")
    return plain(tree)


def _there(tree: Any, path: Path) -> bool:
    if not path:
        return True
    parent = telling.at(tree, path[:-1])
    if isinstance(parent, Mapping):
        return path[-1] in parent
    return isinstance(parent, list) and isinstance(path[-1], int) and 0 <= path[-1] < len(parent)


def _same(one: Any, other: Any) -> bool:
    """Whether two trees say the same: 1 is not true, whatever Python thinks; the order of keys says nothing."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)


def _check_list(there: Any, path: Path, index: int) -> None:
    where = ".".join(map(str, path))
    if not isinstance(there, list):
        raise CannotEdit(f"{where} is no list")
    if not 0 <= index <= len(there):
        raise CannotEdit(f"{where} has no position {index + 1}; it holds {len(there)}")


def _first(layout: Layout, ways: Iterable[list[Cut]], intended: Any) -> str:
    for cuts in ways:
        made = apply(layout.text, cuts)
        tree, problems = read_yaml(made, "this document")
        if not problems and _same(plain(tree), intended):
            return made
    raise CannotEdit("this cannot be written here without touching what stands beside it; edit it as text")


def _index(node: Any, part: str | int) -> int:
    if isinstance(part, int):
        return part
    found = [n for n, (key, _) in enumerate(node.value) if key.value == part]
    if not found:
        raise CannotEdit(f"the key {part!r} is written in a way that only an editor of text can change")
    return found[0]


def _new_value(layout: Layout, path: Path, value: Any) -> Iterator[list[Cut]]:
    way = layout.way(path)
    node, mark = way[-1], cutting.mark_of(layout, way)
    start, end = (mark, mark) if empty(node) else (node.start_mark.index, layout.end(node))
    brief = (" " if empty(node) else "") + writing.in_line(value)
    lines = spread(node)
    if not cutting.in_brackets(way[:-1]):
        key = layout.entries(way[-2])[_index(way[-2], path[-1])]
        column = layout.column(key.start)
        if lines and value and isinstance(value, Mapping | list | tuple):
            yield [Cut(start, end, writing.over_lines(value, node.start_mark.column, layout.eol))]
        if lines and not layout.has_remarks(mark, start):
            yield [Cut(mark, end, writing.after_colon(value, column, layout.eol))]
        if writing.spreads(value, column):
            yield cutting.below(layout, mark, end, value, column)
    yield [Cut(start, end, brief)]


def _new_key(layout: Layout, path: Path, value: Any) -> Iterator[list[Cut]]:
    way, key = layout.way(path[:-1]), str(path[-1])
    node = way[-1]
    entries = layout.entries(node)
    if cutting.in_brackets(way):
        yield cutting.join_brackets(layout, node, len(entries), f"{writing.scalar(key)}: {writing.in_line(value)}")
        return
    before = next((n for n, entry in enumerate(entries) if spread(entry.node)), len(entries))
    for index in dict.fromkeys((max(1, before), len(entries))):
        yield cutting.join_lines(layout, node, index, writing.pair(key, value, node.start_mark.column, layout.eol))


def _joined(layout: Layout, path: Path, index: int, node: Any) -> Iterator[list[Cut]]:
    way = layout.way(path)
    there = way[-1]
    if there.value and spread(there):
        neighbour = there.value[max(0, index - 1)]
        column = there.start_mark.column
        said = writing.item(node, column, layout.eol, spread=spread(neighbour))
        yield cutting.join_lines(layout, there, index, said)
        yield cutting.join_lines(layout, there, index, f"- {writing.in_line(node)}")
    elif there.value:
        yield cutting.join_brackets(layout, there, index, writing.in_line(node))
    else:
        yield from cutting.new_list(layout, way, [node], _column(layout, way, path))
        yield cutting.join_brackets(layout, there, 0, writing.in_line(node))


def _column(layout: Layout, way: list[Any], path: Path) -> int:
    entry = layout.entries(way[-2])[_index(way[-2], path[-1])]
    return layout.column(entry.start)


def _after_leaving(source: tuple[str | int, ...], target: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Say where the target lies once the source has left a list on its way."""
    n = len(source) - 1
    part, left = (target[n] if n < len(target) else None), source[n]
    if target[:n] != source[:n] or not isinstance(part, int) or not isinstance(left, int) or part < left:
        return target
    return (*target[:n], part - 1, *target[n + 1 :])


def _carried(layout: Layout, source: Path, without: Layout, target: Path, index: int, node: Any) -> Iterator[list[Cut]]:
    """Bring a node to its new place as it is written; anew where that does not fit and no comment would be lost."""
    taken = layout.way(source)
    entry = layout.entries(taken[-2])[int(source[-1])]
    from_lines = not cutting.in_brackets(taken[:-1])
    first = layout.remarks(entry) if from_lines and layout.first_on_line(entry.start) else entry.start
    remarks = layout.has_remarks(first, entry.end) or (from_lines and "#" in layout.rest(entry.end))
    way = without.way(target)
    there = way[-1]
    if not cutting.in_brackets(way[:-1]) and (spread(there) or not there.value):
        yield from _as_lines(layout, entry, first, without, way, target, index, from_lines=from_lines)
    elif not remarks and "\n" not in layout.text[entry.node.start_mark.index : entry.end]:
        yield cutting.join_brackets(without, there, index, layout.text[entry.node.start_mark.index : entry.end])
    if not remarks:
        yield from _joined(without, target, index, node)


def _as_lines(
    layout: Layout,
    entry: Any,
    first: int,
    without: Layout,
    way: list[Any],
    target: Path,
    index: int,
    *,
    from_lines: bool,
) -> Iterator[list[Cut]]:
    there = way[-1]
    column = there.start_mark.column if there.value else _column(without, way, target) + 2
    said = layout.text[first : entry.end] + (layout.rest(entry.end) if from_lines else "")
    if not from_lines:
        said = f"- {said}"
    shift = column - layout.column(entry.start)
    lines = re.split(r"\r?\n", said.lstrip(" ") if first != entry.start else said)
    moved = without.eol.join([lines[0], *(_shifted(line, shift) for line in lines[1:])])
    if there.value:
        yield cutting.join_lines(without, there, index, moved)
        return
    mark = cutting.mark_of(without, way)
    end = mark if empty(there) else there.end_mark.index
    yield [Cut(mark, end, ""), *cutting.after_line(without, end, " " * column + moved)]


def _shifted(line: str, by: int) -> str:
    if not line.strip():
        return line
    return " " * by + line if by > 0 else line[min(-by, len(line) - len(line.lstrip(" "))) :]
