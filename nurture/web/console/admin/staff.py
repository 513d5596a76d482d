"""Staff and roles: who may do what, asked in by a link that is shown once, let out at once."""

from collections.abc import Callable
from typing import cast

from flask import Blueprint, Response, abort, redirect, request

from nurture.engine.local import zone_for
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store import invitations, staff
from nurture.store.session import Conflict, Session
from nurture.store.staff import Member
from nurture.store.suppressions import email_key
from nurture.web.console.access import foreign, signed_in
from nurture.web.console.admin.tabs import tabs
from nurture.web.console.page import Clockface, done, show, show_alone

MAY = {
    "viewer": "Sees everything, changes nothing.",
    "editor": "Looks after customers and tasks, and writes drafts.",
    "publisher": "Publishes drafts too, and pauses sending.",
    "admin": "Everything: staff, keys, secrets, erasure.",
}
"""What each role may do, in a sentence."""


class Refused(Exception):
    """Nothing was changed; the message says why."""


def add_staff(pages: Blueprint, parts: Parts) -> None:
    """Add `/settings/staff`, what an admin does about one member, and `/join/<token>` for whoever is asked in."""

    @pages.get("/settings/staff", endpoint="staff")
    def listed() -> Response:
        return _page(parts)

    @pages.post("/settings/staff/invite")
    def staff_invite() -> Response:
        return _link(parts, _invited)

    @pages.post("/settings/staff/<staff_id>/reset")
    def staff_reset(staff_id: str) -> Response:
        return _link(
            parts,
            lambda session, at: invitations.reset(session, _member(session, staff_id), at.machine, _me()),
        )

    @pages.post("/settings/staff/<staff_id>/role")
    def staff_role(staff_id: str) -> Response:
        return _done(parts, lambda session, at: _new_role(session, _member(session, staff_id), at))

    @pages.post("/settings/staff/<staff_id>/disable")
    def staff_disable(staff_id: str) -> Response:
        return _done(parts, lambda session, at: _let_out(session, _member(session, staff_id), at))

    @pages.post("/settings/staff/<staff_id>/enable")
    def staff_enable(staff_id: str) -> Response:
        return _done(parts, lambda session, at: _let_in(session, _member(session, staff_id), at))

    @pages.post("/settings/staff/<staff_id>/factor")
    def staff_factor(staff_id: str) -> Response:
        return _done(parts, lambda session, at: _without_factor(session, _member(session, staff_id), at))

    @pages.post("/settings/staff/withdraw")
    def staff_withdraw() -> Response:
        return _done(parts, lambda session, _: _withdrawn(session))

    _add_joining(pages, parts)


def _add_joining(pages: Blueprint, parts: Parts) -> None:
    """Add `/join/<token>`, open to whoever has the link."""

    @pages.get("/join/<token>")
    def join(token: str) -> Response:
        return _welcome(parts, token)

    @pages.post("/join/<token>")
    def joined(token: str) -> Response:
        return _accepted(parts, token)


def _me() -> str:
    return signed_in().member.email


def _page(parts: Parts, status: int = 200, *, link: str = "", whom: str = "", refusal: str = "") -> Response:
    at = parts.look()
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        members, waiting = staff.everybody(session), invitations.pending(session, at.machine)
    return show(
        "admin/staff.html",
        parts,
        at,
        status,
        nav="settings",
        tabs=tabs("staff"),
        clock=Clockface(zone_for(playbook.policy.window, None), at.machine),
        members=members,
        waiting=waiting,
        roles=MAY,
        link=link,
        whom=whom,
        refusal=refusal,
        me=signed_in().member.id,
    )


def _link(parts: Parts, make: Callable[[Session, Moment], str]) -> Response:
    """Make a one-time link and show it, this once."""
    at = parts.look()
    try:
        token = parts.ground.sessions.write(lambda session: make(session, at))
    except (Refused, Conflict, ValueError) as error:
        return _page(parts, 409, refusal=f"{error}")
    with parts.ground.sessions.read() as session:
        found = invitations.behind(session, token, at.machine)
    return _page(parts, link=f"{parts.settings.public_url}/join/{token}", whom=found.email if found else "")


def _done(parts: Parts, act: Callable[[Session, Moment], str]) -> Response:
    at = parts.look()
    try:
        sentence = parts.ground.sessions.write(lambda session: act(session, at))
    except (Refused, ValueError) as error:
        return _page(parts, 409, refusal=f"{error}")
    return done(parts, "/settings/staff", sentence)


def _invited(session: Session, at: Moment) -> str:
    email, role = request.form.get("email", "").strip()[:320], request.form.get("role", "")
    return invitations.invite(session, email_key(email), role, at.machine, _me())


def _new_role(session: Session, member: Member, at: Moment) -> str:
    role = request.form.get("role", "")
    if member.role == "admin" and role != "admin":
        _one_admin_stays(session)
    staff.change_role(session, member, role, at.machine, actor=_me())
    return f"{member.email} is {_a(role)} from now on."


def _let_out(session: Session, member: Member, at: Moment) -> str:
    if member.id == signed_in().member.id:
        raise Refused("you cannot lock yourself out; another administrator can")
    if member.role == "admin":
        _one_admin_stays(session)
    staff.disable(session, member.id, at.machine, actor=_me())
    return f"{member.email} is locked out, and signed out everywhere."


def _let_in(session: Session, member: Member, at: Moment) -> str:
    staff.enable(session, member.id, at.machine, actor=_me())
    return f"{member.email} may sign in again."


def _without_factor(session: Session, member: Member, at: Moment) -> str:
    """Take the second factor off: whose phone is lost would be locked out for good."""
    if staff.second_factor(session, member.id) is None:
        raise Refused(f"{member.email} has set up no second factor")
    staff.set_second_factor(session, member.id, None, at.machine, actor=_me())
    return f"{member.email} signs in by password alone until they set up a second factor anew."


def _withdrawn(session: Session) -> str:
    email = request.form.get("email", "")
    if not invitations.withdraw(session, email):
        raise Refused("that link was used already, or is too old")
    return f"The link for {email} opens nothing any more."


def _one_admin_stays(session: Session) -> None:
    if staff.admins(session) < 2:
        raise Refused("somebody must be an administrator: make another one first")


def _a(role: str) -> str:
    return f"an {role}" if role[:1] in "ae" else f"a {role}"


def _member(session: Session, staff_id: str) -> Member:
    found = next((one for one in staff.everybody(session) if one.id == staff_id), None)
    if found is None:
        abort(404)
    return found


def _welcome(parts: Parts, token: str, status: int = 200, wrong: str = "") -> Response:
    at = parts.look()
    with parts.ground.sessions.read() as session:
        found = invitations.behind(session, token, at.machine)
    if found is None:
        return show_alone("admin/link_gone.html", 404)
    answer = show_alone("admin/join.html", status, invitation=found, wrong=wrong, name=request.form.get("name", ""))
    answer.headers["Referrer-Policy"] = "no-referrer"  # the address is the secret here
    return answer


def _accepted(parts: Parts, token: str) -> Response:
    if foreign(parts):
        abort(400)
    name, password = request.form.get("name", "").strip()[:80], request.form.get("password", "")[:1_000]
    try:
        hashed = staff.hash_password(password)
    except ValueError as error:
        return _welcome(parts, token, 422, f"{error}")
    machine = parts.look().machine
    try:
        who = parts.ground.sessions.write(lambda session: invitations.accept(session, token, name, hashed, machine))
    except Conflict:
        who = None
    if who is None:
        return show_alone("admin/link_gone.html", 404)
    return cast(Response, redirect("/login", 303))
