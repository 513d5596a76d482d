"""Errands: long work that staff asked for, as rows, so that it can be left, found again, and taken up after a crash.

An errand is prepared (stopped, nothing done) or waits; one process runs it, a batch at a time, under a lease that it
renews with each; what is done so far stands in `result`, so whoever takes it up goes on from there.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from nurture.store.ids import new_id
from nurture.store.schema import micros, moment
from nurture.store.transaction import Session


class Errand(NamedTuple):
    """One errand.  asked: what for; empty where it was not read.  total: None as long as nobody knows.

    state: one of schema.ERRAND_STATES.  result: what came of it so far.  asked_at, ended_at: machine time.
    """

    id: str
    kind: str
    author: str
    state: str
    done: int
    total: int | None
    result: Mapping[str, Any]
    asked_at: datetime
    lease_until: datetime | None
    ended_at: datetime | None
    asked: Mapping[str, Any] = {}


TO_TAKE = "(state = 'waiting' OR (state = 'running' AND lease_until < :now))"
COLUMNS = "id, kind, author, state, done, total, result, asked_at, lease_until, ended_at"


def ask(
    session: Session,
    kind: str,
    asked: Mapping[str, Any],
    author: str,
    machine: datetime,
    *,
    total: int | None = None,
    result: Mapping[str, Any] | None = None,
    prepared: bool = False,
) -> str:
    """Write an errand down, and give its id.  prepared: it begins only once somebody says so."""
    errand_id = new_id("ern", machine)
    session.run(
        "INSERT INTO errands (id, kind, asked, author, state, done, total, result, asked_at)"
        " VALUES (:id, :kind, :asked, :author, :state, 0, :total, :result, :now)",
        {
            "id": errand_id,
            "kind": kind,
            "asked": _json(asked),
            "author": author,
            "state": "stopped" if prepared else "waiting",
            "total": total,
            "result": _json(result or {}),
            "now": micros(machine),
        },
    )
    return errand_id


def find(session: Session, errand_id: str, *, whole: bool = False) -> Errand | None:
    """Find one errand.  whole: with what was asked, which may be long."""
    columns = f"{COLUMNS}, asked" if whole else COLUMNS
    rows = session.rows(f"SELECT {columns} FROM errands WHERE id = :id", {"id": errand_id})  # noqa: S608
    return _errand(rows[0]) if rows else None


def latest(session: Session, limit: int = 50) -> list[Errand]:
    """List errands, the latest asked for first."""
    rows = session.rows(f"SELECT {COLUMNS} FROM errands ORDER BY id DESC LIMIT :most", {"most": limit})  # noqa: S608
    return [_errand(row) for row in rows]


def begin(session: Session, errand_id: str) -> bool:
    """Let what was prepared or stopped begin, or go on.  False where it had begun already."""
    sql = "UPDATE errands SET state = 'waiting', lease_until = NULL WHERE id = :id AND state = 'stopped'"
    return session.run(sql, {"id": errand_id}) == 1


def stop(session: Session, errand_id: str) -> bool:
    """Stop after the batch that is being done.  False where it was over already."""
    sql = "UPDATE errands SET state = 'stopped' WHERE id = :id AND state IN ('waiting', 'running')"
    return session.run(sql, {"id": errand_id}) == 1


def any_waits(session: Session, machine: datetime) -> bool:
    """Whether there is one to take: one look at an index."""
    return bool(session.rows(f"SELECT 1 FROM errands WHERE {TO_TAKE} LIMIT 1", {"now": micros(machine)}))  # noqa: S608


def claim(session: Session, machine: datetime, lease_until: datetime, errand_id: str = "") -> Errand | None:
    """Take the errand that has waited longest, or one whose worker has gone; None where there is none.

    errand_id: this one or none.
    """
    only = "AND id = :id" if errand_id else ""
    skip = " FOR UPDATE SKIP LOCKED" if session.dialect == "postgresql" else ""
    found = session.rows(
        f"SELECT id FROM errands WHERE {TO_TAKE} {only} ORDER BY asked_at LIMIT 1{skip}",  # noqa: S608
        {"now": micros(machine), "id": errand_id},
    )
    if not found:
        return None
    session.run(
        "UPDATE errands SET state = 'running', lease_until = :lease WHERE id = :id",
        {"id": found[0][0], "lease": micros(lease_until)},
    )
    return find(session, found[0][0], whole=True)


def record(session: Session, errand: Errand, done: int, total: int | None, result: Mapping[str, Any]) -> bool:
    """Write down what a batch has done, and let the next one be claimed.  False where it was stopped or lost."""
    told = {"id": errand.id, "done": done, "total": total, "result": _json(result)}
    lease = micros(errand.lease_until) if errand.lease_until else 0
    sql = (
        "UPDATE errands SET done = :done, total = :total, result = :result,"
        " state = CASE WHEN state = 'running' THEN 'waiting' ELSE state END, lease_until = NULL"
        " WHERE id = :id AND state IN ('running', 'stopped') AND lease_until = :lease"
    )
    return session.run(sql, {**told, "lease": lease}) == 1


def end(session: Session, errand: Errand, state: str, result: Mapping[str, Any], machine: datetime) -> None:
    """Close an errand: `done`, or `failed` with the reason in its result."""
    session.run(
        "UPDATE errands SET state = :state, result = :result, lease_until = NULL, ended_at = :now WHERE id = :id",
        {"id": errand.id, "state": state, "result": _json(result), "now": micros(machine)},
    )


def _errand(row: tuple[Any, ...]) -> Errand:
    (id_, kind, author, state, done, total, result, asked_at, lease, ended, *asked) = row
    return Errand(
        id_,
        kind,
        author,
        state,
        done,
        total,
        orjson.loads(result or "{}"),
        moment(asked_at),
        None if lease is None else moment(lease),
        None if ended is None else moment(ended),
        orjson.loads(asked[0]) if asked else {},
    )


def _json(value: Mapping[str, Any]) -> str:
    return orjson.dumps(value).decode()
