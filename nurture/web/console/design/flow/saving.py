"""The fields of one step, saved as they are typed: each against what stood there when the page was made.

A field that its author did not touch is not written, whatever a colleague did to it meanwhile.  What cannot be read is
told beside its field, and stays in it; what can be is saved.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from flask import Response, abort, request

from nurture.engine.editing import CannotEdit
from nurture.flow.drafts import Overtaken
from nurture.parts import Parts
from nurture.store import documents
from nurture.store.documents import Missing
from nurture.store.drafts import Draft
from nurture.web.console.design.drafting import changed, opened, seen
from nurture.web.console.design.flow.fields import Input, value_of
from nurture.web.console.page import show_part

Path = tuple[str | int, ...]
Fields = Callable[[str], Iterable[Input]]
"""The fields that a form has, from a text."""


class Typed(NamedTuple):
    """What a form changes.  values: by the keys from its place; wrongs: by field, what is wrong with what was typed."""

    values: Mapping[Path, Any]
    wrongs: Mapping[str, str]


class Saved(NamedTuple):
    """What became of a form.  draft: as it stands now; refusal: why nothing was saved, None where it was."""

    draft: Draft
    wrongs: Mapping[str, str]
    refusal: Exception | None = None


def save_fields(
    parts: Parts, key: str, fields: Fields, edit: Callable[[str, Mapping[Path, Any]], tuple[str, str]]
) -> Saved:
    """Save what was changed in a form; 404 where there is no such journey.

    edit: from a text and the new values to the next text and a sentence.
    """
    base = request.form.get("base", "") or request.form.get("draft", "")
    if not base.isascii() or not base.isdigit() or len(base) > 9:
        abort(400)
    try:
        with parts.ground.sessions.read() as session:
            text = documents.text_of(session, "journey", key, int(base))
        typed = read_form(fields(text))
        if not typed.values:
            return Saved(opened(parts, "journey", key).draft, typed.wrongs)
        return Saved(changed(parts, "journey", key, lambda now: edit(now, typed.values)), typed.wrongs)
    except Missing:
        abort(404)
    except (CannotEdit, Overtaken) as error:
        return Saved(opened(parts, "journey", key).draft, {}, error)


def read_form(fields: Iterable[Input]) -> Typed:
    """Read what was typed into these fields; those that the form did not carry stay as they are."""
    values: dict[Path, Any] = {}
    wrongs: dict[str, str] = {}
    carried = set(request.form.getlist("fields"))
    for field in fields:
        if field.name not in request.form and field.name not in carried:
            continue
        text = ", ".join(request.form.getlist(field.name))
        if _plain(text) == _plain(field.value) or (field.kind == "keys" and _same(text, field.value)):
            continue
        try:
            values[_path(field.name)] = value_of(field, text)
        except ValueError as error:
            wrongs[field.name] = str(error)
    return Typed(values, wrongs)


def _same(one: str, other: str) -> bool:
    """Whether the same boxes are ticked, in whichever order the document names them."""
    return sorted(one.split(", ")) == sorted(other.split(", "))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _path(name: str) -> Path:
    return tuple(int(part) if part.isdigit() else part for part in name.split("."))


def by_itself() -> bool:
    """Whether a page saves of its own accord, and no button was pressed."""
    return request.headers.get("Autosave") == "yes"


def pieces(template: str, saved: Saved, **words: Any) -> Response:
    """Answer a page that saves by itself with the pieces of it that changed, and the revision they are of."""
    stopped = isinstance(saved.refusal, Overtaken)
    status = 409 if stopped else 422 if saved.refusal is not None or saved.wrongs else 200
    page = show_part(template, status, saved=saved, **words)
    page.headers["Draft"] = str(seen() if saved.refusal is not None else saved.draft.n)
    return page
