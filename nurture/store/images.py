"""Images that staff uploaded for emails, each found by the hash of its content."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from nurture.store import audit
from nurture.store.bulk import among
from nurture.store.schema import micros, moment
from nurture.store.transaction import Session


class Image(NamedTuple):
    """One image, without its content.  alt: '' where it is decorative.  width, height: in pixels, as it is shown."""

    hash: str
    kind: str
    name: str
    alt: str
    width: int
    height: int
    author: str
    at: datetime


class Drawn(NamedTuple):
    """An image as it is kept.  content: re-encoded by us.  kind: its media type."""

    content: bytes
    kind: str
    width: int
    height: int


def keep(session: Session, drawn: Drawn, name: str, alt: str, author: str, now: datetime) -> str:
    """Keep an image and return its hash; the same content again takes the new name and words.  Audited."""
    digest = sha256(drawn.content).hexdigest()[:40]
    session.run(
        "INSERT INTO images (hash, content, kind, name, alt, width, height, author, at)"
        " VALUES (:hash, :content, :kind, :name, :alt, :width, :height, :author, :at)"
        " ON CONFLICT (hash) DO UPDATE SET name = excluded.name, alt = excluded.alt",
        {**drawn._asdict(), "hash": digest, "name": name, "alt": alt, "author": author, "at": micros(now)},
    )
    audit.record(session, now, author, "upload image", f"image {digest}", after={"name": name, "alt": alt})
    return digest


def content(session: Session, digest: str) -> tuple[bytes, str] | None:
    """Give an image's content and its media type."""
    rows = session.rows("SELECT content, kind FROM images WHERE hash = :hash", {"hash": digest})
    return (bytes(rows[0][0]), rows[0][1]) if rows else None


def weights(session: Session, hashes: Iterable[str]) -> dict[str, int]:
    """Tell how many octets these images have, by hash; those that are not kept are left out."""
    where, bound = among(session, "hash", sorted(hashes))
    rows = session.rows(f"SELECT hash, length(content) FROM images WHERE {where}", {"among": bound})  # noqa: S608
    return {row[0]: row[1] for row in rows}


def everyone(session: Session, limit: int = 500) -> list[Image]:
    """List the images, the newest first."""
    rows = session.rows(
        "SELECT hash, kind, name, alt, width, height, author, at FROM images ORDER BY at DESC, hash LIMIT :limit",
        {"limit": limit},
    )
    return [Image._make((*row[:-1], moment(row[-1]))) for row in rows]


def drop(session: Session, digest: str, author: str, now: datetime) -> bool:
    """Keep an image no more; False where there is none.  Audited."""
    gone = session.run("DELETE FROM images WHERE hash = :hash", {"hash": digest})
    if gone:
        audit.record(session, now, author, "drop image", f"image {digest}")
    return bool(gone)
