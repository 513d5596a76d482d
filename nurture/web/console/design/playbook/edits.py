"""Edits of one part of a document: a text and what is to be said, the next text and what was done."""

from collections.abc import Iterator, Mapping
from typing import Any

from nurture.engine import editing
from nurture.engine.editing import CannotEdit
from nurture.engine.editing.writing import in_line
from nurture.web.console.design.flow.acts import at, root_of
from nurture.web.console.design.flow.fields import ABSENT

Path = tuple[str | int, ...]


def located(base: Any, root: Any, place: Path) -> Path:
    """Find where the same part stands now that stood at a place of `base`.  Raises CannotEdit where it is gone.

    One with an id is known by it; one without, by saying the same.
    """
    if not place or not isinstance(place[-1], int):
        return place
    one, now = at(base, place), at(root, place[:-1])
    known = one.get("id") if isinstance(one, Mapping) else None
    for n, other in enumerate(now if isinstance(now, list) else ()):
        if other == one or (known is not None and isinstance(other, Mapping) and other.get("id") == known):
            return (*place[:-1], n)
    raise CannotEdit("this is not there any more as you saw it; somebody may have changed or removed it")


def with_keys(text: str, place: Path, values: Mapping[Path, Any]) -> str:
    """Give keys of a part other values, or take them out where they are ABSENT; what then holds nothing goes too."""
    for path, value in values.items():
        whole = (*place, *path)
        if value is ABSENT:
            text = _without(text, whole, len(place))
            continue
        for inner, said in differing(at(root_of(text), whole), value):
            if said is ABSENT:
                text, _ = editing.remove(text, (*whole, *inner))
            else:
                text, _ = editing.set_value(text, (*whole, *inner), said)
    return text


def differing(old: Any, new: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Say the least that makes one value another, so that what stands beside it keeps its comments."""
    if isinstance(old, Mapping) and isinstance(new, Mapping) and old.keys() & new.keys():
        for key in old.keys() - new.keys():
            yield (*path, key), ABSENT
        for key, value in new.items():
            yield from differing(old[key], value, (*path, key)) if key in old else [((*path, key), value)]
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for n, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from differing(one, other, (*path, n))
    elif old is None or in_line(old) != in_line(new):
        yield path, new


def _without(text: str, path: Path, least: int) -> str:
    if at(root_of(text), path) is None:
        return text
    text, _ = editing.remove(text, path)
    above = path[:-1]
    while len(above) > least and at(root_of(text), above) == {}:
        text, _ = editing.remove(text, above)
        above = above[:-1]
    return text


def nested(values: Mapping[Path, Any]) -> dict[str, Any]:
    """Make a new part of its keys; what is ABSENT is left out."""
    node: dict[str, Any] = {}
    for path, value in values.items():
        if value is ABSENT:
            continue
        here = node
        for key in path[:-1]:
            here = here.setdefault(str(key), {})
        here[str(path[-1])] = value
    return node


def added(text: str, key: str, node: Mapping[str, Any], last: int = 0) -> str:
    """Add a part to those that stand under a key, before the `last` ones."""
    there = at(root_of(text), (key,))
    return editing.add(text, (key,), max(0, len(there or ()) - last), dict(node))[0]


def moved(text: str, place: Path, by: int, last: int = 0) -> str:
    """Let a part stand one place earlier (-1) or later (1).  Raises CannotEdit at either end."""
    there, here = at(root_of(text), place[:-1]), int(place[-1])
    if not 0 <= here + by < len(there) - last or here >= len(there) - last:
        raise CannotEdit("it stands there already")
    return editing.move(text, place, place[:-1], here + by)[0]
