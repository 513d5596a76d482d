"""Documents: what staff edit. Every saved text is a revision that never changes; a publish makes some of them live.

A document is named by its kind and key ("journey", "first-win"). Its revisions count 1, 2, 3 ...; the playbook
counts on its own, one more with each publish or archive.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from nurture.store import audit
from nurture.store.schema import micros, moment
from nurture.store.transaction import Conflict, Session

# A draft that says no more than what was live, or what is now, would soon speak against what is published next.
GO_LIVE = (
    "UPDATE documents SET published = :n, draft = CASE WHEN"
    " (SELECT d.sha256 FROM revisions d WHERE d.kind = :kind AND d.key = :key AND d.n = documents.draft) IN"
    " (SELECT r.sha256 FROM revisions r WHERE r.kind = :kind AND r.key = :key AND r.n IN (documents.published, :n))"
    " THEN NULL ELSE draft END WHERE kind = :kind AND key = :key"
)

Name = tuple[str, str]
"""A document's kind and key."""


class Document(NamedTuple):
    """One document as a whole; `published` is the live revision, None while there is none."""

    kind: str
    key: str
    published: int | None
    latest: int


class Revision(NamedTuple):
    """One saved text of a document. `playbook` is the one it was first published in, if it was.

    parent: the revision whose text it was made from.  undoes: the one whose edit it takes back, or brings back.
    """

    n: int
    sha256: str
    author: str
    note: str
    saved_at: datetime
    playbook: int | None
    parent: int | None = None
    undoes: int | None = None


class Missing(LookupError):
    """There is no such document, or no such revision of it."""


def save(session: Session, kind: str, key: str, text: str, author: str, note: str, now: datetime) -> int:
    """Save a text as the newest revision and return its number; the same text as the latest is no new one.

    Raises Conflict where somebody else saved the same document at the same time.
    """
    latest = _latest(session, kind, key)
    if latest and text_of(session, kind, key, latest) == text:
        return latest
    n = latest + 1
    session.run(
        "INSERT INTO revisions (kind, key, n, text, sha256, author, note, saved_at)"
        " VALUES (:kind, :key, :n, :text, :sha256, :author, :note, :now)",
        {
            "kind": kind,
            "key": key,
            "n": n,
            "text": text,
            "sha256": sha256(text.encode()).hexdigest(),
            "author": author,
            "note": note,
            "now": micros(now),
        },
    )
    session.run(
        "INSERT INTO documents (kind, key, latest) VALUES (:kind, :key, :n)"
        " ON CONFLICT (kind, key) DO UPDATE SET latest = excluded.latest",
        {"kind": kind, "key": key, "n": n},
    )
    return n


def publish(session: Session, chosen: Mapping[Name, int], actor: str, note: str, now: datetime) -> int:
    """Make these revisions live, all at once, and return the playbook's revision; audited.

    Where they are live already nothing happens, and the revision is the one that stands.
    Raises Missing for a revision that was never saved, Conflict where somebody else publishes at the same time.
    """
    live = _live(session)
    changed = {name: n for name, n in sorted(chosen.items()) if live.get(name) != n}
    if not changed:
        return revision_number(session)
    revision = _next_playbook(session, actor, note, now)
    for (kind, key), n in changed.items():
        named = {"kind": kind, "key": key, "n": n, "playbook": revision}
        if not session.run(
            "UPDATE revisions SET playbook = COALESCE(playbook, :playbook)"
            " WHERE kind = :kind AND key = :key AND n = :n",
            named,
        ):
            raise Missing(f"{kind} {key!r} has no revision {n}")
        session.run(GO_LIVE, named)
    before = {f"{kind}/{key}": live.get((kind, key)) for kind, key in changed}
    after = {f"{kind}/{key}": n for (kind, key), n in changed.items()}
    audit.record(session, now, actor, "publish", f"playbook {revision}", before, after)
    return revision


def archive(session: Session, kind: str, key: str, actor: str, note: str, now: datetime) -> int:
    """Take a document out of the playbook and return the playbook's new revision; audited.

    Its revisions stay, and people inside keep theirs. Raises Missing where it is not live.
    """
    live = _live(session).get((kind, key))
    if live is None:
        raise Missing(f"{kind} {key!r} is not published")
    revision = _next_playbook(session, actor, note, now)
    session.run("UPDATE documents SET published = NULL WHERE kind = :kind AND key = :key", {"kind": kind, "key": key})
    audit.record(session, now, actor, "archive", f"playbook {revision}", {f"{kind}/{key}": live}, {})
    return revision


def published(session: Session) -> tuple[int, dict[Name, tuple[int, str]]]:
    """Give the playbook's revision and every live document: by kind and key, its revision and its text."""
    found = session.rows(  # one statement: a publish between two would give new texts under an old number, or worse
        "SELECT p.revision, d.kind, d.key, r.n, r.text"
        " FROM (SELECT COALESCE(MAX(revision), 0) AS revision FROM playbooks) p"
        " LEFT JOIN documents d ON d.published IS NOT NULL"
        " LEFT JOIN revisions r ON r.kind = d.kind AND r.key = d.key AND r.n = d.published ORDER BY d.kind, d.key"
    )
    return found[0][0], {(kind, key): (n, text) for _, kind, key, n, text in found if kind is not None}


def revision_number(session: Session) -> int:
    """Say which revision of the playbook stands; 0 before the first publish. One look at the end of a key."""
    number: int = session.rows("SELECT COALESCE(MAX(revision), 0) FROM playbooks")[0][0]
    return number


def text_of(session: Session, kind: str, key: str, n: int) -> str:
    """Give the text of one revision, byte for byte as written; raises Missing."""
    found = session.rows(
        "SELECT text FROM revisions WHERE kind = :kind AND key = :key AND n = :n", {"kind": kind, "key": key, "n": n}
    )
    if not found:
        raise Missing(f"{kind} {key!r} has no revision {n}")
    text: str = found[0][0]
    return text


def all_versions_in_use(session: Session) -> dict[tuple[str, int], str]:
    """Give the text of every journey revision that somebody still walks: by journey (or variant) and revision."""
    found = session.rows(
        "SELECT r.key, r.n, r.text FROM revisions r WHERE r.kind = 'journey' AND EXISTS ("
        "SELECT 1 FROM enrollments e WHERE e.state = 'active' AND e.revision = r.n AND r.key IN (e.journey, e.variant))"
    )
    return {(key, n): text for key, n, text in found}


def catalogue(session: Session, kind: str | None = None) -> list[Document]:
    """List the documents, of one kind or of all, in order of kind and key."""
    sql = "SELECT kind, key, published, latest FROM documents"
    if kind is None:
        return [Document(*row) for row in session.rows(f"{sql} ORDER BY kind, key")]
    return [Document(*row) for row in session.rows(f"{sql} WHERE kind = :kind ORDER BY key", {"kind": kind})]


def history(session: Session, kind: str, key: str) -> list[Revision]:
    """List the revisions of a document, newest first; none for one that was never saved."""
    found = session.rows(
        "SELECT n, sha256, author, note, saved_at, playbook, parent, undoes FROM revisions"
        " WHERE kind = :kind AND key = :key ORDER BY n DESC",
        {"kind": kind, "key": key},
    )
    return [Revision(n, sha, author, note, moment(at), *more) for n, sha, author, note, at, *more in found]


def _latest(session: Session, kind: str, key: str) -> int:
    found = session.rows("SELECT latest FROM documents WHERE kind = :kind AND key = :key", {"kind": kind, "key": key})
    return found[0][0] if found else 0


def _live(session: Session) -> dict[Name, int]:
    found = session.rows("SELECT kind, key, published FROM documents WHERE published IS NOT NULL")
    return {(kind, key): n for kind, key, n in found}


def _next_playbook(session: Session, actor: str, note: str, now: datetime) -> int:
    revision = revision_number(session) + 1
    try:
        session.run(
            "INSERT INTO playbooks (revision, published_at, actor, note) VALUES (:revision, :now, :actor, :note)",
            {"revision": revision, "now": micros(now), "actor": actor, "note": note},
        )
    except Conflict as taken:
        raise Conflict("somebody else is publishing; look at what they did, then publish again") from taken
    return revision


def standing_since(session: Session, kind: str) -> dict[str, int]:
    """Say, for each live document of a kind, in which playbook revision its live text first stood."""
    return dict(
        session.rows(
            "SELECT d.key, r.playbook FROM documents d"
            " JOIN revisions r ON r.kind = d.kind AND r.key = d.key AND r.n = d.published WHERE d.kind = :kind",
            {"kind": kind},
        )
    )


def drafts(session: Session) -> dict[Name, str]:
    """Give the text of every document that is being edited."""
    found = session.rows(
        "SELECT d.kind, d.key, r.text FROM documents d"
        " JOIN revisions r ON r.kind = d.kind AND r.key = d.key AND r.n = d.draft ORDER BY d.kind, d.key"
    )
    return {(kind, key): text for kind, key, text in found}


def newcomers(session: Session) -> dict[Name, str]:
    """Give the text of every document that is being written and is not live."""
    found = session.rows(
        "SELECT d.kind, d.key, r.text FROM documents d"
        " JOIN revisions r ON r.kind = d.kind AND r.key = d.key AND r.n = d.draft"
        " WHERE d.published IS NULL ORDER BY d.kind, d.key"
    )
    return {(kind, key): text for kind, key, text in found}
