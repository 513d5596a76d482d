"""An edit as a sentence for staff: `wait 3 days -> 5 days`, `added Email “Tip” after Email “Welcome”`.

A step is told as its card shows it, kind and words: its id is nothing that staff ever chose.
"""

from collections.abc import Mapping
from typing import Any

from nurture.engine.duration import in_words, parse_duration
from nurture.engine.editing.layout import Path
from nurture.engine.editing.writing import in_line

LONGEST = 60  # characters of one value

KINDS: Mapping[str, str] = {
    "email": "Email",
    "wait": "Wait",
    "wait_for": "Wait for",
    "wait_until": "Wait until",
    "split": "Split",
    "experiment": "Random split",
    "care": "Care task",
    "survey": "Survey",
    "message": "In-app message",
    "webhook": "Webhook",
    "set": "Set a field",
    "move": "Move to stage",
    "start": "Start a journey",
    "repeat": "Repeat",
    "end": "End",
}
"""What staff call a kind of step."""

NAMED_BY = ("email", "survey", "task", "title", "trait", "to", "journey")
"""The keys that say what a step is about, the first that it has."""


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
        return f"switched {step_name(step)} {'off' if new is True else 'on'}"
    main = step is not None and step["do"] == "wait" and list(where) == ["for"]
    subject = "wait" if main else _subject(step, where)
    return f"{subject} set to {words(new)}" if fresh else f"{subject} {words(old)} -> {words(new)}"


def told_removed(tree: Any, path: Path) -> str:
    """Say that something is gone."""
    gone = at(tree, path)
    if is_step(gone):
        return f"removed {step_name(gone)}"
    step, where = _place(tree, path)
    return f"removed {_subject(step, where)}"


def told_added(tree: Any, path: Path, index: int, node: Any) -> str:
    """Say that something joined a list; tree: as it was before."""
    there = at(tree, path)
    items = there if isinstance(there, list) else []
    step, where = _place(tree, path)
    if not is_step(node):
        return f"added {words(node)} to {_subject(step, where)}"
    said = f"added {step_name(node)}"
    if index and is_step(items[index - 1]):
        return f"{said} after {step_name(items[index - 1])}"
    return f"{said} at the start" if step is None else f"{said} first in {_subject(step, where)}"


def told_moved(tree: Any, source: Path, target: Path, index: int) -> str:
    """Say that something has another place; tree: as it was before, and so is the target's path."""
    moved = at(tree, source)
    step, where = _place(tree, target)
    name = step_name(moved) if is_step(moved) else _subject(*_place(tree, source))
    told = f"moved {name} to position {index + 1}"
    if list(source[:-1]) == list(target):
        return told
    owner, _ = _place(tree, source)
    if step is None and is_step(moved) and owner is not None:
        return f"{told}, out of {step_name(owner)}: for everybody who comes by"
    return f"{told} in {_subject(step, where)}"


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


def step_name(step: Any) -> str:
    """Say which step is meant, as its card does: `Email “Welcome”`, `Wait 2 days`, `Split by persona`."""
    kind = KINDS.get(step["do"], "Step")
    if step["do"] == "wait":
        return f"{kind} {words(step['for'])}" if step.get("for") else kind
    if step["do"] == "split":
        asked = {key for path in _paths(step) for key in path.get("when") or ()}
        return f"{kind} by {asked.pop()}" if asked in ({"persona"}, {"stage"}) else kind
    about = _about(step)
    return f"{kind} \u201c{about}\u201d" if about else kind


def _paths(step: Any) -> list[Mapping[str, Any]]:
    """The paths of a split that ask for something."""
    paths = step.get("paths")
    found = [path for path in paths if isinstance(path, Mapping)] if isinstance(paths, list) else []
    return [path for path in found if isinstance(path.get("when"), Mapping)]


def _about(step: Any) -> str:
    """What a step is about, its key as words; '' where it does not say."""
    what = step["what"] if isinstance(step.get("what"), Mapping) else {}
    found = next((one for one in (*(step.get(key) for key in NAMED_BY), what.get("milestone")) if one), "")
    said = words(str(found).replace("_", " ").replace("-", " ").strip())
    return said[:1].upper() + said[1:]


def _place(tree: Any, path: Path) -> tuple[Any, Path]:
    """Name the innermost step that a path leads through, and what is left of the path behind it."""
    for length in range(len(path) - 1, 0, -1):
        if is_step(found := at(tree, path[:length])):
            return found, path[length:]
    return None, path


def _subject(step: Any, where: Path) -> str:
    if len(where) == 3 and where[2] == "steps" and isinstance(where[1], int):  # one way of several
        where = ({"paths": "path", "arms": "arm"}.get(str(where[0]), where[0]), where[1])
    said = " ".join(str(part + 1) if isinstance(part, int) else part for part in where)
    return said if step is None else f"{step_name(step)}: {said}"
