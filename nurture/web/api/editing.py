"""Single edits of a draft: one change to its text, and what was done taken back, brought back or thrown away."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field, model_validator

from nurture.engine import editing
from nurture.engine.editing import CannotEdit
from nurture.engine.reading import MANY, SINGLE
from nurture.flow import drafts
from nurture.flow.drafts import NothingLeft, Overtaken, SomebodyElses
from nurture.parts import Parts
from nurture.store.drafts import Draft
from nurture.web import strict_json
from nurture.web.api.documents import answer_with, check_name, expected_of, stale
from nurture.web.api.shapes import Id, Shape, read
from nurture.web.auth import Caller
from nurture.web.problems import Refused, Unfit, Wrong, sentence

Index = Annotated[int, Field(ge=0, le=1000)]
Part = Annotated[str, Field(min_length=1, max_length=255)] | Index
Path = Annotated[list[Part], Field(max_length=40)]


class Place(Shape):
    """A node of the text: the keys and positions that lead to it, from a step if one is named."""

    step: Id | None = None
    path: Path = Field(default_factory=list)


class Edit(Place):
    """One change.  set: `value`.  add: `value` into the list, before `index`.  move: to the list `to`, at `index`."""

    do: Literal["set", "remove", "add", "move"]
    value: Any = None
    to: Place | None = None
    index: Index | None = None

    @model_validator(mode="after")
    def _says_where(self) -> "Edit":
        if self.index is None and self.do in ("add", "move"):
            raise ValueError(f"{self.do} needs an index")
        if self.to is None and self.do == "move":
            raise ValueError("move needs `to`, the list it goes to")
        if self.step is None and not self.path:
            raise ValueError("name a step, a path or both")
        return self


class Whose(Shape):
    """Whether a colleague's edit is meant too."""

    anybodys: bool = False


def edit(parts: Parts, caller: Caller, kind: str, key: str) -> Response:
    """POST /v1/documents/{kind}/{key}/draft/edit: change one node of the text, and no character beside it."""
    asked = read(Edit, strict_json.body())
    if kind not in (*SINGLE, *MANY):
        check_name(kind, key)
        raise Refused(409, f"A {kind} is no YAML; PUT its whole text as the draft.")
    return _made(
        parts,
        kind,
        key,
        lambda expected: drafts.edit_draft(
            parts.ground, kind, key, lambda text: _edited(text, asked), expected, caller.name, parts.look().now
        ),
    )


def undo(parts: Parts, caller: Caller, kind: str, key: str) -> Response:
    """POST /v1/documents/{kind}/{key}/draft/undo: take the latest edit back."""
    whose = read(Whose, strict_json.body())
    return _made(
        parts,
        kind,
        key,
        lambda expected: drafts.undo(
            parts.ground, kind, key, expected, caller.name, parts.look().now, anybodys=whose.anybodys
        ),
    )


def redo(parts: Parts, caller: Caller, kind: str, key: str) -> Response:
    """POST /v1/documents/{kind}/{key}/draft/redo: bring back what was undone last."""
    whose = read(Whose, strict_json.body())
    return _made(
        parts,
        kind,
        key,
        lambda expected: drafts.redo(
            parts.ground, kind, key, expected, caller.name, parts.look().now, anybodys=whose.anybodys
        ),
    )


def discard(parts: Parts, caller: Caller, kind: str, key: str) -> Response:
    """POST /v1/documents/{kind}/{key}/draft/discard: return to what is published; it can be undone."""
    return _made(
        parts,
        kind,
        key,
        lambda expected: drafts.discard(parts.ground, kind, key, expected, caller.name, parts.look().now),
    )


def _edited(text: str, asked: Edit) -> tuple[str, str]:
    here = _way(text, asked)
    if asked.do == "set":
        return editing.set_value(text, here, asked.value)
    if asked.do == "remove":
        return editing.remove(text, here)
    assert asked.index is not None
    if asked.do == "add":
        return editing.add(text, here, asked.index, asked.value)
    assert asked.to is not None
    return editing.move(text, here, _way(text, asked.to), asked.index)


def _way(text: str, place: Place) -> tuple[str | int, ...]:
    return (*(editing.step_path(text, place.step) if place.step is not None else ()), *place.path)


def _made(parts: Parts, kind: str, key: str, act: Callable[[int], Draft]) -> Response:
    """Do this to the draft the caller saw, and answer with the next one."""
    check_name(kind, key)
    expected = expected_of(parts, kind, key)
    if expected is None:
        raise Refused(404, f"There is no {kind} {key!r}; PUT .../draft makes one.")
    try:
        return answer_with(act(expected))
    except Overtaken as error:
        raise stale(error) from None
    except CannotEdit as error:
        raise Unfit([Wrong("path", str(error))]) from None
    except SomebodyElses as error:
        detail = f"{sentence(error)} Send `anybodys: true` if it is meant."
        raise Refused(409, detail, extra={"author": error.edit.author, "note": error.edit.note}) from None
    except NothingLeft as error:
        raise Refused(409, sentence(error)) from None
