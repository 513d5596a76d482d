"""Any document as text, beside what is wrong with it: what a form cannot say, a text can, and comments are kept."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, request

from nurture.engine.document import MAX_TEXT
from nurture.engine.reading import KINDS
from nurture.flow import drafts
from nurture.flow.drafts import Overtaken, judge
from nurture.flow.folder import email_text
from nurture.parts import Parts
from nurture.store.documents import Missing
from nurture.web.console.access import may, signed_in
from nurture.web.console.design.drafting import PLACES, opened, seen, undoing
from nurture.web.console.design.flow.saving import by_itself
from nurture.web.console.page import done, show, show_part
from nurture.web.console.words import said as as_words
from nurture.web.console.zone import clockface

FILE = "file."  # what the fields of an email's files begin with


def add_text(pages: Blueprint, parts: Parts) -> None:
    """Add `/documents/<kind>/<key>/text`, which shows a document as it is written, and by POST saves it."""

    @pages.get("/documents/<kind>/<key>/text")
    def text(kind: str, key: str) -> Response:
        return _page(parts, kind, key)

    @pages.post("/documents/<kind>/<key>/text")
    def text_saved(kind: str, key: str) -> Response:
        return _saved(parts, kind, key)


def _saved(parts: Parts, kind: str, key: str) -> Response:
    """Keep a text, sound or not; where a colleague was faster, show theirs beside what was typed."""
    if kind not in KINDS:
        abort(404)
    typed = _typed(parts, kind, key)
    if not typed.strip() or len(typed.encode()) > MAX_TEXT:
        return _page(parts, kind, key, typed, status=422)
    at, actor = parts.look(), signed_in().member.email
    note = " ".join(request.form.get("note", "").split())[:200] or "edited as text"
    try:
        draft = drafts.save_draft(parts.ground, kind, key, typed, seen(), actor, note, at.now)
    except Missing:
        abort(404)
    except Overtaken as error:
        if error.now is None:
            abort(404)
        return _page(parts, kind, key, typed, error, 409)
    if by_itself():
        return _page(parts, kind, key)
    return done(parts, f"/documents/{kind}/{key}/text", undoing(f"Saved: {draft.sentence}", draft))


def _typed(parts: Parts, kind: str, key: str) -> str:
    """The text that a form carries; of an email, the text that its files make."""
    old = _files(kind, opened(parts, kind, key).draft.text)
    said = {name: _lines(request.form.get(name, ""), old[name]) for name in old if name in request.form}
    if kind != "email" or "text" in said:
        return said.get("text", "")
    return email_text({name.removeprefix(FILE): text for name, text in said.items()})


def _lines(text: str, old: str) -> str:
    """A browser sends every line end as two signs; a document keeps the one that it has."""
    return text if "\r\n" in old else text.replace("\r\n", "\n")


def _page(
    parts: Parts, kind: str, key: str, typed: str = "", overtaken: Overtaken | None = None, status: int = 200
) -> Response:
    if kind not in KINDS:
        abort(404)
    draft, reach = opened(parts, kind, key)
    at = parts.look()
    words = {
        "draft": draft,
        "reach": reach,
        "overtaken": overtaken,
        "too_long": status == 422,
        "clock": clockface(parts, at),
        "theirs": _files(kind, draft.text) if overtaken is not None else {},
        "advice": judge(parts.ground, kind, key, draft.text).problems,
    }
    if by_itself():
        return _pieces(status, draft.n, words)
    line = request.args.get("line", "")
    return show(
        "design/text.html",
        parts,
        at,
        status,
        nav="journeys" if kind == "journey" else "emails" if kind == "email" else kind,
        files=_files(kind, typed or draft.text),
        line=int(line) if line.isascii() and line.isdigit() and len(line) < 6 else 0,
        title=as_words(key),
        page=PLACES.get(kind, "").format(key=key),
        edits=may(signed_in().member.role, "editor"),
        **words,
    )


def _pieces(status: int, n: int, words: Mapping[str, Any]) -> Response:
    """Answer a page that keeps the text where it is: what changes around it, and the revision it is of now."""
    answer = show_part("design/text_saved.html", status, signed_in=signed_in(), **words)
    answer.headers["Draft"] = str(n if status == 200 else seen())
    return answer


def _files(kind: str, text: str) -> Mapping[str, str]:
    """The fields of a text: one for each file of an email, one for anything else."""
    if kind != "email":
        return {"text": text}
    try:
        found = json.loads(text)
    except ValueError:
        return {"text": text}
    return {FILE + name: said for name, said in found.items()} if isinstance(found, dict) else {"text": text}
