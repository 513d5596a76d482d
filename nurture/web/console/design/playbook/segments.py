"""Segments: conditions that have a name, so that staff say them once; who belongs now, and what asks for them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Blueprint, Response, request

from nurture.engine.editing.writing import in_line
from nurture.flow.drafts import Overtaken
from nurture.flow.members import Members, members
from nurture.parts import Parts
from nurture.store import drafts as kept
from nurture.store.drafts import Draft
from nurture.web.console.access import may, signed_in
from nurture.web.console.design.flow.around import picks_of, rules_of
from nurture.web.console.design.flow.fields import read_rule
from nurture.web.console.design.playbook.forms import Failed, forms_of
from nurture.web.console.design.playbook.sheet import begun, root_of, sheet, state_of
from nurture.web.console.design.playbook.shelf import add_shelf, is_away
from nurture.web.console.design.playbook.using import Use, uses
from nurture.web.console.design.rules import EXAMPLES, rule
from nurture.web.console.page import done, show
from nurture.web.console.words import Label, Namer, said
from nurture.web.console.zone import clockface

LONGEST = 120  # characters of a name


class Row(NamedTuple):
    """One segment of the list.  members: None for one that is not live, or whose text cannot be read."""

    key: str
    name: str
    sentence: str
    state: Label
    members: Members | None
    uses: list[Use]


def add_segments(pages: Blueprint, parts: Parts) -> None:
    """Add `/segments`, by POST a new one; `/segments/<key>`, its `/put-away` and `/bring-back`."""

    @pages.get("/segments")
    def segments() -> Response:
        return _list(parts)

    @pages.post("/segments")
    def segment_made() -> Response:
        return _made(parts)

    @pages.get("/segments/<key>")
    def segment(key: str) -> Response:
        return segment_page(parts, key, 200, None)

    add_shelf(pages, parts, "segment", "/segments")


def begin_segment(parts: Parts, name: str, when: Mapping[str, Any]) -> Draft:
    """Save a condition under a name, as the draft of a new segment with a key of its own.  Raises Overtaken."""
    return begun(parts, "segment", name, f"when: {in_line(when)}\n")


def segment_page(parts: Parts, key: str, status: int, failed: Failed | None) -> Response:
    """Write the page of one, with a form that was not accepted where there is one."""
    at = parts.look()
    laid = sheet(parts, "segment", key, at)
    live = laid.playbook.segments.get(key)
    with parts.ground.sessions.read() as session:
        forms = forms_of(session, laid, failed)
        found = members(session, laid.playbook, {key: live} if live is not None else {}, at.now).get(key)
    return show(
        "design/segment.html",
        parts,
        at,
        status,
        nav="segments",
        clock=laid.clock,
        sheet=laid,
        sentence=rule((laid.root or {}).get("when"), laid.namer),
        part=forms.part(""),
        members=found,
        uses=uses(laid.playbook, "segment", key),
        offered=forms.rules,
        shelved=is_away(parts, laid),
    )


def _list(parts: Parts, wrongs: Mapping[str, str] | None = None, status: int = 200) -> Response:
    at = parts.look()
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        found = kept.at_hand(session, "segment")
        belong = members(session, playbook, playbook.segments, at.now)
        picks = picks_of(session, playbook)
    namer = Namer(playbook)
    return show(
        "design/segments.html",
        parts,
        at,
        status,
        nav="segments",
        clock=clockface(parts, at),
        rows=[_row(draft, namer, belong.get(draft.key)) for draft in found],
        wrongs=wrongs or {},
        offered=rules_of(picks),
        example=EXAMPLES[5],
        new=bool(wrongs) or request.args.get("show") == "new" or not found,
        edits=may(signed_in().member.role, "editor"),
    )


def _row(draft: Draft, namer: Namer, belong: Members | None) -> Row:
    root = root_of(draft.text) or {}
    return Row(
        draft.key,
        str(root.get("name") or said(draft.key)),
        rule(root.get("when"), namer),
        state_of(draft),
        belong,
        uses(namer.playbook, "segment", draft.key),
    )


def _made(parts: Parts) -> Response:
    name, wrongs = " ".join(request.form.get("name", "").split()), dict[str, str]()
    if not 0 < len(name) <= LONGEST:
        wrongs["name"] = f"give it a name of at most {LONGEST} characters"
    try:
        when = read_rule(request.form.get("when", ""))
    except ValueError as error:
        wrongs["when"] = str(error)
    if wrongs:
        return _list(parts, wrongs, 422)
    try:
        draft = begin_segment(parts, name, when)
    except Overtaken:
        return _list(parts, {"name": "somebody else made one of the same name at this moment; please try again"}, 409)
    return done(parts, f"/segments/{draft.key}", f"{name} is a draft now; publish it and documents can ask for it.")
