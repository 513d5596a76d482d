"""Is it wired up?  Where this installation is reached, who carries its post, and how a sign-up is sent to it."""

from flask import Blueprint, Response

from nurture.engine.local import zone_for
from nurture.parts import Parts
from nurture.store import audit
from nurture.web.console.access import may, signed_in
from nurture.web.console.admin.snippets import curl, python
from nurture.web.console.admin.tabs import tabs
from nurture.web.console.page import Clockface, show


def add_settings(pages: Blueprint, parts: Parts) -> None:
    """Add `/settings`, and the press that shows the sign-up secret."""

    @pages.get("/settings")
    def settings() -> Response:
        return _page(parts, revealed=False)

    @pages.post("/settings")
    def reveal() -> Response:
        at, member = parts.look(), signed_in().member
        parts.ground.sessions.write(
            lambda session: audit.record(session, at.machine, member.email, "reveal sign-up secret", "settings")
        )
        return _page(parts, revealed=True)


def _page(parts: Parts, *, revealed: bool) -> Response:
    at = parts.look()
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
    return show(
        "admin/settings.html",
        parts,
        at,
        nav="settings",
        tabs=tabs("settings"),
        clock=Clockface(zone_for(playbook.policy.window, None), at.now),
        revision=playbook.revision,
        policy=playbook.policy,
        carrier=_carrier(parts.settings.mail),
        public_url=parts.settings.public_url,
        database=parts.ground.sessions.dialect,
        secrets=parts.secrets if revealed else (),
        may_reveal=may(signed_in().member.role, "admin"),
        curl=curl(parts),
        python=python(parts),
    )


def _carrier(mail: str) -> str:
    """Say who carries the post, without the password that may stand in the setting."""
    kind, _, rest = mail.partition(":")
    if kind == "outbox":
        return f"Nobody yet: letters stay on this machine, in {rest}"
    if kind == "sendgrid":
        return "SendGrid"
    return f"A mail server, {rest.rpartition('@')[2].strip('/')}"
