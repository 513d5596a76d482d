"""Drafts: the text of a document that is being edited, in revisions that remember what they were made from."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from nurture.store.schema import micros, moment
from nurture.store.transaction import Conflict, Session
from nurture.store.versions import OLDER

LOOKED_BACK = 2_000  # revisions among which the past of a draft is looked for: each undo is one as well


class Draft(NamedTuple):
    """What is being edited: the draft, or the published text while there is none.

    n: the revision.  published: the live one, None while there is none.  open: whether it differs from that.
    sentence: what was done last, in words.
    version: what staff call the live one.  becomes: what they would call this text, were it published now.
    """

    kind: str
    key: str
    text: str
    n: int
    published: int | None
    open: bool
    sentence: str
    author: str
    saved_at: datetime
    version: int | None
    becomes: int


class Edit(NamedTuple):
    """One revision as a step of editing.

    parent: the revision whose text it was made from, None for a text that came as a whole.
    undoes: the revision whose edit it takes back, or brings back.
    """

    n: int
    parent: int | None
    undoes: int | None
    author: str
    note: str
    saved_at: datetime


class Made(NamedTuple):
    """A text that is to become the draft.  note: what was done, in words.  parent, undoes: as for `Edit`."""

    text: str
    author: str
    note: str
    parent: int | None = None
    undoes: int | None = None


# What is published is saved anew unless it is the latest text: only that one can go live a second time as it is.
BECOMES = (
    f"CASE WHEN r.n = d.published OR r.n = d.latest AND r.playbook IS NOT NULL THEN {OLDER.format(of='r')} ELSE 1 +"  # noqa: S608
    " (SELECT COUNT(*) FROM revisions o WHERE o.kind = d.kind AND o.key = d.key AND o.playbook IS NOT NULL) END"
)
SEEN = (
    "SELECT d.kind, d.key, r.text, r.n, d.published, COALESCE(r.sha256 <> p.sha256, TRUE), r.note, r.author,"  # noqa: S608
    f" r.saved_at, {OLDER.format(of='p')}, {BECOMES} FROM documents d"
    " JOIN revisions r ON r.kind = d.kind AND r.key = d.key AND r.n = COALESCE(d.draft, d.published, d.latest)"
    " LEFT JOIN revisions p ON p.kind = d.kind AND p.key = d.key AND p.n = d.published"
)


def standing(session: Session, kind: str, key: str) -> Draft | None:
    """Give what is being edited of a document; None where there is no such document."""
    found = session.rows(f"{SEEN} WHERE d.kind = :kind AND d.key = :key", {"kind": kind, "key": key})
    return _draft(found[0]) if found else None


def standing_of(session: Session, kind: str) -> list[Draft]:
    """List what is being edited of every document of a kind."""
    return [_draft(row) for row in session.rows(f"{SEEN} WHERE d.kind = :kind ORDER BY d.key", {"kind": kind})]


def at_hand(session: Session, kind: str) -> list[Draft]:
    """List the documents of a kind that are live or being written; what was put away is not among them."""
    wanted = f"{SEEN} WHERE d.kind = :kind AND COALESCE(d.draft, d.published) IS NOT NULL ORDER BY d.key"
    return [_draft(row) for row in session.rows(wanted, {"kind": kind})]


def drop(session: Session, kind: str, key: str) -> bool:
    """Write on a draft no more; what is live stands, and every revision is kept.  False where there is no draft."""
    named = {"kind": kind, "key": key}
    sql = "UPDATE documents SET draft = NULL WHERE kind = :kind AND key = :key AND draft IS NOT NULL"
    return bool(session.run(sql, named))


def being_written(session: Session) -> list[Draft]:
    """List every document whose draft says something else than what is live."""
    found = session.rows(f"{SEEN} WHERE d.draft IS NOT NULL ORDER BY d.kind, d.key")
    return [draft for draft in map(_draft, found) if draft.open]


def numbers(session: Session, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Give the revision of the draft of each of these documents that has one."""
    wanted = set(names)
    found = session.rows("SELECT kind, key, draft FROM documents WHERE draft IS NOT NULL")
    return {(kind, key): n for kind, key, n in found if (kind, key) in wanted}


def take_up(session: Session, kind: str, key: str, n: int) -> None:
    """Make a revision the draft again, where nobody has begun another one."""
    session.run(
        "UPDATE documents SET draft = :n WHERE kind = :kind AND key = :key AND draft IS NULL"
        " AND COALESCE(published, 0) <> :n",
        {"kind": kind, "key": key, "n": n},
    )


def put(session: Session, kind: str, key: str, made: Made, now: datetime) -> int:
    """Save a text as the document's draft, always as a new revision, and return its number.

    Raises Conflict where its parent is not what stands any more, whoever was faster and by how little.
    """
    found = session.rows("SELECT latest FROM documents WHERE kind = :kind AND key = :key", {"kind": kind, "key": key})
    n = (found[0][0] if found else 0) + 1
    row: Mapping[str, Any] = {
        **made._asdict(),
        "kind": kind,
        "key": key,
        "n": n,
        "sha256": sha256(made.text.encode()).hexdigest(),
        "now": micros(now),
    }
    session.run(
        "INSERT INTO revisions (kind, key, n, text, sha256, author, note, saved_at, parent, undoes)"
        " VALUES (:kind, :key, :n, :text, :sha256, :author, :note, :now, :parent, :undoes)",
        row,
    )
    if not session.run(
        "INSERT INTO documents (kind, key, latest, draft) VALUES (:kind, :key, :n, :n) ON CONFLICT (kind, key)"
        " DO UPDATE SET latest = excluded.latest, draft = excluded.draft"
        " WHERE COALESCE(documents.draft, documents.published, documents.latest) = :parent",  # read under its lock
        row,
    ):
        raise Conflict(f"somebody else saved {kind} {key!r} at the same time")
    return n


def edits(session: Session, kind: str, key: str) -> list[Edit]:
    """List the latest revisions of a document as edits, newest first."""
    found = session.rows(
        "SELECT n, parent, undoes, author, note, saved_at FROM revisions WHERE kind = :kind AND key = :key"
        " ORDER BY n DESC LIMIT :limit",
        {"kind": kind, "key": key, "limit": LOOKED_BACK},
    )
    return [Edit(n, parent, undoes, author, note, moment(at)) for n, parent, undoes, author, note, at in found]


def _draft(row: tuple[Any, ...]) -> Draft:
    kind, key, text, n, published, differs, note, author, at, version, becomes = row
    return Draft(kind, key, text, n, published, bool(differs), note, author, moment(at), version or None, becomes)
