"""API keys: what a program shows to be let in; each is shown once, and revoked at once."""

from collections.abc import Sequence

from flask import Blueprint, Response, abort, request

from nurture.engine.local import zone_for
from nurture.parts import Parts
from nurture.store import keys as store
from nurture.store.schema import SCOPES
from nurture.web.console.access import signed_in
from nurture.web.console.admin.tabs import tabs
from nurture.web.console.page import Clockface, done, show

MAY = {
    "ingest": "tell of sign-ups, leads and events",
    "read": "read customers, documents and reasons",
    "write": "change customers and drafts",
    "admin": "publish, and erase",
}
"""What each scope lets a program do."""
LONGEST_NAME = 80


def add_keys(pages: Blueprint, parts: Parts) -> None:
    """Add `/settings/keys`, making one and revoking one."""

    @pages.get("/settings/keys", endpoint="keys")
    def listed() -> Response:
        return _page(parts)

    @pages.post("/settings/keys")
    def key_made() -> Response:
        name = request.form.get("name", "").strip()[:LONGEST_NAME]
        scopes, machine = request.form.getlist("scope"), parts.look().machine
        if not name or not scopes or set(scopes) - set(SCOPES):
            wrong = "Give it a name." if not name else "Choose what it may do."
            return _page(parts, 422, wrong=wrong, name=name, chosen=scopes)
        actor = signed_in().member.email
        secret = parts.ground.sessions.write(lambda session: store.add(session, name, scopes, machine, actor=actor))
        return _page(parts, secret=secret)

    @pages.post("/settings/keys/<key_id>/revoke")
    def key_revoked(key_id: str) -> Response:
        actor, machine = signed_in().member.email, parts.look().machine
        if not parts.ground.sessions.write(lambda session: store.revoke(session, key_id, machine, actor=actor)):
            abort(404)
        return done(parts, "/settings/keys", "The key opens nothing any more.")


def _page(
    parts: Parts,
    status: int = 200,
    *,
    secret: str = "",
    wrong: str = "",
    name: str = "",
    chosen: Sequence[str] = (),
) -> Response:
    at = parts.look()
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        found = store.all_keys(session)
    return show(
        "admin/keys.html",
        parts,
        at,
        status,
        nav="settings",
        tabs=tabs("keys"),
        clock=Clockface(zone_for(playbook.policy.window, None), at.machine),
        rows=found,
        scopes=MAY,
        secret=secret,
        wrong=wrong,
        name=name,
        chosen=chosen,
    )
