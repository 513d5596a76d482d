"""An edit as a sentence for staff: `wait 3 days -> 5 days`, `added email tip after welcome`."""

from collections.abc import Mapping
from typing import Any

from nurture.engine.duration import in_words, parse_duration
from nurture.engine.editing.layout import Path
from nurture.engine.editing.writing import in_line

LONGEST = 60  # characters of one value


def words(value: Any) -> str:
    """Say a value: a span of time in words, anything else as it is written, cut where it is long."""
    if isinstance(value, str):
        try:
            span = parse_duration(value)
        except ValueError:
            said = " ".join(value.split())
        else:
            return in_words(span) if value.strip()[:1] != "-" else f"{in_words(-span)} before"
    else:
        said = in_line(value)
    return said if len(said) <= LONGEST else said[: LONGEST - 3].rstrip() + "..."


def told_set(tree: Any, path: Path, old: Any, new: Any, *, fresh: bool) -> str:
    """Say that a value changed; fresh: it was not there before."""
    step, where = _place(tree, path)
    if step is not None and list(where) == ["off"]:
        return f"switched {step['id']} {'off' if new is True else 'on'}"
    main = step is not None and step["do"] == "wait" and list(where) == ["for"]
    subject = "wait" if main else _subject(step, where)
    return f"{subject} set to {words(new)}" if fresh else f"{subject} {words(old)} -> {words(new)}"


def told_removed(tree: Any, path: Path) -> str:
    """Say that something is gone."""
    gone = at(tree, path)
    if is_step(gone):
        return f"removed step {gone['id']}"
    step, where = _place(tree, path)
    return f"removed {_subject(step, where)}"


def told_added(tree: Any, path: Path, index: int, node: Any) -> str:
    """Say that something joined a list; tree: as it was before."""
    there = at(tree, path)
    items = there if isinstance(there, list) else []
    step, where = _place(tree, path)
    if not is_step(node):
        return f"added {words(node)} to {_subject(step, where)}"
    said = f"added {node['do']} {node['id']}"
    if index and is_step(items[index - 1]):
        return f"{said} after {items[index - 1]['id']}"
    return f"{said} at the start" if step is None else f"{said} first in {_subject(step, where)}"


def told_moved(tree: Any, source: Path, target: Path, index: int) -> str:
    """Say that something has another place; tree: as it was before, and so is the target's path."""
    moved = at(tree, source)
    step, where = _place(tree, target)
    name = moved["id"] if is_step(moved) else _subject(*_place(tree, source))
    inside = "" if list(source[:-1]) == list(target) else f" in {_subject(step, where)}"
    return f"moved {name} to position {index + 1}{inside}"


def at(tree: Any, path: Path) -> Any:
    """Give what stands at a place; None where there is nothing."""
    for part in path:
        try:
            tree = tree[part]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def is_step(value: Any) -> bool:
    """Whether a value is a step of a journey."""
    return isinstance(value, Mapping) and isinstance(value.get("id"), str) and isinstance(value.get("do"), str)


def _place(tree: Any, path: Path) -> tuple[Any, Path]:
    """Name the innermost step that a path leads through, and what is left of the path behind it."""
    for length in range(len(path) - 1, 0, -1):
        if is_step(found := at(tree, path[:length])):
            return found, path[length:]
    return None, path


def _subject(step: Any, where: Path) -> str:
    said = " ".join(str(part + 1) if isinstance(part, int) else part for part in where)
    return said if step is None else f"{step['id']}: {said}"
