"""The open book: a compiled playbook beside the texts it was read from, so that whatever is found has its line."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel

from nurture.engine.document import line_of
from nurture.engine.journey import Journey, walk
from nurture.engine.linting.world import World
from nurture.engine.playbook import Playbook
from nurture.engine.problem import Problem
from nurture.engine.reading import MANY, SINGLE, Texts, file_of, models_in, read_document
from nurture.engine.steps import AnyStep, Step

Path = tuple[str | int, ...]
Taken = Mapping[tuple[str, str, str], int]
"""How often each path of a split was taken: (journey, step, the path's number from 1) -> times."""


class Spot(NamedTuple):
    """A place in a document: its kind and key, and the keys that lead there."""

    kind: str
    key: str
    path: Path = ()

    def within(self, *path: str | int) -> "Spot":
        """A place further in."""
        return self._replace(path=(*self.path, *path))


class Book(NamedTuple):
    """A playbook to be looked through.

    documents, trees: by (kind, key), as values and as text with its lines.  taken: what was measured, None if nothing
    was; heard: the events on record, likewise.  binding: whether what a scenario expects must come true.
    """

    playbook: Playbook
    documents: Mapping[tuple[str, str], BaseModel]
    trees: Mapping[tuple[str, str], Any]
    taken: Taken | None = None
    heard: Collection[str] | None = None
    binding: bool = True

    @property
    def journeys(self) -> Iterator[tuple[Spot, Journey]]:
        """Every live journey, in the order in which they may speak."""
        for version in self.playbook.journeys:
            yield Spot("journey", version.journey.id), version.journey

    def steps(self, journey: Journey) -> Iterator[tuple[Spot, AnyStep]]:
        """Every step of a journey that is not off, nor inside one that is."""
        walked = {step.id: step for step in _awake(journey.steps)}
        for path, model in models_in(journey):
            if isinstance(model, Step) and model.id in walked:
                yield Spot("journey", journey.id, path), walked[model.id]

    def worlds(self, stages: Collection[str]) -> tuple[World, ...]:
        """Whoever may stand in one of these stages; in any but a final one, where none is named."""
        open_ = [stage.id for stage in self.playbook.lifecycle.stages if not stage.final]
        personas = [persona.id for persona in self.playbook.personas.personas]
        kept = [stage for stage in open_ if not stages or stage in stages]
        return tuple(World(stage, persona, self.playbook.segments) for stage in kept for persona in personas)

    def wrong(self, spot: Spot, message: str, suggestion: str = "", *, must_fix: bool = True) -> Problem:
        """Say what is wrong at a place."""
        line = line_of(self.trees.get((spot.kind, spot.key)), spot.path)
        where = ".".join(map(str, spot.path))
        return Problem(file_of(spot.kind, spot.key), line, where, message, suggestion, must_fix)

    def doubtful(self, spot: Spot, message: str, suggestion: str = "") -> Problem:
        """Say what looks wrong at a place, and may be meant."""
        return self.wrong(spot, message, suggestion, must_fix=False)


def open_book(playbook: Playbook, texts: Texts) -> Book:
    """Lay a playbook beside its texts, which are sound: the playbook was compiled from them."""
    models = {**SINGLE, **{kind: model for kind, (_, model) in MANY.items()}}
    read = {
        (kind, key): read_document(kind, key, text, models[kind])
        for (kind, key), (_, text) in texts.items()
        if kind in models
    }
    return Book(
        playbook,
        {name: document for name, (document, _, _) in read.items() if document is not None},
        {name: tree for name, (_, tree, _) in read.items()},
    )


def _awake(steps: Sequence[AnyStep]) -> Iterator[AnyStep]:
    for step in steps:
        if not step.off:
            yield step
            for inner in step.sequences().values():
                yield from _awake(inner)


def bases(book: Book, key: str) -> list[str]:
    """Name the journeys under whose name this one's steps are walked: itself, and those it is a variant of."""
    return [key, *(one.id for _, one in book.journeys if any(variant.journey == key for variant in one.variants))]


def emails_of(journey: Journey) -> Iterator[tuple[AnyStep, str]]:
    """Every step that writes a letter, with the email it writes; steps that are off too."""
    for step in walk(journey.steps):
        if step.do in ("email", "survey"):
            yield step, email_of(step)


def email_of(step: AnyStep) -> str:
    """The email that a letter step writes; '' for any other step."""
    if step.do == "email":
        return step.email
    return step.asks_by if step.do == "survey" else ""
