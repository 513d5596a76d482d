"""What differs between two journeys, step by step: matched by their ids, wherever they stand."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from nurture.engine.editing.telling import step_name, words
from nurture.engine.journey import Journey
from nurture.engine.steps import AnyStep

INNER = ("steps", "then", "else")  # the keys that hold steps, which are compared by themselves


class Difference(NamedTuple):
    """One thing that differs.

    what: `added`, `removed`, `moved` or `changed`.  step: its id, None where the journey itself differs.
    field: the key that changed, '' for a whole step.  old, new: what it says, as JSON has it; None for nothing.
    sentence: the same for staff.
    """

    what: Literal["added", "removed", "moved", "changed"]
    step: str | None
    field: str
    old: Any
    new: Any
    sentence: str


class Stand(NamedTuple):
    """Where a step stands: the path it is on (step id and the path's name, or ('', '')), and what is before it."""

    step: AnyStep
    path: tuple[str, str]
    before: str


def differences(old: Journey, new: Journey) -> tuple[Difference, ...]:
    """Compare two journeys: first what they say themselves, then each step in the order of the new one."""
    were, are = _stands(old), _stands(new)
    moved, names = _moved(were, are), {key: _name(stand.step) for key, stand in are.items()}
    found = list(_fields(None, old, new))
    for key, stand in are.items():
        if key not in were:
            said = f"added {names[key]} {_place(stand, names, 'at the start')}"
            found.append(Difference("added", key, "", None, _said(stand.step), said))
            continue
        if key in moved:
            said = f"moved {names[key]} {_place(stand, names, 'to the start')}"
            found.append(Difference("moved", key, "", were[key].before, stand.before, said))
        found.extend(_fields(key, were[key].step, stand.step))
    for key, stand in were.items():
        if key not in are:
            found.append(Difference("removed", key, "", _said(stand.step), None, f"removed {_name(stand.step)}"))
    return tuple(found)


def _place(stand: Stand, names: Mapping[str, str], start: str) -> str:
    owner, path = stand.path
    if stand.before:
        return f"after {names[stand.before]}"
    return f"first in {names[owner]}: {f'path {path}' if path.isdigit() else path}" if owner else start


def _name(step: AnyStep) -> str:
    """What staff call a step: an edit of it says the same."""
    return step_name({**_said(step), "do": step.do})


def _stands(journey: Journey) -> dict[str, Stand]:
    return {stand.step.id: stand for stand in _walked(journey.steps, ("", ""))}


def _walked(steps: Sequence[AnyStep], path: tuple[str, str]) -> Iterator[Stand]:
    before = ""
    for step in steps:
        yield Stand(step, path, before)
        before = step.id
        for name, inner in step.sequences().items():
            yield from _walked(inner, (step.id, name))


def _moved(were: Mapping[str, Stand], are: Mapping[str, Stand]) -> set[str]:
    """Find the fewest steps that must have moved: those of another path, and those that broke their path's order."""
    both = [key for key in are if key in were]
    moved = {key for key in both if were[key].path != are[key].path}
    for path in {stand.path for stand in are.values()}:
        now = [key for key in both if key not in moved and are[key].path == path]
        then = [key for key in were if key in now]
        moved |= set(now) - set(_longest_rise(now, {key: n for n, key in enumerate(then)}))
    return moved


def _longest_rise(keys: Sequence[str], rank: Mapping[str, int]) -> list[str]:
    """Give the most keys, in their order, whose ranks only rise."""
    best: dict[str, list[str]] = {}
    for key in keys:
        ahead = (rise for other, rise in best.items() if rank[other] < rank[key])
        best[key] = [*max(ahead, key=len, default=[]), key]
    return max(best.values(), key=len, default=[])


def _fields(step: str | None, old: Journey | AnyStep, new: Journey | AnyStep) -> Iterator[Difference]:
    """Compare what both say; what only one of them says stands in the other at its default."""
    name = "" if isinstance(old, Journey) else f"{_name(old)}: "
    were, are = {**_said(old, whole=True), **_said(old)}, {**_said(new, whole=True), **_said(new)}
    for field in dict.fromkeys((*_said(old), *_said(new))):
        before, after = were.get(field), are.get(field)
        if before != after:
            said = f"{name}{field} {_words(before)} -> {_words(after)}"
            yield Difference("changed", step, field, before, after, said)


def _words(value: Any) -> str:
    return "nothing" if value is None else words(value)


def _said(document: Journey | AnyStep, *, whole: bool = False) -> dict[str, Any]:
    """Give what a journey or a step says itself, as JSON has it, without the steps inside.

    whole: with what stands at its default too.
    """
    said = document.model_dump(mode="json", by_alias=True, exclude_defaults=not whole, exclude={"id"})
    said = {key: value for key, value in said.items() if key not in INNER}
    for ways in ("paths", "arms"):
        if ways in said:
            said[ways] = [{key: value for key, value in way.items() if key not in INNER} for way in said[ways]]
    if "outcomes" in said:
        said["outcomes"] = sorted(said["outcomes"])
    return said
