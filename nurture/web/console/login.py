"""Signing in and out.  An unknown address, a wrong password and a locked account look and last alike."""

from datetime import timedelta
from hmac import compare_digest
from secrets import token_urlsafe
from typing import cast

from flask import Blueprint, Response, abort, redirect, request

from nurture.engine.duration import in_words
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store import staff
from nurture.store.session import Session
from nurture.store.staff import Member
from nurture.web.console import second_factor
from nurture.web.console.access import foreign
from nurture.web.console.backoff import Backoff
from nurture.web.console.cookies import cookie_name, drop_cookie, local_path, set_cookie
from nurture.web.console.frame import THEME, THEMES
from nurture.web.console.oidc import Doorway, add_oidc
from nurture.web.console.page import show_alone

KNOCK = "-knock"  # the cookie that ties a login form to the browser it was shown to
LONGEST = 1_000  # characters of a password that are looked at
HOME = "/today"


def add_login(pages: Blueprint, parts: Parts) -> None:
    """Add `/login`, `/login/code`, `/login/oidc`, `/logout`, and `/theme`."""
    of_account = Backoff(free=5, longest=timedelta(minutes=5))  # by address and the machine that tries
    of_machine = Backoff(free=50, longest=timedelta(minutes=1))  # many addresses from one machine

    _add_code(pages, parts)
    _add_theme(pages, parts)
    add_oidc(pages, parts, _doorway(parts))

    @pages.get("/login")
    def login() -> Response:
        return _form(parts, _following())

    @pages.post("/login")
    def sign_in() -> Response:
        if not _knocked(parts):
            abort(400)
        at, email, following = parts.look(), request.form.get("email", ""), _following()
        machine = request.remote_addr or ""
        account = f"{email.strip().casefold()[:320]} {machine}"
        wait = of_account.wait(account, at.machine) or of_machine.wait(machine, at.machine)
        if wait:
            return _wait(parts, wait, following)
        member = _who(parts, email, request.form.get("password", ""))
        if member is None:
            return _form(parts, following, 401, "This address and this password do not belong together.")
        of_account.forgive(account)
        return _after_first_factor(parts, member, at, following)

    @pages.post("/logout")
    def sign_out() -> Response:
        token = request.cookies[cookie_name(parts)]
        parts.ground.sessions.write(lambda session: staff.close_session(session, token))
        answer = cast(Response, redirect("/login", 303))
        drop_cookie(parts, answer, "")
        return answer


def _add_code(pages: Blueprint, parts: Parts) -> None:
    """Add the second step of signing in, for whoever has set up a second factor."""
    of_code = Backoff(free=5, longest=timedelta(minutes=5))

    @pages.post("/login/code")
    def sign_in_code() -> Response:
        at, note, following = parts.look(), request.form.get("half", "")[:200], _following()
        who = second_factor.behind_half(parts.ground.seals, note, at.machine)
        if who is None or foreign(parts):
            return _form(parts, following, 401, "That took too long. Please sign in again.")
        wait = of_code.wait(who, at.machine)
        if wait:
            return _wait(parts, wait, following)
        if not _code_taken(parts, who, at):
            wrong = "This code is not right, or was used already. Wait for the next one."
            return _ask_code(parts, who, at, following, 401, wrong)
        of_code.forgive(who)
        return _let_in(parts, who, at, following)


def _add_theme(pages: Blueprint, parts: Parts) -> None:
    """Add the choice of light or dark."""

    @pages.post("/theme")
    def themed() -> Response:
        chosen = request.form.get("theme", "")
        if chosen not in THEMES:
            abort(400)
        answer = cast(Response, redirect(local_path(request.form.get("here", "")) or HOME, 303))
        set_cookie(parts, answer, THEME, chosen)
        return answer


def _doorway(parts: Parts) -> Doorway:
    """What signing in by password lends to the other way in."""
    return Doorway(
        knocked=lambda: _knocked(parts),
        refuse=lambda status, wrong, following: _form(parts, following, status, wrong),
        wait=lambda wait, following: _wait(parts, wait, following),
        let_in=lambda member, at, following: _after_first_factor(parts, member, at, following),
    )


def _knocked(parts: Parts) -> bool:
    """Whether this form was shown to this browser, by us."""
    knocked = request.cookies.get(cookie_name(parts, KNOCK), "")
    known = compare_digest(request.form.get("knock", "").encode(), knocked.encode())
    return bool(knocked) and known and not foreign(parts)


def _following() -> str:
    """Where they wanted to go, as far as that is here; '' for nowhere."""
    return local_path(request.values.get("next", "")) or ""


def _who(parts: Parts, email: str, password: str) -> Member | None:
    """Check the password, outside of any transaction."""
    with parts.ground.sessions.read() as session:
        member = staff.by_email(session, email[:320])
    return member if staff.verify_password(member, password[:LONGEST]) else None


def _after_first_factor(parts: Parts, member: Member, at: Moment, following: str) -> Response:
    """Ask for the second factor where there is one, or let them in."""
    with parts.ground.sessions.read() as session:
        secret = staff.second_factor(session, member.id)
    return (_ask_code if secret else _let_in)(parts, member.id, at, following)


def _let_in(parts: Parts, staff_id: str, at: Moment, following: str) -> Response:
    """Open a session with a new id, and lead on to where they were going."""
    opened = parts.ground.sessions.write(lambda session: staff.open_session(session, staff_id, at.machine))
    answer = cast(Response, redirect(following or HOME, 303))
    set_cookie(parts, answer, "", opened.token)
    drop_cookie(parts, answer, KNOCK)
    return answer


def _ask_code(parts: Parts, staff_id: str, at: Moment, following: str, status: int = 200, wrong: str = "") -> Response:
    note = second_factor.half(parts.ground.seals, staff_id, at.machine)
    return show_alone("login_code.html", status, half=note, next=following, wrong=wrong)


def _code_taken(parts: Parts, staff_id: str, at: Moment) -> bool:
    """Whether the form's code is this member's, and was not used before."""

    def take(session: Session) -> bool:
        secret = staff.second_factor(session, staff_id)
        step = second_factor.step_of(secret, request.form.get("code", "")[:20], at.machine) if secret else None
        return step is not None and staff.use_code(session, staff_id, step)

    return parts.ground.sessions.write(take)


def _form(parts: Parts, following: str, status: int = 200, wrong: str = "") -> Response:
    """Show the form, tied to this browser; two tabs share one tie."""
    knock = request.cookies.get(cookie_name(parts, KNOCK)) or token_urlsafe(24)
    email, elsewhere = request.form.get("email", "")[:320], parts.identity.name if parts.identity else ""
    answer = show_alone(
        "login.html", status, wrong=wrong, knock=knock, next=following, email=email, elsewhere=elsewhere
    )
    set_cookie(parts, answer, KNOCK, knock)
    return answer


def _wait(parts: Parts, wait: timedelta, following: str) -> Response:
    seconds = -(-wait // timedelta(seconds=1))
    words = in_words(timedelta(seconds=seconds))
    answer = _form(parts, following, 429, f"Too many tries from here. Please wait {words}, then try again.")
    answer.headers["Retry-After"] = str(seconds)
    return answer
