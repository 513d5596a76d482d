"""Versions: the texts of a document that were live, when, by whom, and who still walks them.

A text is kept under its revision, which counts drafts too.  Staff count what they published: v1, v2, v3, in the order
in which texts first went live, so that the number of a version never changes and none is left out.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from nurture.store.bulk import among
from nurture.store.schema import moment
from nurture.store.transaction import Session

OLDER = (
    "(SELECT COUNT(*) FROM revisions o WHERE o.kind = {of}.kind AND o.key = {of}.key AND o.playbook <= {of}.playbook)"
)
"""Counts in SQL the texts of a document that went live no later than one of its revisions; 0 for one that never did."""


class Version(NamedTuple):
    """One text that was live, or is.

    n: its revision.  number: what staff call it.  playbook: the revision of the playbook in which it first was live;
    by actor, at.
    """

    n: int
    number: int
    playbook: int
    actor: str
    note: str
    at: datetime


def versions(session: Session, kind: str, key: str) -> list[Version]:
    """List the texts of a document that were ever published, the latest first."""
    found = session.rows(
        "SELECT r.n, r.playbook, p.actor, p.note, p.published_at FROM revisions r"
        " JOIN playbooks p ON p.revision = r.playbook WHERE r.kind = :kind AND r.key = :key ORDER BY r.playbook DESC",
        {"kind": kind, "key": key},
    )
    counted = range(len(found), 0, -1)
    return [
        Version._make((row[0], number, *row[1:4], moment(row[4]))) for number, row in zip(counted, found, strict=True)
    ]


def numbers(session: Session, kind: str, keys: Iterable[str] | None = None) -> dict[tuple[str, int], int]:
    """Say what staff call each text of these documents that was ever live, or of all: by key and revision."""
    where, bound = ("", {}) if keys is None else among(session, "key", keys)
    found = session.rows(
        "SELECT key, n, ROW_NUMBER() OVER (PARTITION BY key ORDER BY playbook) FROM revisions"  # noqa: S608
        f" WHERE kind = :kind AND playbook IS NOT NULL{where and ' AND ' + where}",
        {"kind": kind, **({"among": bound} if where else {})},
    )
    return {(key, n): number for key, n, number in found}


class Walked(NamedTuple):
    """How many walk a version now, and how many have walked it to an end, good or early."""

    here: int = 0
    ended: int = 0


def walked(session: Session, shape: str, journeys: Sequence[str]) -> dict[int, Walked]:
    """Count who walks, or walked last, which version of a journey's steps, in whichever of these journeys."""
    where, bound = among(session, "journey", journeys)
    found = session.rows(
        "SELECT revision, SUM(CASE WHEN state = 'active' THEN 1 ELSE 0 END), COUNT(*) FROM enrollments"  # noqa: S608
        f" WHERE {where} AND COALESCE(variant, journey) = :shape GROUP BY revision",
        {"among": bound, "shape": shape},
    )
    return {revision: Walked(int(here), number - int(here)) for revision, here, number in found}
