"""Surveys: one question, answered by one click that is then confirmed."""

from typing import Literal

from pydantic import model_validator

from nurture.engine.document import Document, Key

PAGE = "page"


class Choice(Document):
    """One answer to choose."""

    id: Key
    label: str


class Survey(Document):
    """A question of one kind: a choice, a score from 0 to 10, or free text.

    sets: a trait that the answer is kept in; `driver` is what steers content.
    """

    id: Key
    name: str
    question: str
    kind: Literal["choice", "score", "text"]
    choices: tuple[Choice, ...] = ()
    sets: Key | None = None
    thanks: str = "Thank you. Your answer is saved."

    @model_validator(mode="after")
    def _choices_where_needed(self) -> "Survey":
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("`choices` are needed for `kind: choice`, and only there")
        return self

    @property
    def ways(self) -> tuple[str, ...]:
        """What a letter can link to: each choice by its id, or where there is nothing to choose from, the page."""
        return tuple(choice.id for choice in self.choices) or (PAGE,)

    def reads(self, text: str) -> int | str | None:
        """Turn what a form sent into an answer; None if it is not one."""
        if self.kind == "choice":
            return text if any(choice.id == text for choice in self.choices) else None
        if self.kind == "score":
            return int(text) if text.isascii() and text.isdigit() and int(text) <= 10 else None
        return text.strip()[:4000] or None
