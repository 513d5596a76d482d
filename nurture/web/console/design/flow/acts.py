"""What can be done with a step and with the paths inside it: each an edit of the text, named in the address of a form.

A place is said as a *spot*: `welcome` is behind that step, `by-persona/paths/0/steps` first on that path, `/steps` at
the start of the journey.
"""

from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import Any

from nurture.engine import editing
from nurture.engine.editing import CannotEdit
from nurture.web.console.design.flow.beginning import unique
from nurture.web.console.design.flow.fields import ABSENT
from nurture.web.console.design.trees import tree_of
from nurture.web.console.words import said

Path = tuple[str | int, ...]
Edited = tuple[str, str]
LISTS = ("steps", "then", "else")


def root_of(text: str) -> Any:
    """Read a journey's text as plain values.  Raises CannotEdit where it is no YAML."""
    tree = tree_of(text)
    if tree is None:
        raise CannotEdit("this text cannot be read yet; mend it as text first")
    return tree


def _called(text: str, path: Path) -> str:
    """Say which step stands at a place, as its card does."""
    return editing.step_name(at(root_of(text), path))


def at(root: Any, path: Path) -> Any:
    """Give what stands at a place; None where nothing does."""
    for part in path:
        try:
            root = root[part]
        except (KeyError, IndexError, TypeError):
            return None
    return root


def place_of(text: str, spot: str) -> tuple[Path, int]:
    """Find the list that a spot is in, and the position there.  Raises CannotEdit where there is none any more."""
    step, *rest = spot.split("/")
    base: Path = editing.step_path(text, step) if step else ()
    if not rest:
        if not base:
            raise CannotEdit("say where the step is to go")
        return base[:-1], int(base[-1]) + 1
    root = root_of(text)
    for part in rest:
        here = at(root, base)
        base = (*base, int(part) if isinstance(here, list) and part.isdigit() else part)
    if base[-1] not in LISTS and "outcomes" not in base:
        raise CannotEdit("no steps can stand there")
    there = at(root, base)
    if there is not None and not isinstance(there, list):
        raise CannotEdit("no steps can stand there")
    return base, 0


def added(text: str, spot: str, step: Mapping[str, Any]) -> Edited:
    """Put a new step at a spot."""
    path, index = place_of(text, spot)
    return editing.add(text, path, index, step)


def changed(text: str, step: str, values: Mapping[Path, Any]) -> Edited:
    """Give several keys of a step other values, or take them out where they are ABSENT; '' is the journey itself.

    What holds no key any more goes with its last one.
    """
    sentences = []
    for path, value in values.items():
        whole = (*(editing.step_path(text, step) if step else ()), *path)
        if value is ABSENT:
            if at(root_of(text), whole) is None:
                continue
            left = at(root_of(text), whole[:-1])
            bare = len(path) > 1 and isinstance(left, Mapping) and len(left) == 1
            text, sentence = editing.remove(text, whole[:-1] if bare else whole)
        else:
            text, sentence = editing.set_value(text, whole, value)
        sentences.append(sentence)
    return text, "; ".join(sentences) or "nothing changed"


def moved(text: str, step: str, spot: str) -> Edited:
    """Let a step stand at another spot."""
    source = editing.step_path(text, step)
    target, index = place_of(text, spot)
    if source[:-1] == target and int(source[-1]) < index:
        index -= 1
    return editing.move(text, source, target, index)


def stepped(text: str, step: str, by: int) -> Edited:
    """Move a step one place up (-1) or down (1); at an end of its path it leaves that, beside the step it was in."""
    source = editing.step_path(text, step)
    here, siblings = int(source[-1]), at(root_of(text), source[:-1])
    if 0 <= here + by < len(siblings):
        return editing.move(text, source, source[:-1], here + by)
    outer = _outer(text, source)
    if outer is None:
        raise CannotEdit(f"{_called(text, source)} is the {'first' if by < 0 else 'last'} step already")
    return editing.move(text, source, outer[:-1], int(outer[-1]) + (by > 0))


def _outer(text: str, source: Path) -> Path | None:
    """The way to the step that a step is inside of; None for one that is inside none."""
    root = root_of(text)
    for length in range(len(source) - 1, 1, -1):
        found = at(root, source[:length])
        if isinstance(source[length - 1], int) and isinstance(found, Mapping) and "do" in found:
            return source[:length]
    return None


def switched(text: str, step: str) -> Edited:
    """Switch a step off, or on again."""
    path = (*editing.step_path(text, step), "off")
    if at(root_of(text), path) is True:
        without, _ = editing.remove(text, path)
        return without, f"switched {_called(text, path[:-1])} on"
    return editing.set_value(text, path, True)


def removed(text: str, step: str, keep: str = "") -> Edited:
    """Take a step out.  keep: the part of a path inside it whose steps stay in its place, '' for none."""
    path = editing.step_path(text, step)
    told = f"removed {_called(text, path)}"
    if keep:
        list_path = place_of(text, f"{step}/{keep}")[0]
        kept = [inner["id"] for inner in at(root_of(text), list_path) or () if isinstance(inner, Mapping)]
        for n, inner in enumerate(kept):
            text, _ = editing.move(text, editing.step_path(text, inner), path[:-1], int(path[-1]) + n)
        told += f", and kept {len(kept)} of its steps"
    if len(at(root_of(text), path[:-1])) == 1 and path[:-1] == ("steps",):
        raise CannotEdit("a journey needs at least one step; add another one first")
    without, _ = editing.remove(text, editing.step_path(text, step))
    return without, told


def resolved(text: str, step: str) -> Edited:
    """Take the note off a step, as what it waited for is done; every version before still has it."""
    path = editing.step_path(text, step)
    note = at(root_of(text), (*path, "note"))
    if note is None:
        raise CannotEdit("there is no note on this step any more")
    return editing.remove(text, (*path, "note"))[0], f"resolved the note \u201c{note}\u201d on {_called(text, path)}"


def duplicated(text: str, step: str) -> Edited:
    """Put a copy of a step, with everything inside it, right behind it."""
    root, path = root_of(text), editing.step_path(text, step)
    done, _ = added(text, step, renamed(at(root, path), ids_of(root)))
    return done, f"duplicated {_called(text, path)}"


def brought(text: str, steps: list[Any], spot: str) -> tuple[str, list[str]]:
    """Put copies of steps at a spot, one after the other; gives the text and the ids they have there."""
    ids: list[str] = []
    for step in steps:
        copy = renamed(step, ids_of(root_of(text)))
        text, _ = added(text, ids[-1] if ids else spot, copy)
        ids.append(copy["id"])
    return text, ids


def renamed(step: Any, taken: Collection[str]) -> Any:
    """Copy a step so that no id in it is taken already."""
    used = set(taken)

    def anew(value: Any) -> Any:
        if isinstance(value, list):
            return [anew(one) for one in value]
        if not isinstance(value, Mapping):
            return value
        copy = {key: anew(inner) for key, inner in value.items()}
        if isinstance(copy.get("id"), str) and "do" in copy:
            copy["id"] = unique(copy["id"], used)
            used.add(copy["id"])
        return copy

    return anew(deepcopy(step))


def order_of(value: Any) -> list[str]:
    """The ids of all steps at any depth, in the order in which they are written."""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    own = isinstance(value, Mapping) and isinstance(value.get("id"), str) and "do" in value
    return [*([value["id"]] if own else ()), *(one for part in inner for one in order_of(part))]


def ids_of(value: Any) -> set[str]:
    """Every id of a step, at any depth."""
    return set(order_of(value))


def path_added(text: str, step: str, when: Any, name: str = "") -> Edited:
    """Add a path to a split (before everyone else), an arm to an experiment, or an outcome to a care task.

    when: who takes the path of a split.  name: of an outcome.
    """
    path = editing.step_path(text, step)
    found = at(root_of(text), path)
    if found["do"] == "split":
        paths = found.get("paths") or []
        new = {"when": when, "steps": []}
        done, _ = editing.add(text, (*path, "paths"), max(len(paths) - 1, 0), new)
        return done, f"added a path to {editing.step_name(found)}"
    if found["do"] == "experiment":
        arms = found.get("arms") or []
        arm = {"id": unique("arm", [str(one.get("id")) for one in arms]), "steps": []}
        done, _ = editing.add(text, (*path, "arms"), len(arms), arm)
        return done, f"added the arm {said(str(arm['id']))} to {editing.step_name(found)}"
    outcome = unique(_key(name) or "outcome", list(found.get("outcomes") or ()))
    done, _ = editing.set_value(text, (*path, "outcomes", outcome), [])
    return done, f"added the outcome {said(outcome).lower()} to {editing.step_name(found)}"


def _key(name: str) -> str:
    kept = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name.lower())
    return "-".join(part for part in kept.split("-") if part)[:60]


def path_removed(text: str, step: str, part: str) -> Edited:
    """Take a path out of a step, with its steps; the one for everyone else stays."""
    path, _ = place_of(text, f"{step}/{part}")
    gone = path if "outcomes" in path else path[:-1]
    found = at(root_of(text), gone)
    if isinstance(found, Mapping) and "otherwise" in found:
        raise CannotEdit("the path for everyone else always stays")
    done, _ = editing.remove(text, gone)
    return done, f"removed a path of {_called(text, editing.step_path(text, step))}"


def path_moved(text: str, step: str, part: str, by: int) -> Edited:
    """Ask a path of a split earlier (-1) or later (1) than now; everyone else stays last."""
    path, _ = place_of(text, f"{step}/{part}")
    here = path[:-1]
    paths = at(root_of(text), here[:-1])
    position = int(here[-1]) + by
    if not 0 <= position < len(paths) - 1 or "otherwise" in paths[int(here[-1])]:
        raise CannotEdit("it is asked there already, and everyone else stays last")
    done, _ = editing.move(text, here, here[:-1], position)
    name = _called(text, editing.step_path(text, step))
    return done, f"path {int(here[-1]) + 1} of {name} is asked {'earlier' if by < 0 else 'later'}"
