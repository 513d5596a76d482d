"""Coverage: for whom each email and each journey has words and a shape of its own, and where it has none."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from nurture.engine.email import BASE_LANGUAGE, EmailText
from nurture.engine.journey import Journey, Version, walk
from nurture.engine.leaves import PersonaIs
from nurture.engine.playbook import Playbook
from nurture.engine.steps import AnyStep
from nurture.engine.steps.email import Email
from nurture.engine.steps.split import Split
from nurture.engine.steps.survey import Survey

OWN, PARTS, GENERAL, UNTRANSLATED, NOBODY = "own", "parts", "general", "untranslated", "-"
HOLES = frozenset({GENERAL, UNTRANSLATED})


class Reader(NamedTuple):
    """A kind of reader: a persona, and the language they read."""

    persona: str
    language: str

    def __str__(self) -> str:
        return self.persona if self.language == BASE_LANGUAGE else f"{self.persona}.{self.language}"


class LetterRow(NamedTuple):
    """One email step of a live journey, and what each kind of reader gets there.

    cells: `own` words for this persona; `parts` of it replaced for them; only the `general` text; `untranslated`, so
    that they read English; `-` where this persona never comes.
    """

    journey: str
    step: str
    email: str
    cells: Mapping[Reader, str]


class ShapeRow(NamedTuple):
    """One stage of a journey that has variants, and whose steps each persona walks there: a journey's key.

    general: the personas who walk the journey's own steps.
    """

    journey: str
    stage: str
    cells: Mapping[str, str]
    general: tuple[str, ...]


class Coverage(NamedTuple):
    """Both tables, and the kinds of readers that are their columns."""

    readers: tuple[Reader, ...]
    letters: tuple[LetterRow, ...]
    shapes: tuple[ShapeRow, ...]

    @property
    def holes(self) -> int:
        """How many kinds of readers get nothing but the general text somewhere, counted over all letters."""
        return sum(cell in HOLES for row in self.letters for cell in row.cells.values())


def coverage(playbook: Playbook) -> Coverage:
    """Go through every email step of every live journey, and every variant of a journey."""
    personas = [persona.id for persona in playbook.personas.personas]
    languages = sorted({language for text in playbook.emails.values() for language in text.languages[1:]})
    readers = tuple(Reader(persona, language) for language in (BASE_LANGUAGE, *languages) for persona in personas)
    return Coverage(
        readers,
        tuple(row for version in playbook.journeys for row in _letters(playbook, version.journey, readers)),
        tuple(row for version in playbook.journeys for row in _shapes(playbook, version, personas)),
    )


def _letters(playbook: Playbook, journey: Journey, readers: Sequence[Reader]) -> Iterator[LetterRow]:
    comes = dict(_who_comes(journey.steps, frozenset(reader.persona for reader in readers)))
    for step in walk(journey.steps):
        email = step.email if isinstance(step, Email) else step.asks_by if isinstance(step, Survey) else None
        if email is not None:
            text = playbook.emails[email]
            cells = {one: words_for(text, one) if one.persona in comes[step.id] else NOBODY for one in readers}
            yield LetterRow(journey.id, step.id, email, cells)


def words_for(text: EmailText, reader: Reader) -> str:
    """Say how far an email is written for a kind of reader."""
    translated = reader.language == BASE_LANGUAGE or any(
        override.language == reader.language for override in text.overrides.values()
    )
    if not translated or text.choose(reader.persona, reader.language).language != reader.language:
        return UNTRANSLATED
    own = text.overrides.get(str(reader))
    if own is None:
        return GENERAL
    return OWN if own.whole else PARTS


def _who_comes(steps: Sequence[AnyStep], personas: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Tell, for each step, the personas that splits by persona let through to it."""
    for step in steps:
        yield step.id, personas
        if not isinstance(step, Split):
            for inner in step.sequences().values():
                yield from _who_comes(inner, personas)
            continue
        left = personas
        for path in step.paths:
            asked = _asked(path.when)
            yield from _who_comes(path.steps, left if asked is None else left & asked)
            left = left - asked if asked is not None else left


def _asked(when: Any) -> frozenset[str] | None:
    """The personas that a path is for, where it asks for nothing else."""
    if not isinstance(when, PersonaIs):
        return None
    return frozenset((when.persona,) if isinstance(when.persona, str) else when.persona)


def _shapes(playbook: Playbook, version: Version, personas: Sequence[str]) -> Iterator[ShapeRow]:
    journey = version.journey
    if not journey.variants:
        return
    for stage in playbook.lifecycle.stages:
        if version.allows(stage.id, playbook.finals):
            cells = {persona: journey.shape(stage.id, persona) for persona in personas}
            general = tuple(persona for persona, shape in cells.items() if shape == journey.id)
            yield ShapeRow(journey.id, stage.id, cells, general)


def as_json(found: Coverage) -> dict[str, Any]:
    """Both tables as a program reads them: `emails`, `journeys` and the number of `holes`."""
    return {
        "emails": [
            {**row._asdict(), "cells": {str(reader): cell for reader, cell in row.cells.items()}}
            for row in found.letters
        ],
        "journeys": [row._asdict() for row in found.shapes],
        "holes": found.holes,
    }
