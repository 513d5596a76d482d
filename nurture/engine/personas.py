"""Personas: the kinds of people we write for.  First match wins; one of them takes everybody else."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from nurture.engine.condition import Condition
from nurture.engine.document import Document, Key


class Persona(Document):
    """One kind of person: who they are, and how they are recognised."""

    id: Key
    name: str
    about: Mapping[str, str] = {}
    when: Condition | None = None
    otherwise: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> "Persona":
        if (self.when is None) == (self.otherwise is None):
            raise ValueError("a persona needs exactly one of `when` and `otherwise: true`")
        return self


class Personas(Document):
    """All personas, most telling first; the last one is `otherwise: true`."""

    personas: tuple[Persona, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ends_with_otherwise(self) -> "Personas":
        if [bool(persona.otherwise) for persona in self.personas] != [False] * (len(self.personas) - 1) + [True]:
            raise ValueError("the last persona, and only it, must say `otherwise: true`")
        return self

    def name(self, key: str | None) -> str:
        """The full name of a persona; its id where the playbook no longer knows it."""
        return next((persona.name for persona in self.personas if persona.id == key), key or "")
