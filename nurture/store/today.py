"""Today: what staff should know before anything else, each question bounded by what is asked about."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson

from nurture.store.bulk import among
from nurture.store.schema import FAILED_STATES, micros, moment
from nurture.store.transaction import Session

HOUR = timedelta(hours=1)


class Trouble(NamedTuple):
    """What is wrong with the machine, not with a customer.  failed: letters since the moment asked about."""

    set_aside: int
    failed: int


class Moved(NamedTuple):
    """Somebody whose stage changed."""

    customer_id: str
    email: str
    traits: dict[str, Any]
    stage: str
    at: datetime
    because: str


class OpenDraft(NamedTuple):
    """A document that was changed and not published.  author, at: of the latest change."""

    kind: str
    key: str
    author: str
    at: datetime
    live: bool


def trouble(session: Session, since: datetime) -> Trouble:
    """Count who cannot be decided about now, and which letters failed since."""
    states = ", ".join(f"'{state}'" for state in FAILED_STATES)
    ((aside, failed),) = session.rows(
        "SELECT (SELECT count(*) FROM customers WHERE failures > 0),"  # noqa: S608
        f" (SELECT count(*) FROM messages WHERE state IN ({states}) AND decided_at >= :since)",
        {"since": micros(since)},
    )
    return Trouble(aside, failed)


def moved(session: Session, stages: Sequence[str], since: datetime, limit: int) -> tuple[dict[str, int], list[Moved]]:
    """Say who came into these stages after a moment: how many by stage, and the latest of them by name."""
    where, bound = among(session, "s.to_stage", stages)
    told = {"among": bound, "since": micros(since), "limit": limit}
    counted = session.rows(
        f"SELECT s.to_stage, count(*) FROM stage_changes s WHERE s.at > :since AND s.n > 1 AND {where}"  # noqa: S608
        " GROUP BY s.to_stage",
        told,
    )
    rows = session.rows(
        "SELECT c.id, c.email, c.traits, s.to_stage, s.at, s.because FROM stage_changes s"  # noqa: S608
        f" JOIN customers c ON c.id = s.customer_id WHERE s.at > :since AND s.n > 1 AND {where}"
        " ORDER BY s.at DESC, c.id LIMIT :limit",
        told,
    )
    people = [
        Moved(id_, email, orjson.loads(traits), to, moment(at), because) for id_, email, traits, to, at, because in rows
    ]
    return dict(counted), people


def due_by_hour(session: Session, now: datetime, until: datetime) -> list[tuple[datetime, int]]:
    """Count whose next moment comes in each hour from now on, empty hours left out; what is overdue is now's."""
    rows = session.rows(
        "SELECT (CASE WHEN due_at < :now THEN :now ELSE due_at END) / :hour, count(*) FROM customers"
        " WHERE due_at < :until GROUP BY 1 ORDER BY 1",
        {"now": micros(now), "until": micros(until), "hour": HOUR // timedelta(microseconds=1)},
    )
    return [(moment(hour * (HOUR // timedelta(microseconds=1))), number) for hour, number in rows]


def open_drafts(session: Session) -> list[OpenDraft]:
    """List what was changed and not published, the latest change first."""
    rows = session.rows(
        "SELECT d.kind, d.key, r.author, r.saved_at, d.published IS NOT NULL FROM documents d"
        " JOIN revisions r ON r.kind = d.kind AND r.key = d.key AND r.n = d.draft"
        " LEFT JOIN revisions p ON p.kind = d.kind AND p.key = d.key AND p.n = d.published"
        " WHERE d.draft IS NOT NULL AND COALESCE(p.sha256 <> r.sha256, TRUE) ORDER BY r.saved_at DESC, d.kind, d.key"
    )
    return [OpenDraft(kind, key, author, moment(at), bool(live)) for kind, key, author, at, live in rows]


def visited(session: Session, staff_id: str) -> datetime | None:
    """When a member of staff last looked at Today, in life time; None before their first look."""
    found = session.rows("SELECT visited_at FROM staff WHERE id = :id", {"id": staff_id})
    return moment(found[0][0]) if found and found[0][0] is not None else None


def visit(session: Session, staff_id: str, now: datetime) -> None:
    """Remember that they have looked: what comes later is news to them."""
    session.run("UPDATE staff SET visited_at = :now WHERE id = :id", {"id": staff_id, "now": micros(now)})


class Begun(NamedTuple):
    """How far an installation is, for the list of first steps."""

    customers: bool
    events: bool
    colleagues: bool
    published: int


def begun(session: Session) -> Begun:
    """Say what has been done already of what comes first."""
    ((customers, events, colleagues, published),) = session.rows(
        "SELECT EXISTS (SELECT 1 FROM customers), EXISTS (SELECT 1 FROM events WHERE name NOT IN"
        " ('signed_up', 'lead_captured')), (SELECT count(*) FROM staff WHERE disabled_at IS NULL) > 1,"
        " (SELECT COALESCE(max(revision), 0) FROM playbooks)"
    )
    return Begun(bool(customers), bool(events), bool(colleagues), published)
