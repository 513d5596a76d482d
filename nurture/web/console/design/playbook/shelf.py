"""Putting away what nothing asks for, and bringing it back: the same for every kind of which there are many."""

from flask import Blueprint, Response, abort

from nurture.flow import drafts, shelving
from nurture.flow.shelving import InUse
from nurture.parts import Parts
from nurture.store import drafts as kept
from nurture.store.documents import Missing
from nurture.store.session import Conflict
from nurture.web.console.access import may, signed_in
from nurture.web.console.design.playbook.sheet import Sheet
from nurture.web.console.frame import Toast
from nurture.web.console.page import done
from nurture.web.console.words import said


def add_shelf(pages: Blueprint, parts: Parts, kind: str, place: str) -> None:
    """Add `/put-away` and `/bring-back` of the documents of one kind.  place: where their list is, `/segments`."""

    def put_away(key: str) -> Response:
        return _put_away(parts, kind, key, place)

    def brought_back(key: str) -> Response:
        return _brought_back(parts, kind, key, place)

    name = place.strip("/").removesuffix("s").replace("-", "_")
    pages.add_url_rule(f"{place}/<key>/put-away", f"{name}_put_away", put_away, methods=["POST"])
    pages.add_url_rule(f"{place}/<key>/bring-back", f"{name}_brought_back", brought_back, methods=["POST"])


def is_away(parts: Parts, laid: Sheet) -> bool:
    """Whether a document is put away: it is neither live nor on the desk."""
    with parts.ground.sessions.read() as session:
        return laid.draft.published is None and not kept.numbers(session, [(laid.draft.kind, laid.key)])


def _put_away(parts: Parts, kind: str, key: str, place: str) -> Response:
    """Put one away that nothing asks for; one that is live is a publisher's to take away."""
    member, at = signed_in().member, parts.look()
    try:
        if drafts.read_draft(parts.ground, kind, key).published is not None and not may(member.role, "publisher"):
            return done(parts, f"{place}/{key}", "Nothing was changed: it is live. Ask a publisher to put it away.")
        shelving.put_away(parts.ground, key, member.email, at, kind=kind)
    except Missing:
        abort(404)
    except (InUse, Conflict) as error:
        return done(parts, f"{place}/{key}", f"Nothing was changed: {error}.")
    return done(parts, place, Toast(f"{said(key)} was put away.", f"{place}/{key}/bring-back", "Bring it back"))


def _brought_back(parts: Parts, kind: str, key: str, place: str) -> Response:
    try:
        shelving.bring_back(parts.ground, key, signed_in().member.email, parts.look(), kind=kind)
    except Missing:
        abort(404)
    except Conflict as error:
        return done(parts, place, f"Nothing was changed: {error}.")
    return done(parts, f"{place}/{key}", f"{said(key)} is back, as a draft.")
