"""My own account: the name I am called by, my password, and a second factor."""

from flask import Blueprint, Response, request

from nurture.engine.local import zone_for
from nurture.parts import Parts
from nurture.store import staff
from nurture.web.console import second_factor
from nurture.web.console.access import signed_in
from nurture.web.console.admin.tabs import tabs
from nurture.web.console.page import Clockface, done, show


def add_account(pages: Blueprint, parts: Parts) -> None:
    """Add `/settings/account`, a new password, and a second factor that is set up or taken off."""

    @pages.get("/settings/account", endpoint="account")
    def looked() -> Response:
        return _page(parts)

    @pages.post("/settings/account/password")
    def account_password() -> Response:
        member, at = signed_in().member, parts.look()
        if not staff.verify_password(member, request.form.get("old", "")[:1_000]):
            return _page(parts, 422, wrong={"old": "This is not your password."})
        try:
            hashed = staff.hash_password(request.form.get("new", "")[:1_000])
        except ValueError as error:
            return _page(parts, 422, wrong={"new": f"{error}".capitalize()})
        parts.ground.sessions.write(
            lambda session: staff.change_password(session, member.id, hashed, at.machine, actor=member.email)
        )
        return done(parts, "/login", "")

    @pages.post("/settings/account/factor")
    def account_factor() -> Response:
        """Set up a second factor with a first code that proves that the phone has it; or take it off."""
        member, at = signed_in().member, parts.look()
        secret, code = request.form.get("secret", "")[:64], request.form.get("code", "")[:20]
        if request.form.get("act") == "remove":
            if not staff.verify_password(member, request.form.get("old", "")[:1_000]):
                return _page(parts, 422, wrong={"factor": "This is not your password."})
            parts.ground.sessions.write(
                lambda session: staff.set_second_factor(session, member.id, None, at.machine, actor=member.email)
            )
            return done(parts, "/settings/account", "Your password alone signs you in from now on.")
        if not _sound(secret) or second_factor.step_of(secret, code, at.machine) is None:
            return _page(parts, 422, secret=secret if _sound(secret) else "", wrong={"code": "This code is not right."})
        parts.ground.sessions.write(
            lambda session: staff.set_second_factor(session, member.id, secret, at.machine, actor=member.email)
        )
        return done(parts, "/settings/account", "From now on a code of your phone is asked for, too.")


def _sound(secret: str) -> bool:
    return len(secret) == 32 and set(secret) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def _page(parts: Parts, status: int = 200, *, secret: str = "", wrong: dict[str, str] | None = None) -> Response:
    at, member = parts.look(), signed_in().member
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        has_factor = staff.second_factor(session, member.id) is not None
    fresh = secret or second_factor.new_secret()
    return show(
        "admin/account.html",
        parts,
        at,
        status,
        nav="settings",
        tabs=tabs("account"),
        clock=Clockface(zone_for(playbook.policy.window, None), at.now),
        member=member,
        has_factor=has_factor,
        secret=fresh,
        address=second_factor.address(fresh, member.email),
        wrong=wrong or {},
    )
