"""What was written down about one customer and one step or journey: notes, deeds, and the texts that had the step.

Each is one query, however much there is; other customers cost nothing.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson

from nurture.engine.explain import Deed, Edition, PastNote
from nurture.store.bulk import among
from nurture.store.schema import moment
from nurture.store.transaction import Session

EDITIONS = 50  # texts of journeys that are read, the newest first; a step that left them all long ago is not found

DEEDS = (
    "SELECT 'letter', journey, entry, step, pass, decided_at, handed_at, state, because, not_before, attempt, email,"
    " variant FROM messages WHERE customer_id = :id AND step = :step"
    " UNION ALL SELECT 'task', journey, entry, step, pass, opened_at, closed_at, state, because, due_at, 0, task,"
    " outcome FROM tasks WHERE customer_id = :id AND step = :step"
    " UNION ALL SELECT 'notice', journey, entry, step, pass, at, seen_at, state, because, at, 0, title, NULL"
    " FROM notices WHERE customer_id = :id AND step = :step"
    " UNION ALL SELECT 'call', journey, entry, step, pass, decided_at, ended_at, state, because, decided_at, attempt,"
    " outbound, NULL FROM calls WHERE customer_id = :id AND step = :step"
)


def notes(session: Session, customer_id: str, *, journey: str | None = None, do: str | None = None) -> list[PastNote]:
    """List what was noted about a journey, or what was done by one word in all of them; the newest first."""
    said = f'"journey":"{journey}"' if journey is not None else f'"do":"{do}"'
    found = session.rows(
        "SELECT at, body FROM decisions WHERE customer_id = :id AND body LIKE :said ORDER BY at DESC, n DESC",
        {"id": customer_id, "said": f"%{said}%"},
    )
    read = (_note(moment(at), note) for at, body in found for note in reversed(orjson.loads(body)))
    return [one for one in read if journey in (None, one.journey) and do in (None, one.do)]


def _note(at: datetime, note: dict[str, Any]) -> PastNote:
    until = note.get("until")
    ends = None if until is None else datetime.fromisoformat(until)
    return PastNote(at, note["do"], note["because"], note.get("journey"), note.get("step"), ends)


def deeds(session: Session, customer_id: str, step: str) -> list[Deed]:
    """List the letters, tasks, notices and calls of a step, in every journey that has one of that name."""
    found = session.rows(DEEDS, {"id": customer_id, "step": step})
    return [_deed(row) for row in found]


def _deed(row: tuple[Any, ...]) -> Deed:
    kind, journey, entry, step, pass_, at, ended, state, because, until, attempt, about, told = row
    ended_at = None if ended is None else moment(ended)
    where = (kind, journey, entry, step, pass_)
    return Deed(*where, moment(at), ended_at, state, because, moment(until), attempt, about, told or "")


def editions(session: Session, step: str | None, journeys: Collection[str] | None = None) -> list[Edition]:
    """List the published texts of journeys that mention a step, the newest first; step None: the newest of all."""
    where, bound = ("", "") if journeys is None else among(session, "r.key", journeys)
    named = f" AND {where}" if where else ""
    found = session.rows(
        "SELECT r.key, r.n, p.published_at, r.text FROM revisions r JOIN playbooks p ON p.revision = r.playbook"  # noqa: S608
        f" WHERE r.kind = 'journey' AND r.text LIKE :step{named} ORDER BY p.revision DESC LIMIT :most",
        {"step": f"%{step or ''}%", "most": EDITIONS if step is not None else 1, **({"among": bound} if where else {})},
    )
    return [Edition(key, n, moment(at), text) for key, n, at, text in found]
