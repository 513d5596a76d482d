"""Two texts of one document, held against each other for staff: step by step where it is a journey, line by line else.

Steps are matched by their ids, wherever they stand (engine/differing.py).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import unified_diff
from typing import Any, NamedTuple

import orjson

from nurture.engine.differing import Difference, differences
from nurture.engine.editing import words
from nurture.engine.journey import Journey
from nurture.engine.reading import read_document
from nurture.web.console.design.flow.cards import Card, Said, lane_name, read_flow
from nurture.web.console.design.rules import rule
from nurture.web.console.words import Namer, said

CONDITIONS = frozenset({"when", "unless", "what", "until", "goal"})
AROUND = 2  # lines shown before and behind one that differs


class Kind(NamedTuple):
    """How one kind of difference is shown: its sign and its word; its key is a class of the style sheet."""

    key: str
    sign: str
    word: str


KINDS: Mapping[str, Kind] = {
    key: Kind(key, sign, key.capitalize())
    for key, sign in (("added", "+"), ("changed", "\u2260"), ("moved", "\u2195"), ("removed", "\u2212"))
}


class Field(NamedTuple):
    """One thing that a step, or the journey itself, now says otherwise."""

    name: str
    old: str
    new: str


class Line(NamedTuple):
    """One step in both texts.  old, new: its card, None where it is not there.  kinds: how it differs; none if not."""

    step: str
    depth: int
    old: Card | None
    new: Card | None
    kinds: tuple[Kind, ...] = ()
    fields: tuple[Field, ...] = ()

    @property
    def name(self) -> str:
        """What to call the step, as it is now where it still is."""
        card = self.new or self.old
        return card.name if card is not None else said(self.step)


class Sheet(NamedTuple):
    """What differs in one file of a document: pairs of sign (`+`, `-`, `@` or ` `) and text."""

    file: str
    lines: tuple[tuple[str, str], ...]


class Compared(NamedTuple):
    """Two texts, held against each other.

    own: what a journey itself says otherwise.  steps: every step of either; none where a text is no sound journey.
    """

    own: tuple[Field, ...]
    steps: tuple[Line, ...]
    sheets: tuple[Sheet, ...]

    @property
    def changed(self) -> tuple[Line, ...]:
        """The steps that differ."""
        return tuple(line for line in self.steps if line.kinds)


def compared(kind: str, key: str, old: str, new: str, namer: Namer) -> Compared:
    """Hold two texts of a document against each other; old: '' for a document that is new."""
    sheets = tuple(_sheets(kind, old, new))
    if kind != "journey" or not old:
        return Compared((), (), sheets)
    found = _differences(key, old, new)
    if found is None:
        return Compared((), (), sheets)
    own = tuple(_field(one, namer) for one in found if one.step is None)
    return Compared(own, tuple(_lines(key, old, new, found, namer)), sheets)


def names_of(key: str, texts: Iterable[str], namer: Namer) -> dict[str, str]:
    """Name every step of these texts of a journey, as the last of them that has it says."""
    return {card.id: card.name for text in texts for card in read_flow(key, text, Said(namer)).every() if card.id}


def _differences(key: str, old: str, new: str) -> tuple[Difference, ...] | None:
    before, after = (read_document("journey", key, text, Journey)[0] for text in (old, new))
    return differences(before, after) if before is not None and after is not None else None


def _lines(key: str, old: str, new: str, found: Sequence[Difference], namer: Namer) -> Iterator[Line]:
    """Every step in the order of the new text; one that is gone behind the one it stood behind."""
    were, are = (dict(_deep(read_flow(key, text, Said(namer)).cards)) for text in (old, new))
    for step in _order(list(were), list(are)):
        mine = [one for one in found if one.step == step]
        kinds = dict.fromkeys(one.what for one in mine)
        card = are.get(step) or were[step]
        yield Line(
            step,
            card[0],
            were[step][1] if step in were else None,
            are[step][1] if step in are else None,
            tuple(KINDS[what] for what in kinds),
            tuple(_field(one, namer) for one in mine if one.what == "changed"),
        )


def _deep(cards: Sequence[Card], depth: int = 0) -> Iterator[tuple[str, tuple[int, Card]]]:
    for card in cards:
        yield card.id, (depth, card)
        for lane in card.lanes:
            yield from _deep(lane.cards, depth + 1)


def _order(were: Sequence[str], are: Sequence[str]) -> list[str]:
    order = list(are)
    for place, step in enumerate(were):
        if step not in are:
            before = were[place - 1] if place else ""
            order.insert(order.index(before) + 1 if before else 0, step)
    return order


def _field(one: Difference, namer: Namer) -> Field:
    return Field(said(one.field), *(_words(one.field, value, namer) for value in (one.old, one.new)))


def _words(field: str, value: Any, namer: Namer) -> str:
    if value is None:
        return "nothing"
    if field in CONDITIONS and isinstance(value, Mapping):
        return rule(value, namer)
    if field == "paths" and isinstance(value, list):
        return ", ".join(lane_name(path, namer) for path in value)
    return "yes" if value is True else "no" if value is False else words(value)


def _sheets(kind: str, old: str, new: str) -> Iterator[Sheet]:
    if kind != "email":
        yield from _sheet("", old, new)
        return
    were, are = _files(old), _files(new)
    for file in sorted({*were, *are}):
        yield from _sheet(file, were.get(file, ""), are.get(file, ""))


def _files(text: str) -> dict[str, str]:
    """The files of an email's folder."""
    try:
        found = orjson.loads(text or "{}")
    except ValueError:
        return {"email.md": text}
    return {str(name): str(inside) for name, inside in found.items()} if isinstance(found, dict) else {}


def _sheet(file: str, old: str, new: str) -> Iterator[Sheet]:
    found = unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=AROUND)
    lines = tuple(("@", "\u2026") if line.startswith("@@") else (line[:1], line[1:]) for line in found)
    if lines:
        yield Sheet(file, lines[3:] if lines[2][0] == "@" and len(lines) > 3 else lines[2:])
