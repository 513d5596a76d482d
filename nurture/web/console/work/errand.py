"""Long work, as whoever asked for it finds it again: how far it is, what came of it, and the way to stop it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort

from nurture.errands import KINDS
from nurture.flow import errands
from nurture.parts import Parts
from nurture.store import errands as store
from nurture.store.errands import Errand
from nurture.web.console.access import may, signed_in
from nurture.web.console.page import done, live, show, show_part
from nurture.web.console.words import Label
from nurture.web.console.zone import clockface

STATES: Mapping[str, Label] = {
    "waiting": Label("Under way", "wait"),
    "running": Label("Under way", "wait"),
    "done": Label("Done", "won"),
    "failed": Label("Failed", "failed"),
    "stopped": Label("Stopped", "unsent"),
}


def add_errands(pages: Blueprint, parts: Parts) -> None:
    """Add `/errands`, `/errands/<id>`, and the forms that stop one and let it go on."""

    @pages.get("/errands", endpoint="errands")
    def listed() -> Response:
        at = parts.look()
        with parts.ground.sessions.read() as session:
            found = [one for one in store.latest(session) if not prepared(one)]
        return show(
            "work/errands.html",
            parts,
            at,
            nav="customers",
            clock=clockface(parts, at),
            rows=[(one, word_of(one), STATES[one.state]) for one in found],
        )

    @pages.get("/errands/<errand_id>")
    def errand(errand_id: str) -> Response:
        at, found = parts.look(), _found(parts, errand_id)
        words: dict[str, Any] = {
            "errand": found,
            "word": word_of(found),
            "state": STATES[found.state],
            "prepared": prepared(found),
            "edits": may(signed_in().member.role, "editor"),
            "link": KINDS[found.kind].link if found.kind in KINDS else "",
            "clock": clockface(parts, at),
        }
        if live():
            return show_part("work/_errand.html", signed_in=signed_in(), **words)
        return show("work/errand.html", parts, at, nav="customers", **words)

    @pages.post("/errands/<errand_id>/stop")
    def errand_stop(errand_id: str) -> Response:
        stopped = errands.stop(parts.ground, _found(parts, errand_id).id, signed_in().member.email, parts.look())
        told = "Stopped. What is done stays done." if stopped else "It was over already."
        return done(parts, f"/errands/{errand_id}", told)

    @pages.post("/errands/<errand_id>/begin")
    def errand_begin(errand_id: str) -> Response:
        _found(parts, errand_id)
        begun = errands.begin(parts.ground, errand_id, signed_in().member.email, parts.look())
        return under_way(parts, errand_id) if begun else done(parts, f"/errands/{errand_id}", "It had begun already.")


def under_way(parts: Parts, errand_id: str, back: str = "") -> Response:
    """Do the first batch at once, so that what is short is over before the next page; then show how far it is.

    back: the page that is led to where it is over.
    """
    errands.run(parts.ground, KINDS, parts.look(), errand_id)
    parts.nudge()
    found = _found(parts, errand_id)
    if found.state == "done" and back and not found.result.get("refused"):
        return done(parts, back, summary(found))
    return done(parts, f"/errands/{errand_id}", "")


def summary(errand: Errand) -> str:
    """What came of it, in a sentence."""
    changed = int(errand.result.get("changed", 0))
    return f"Done for {changed:,} of {errand.done:,} customer{'' if errand.done == 1 else 's'}."


def word_of(errand: Errand) -> str:
    """What staff call it."""
    return KINDS[errand.kind].word if errand.kind in KINDS else errand.kind.replace("_", " ").capitalize()


def prepared(errand: Errand) -> bool:
    """Whether it has not begun yet, and begins only once somebody says so."""
    return errand.state == "stopped" and errand.done == 0 and "preview" in errand.result


def _found(parts: Parts, errand_id: str) -> Errand:
    with parts.ground.sessions.read() as session:
        found = store.find(session, errand_id)
    if found is None:
        abort(404)
    return found
