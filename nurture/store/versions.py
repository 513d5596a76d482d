"""Versions: the texts of a document that were live, when, by whom, and who still walks them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from nurture.store.bulk import among
from nurture.store.schema import moment
from nurture.store.transaction import Session


class Version(NamedTuple):
    """One text that was live, or is.  playbook: the revision of the playbook in which it first was; by actor, at."""

    n: int
    playbook: int
    actor: str
    note: str
    at: datetime


def versions(session: Session, kind: str, key: str) -> list[Version]:
    """List the texts of a document that were ever published, the latest first."""
    found = session.rows(
        "SELECT r.n, r.playbook, p.actor, p.note, p.published_at FROM revisions r"
        " JOIN playbooks p ON p.revision = r.playbook WHERE r.kind = :kind AND r.key = :key ORDER BY r.n DESC",
        {"kind": kind, "key": key},
    )
    return [Version(n, playbook, actor, note, moment(at)) for n, playbook, actor, note, at in found]


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
