"""Keys: what a program shows to be let in. Only a digest is kept, so a key can be shown once and never again."""

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from typing import NamedTuple

from nurture.store import audit
from nurture.store.ids import new_id
from nurture.store.schema import SCOPES, micros, moment
from nurture.store.transaction import Session

PREFIX = "ntk_"


class Key(NamedTuple):
    """A key as it may be shown: `hint` is its last four characters."""

    id: str
    name: str
    hint: str
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None


def add(session: Session, name: str, scopes: Collection[str], now: datetime, *, actor: str = "command line") -> str:
    """Make a key and return its secret, `ntk_` and 43 characters; audited, the secret nowhere.

    scopes: some of ingest, read, write, admin; others, or none, raise ValueError.
    """
    if not scopes or (unknown := set(scopes) - set(SCOPES)):
        wrong = ", ".join(sorted(unknown)) if scopes else "none"
        raise ValueError(f"a key's scopes are some of {', '.join(SCOPES)}; not {wrong}")
    secret = PREFIX + token_urlsafe(32)
    key_id = new_id("key", now)
    session.run(
        "INSERT INTO keys (id, name, hash, hint, scopes, created_at) VALUES (:id, :name, :hash, :hint, :scopes, :now)",
        {
            "id": key_id,
            "name": name,
            "hash": _digest(secret),
            "hint": secret[-4:],
            "scopes": ",".join(scope for scope in SCOPES if scope in scopes),
            "now": micros(now),
        },
    )
    audit.record(session, now, actor, "add key", key_id, after={"name": name, "scopes": sorted(scopes)})
    return secret


def scopes_for(session: Session, secret: str) -> Key | None:
    """Find the key whose secret this is; None for an unknown or a revoked one."""
    if not secret.startswith(PREFIX):
        return None
    found = session.rows(
        "SELECT id, name, hint, scopes, created_at, revoked_at FROM keys WHERE hash = :hash AND revoked_at IS NULL",
        {"hash": _digest(secret)},
    )
    return _key(*found[0]) if found else None


def all_keys(session: Session) -> list[Key]:
    """List every key, the newest first, revoked ones too."""
    found = session.rows("SELECT id, name, hint, scopes, created_at, revoked_at FROM keys ORDER BY id DESC")
    return [_key(*row) for row in found]


def revoke(session: Session, key_id: str, now: datetime, *, actor: str = "command line") -> bool:
    """Let a key open nothing any more; audited. False where there is none to revoke."""
    gone = session.run(
        "UPDATE keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL", {"id": key_id, "now": micros(now)}
    )
    if gone:
        audit.record(session, now, actor, "revoke key", key_id)
    return gone == 1


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _key(id_: str, name: str, hint: str, scopes: str, created_at: int, revoked_at: int | None) -> Key:
    revoked = None if revoked_at is None else moment(revoked_at)
    return Key(id_, name, hint, frozenset(scopes.split(",")), moment(created_at), revoked)
