"""Signing in by the company's own accounts (OpenID Connect): a first factor only, and it makes nobody a colleague.

A page of ours leads to the provider, never a redirect: a browser holds `form-action` against every redirect that
follows a form, and no address of ours may send people elsewhere (docs/decisions/0006).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote, unquote

from flask import Blueprint, Response, abort, request
from structlog import get_logger

from nurture.channels.oidc import Asked, IdentityProvider, Unproven
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store import staff
from nurture.store.staff import Member
from nurture.web.console.backoff import Backoff
from nurture.web.console.cookies import cookie_name, drop_cookie, local_path, set_cookie
from nurture.web.console.page import show_alone

AWAY = "-away"  # the cookie of a browser whose user is at the provider
PATIENCE = timedelta(minutes=10)  # to sign in there
UNKNOWN = "Nobody here has the address of that account. Ask an administrator to invite you."

log = get_logger()


class Doorway(NamedTuple):
    """What signing in by password has already, and this uses too.

    knocked: whether the form was shown to this browser by us.  refuse: the form again, with a status and why.
    wait: the form again, with how long.  let_in: what follows the first factor.
    The last argument of each is where they wanted to go.
    """

    knocked: Callable[[], bool]
    refuse: Callable[[int, str, str], Response]
    wait: Callable[[timedelta, str], Response]
    let_in: Callable[[Member, Moment, str], Response]


class Away(NamedTuple):
    """What a browser keeps while its user is at the provider.  following: where they wanted to go."""

    asked: Asked
    until: datetime
    following: str

    def written(self) -> str:
        """Write it as the value of a cookie."""
        return "~".join((*self.asked, self.until.isoformat(), quote(self.following, safe="")))

    @classmethod
    def read(cls, value: str, now: datetime) -> "Away | None":
        """Read it back; None where it is too old, or not as we wrote it."""
        try:
            state, nonce, verifier, until, following = value.split("~", 4)
            away = cls(
                Asked(state, nonce, verifier), datetime.fromisoformat(until), local_path(unquote(following)) or ""
            )
            fresh = now < away.until
        except (ValueError, TypeError):
            return None
        return away if fresh and all(away.asked) else None


def add_oidc(pages: Blueprint, parts: Parts, doorway: Doorway) -> None:
    """Add `/login/oidc` and `/login/oidc/callback`; both are unknown where no provider is set."""
    tries = Backoff(free=20, longest=timedelta(minutes=1))  # by machine: each makes us ask the provider

    @pages.post("/login/oidc")
    def sign_in_elsewhere() -> Response:
        provider, at, machine = _provider(parts), parts.look(), request.remote_addr or ""
        following = local_path(request.form.get("next", "")) or ""
        if not doorway.knocked():
            abort(400)
        if wait := tries.wait(machine, at.machine):
            return doorway.wait(wait, following)
        try:
            address, asked = provider.ask()
        except Unproven as unproven:
            return _refused(provider, doorway, unproven, following)
        answer = show_alone("login_elsewhere.html", address=address, name=provider.name)
        set_cookie(parts, answer, AWAY, Away(asked, at.machine + PATIENCE, following).written())
        return answer

    @pages.get("/login/oidc/callback")
    def sign_in_back() -> Response:
        provider, at, machine = _provider(parts), parts.look(), request.remote_addr or ""
        away = Away.read(request.cookies.get(cookie_name(parts, AWAY), ""), at.machine)
        wait = tries.wait(machine, at.machine) if away else None
        if away is None:
            answer = doorway.refuse(401, "That took too long, or began in another browser. Please sign in again.", "")
        elif wait:
            answer = doorway.wait(wait, away.following)
        else:
            answer = _welcomed(parts, provider, doorway, away, at)
        if answer.status_code < 400:
            tries.forgive(machine)
        drop_cookie(parts, answer, AWAY)
        return answer


def _welcomed(parts: Parts, provider: IdentityProvider, doorway: Doorway, away: Away, at: Moment) -> Response:
    """Let in whoever the provider says has come back, if it is one of us."""
    try:
        email = provider.answered(away.asked, request.args, at.machine)
    except Unproven as unproven:
        return _refused(provider, doorway, unproven, away.following)
    member = _member(parts, email)
    if member is None:
        return doorway.refuse(403, UNKNOWN, away.following)
    return doorway.let_in(member, at, away.following)


def _provider(parts: Parts) -> IdentityProvider:
    if parts.identity is None:
        abort(404)
    return parts.identity


def _refused(provider: IdentityProvider, doorway: Doorway, unproven: Unproven, following: str) -> Response:
    log.warning("nobody was signed in", provider=provider.name, because=str(unproven))
    wrong = f"{provider.name} did not tell us who you are. Try again, or use your password."
    return doorway.refuse(502, wrong, following)


def _member(parts: Parts, email: str) -> Member | None:
    """Find whose address this is, to the letter: other alphabets have letters that only look, or fold, like ours."""
    with parts.ground.sessions.read() as session:
        member = staff.by_email(session, email[:320])
    if member is None or member.disabled_at or not (email.isascii() or email == member.email):
        return None
    return member
