"""Care texts: what a person of ours is asked to do, with a brief and talking points, and those of each persona."""

from typing import NamedTuple

from flask import Blueprint, Response, request

from nurture.flow.drafts import Overtaken
from nurture.parts import Parts
from nurture.store import drafts as kept
from nurture.store.drafts import Draft
from nurture.web.console.access import may, signed_in
from nurture.web.console.design.playbook.forms import Failed, forms_of
from nurture.web.console.design.playbook.sheet import begun, root_of, sheet, state_of
from nurture.web.console.design.playbook.shelf import add_shelf, is_away
from nurture.web.console.design.playbook.using import Use, uses
from nurture.web.console.page import done, show
from nurture.web.console.words import Label, Namer, said
from nurture.web.console.zone import clockface

LONGEST = 120  # characters of a name


class Row(NamedTuple):
    """One care text of the list."""

    key: str
    name: str
    brief: str
    state: Label
    uses: list[Use]


def add_tasks(pages: Blueprint, parts: Parts) -> None:
    """Add `/care-texts`, by POST a new one; `/care-texts/<key>`, its `/put-away` and `/bring-back`."""

    @pages.get("/care-texts")
    def care_texts() -> Response:
        return _list(parts)

    @pages.post("/care-texts")
    def care_text_made() -> Response:
        name = " ".join(request.form.get("name", "").split())
        if not 0 < len(name) <= LONGEST:
            return _list(parts, f"give it a name of at most {LONGEST} characters", 422)
        try:
            draft = begun(parts, "task", name)
        except Overtaken:
            return _list(parts, "somebody else made one of the same name at this moment; please try again", 409)
        return done(parts, f"/care-texts/{draft.key}", f"{name} is a draft now. Write its brief, then publish it.")

    @pages.get("/care-texts/<key>")
    def care_text(key: str) -> Response:
        return task_page(parts, key, 200, None)

    add_shelf(pages, parts, "task", "/care-texts")


def task_page(parts: Parts, key: str, status: int, failed: Failed | None) -> Response:
    """Write the page of one, with a form that was not accepted where there is one."""
    at = parts.look()
    laid = sheet(parts, "task", key, at)
    with parts.ground.sessions.read() as session:
        forms = forms_of(session, laid, failed)
    return show(
        "design/care_text.html",
        parts,
        at,
        status,
        nav="care-texts",
        clock=laid.clock,
        sheet=laid,
        part=forms.part(""),
        uses=uses(laid.playbook, "task", key),
        shelved=is_away(parts, laid),
    )


def _list(parts: Parts, wrong: str = "", status: int = 200) -> Response:
    at = parts.look()
    with parts.ground.sessions.read() as session:
        namer = Namer(parts.ground.shelf.playbook(session))
        rows = [_row(draft, namer) for draft in kept.at_hand(session, "task")]
    return show(
        "design/care_texts.html",
        parts,
        at,
        status,
        nav="care-texts",
        clock=clockface(parts, at),
        rows=rows,
        wrong=wrong,
        new=bool(wrong) or request.args.get("show") == "new" or not rows,
        edits=may(signed_in().member.role, "editor"),
    )


def _row(draft: Draft, namer: Namer) -> Row:
    root = root_of(draft.text) or {}
    return Row(
        draft.key,
        str(root.get("name") or said(draft.key)),
        str(root.get("brief") or ""),
        state_of(draft),
        uses(namer.playbook, "task", draft.key),
    )
