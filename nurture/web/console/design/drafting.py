"""Drafts, as a browser changes them: one act from one press, made from what its author saw, and taken back as easily.

Every document is reached in the same way, so that one undo, one redo and one page of differences serve them all.
A form carries `draft`: the revision that its page was made from.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from flask import Blueprint, Response, abort, request

from nurture.engine.editing import CannotEdit
from nurture.engine.local import zone_for
from nurture.flow import drafts
from nurture.flow.drafts import NothingLeft, Overtaken, Reach, SomebodyElses
from nurture.parts import Parts
from nurture.store.documents import Missing
from nurture.store.drafts import Draft, standing
from nurture.web.console.access import signed_in
from nurture.web.console.cookies import local_path
from nurture.web.console.design.trees import title_of
from nurture.web.console.frame import Toast
from nurture.web.console.page import Clockface, done, show

Edit = Callable[[str], tuple[str, str]]
"""From a text to the next one and what was done, in words: see engine/editing."""

PLACES = {
    "journey": "/journeys/{key}/flow",
    "email": "/emails/{key}/edit",
    "lifecycle": "/lifecycle",
    "personas": "/personas",
    "milestones": "/milestones",
    "policy": "/policy",
    "segment": "/segments/{key}",
    "task": "/care-texts/{key}",
}
"""The page on which a kind of document is edited; every other one is edited as text."""


class Opened(NamedTuple):
    """A document on the desk: what is being edited, and what undo and redo would do."""

    draft: Draft
    reach: Reach


def add_drafting(pages: Blueprint, parts: Parts) -> None:
    """Add `/documents/<kind>/<key>/undo`, `/redo` and `/discard`: POST, each with the revision that was seen."""

    @pages.post("/documents/<kind>/<key>/undo")
    def undone(kind: str, key: str) -> Response:
        return _turned(parts, kind, key, drafts.undo, "Undone")

    @pages.post("/documents/<kind>/<key>/redo")
    def redone(kind: str, key: str) -> Response:
        return _turned(parts, kind, key, drafts.redo, "Redone")

    @pages.post("/documents/<kind>/<key>/discard")
    def discarded(kind: str, key: str) -> Response:
        at, actor = parts.look(), signed_in().member.email
        try:
            draft = drafts.discard(parts.ground, kind, key, seen(), actor, at.now)
        except (Missing, NothingLeft, Overtaken) as error:
            return refused(parts, kind, key, error)
        return done(parts, back(kind, key), undoing("The draft was discarded; what is live stands.", draft))


def opened(parts: Parts, kind: str, key: str) -> Opened:
    """Give a document as it is being edited; 404 where there is none."""
    try:
        return Opened(*drafts.opened(parts.ground, kind, key))
    except Missing:
        abort(404)


def seen() -> int:
    """The revision that the form's page was made from; 400 where a form does not say."""
    text = request.form.get("draft", "")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        abort(400)
    return int(text)


def changed(parts: Parts, kind: str, key: str, edit: Edit) -> Draft:
    """Change the draft that this form's author saw, and give the next one.

    Raises Overtaken where somebody else was faster, CannotEdit where the text allows no such change.
    """
    at, actor = parts.look(), signed_in().member.email
    return drafts.edit_draft(parts.ground, kind, key, edit, seen(), actor, at.now)


def edited(parts: Parts, kind: str, key: str, edit: Edit, following: str = "") -> Response:
    """Change the draft and lead on to a page, which says what was done and how to take it back; or say why not.

    following: the page, where it is not the document's own.
    """
    try:
        draft = changed(parts, kind, key, edit)
    except (Missing, CannotEdit, Overtaken) as error:
        return refused(parts, kind, key, error)
    return done(parts, following or back(kind, key), undoing(draft.sentence, draft))


def undoing(text: str, draft: Draft) -> Toast:
    """Say what was done, with the form that takes it back."""
    fields = {"draft": str(draft.n), "here": back(draft.kind, draft.key)}
    return Toast(text[:1].upper() + text[1:], f"/documents/{draft.kind}/{draft.key}/undo", "Undo", fields)


def back(kind: str, key: str) -> str:
    """The page that this form came from, if it said so; else the document's own."""
    here = local_path(request.form.get("here", ""))
    return here or PLACES.get(kind, "/documents/{kind}/{key}/text").format(kind=kind, key=key)


def refused(parts: Parts, kind: str, key: str, error: Exception) -> Response:
    """Say why a draft was not changed, what was typed with it, and what to do: 404, 409 or 422."""
    if isinstance(error, Missing):
        abort(404)
    with parts.ground.sessions.read() as session:
        zone = zone_for(parts.ground.shelf.playbook(session).policy.window, None)
        stands = standing(session, kind, key)
    at = parts.look()
    return show(
        "design/refused.html",
        parts,
        at,
        422 if isinstance(error, CannotEdit) else 409,
        nav="",
        clock=Clockface(zone, at.now),
        kind=kind,
        key=key,
        name=title_of(key, stands.text if stands else ""),
        error=error,
        overtaken=error if isinstance(error, Overtaken) else None,
        elses=error.edit if isinstance(error, SomebodyElses) else None,
        typed=list(_typed()),
        draft=request.form.get("draft", ""),
        again=request.path,
        back=back(kind, key),
    )


def _typed() -> Iterable[tuple[str, str]]:
    """What the form carried, so that nothing is lost that somebody typed."""
    return ((name, value) for name, value in request.form.items(multi=True) if name not in ("csrf", "draft", "here"))


def _turned(parts: Parts, kind: str, key: str, turn: Callable[..., Draft], word: str) -> Response:
    at, actor = parts.look(), signed_in().member.email
    anybodys = request.form.get("anybodys") == "yes"
    try:
        draft = turn(parts.ground, kind, key, seen(), actor, at.now, anybodys=anybodys)
    except (Missing, NothingLeft, Overtaken, SomebodyElses) as error:
        return refused(parts, kind, key, error)
    return done(parts, back(kind, key), f"{word}: {draft.sentence.partition(': ')[2] or draft.sentence}")
