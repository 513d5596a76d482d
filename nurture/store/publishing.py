"""Publishing: who stands where in a journey, how they were moved, and what a publish still has to do.

`playbooks.body` remembers what stood before and what was chosen, and while people are still to be moved, how far that
has come; `moves` remembers where each of them stood.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson

from nurture.engine.decision import Note, TaskOrder, note_as_json
from nurture.engine.snapshot import Enrollment
from nurture.store.bulk import among, tell
from nurture.store.decided import INSERT_DECISION
from nurture.store.effects import END_TASK, ENDS
from nurture.store.facts import micros_of
from nurture.store.messages import TAKEN_BACK
from nurture.store.schema import micros, moment
from nurture.store.transaction import Session

GRACE = timedelta(minutes=10)  # life time in which a publish can be undone, and what it makes due waits

Name = tuple[str, str, int]
"""An enrollment: customer, journey, which time they entered it."""


class Publication(NamedTuple):
    """One publish.  body: what stood `before`, what was chosen, and how far people have been moved since."""

    revision: int
    published_at: datetime
    actor: str
    body: dict[str, Any]
    undone_at: datetime | None


class Step(NamedTuple):
    """How many people stand at one step of one revision of a journey's steps."""

    journey: str
    revision: int
    step: str
    people: int


class Shift(NamedTuple):
    """One enrollment that was moved, or put back: as it stood, as it stands, what is said, the task that ends.

    acted: the steps, each with its pass, that had done something to them before it was moved.
    """

    customer_id: str
    before: Enrollment
    after: Enrollment
    notes: tuple[Note, ...]
    closes: TaskOrder | None = None
    acted: frozenset[tuple[str, int]] = frozenset()


PUBLICATION = "SELECT revision, published_at, actor, body, undone_at FROM playbooks"


def publication(session: Session, revision: int) -> Publication | None:
    """Find one publish."""
    found = session.rows(f"{PUBLICATION} WHERE revision = :revision", {"revision": revision})
    return _publication(found[0]) if found else None


def unfinished(session: Session) -> Publication | None:
    """Find the oldest publish that has people left to move, or to let in."""
    return next(iter(underway(session)), None)


def underway(session: Session) -> list[Publication]:
    """List the publishes that have people left to move, or to let in, the oldest first."""
    found = session.rows(
        f"{PUBLICATION} WHERE undone_at IS NULL AND (body LIKE '%\"moving\":%' OR body LIKE '%\"entering\":%')"
        " ORDER BY revision"
    )
    return [_publication(row) for row in found]


def _publication(row: tuple[Any, ...]) -> Publication:
    return Publication(row[0], moment(row[1]), row[2], orjson.loads(row[3]), moment(row[4]) if row[4] else None)


def remember(session: Session, revision: int, body: Mapping[str, Any]) -> None:
    """Write down what a publish replaced, what was chosen, and how far it has come."""
    session.run(
        "UPDATE playbooks SET body = :body WHERE revision = :revision",
        {"revision": revision, "body": orjson.dumps(body).decode()},
    )


def moved_by(session: Session, revision: int) -> int:
    """Count whom a publish has moved so far, where that was not undone."""
    found = session.rows(
        "SELECT COUNT(*) FROM moves WHERE playbook = :playbook AND undone_at IS NULL", {"playbook": revision}
    )
    number: int = found[0][0]
    return number


def take_up(session: Session, revision: int) -> None:
    """Lock a publish, so that one alone goes on with it, takes it back, or publishes after it."""
    session.run("UPDATE playbooks SET body = body WHERE revision = :revision", {"revision": revision})


def mark_undone(session: Session, revision: int, now: datetime) -> None:
    """Say that a publish was undone."""
    session.run(
        "UPDATE playbooks SET undone_at = :now WHERE revision = :revision", {"revision": revision, "now": micros(now)}
    )


SHAPE = "COALESCE(e.variant, e.journey)"


def standing(session: Session, journeys: Iterable[str]) -> list[Step]:
    """Count who walks the steps of these journeys, by revision and step."""
    where, bound = among(session, SHAPE, journeys)
    rows = session.rows(
        f"SELECT {SHAPE}, e.revision, e.step, COUNT(*) FROM enrollments e WHERE e.state = 'active' AND {where}"  # noqa: S608
        f" GROUP BY {SHAPE}, e.revision, e.step ORDER BY 1, 2, 3",
        {"among": bound},
    )
    return [Step._make(row) for row in rows]


def inside(session: Session, journeys: Iterable[str], after: str, limit: int) -> list[str]:
    """List those who walk the steps of these journeys, in order of their ids, from past `after`."""
    where, bound = among(session, SHAPE, journeys)
    rows = session.rows(
        f"SELECT DISTINCT e.customer_id FROM enrollments e WHERE e.state = 'active' AND {where}"  # noqa: S608
        " AND e.customer_id > :after ORDER BY e.customer_id LIMIT :limit",
        {"among": bound, "after": after, "limit": limit},
    )
    return [row[0] for row in rows]


def everybody(session: Session, after: str, limit: int, stages: Sequence[str] | None = None) -> list[str]:
    """List customers who can be decided, in order of their ids, from past `after`; in some stages, or in all."""
    sql, bound = "SELECT id FROM customers WHERE failures = 0 AND id > :after", dict[str, Any]()
    if stages is not None:
        where, bound["among"] = among(session, "stage", stages)
        sql = f"{sql} AND {where}"
    rows = session.rows(f"{sql} ORDER BY id LIMIT :limit", {**bound, "after": after, "limit": limit})
    return [row[0] for row in rows]


def all_inside(session: Session, journeys: Iterable[str]) -> list[str]:
    """List all who walk the steps of these journeys: at once, where `inside` would look at everybody in turn."""
    where, bound = among(session, SHAPE, journeys)
    rows = session.rows(
        f"SELECT e.customer_id FROM enrollments e WHERE e.state = 'active' AND {where}",  # noqa: S608
        {"among": bound},
    )
    return sorted({row[0] for row in rows})  # asked for DISTINCT, SQLite fetches every row by way of an index


def all_of(session: Session, stages: Sequence[str] | None = None) -> list[str]:
    """List all customers who can be decided, in some stages or in all."""
    sql, bound = "SELECT id FROM customers WHERE failures = 0", dict[str, Any]()
    if stages is not None:
        where, bound["among"] = among(session, "stage", stages)
        sql = f"{sql} AND {where}"
    return sorted(row[0] for row in session.rows(sql, bound))


ACTED = ("messages", "tasks", "notices", "calls")


def acted(session: Session, customer_ids: Iterable[str]) -> dict[Name, set[tuple[str, int]]]:
    """Gather which steps, each with its pass, have done something to these customers; what was taken back has not."""
    where, bound = among(session, "customer_id", customer_ids)
    found: dict[Name, set[tuple[str, int]]] = {}
    for table in ACTED:
        kept = " AND NOT (state = 'cancelled' AND because = :taken_back)" if table == "messages" else ""
        params = {"among": bound, **({"taken_back": TAKEN_BACK} if kept else {})}
        for customer, journey, entry, step, pass_ in session.rows(
            f"SELECT customer_id, journey, entry, step, pass FROM {table} WHERE {where}{kept}",  # noqa: S608
            params,
        ):
            found.setdefault((customer, journey, entry), set()).add((step, pass_))
    return found


SHIFT = (
    "UPDATE enrollments SET revision = :revision, state = :state, step = :step, since = :since, due_at = :due_at,"
    " because = :because, ended_at = :ended_at, facts = :facts WHERE enrollments.customer_id = :customer_id"
    " AND enrollments.journey = :journey AND enrollments.entry = :entry"
)
INSERT_MOVE = (
    "INSERT INTO moves (playbook, customer_id, journey, entry, body) VALUES (:playbook, :customer_id, :journey,"
    " :entry, :body) ON CONFLICT (playbook, customer_id, journey, entry) DO NOTHING"
)
WAKE = (
    "UPDATE customers SET due_at = :due_at, due_because = :due_because WHERE customers.id = :id"
    " AND customers.failures = 0"
)


def shift(session: Session, shifts: Sequence[Shift], cause: str, now: datetime) -> None:
    """Have enrollments stand elsewhere, tell it on each timeline, and have these customers looked at now."""
    tell(session, SHIFT, [_standing_as(one) for one in shifts])
    tell(session, END_TASK, [_closed(one.customer_id, one.closes, now) for one in shifts if one.closes is not None])
    notes: dict[str, list[dict[str, Any]]] = {}
    for one in shifts:
        notes.setdefault(one.customer_id, []).extend(note_as_json(note) for note in one.notes)
    told = [(customer_id, orjson.dumps(said).decode()) for customer_id, said in notes.items()]
    at = {"at": micros(now), "cause": cause}
    tell(session, INSERT_DECISION, [{"customer_id": key, "body": body, **at} for key, body in told])
    because = "a publish changed what they walk"
    due = {"due_at": micros(now), "due_because": because}
    tell(session, WAKE, [{"id": customer_id, **due} for customer_id in notes])


def keep_moves(session: Session, playbook: int, shifts: Sequence[Shift]) -> None:
    """Remember where each of these enrollments stood before a publish."""
    rows = [
        {
            "playbook": playbook,
            "customer_id": one.customer_id,
            "journey": one.before.journey,
            "entry": one.before.entry,
            "body": orjson.dumps(
                {"before": as_json(one.before), "after": as_json(one.after), "acted": sorted(one.acted)}
            ).decode(),
        }
        for one in shifts
    ]
    tell(session, INSERT_MOVE, rows)


def _standing_as(one: Shift) -> dict[str, Any]:
    there = one.after
    return {
        "customer_id": one.customer_id,
        "journey": there.journey,
        "entry": there.entry,
        "revision": there.revision,
        "state": there.state,
        "step": there.step,
        "since": micros(there.since),
        "due_at": micros_of(there.due_at),
        "because": there.because,
        "ended_at": micros_of(there.ended_at),
        "facts": orjson.dumps(there.memory).decode(),
    }


def _closed(customer_id: str, order: TaskOrder, now: datetime) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "journey": order.journey,
        "entry": order.entry,
        "step": order.step,
        "pass": order.pass_,
        "state": ENDS[order.do],
        "closed_at": micros(now),
        "because": order.because,
    }


def as_json(one: Enrollment) -> dict[str, Any]:
    """Write an enrollment as JSON can say it: moments in microseconds."""
    moments = {name: micros_of(getattr(one, name)) for name in MOMENTS}
    return {**one._asdict(), **moments, "memory": dict(one.memory)}


MOMENTS = ("since", "due_at", "entered_at", "ended_at")


def from_json(raw: Mapping[str, Any]) -> Enrollment:
    """Read an enrollment as `as_json` wrote it."""
    moments = {name: None if raw[name] is None else moment(raw[name]) for name in MOMENTS}
    return Enrollment(**{**raw, **moments})


def _published_at(session: Session, revision: int, now: datetime) -> datetime | None:
    """When the latest publish was, as long as it can be undone."""
    published = publication(session, revision) if revision > 1 else None
    return published.published_at if published is not None and now < published.published_at + GRACE else None


def hold_back(session: Session, customer_ids: Iterable[str], revision: int, now: datetime) -> None:
    """Let the letters just decided for these customers wait until the latest publish can no longer be undone."""
    published_at = _published_at(session, revision, now)
    if published_at is None:
        return
    until = published_at + GRACE
    where, bound = among(session, "customer_id", customer_ids)
    session.run(
        "UPDATE messages SET not_before = :until,"  # noqa: S608
        " expires_at = CASE WHEN expires_at < :late THEN :late ELSE expires_at END"
        f" WHERE state = 'queued' AND decided_at = :now AND not_before < :until AND {where}",
        {"among": bound, "until": micros(until), "late": micros(until + GRACE), "now": micros(now)},
    )


def ask_again(session: Session, customer_ids: Iterable[str], revision: int, now: datetime) -> None:
    """Have hand-over ask now whether what is queued for these customers may go: what held it may hold it no longer.

    What was decided since the latest publish is asked about when that can no longer be undone.
    """
    published_at = _published_at(session, revision, now)
    since, until = (published_at, published_at + GRACE) if published_at is not None else (now, now)
    soonest = "CASE WHEN decided_at < :since THEN :now ELSE :until END"
    where, bound = among(session, "customer_id", customer_ids)
    session.run(
        f"UPDATE messages SET not_before = {soonest} WHERE state = 'queued' AND not_before > {soonest} AND {where}",  # noqa: S608
        {"among": bound, "now": micros(now), "since": micros(since), "until": micros(until)},
    )


def text(session: Session, kind: str, key: str, revision: int | None) -> str | None:
    """Give the text of one revision of a document, or of its draft; None where there is none."""
    which = "d.draft" if revision is None else ":n"
    found = session.rows(
        "SELECT r.text FROM documents d JOIN revisions r ON r.kind = d.kind AND r.key = d.key"  # noqa: S608
        f" WHERE d.kind = :kind AND d.key = :key AND r.n = {which}",
        {"kind": kind, "key": key, **({} if revision is None else {"n": revision})},
    )
    return found[0][0] if found else None
