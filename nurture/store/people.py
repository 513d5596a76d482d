"""People: a page of those a list wants, in the order asked for, and how many they are.

A page costs what a page holds and one look at those who match: at 50,000 customers a word that nobody has is some
60 ms, a number some 40 (SQLite).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from nurture.store.bulk import among
from nurture.store.schema import micros, moment
from nurture.store.transaction import Session
from nurture.store.wanted import QUIET, Wanted, conditions, trait, where

FAR = 10**18  # later than every moment, in microseconds


class Listed(NamedTuple):
    """One customer as a list shows them.  walks: the journey and the step that come next, '' for none."""

    id: str
    user_id: str | None
    email: str
    traits: Mapping[str, Any]
    stage: str
    stage_since: datetime
    persona: str | None
    owner: str | None
    trial_ends_at: datetime | None
    due_at: datetime | None
    due_because: str
    failures: int
    held_at: datetime | None
    heard_at: datetime | None  # the last sign of life
    journey: str = ""
    step: str = ""


class People(NamedTuple):
    """A page of customers, and the cursor of those that follow; '' at the end."""

    rows: list[Listed]
    cursor: str


HEARD = (
    "(SELECT e.at FROM events e WHERE e.customer_id = c.id"  # noqa: S608
    f" AND e.name NOT IN ({QUIET}) ORDER BY e.at DESC LIMIT 1)"
)
COLUMNS = (
    "c.id, c.ext_id, c.email, c.traits, c.stage, c.stage_since, c.persona, c.owner, c.trial_ends_at, c.due_at,"
    f" c.due_because, c.failures, c.held_at, {HEARD}"
)
SORTS: Mapping[str, str] = {
    "newest": "Newest",
    "trial": "Trial ends",
    "stage": "Longest in stage",
    "name": "Name",
    "activity": "Last activity",
}
DOWNWARD = frozenset({"newest", "activity"})


def page(
    session: Session, wanted: Wanted, now: datetime, *, sort: str = "newest", cursor: str = "", limit: int = 50
) -> People:
    """List customers in the order of one of SORTS, from a cursor on."""
    said, bound = where(session, wanted, now)
    order, turn, beyond = _key(session, sort), "ASC", ">"
    if sort in DOWNWARD:
        turn, beyond = "DESC", "<"
    after, _, last = cursor.rpartition("~")
    if cursor:
        said = f"{said} AND ({order}, c.id) {beyond} ({_after(sort)}, :last)"
    found = session.rows(
        f"SELECT {COLUMNS}, w.k FROM (SELECT c.id AS id, {order} AS k FROM customers c WHERE {said}"  # noqa: S608
        f" ORDER BY k {turn}, c.id {turn} LIMIT :most) w JOIN customers c ON c.id = w.id"
        f" ORDER BY w.k {turn}, w.id {turn}",
        {**bound, "most": limit + 1, "now": micros(now), "after": after, "last": last},
    )
    kept = found[:limit]
    rows = _walking(session, [_listed(row) for row in kept])
    return People(rows, f"{kept[-1][-1]}~{kept[-1][0]}" if len(found) > limit else "")


def count(session: Session, wanted: Wanted, now: datetime) -> int:
    """Count them."""
    said, bound = where(session, wanted, now)
    number: int = session.rows(f"SELECT COUNT(*) FROM customers c WHERE {said}", bound)[0][0]  # noqa: S608
    return number


def without_each(session: Session, wanted: Wanted, now: datetime) -> dict[str, int]:
    """Count who would match if one part were not asked for: part -> number, in one look at everybody."""
    parts = conditions(session, wanted, now)
    asked = {
        name: " AND ".join(f"({one})" for other, (one, _) in parts.items() if other != name) or "1 = 1"
        for name in parts
    }
    if not asked:
        return {}
    sums = ", ".join(f"COALESCE(SUM(CASE WHEN {said} THEN 1 ELSE 0 END), 0)" for said in asked.values())
    bound = {key: value for _, values in parts.values() for key, value in values.items()}
    found = session.rows(f"SELECT {sums} FROM customers c", bound)  # noqa: S608
    return {name: int(number) for name, number in zip(asked, found[0], strict=True)}


def stages(session: Session) -> dict[str, int]:
    """Count the customers of each stage: one look at an index."""
    return dict(session.rows("SELECT stage, COUNT(*) FROM customers GROUP BY stage"))


def stages_among(session: Session, wanted: Wanted, now: datetime) -> dict[str, int]:
    """Count the customers of each stage among who is wanted, whatever stages are asked for."""
    said, bound = where(session, wanted._replace(stage=()), now)
    found = session.rows(f"SELECT c.stage, COUNT(*) FROM customers c WHERE {said} GROUP BY c.stage", bound)  # noqa: S608
    return dict(found)


def matching(session: Session, wanted: Wanted, now: datetime, after: str = "", limit: int = 100) -> list[str]:
    """List the ids of who is wanted, ascending, from one on: for work that is done in batches."""
    said, bound = where(session, wanted, now)
    found = session.rows(
        f"SELECT c.id FROM customers c WHERE {said} AND c.id > :after ORDER BY c.id LIMIT :most",  # noqa: S608
        {**bound, "after": after, "most": limit},
    )
    return [row[0] for row in found]


def listed(session: Session, customer_ids: Sequence[str]) -> list[Listed]:
    """List these customers, by id; who is not there any more is left out."""
    these, bound = among(session, "c.id", customer_ids)
    found = session.rows(f"SELECT {COLUMNS} FROM customers c WHERE {these} ORDER BY c.id", {"among": bound})  # noqa: S608
    return _walking(session, [_listed((*row, None)) for row in found])


def _key(session: Session, sort: str) -> str:
    """What a list is ordered by: never null, so that a cursor can stand anywhere."""
    if sort == "trial":  # those that run first, the soonest first; then those that ended, the latest first
        return (
            f"CASE WHEN c.trial_ends_at IS NULL THEN {3 * FAR} WHEN c.trial_ends_at < :now"
            f" THEN {2 * FAR} - c.trial_ends_at ELSE c.trial_ends_at END"
        )
    if sort == "name":
        named = ", ".join(f"NULLIF(TRIM({trait(session, name)}), '')" for name in ("name", "first_name"))
        return f"LOWER(COALESCE({named}, c.email_key))"
    return {"stage": "c.stage_since", "activity": f"COALESCE({HEARD}, c.created_at)"}.get(sort, "c.id")


def _after(sort: str) -> str:
    return ":after" if sort in ("name", "newest") else "CAST(:after AS BIGINT)"


def _listed(row: tuple[Any, ...]) -> Listed:
    (id_, ext, email, traits, stage, since, persona, owner, trial, due, because, failures, held, heard, _) = row
    return Listed(
        id_,
        ext,
        email,
        orjson.loads(traits),
        stage,
        moment(since),
        persona,
        owner,
        _when(trial),
        _when(due),
        because,
        failures,
        _when(held),
        _when(heard),
    )


def _when(at: int | None) -> datetime | None:
    return None if at is None else moment(at)


def _walking(session: Session, rows: list[Listed]) -> list[Listed]:
    """Say where each of them is looked at next: one question for the page."""
    these, bound = among(session, "customer_id", [row.id for row in rows])
    found = session.rows(
        "SELECT customer_id, journey, step FROM enrollments"  # noqa: S608
        f" WHERE state = 'active' AND {these} ORDER BY due_at DESC, journey DESC",
        {"among": bound},
    )
    soonest = {customer_id: (journey, step) for customer_id, journey, step in found}
    return [
        row._replace(journey=soonest[row.id][0], step=soonest[row.id][1]) if row.id in soonest else row for row in rows
    ]
