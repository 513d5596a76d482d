"""Invitations: one-time links, for somebody who is to join staff or who forgot their password.  Machine time.

Only a digest of a link's token is kept, so a link can be shown once and never again.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import NamedTuple

from nurture.store import audit, staff
from nurture.store.schema import ROLES, micros, moment
from nurture.store.staff import Member
from nurture.store.transaction import Conflict, Session

TO_JOIN = timedelta(days=7)
TO_RESET = timedelta(hours=24)


class Invitation(NamedTuple):
    """A link that is not used.  staff_id: whose password it resets; None for somebody new."""

    email: str
    role: str
    staff_id: str | None
    made_by: str
    expires_at: datetime


def invite(session: Session, email: str, role: str, now: datetime, actor: str) -> str:
    """Make a link by which somebody joins, and return its token; an earlier one to this address ends.

    Raises ValueError for an unknown role, Conflict where the address is a member's already.
    """
    if role not in ROLES:
        raise ValueError(f"a role is one of {', '.join(ROLES)}; not {role!r}")
    if staff.by_email(session, email) is not None:
        raise Conflict(f"{email} is a member of staff already")
    withdraw(session, email)
    audit.record(session, now, actor, "invite staff", email, after={"role": role})
    return _made(session, Invitation(email, role, None, actor, now + TO_JOIN), now)


def reset(session: Session, member: Member, now: datetime, actor: str) -> str:
    """Make a link by which a member chooses a new password, and return its token; an earlier one ends."""
    withdraw(session, member.email)
    audit.record(session, now, actor, "reset password", member.id)
    return _made(session, Invitation(member.email, member.role, member.id, actor, now + TO_RESET), now)


def pending(session: Session, now: datetime) -> list[Invitation]:
    """List the links that still open something, by address."""
    rows = session.rows(f"{OPEN} ORDER BY email", {"now": micros(now)})
    return [_read(row) for row in rows]


def behind(session: Session, token: str, now: datetime) -> Invitation | None:
    """Say what a link is for; None for one that is unknown, used or too old."""
    rows = session.rows(f"{OPEN} AND token_hash = :hash", {"now": micros(now), "hash": _digest(token)})
    return _read(rows[0]) if rows else None


def accept(session: Session, token: str, name: str, password_hash: str, now: datetime) -> str | None:
    """Use a link: somebody joins, or has a new password and is signed out everywhere.

    Returns who; None where it is no link any more.  Raises Conflict where the address is a member's meanwhile.
    """
    found = behind(session, token, now)
    used = session.run(
        "UPDATE invitations SET used_at = :now WHERE token_hash = :hash AND used_at IS NULL",
        {"now": micros(now), "hash": _digest(token)},
    )
    if found is None or not used:
        return None
    if found.staff_id is None:
        return staff.add(session, found.email, found.role, password_hash, now, name=name, actor=found.made_by)
    staff.change_password(session, found.staff_id, password_hash, now, actor=found.email)
    return found.staff_id


def withdraw(session: Session, email: str) -> bool:
    """Let the links to an address open nothing any more; False where there is none."""
    return bool(session.run("DELETE FROM invitations WHERE email = :email AND used_at IS NULL", {"email": email}))


OPEN = "SELECT email, role, staff_id, made_by, expires_at FROM invitations WHERE used_at IS NULL AND expires_at > :now"


def _made(session: Session, one: Invitation, now: datetime) -> str:
    token = token_urlsafe(32)
    session.run(
        "INSERT INTO invitations (token_hash, email, role, staff_id, made_by, made_at, expires_at)"
        " VALUES (:hash, :email, :role, :staff_id, :made_by, :made_at, :expires_at)",
        {
            **one._asdict(),
            "hash": _digest(token),
            "made_at": micros(now),
            "expires_at": micros(one.expires_at),
        },
    )
    return token


def _read(row: tuple[str, str, str | None, str, int]) -> Invitation:
    email, role, staff_id, made_by, expires_at = row
    return Invitation(email, role, staff_id, made_by, moment(expires_at))


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
