"""Staff: who may use the console, and who is signed in. All moments here are machine time.

Hashing a password takes a twentieth of a second by design: do it before a transaction, never inside one.
"""

from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from secrets import token_urlsafe
from typing import TYPE_CHECKING, NamedTuple

from nurture.store import audit
from nurture.store.ids import new_id
from nurture.store.schema import ROLES, micros, moment
from nurture.store.transaction import Session

if TYPE_CHECKING:
    from argon2 import PasswordHasher

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
NOTICED_EVERY = timedelta(minutes=1)  # a session's last use is written down no more often


class Member(NamedTuple):
    """One member of staff; `disabled_at` is None while they may sign in."""

    id: str
    email: str
    name: str
    role: str
    password_hash: str
    disabled_at: datetime | None
    created_at: datetime


class Opened(NamedTuple):
    """A session that has just begun: the cookie's token, kept nowhere, and what its forms must carry."""

    token: str
    csrf: str


class SignedIn(NamedTuple):
    """Who is behind a cookie. `unnoticed`: their last use is stale, and `noticed` should be called."""

    member: Member
    csrf: str
    unnoticed: bool


def new_password() -> str:
    """Make a password of 24 characters that nobody has to think up."""
    return token_urlsafe(18)


def hash_password(password: str) -> str:
    """Hash a password with argon2id; slow, so before the transaction.  Raises ValueError under 12 characters."""
    if len(password) < 12:
        raise ValueError("a password has at least 12 characters")
    return _hasher().hash(password)


def verify_password(member: Member | None, password: str) -> bool:
    """Say whether the password is this member's; slow, and as slow for nobody, so that time tells no names."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        _hasher().verify(_nobodys_hash() if member is None else member.password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
    return member is not None and member.disabled_at is None


def add(
    session: Session,
    email: str,
    role: str,
    password_hash: str,
    now: datetime,
    *,
    name: str = "",
    actor: str = "command line",
) -> str:
    """Add a member of staff and return their id; audited.

    password_hash: from `hash_password`.  Raises ValueError for an unknown role, Conflict for a known address.
    """
    if role not in ROLES:
        raise ValueError(f"a role is one of {', '.join(ROLES)}; not {role!r}")
    staff_id = new_id("stf", now)
    session.run(
        "INSERT INTO staff (id, email, name, role, password_hash, created_at)"
        " VALUES (:id, :email, :name, :role, :hash, :now)",
        {
            "id": staff_id,
            "email": _key(email),
            "name": name,
            "role": role,
            "hash": password_hash,
            "now": micros(now),
        },
    )
    audit.record(session, now, actor, "add staff", staff_id, after={"role": role})
    return staff_id


def everybody(session: Session) -> list[Member]:
    """List all staff by address, disabled ones too."""
    return [_member(*row) for row in session.rows(f"{MEMBERS} ORDER BY email")]


def by_email(session: Session, email: str) -> Member | None:
    """Find a member of staff by address, in whatever case it is written."""
    found = session.rows(f"{MEMBERS} WHERE email = :email", {"email": _key(email)})
    return _member(*found[0]) if found else None


def disable(session: Session, staff_id: str, now: datetime, *, actor: str = "command line") -> bool:
    """Lock a member of staff out, signed in or not; audited. False where there is none to lock out."""
    gone = session.run(
        "UPDATE staff SET disabled_at = :now WHERE id = :id AND disabled_at IS NULL",
        {"id": staff_id, "now": micros(now)},
    )
    session.run("DELETE FROM sessions WHERE staff_id = :id", {"id": staff_id})
    if gone:
        audit.record(session, now, actor, "disable staff", staff_id)
    return gone == 1


def enable(session: Session, staff_id: str, now: datetime, *, actor: str) -> bool:
    """Let a member of staff sign in again; audited. False where there is none to let in."""
    back = session.run(
        "UPDATE staff SET disabled_at = NULL WHERE id = :id AND disabled_at IS NOT NULL", {"id": staff_id}
    )
    if back:
        audit.record(session, now, actor, "enable staff", staff_id)
    return back == 1


def change_role(session: Session, member: Member, role: str, now: datetime, *, actor: str) -> None:
    """Give a member another role, which holds from their next press; audited.  Raises ValueError for an unknown one."""
    if role not in ROLES:
        raise ValueError(f"a role is one of {', '.join(ROLES)}; not {role!r}")
    session.run("UPDATE staff SET role = :role WHERE id = :id", {"id": member.id, "role": role})
    audit.record(session, now, actor, "change role", member.id, {"role": member.role}, {"role": role})


def change_password(session: Session, staff_id: str, password_hash: str, now: datetime, *, actor: str) -> None:
    """Give a member a new password, and sign them out everywhere; audited, the password nowhere."""
    session.run("UPDATE staff SET password_hash = :hash WHERE id = :id", {"id": staff_id, "hash": password_hash})
    session.run("DELETE FROM sessions WHERE staff_id = :id", {"id": staff_id})
    audit.record(session, now, actor, "change password", staff_id)


def second_factor(session: Session, staff_id: str) -> str | None:
    """The secret that a member's codes are made of, by RFC 6238; None where they have set none up."""
    found = session.rows("SELECT totp_secret FROM staff WHERE id = :id", {"id": staff_id})
    return found[0][0] if found else None


def set_second_factor(session: Session, staff_id: str, secret: str | None, now: datetime, *, actor: str) -> None:
    """Ask a member for a code at each sign-in from now on, or (None) for none; audited, the secret nowhere."""
    session.run(
        "UPDATE staff SET totp_secret = :secret, totp_last = NULL WHERE id = :id", {"id": staff_id, "secret": secret}
    )
    audit.record(session, now, actor, "set up second factor" if secret else "remove second factor", staff_id)


def use_code(session: Session, staff_id: str, step: int) -> bool:
    """Take a code of this thirty-second step, once: False where it or a later one was taken already (RFC 6238, 5.2)."""
    return bool(
        session.run(
            "UPDATE staff SET totp_last = :step WHERE id = :id AND (totp_last IS NULL OR totp_last < :step)",
            {"id": staff_id, "step": step},
        )
    )


def admins(session: Session) -> int:
    """Count the administrators who may sign in."""
    ((number,),) = session.rows("SELECT count(*) FROM staff WHERE role = 'admin' AND disabled_at IS NULL")
    return int(number)


def open_session(session: Session, staff_id: str, now: datetime) -> Opened:
    """Sign a member of staff in with a new token, and sweep out sessions that are past any use."""
    opened = Opened(token_urlsafe(32), token_urlsafe(32))
    session.run("DELETE FROM sessions WHERE started_at <= :old", {"old": micros(now - ABSOLUTE)})
    session.run(
        "INSERT INTO sessions (token_hash, staff_id, csrf, started_at, seen_at)"
        " VALUES (:hash, :staff, :csrf, :now, :now)",
        {"hash": _digest(opened.token), "staff": staff_id, "csrf": opened.csrf, "now": micros(now)},
    )
    return opened


def staff_for(session: Session, token: str, now: datetime) -> SignedIn | None:
    """Say who is behind a cookie: None after 30 minutes without use, 12 hours in all, or once disabled."""
    found = session.rows(
        "SELECT o.csrf, o.started_at, o.seen_at, s.id, s.email, s.name, s.role, s.password_hash, s.disabled_at,"
        " s.created_at FROM sessions o JOIN staff s ON s.id = o.staff_id WHERE o.token_hash = :hash",
        {"hash": _digest(token)},
    )
    if not found:
        return None
    csrf, started, seen, *rest = found[0]
    member = _member(*rest)
    if member.disabled_at or now - moment(started) >= ABSOLUTE or now - moment(seen) >= IDLE:
        return None
    return SignedIn(member, csrf, now - moment(seen) >= NOTICED_EVERY)


def noticed(session: Session, token: str, now: datetime) -> None:
    """Remember that a session was just used, so that it does not fall idle; one already idle stays so."""
    session.run(
        "UPDATE sessions SET seen_at = :now WHERE token_hash = :hash AND seen_at < :now AND seen_at > :idle",
        {"hash": _digest(token), "now": micros(now), "idle": micros(now - IDLE)},
    )


def close_session(session: Session, token: str) -> None:
    """Sign out; a token that opens nothing is no error."""
    session.run("DELETE FROM sessions WHERE token_hash = :hash", {"hash": _digest(token)})


MEMBERS = "SELECT id, email, name, role, password_hash, disabled_at, created_at FROM staff"


def _member(
    id_: str, email: str, name: str, role: str, password_hash: str, disabled_at: int | None, created_at: int
) -> Member:
    disabled = None if disabled_at is None else moment(disabled_at)
    return Member(id_, email, name, role, password_hash, disabled, moment(created_at))


def _key(email: str) -> str:
    return email.strip().casefold()


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(token_urlsafe(18))
