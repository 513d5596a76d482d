"""Copying a step or a path into another journey, with its emails, or with copies of them."""

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, request

from nurture.engine import editing
from nurture.engine.editing import CannotEdit
from nurture.engine.rehearsal import counted
from nurture.flow import drafts
from nurture.flow.drafts import Overtaken
from nurture.flow.ground import Ground, Moment
from nurture.parts import Parts
from nurture.store import documents
from nurture.store.documents import Missing
from nurture.store.drafts import Draft
from nurture.web.console.access import signed_in
from nurture.web.console.design.drafting import refused, undoing
from nurture.web.console.design.flow import acts
from nurture.web.console.design.flow.beginning import unique
from nurture.web.console.design.flow.editing import flow_address, kept, said
from nurture.web.console.design.trees import title_of
from nurture.web.console.page import done
from nurture.web.console.words import said as as_words

EMAILS = ("copy", "same")


def copied(parts: Parts, key: str) -> Response:
    """Put a copy at the end of another journey, and stay in this one; the toast takes the copy back."""
    step, part, to = said("step"), said("part"), said("to")
    if request.form.get("emails", "copy") not in EMAILS:
        abort(400)
    at, actor = parts.look(), signed_in().member.email
    try:
        text = drafts.read_draft(parts.ground, "journey", key).text
        steps = _asked_for(text, step, part, said("until"))
        if not steps:
            raise CannotEdit("there is nothing to copy: this path has no steps")  # noqa: TRY301 - told as its kin are
        if request.form.get("emails", "copy") == "copy":
            steps = _own_emails(parts.ground, steps, actor, at)
        other = drafts.read_draft(parts.ground, "journey", to)
        draft = _put(parts.ground, other, steps, title_of(key, text), actor, at)
    except Missing:
        abort(404)
    except (CannotEdit, Overtaken) as error:
        return refused(parts, "journey", key, error)
    here = flow_address(key, {**kept(), "step": step})
    toast = undoing(f"{draft.sentence} of {title_of(to, draft.text)}", draft)
    return done(parts, here, toast._replace(fields={**toast.fields, "here": here}))


def _asked_for(text: str, step: str, part: str, until: str) -> list[Any]:
    """Give the steps of a path, or one step with those behind it up to another.  Raises CannotEdit."""
    root = acts.root_of(text)
    if part:
        return list(acts.at(root, acts.place_of(text, f"{step}/{part}")[0]) or ())
    first, last = editing.step_path(text, step), editing.step_path(text, until or step)
    if first[:-1] != last[:-1] or int(last[-1]) < int(first[-1]):
        raise CannotEdit("the last step to copy does not stand behind the first one any more")
    return list(acts.at(root, first[:-1])[int(first[-1]) : int(last[-1]) + 1])


def _put(ground: Ground, other: Draft, steps: list[Any], origin: str, actor: str, at: Moment) -> Draft:
    def edit(text: str) -> tuple[str, str]:
        last = acts.root_of(text).get("steps")
        spot = str(last[-1]["id"]) if isinstance(last, list) and last and acts.order_of(last[-1:]) else "/steps"
        brought, ids = acts.brought(text, steps, spot)
        return brought, f"copied {counted(len(ids), 'step')} from {origin} to the end"

    return drafts.edit_draft(ground, "journey", other.key, edit, other.n, actor, at.now)


def _own_emails(ground: Ground, steps: list[Any], actor: str, at: Moment) -> list[Any]:
    """Give each email that these steps write a copy of its own, as a new draft, and name that instead."""
    with ground.sessions.read() as session:
        taken = {document.key for document in documents.catalogue(session, "email")}
    names: dict[str, str] = {}
    for email in _emails(steps):
        try:
            text = drafts.read_draft(ground, "email", email).text
        except Missing:
            continue
        names[email] = unique(email, taken)
        taken.add(names[email])
        drafts.save_draft(ground, "email", names[email], text, None, actor, f"copied from {as_words(email)}", at.now)
    return [_naming(step, names) for step in steps]


def _emails(value: Any) -> list[str]:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    own = isinstance(value, Mapping) and "do" in value and isinstance(value.get("email"), str)
    return list(dict.fromkeys([*([value["email"]] if own else ()), *(one for part in inner for one in _emails(part))]))


def _naming(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_naming(one, names) for one in value]
    if not isinstance(value, Mapping):
        return value
    copy = {key: _naming(inner, names) for key, inner in value.items()}
    if "do" in copy and copy.get("email") in names:
        copy["email"] = names[copy["email"]]
    return copy
