"""Walkers: the people of one journey, those inside and those who are through, as a list."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from nurture.store.results import LAST, MOVED, REACHED, Entered, within
from nurture.store.schema import micros, moment
from nurture.store.transaction import Session
from nurture.store.versions import numbers


class Sought(NamedTuple):
    """Who of those who entered is listed; each condition narrows it.

    state: active, finished or left.  step: they stand there.  passed, left_at: they went on from it, or left there.
    persona: '-' for who has none.  goal: they reached it.  moved: by a publish.  version: that they walk, or walked.
    """

    entered: Entered
    state: str = ""
    step: str = ""
    passed: str = ""
    left_at: str = ""
    persona: str = ""
    goal: bool = False
    moved: bool = False
    version: int | None = None


class Walker(NamedTuple):
    """One customer in one journey.  because: why they stand there, or why it ended.

    shape: whose steps they walk; another journey's where a variant is theirs.  number: what staff call its version.
    """

    id: str
    email: str
    traits: Mapping[str, Any]
    stage: str
    persona: str | None
    entry: int
    revision: int
    state: str
    step: str | None
    since: datetime
    due_at: datetime | None
    because: str
    entered_at: datetime
    ended_at: datetime | None
    shape: str
    number: int


NOBODY = "-"
COLUMNS = (
    "c.id, c.email, c.traits, c.stage, c.persona, e.entry, e.revision, e.state, e.step, e.since, e.due_at, e.because,"
    " e.entered_at, e.ended_at, COALESCE(e.variant, e.journey)"
)


def walkers(session: Session, sought: Sought, cursor: str = "", limit: int = 50) -> tuple[list[Walker], str]:
    """List some of them, the latest entered first, and the cursor of those that follow; '' at the end."""
    said, bound = _said(session, sought)
    after = cursor.split("~")
    if len(after) == 3 and after[0].isdigit() and after[2].isdigit():
        said += " AND (e.entered_at, e.customer_id, e.entry) < (:at, :id, :entry)"
        bound |= {"at": int(after[0]), "id": after[1], "entry": int(after[2])}
    rows = session.rows(
        f"SELECT {COLUMNS} FROM enrollments e JOIN customers c ON c.id = e.customer_id WHERE {said}"  # noqa: S608
        " ORDER BY e.entered_at DESC, e.customer_id DESC, e.entry DESC LIMIT :limit",
        {**bound, "limit": limit + 1},
    )
    found = _walkers(session, rows[:limit])
    last = found[-1] if len(rows) > limit else None
    return found, f"{micros(last.entered_at)}~{last.id}~{last.entry}" if last else ""


def number(session: Session, sought: Sought) -> int:
    """Count them."""
    said, bound = _said(session, sought)
    found = session.rows(
        f"SELECT COUNT(*) FROM enrollments e JOIN customers c ON c.id = e.customer_id WHERE {said}",  # noqa: S608
        bound,
    )
    count: int = found[0][0]
    return count


class Trace(NamedTuple):
    """Where somebody came to in a journey: when first, and what was said of it last."""

    at: datetime
    because: str


def way(session: Session, customer_id: str, journey: str) -> tuple[Walker | None, dict[str, Trace]]:
    """Follow one customer through a journey, the time they entered last: who, and by step."""
    named = {"journey": journey, "id": customer_id}
    rows = session.rows(
        f"SELECT {COLUMNS} FROM enrollments e JOIN customers c"  # noqa: S608
        " ON c.id = e.customer_id WHERE e.journey = :journey AND e.customer_id = :id ORDER BY e.entry DESC LIMIT 1",
        named,
    )
    if not rows:
        return None, {}
    (one,) = _walkers(session, rows)
    span = {"since": micros(one.entered_at), "until": micros(one.ended_at or LAST)}
    traces: dict[str, Trace] = {}
    for at, body in session.rows(
        "SELECT at, body FROM decisions WHERE customer_id = :id AND at >= :since AND at <= :until ORDER BY at, n",
        {**named, **span},
    ):
        for note in orjson.loads(body):
            if note.get("journey") == journey and note.get("step"):
                first = traces.get(note["step"])
                traces[note["step"]] = Trace(first.at if first else moment(at), note["because"])
    return one, traces


def _walkers(session: Session, rows: Sequence[tuple[Any, ...]]) -> list[Walker]:
    called = numbers(session, "journey", {row[-1] for row in rows})
    return [_walker(row, called) for row in rows]


def _walker(row: tuple[Any, ...], called: Mapping[tuple[str, int], int]) -> Walker:
    one = Walker._make((*row, called.get((row[-1], row[6]), 0)))
    return one._replace(
        traits=orjson.loads(row[2]),
        since=moment(row[9]),
        due_at=moment(row[10]) if row[10] is not None else None,
        entered_at=moment(row[12]),
        ended_at=moment(row[13]) if row[13] is not None else None,
    )


def _said(session: Session, sought: Sought) -> tuple[str, dict[str, Any]]:
    said, bound = within(session, sought.entered)
    chosen = [said]
    if sought.state:
        chosen.append("e.state = :state")
    if sought.step:
        chosen.append("e.step = :step")
    if sought.persona:
        chosen.append("c.persona IS NULL" if sought.persona == NOBODY else "c.persona = :persona")
    if sought.goal:
        chosen.append("e.state = 'finished' AND e.because LIKE :reached")
    if sought.version is not None:
        chosen.append("e.revision = :version")
    if sought.moved:
        chosen.append(MOVED)
    if sought.left_at:
        chosen.append(f"e.state = 'left' AND {_noted(session, 'left_at', 'd.at = e.ended_at', 'left')}")
    if sought.passed:
        while_inside = "d.at >= e.entered_at AND d.at <= COALESCE(e.ended_at, d.at)"
        chosen.append(_noted(session, "passed", while_inside))
        chosen.append("(e.step IS NULL OR e.step <> :passed)")
        chosen.append(f"NOT (e.state = 'left' AND {_noted(session, 'passed', 'd.at = e.ended_at', 'left')})")
    asked = {name: getattr(sought, name) for name in ("state", "step", "persona", "version", "passed", "left_at")}
    more = {"reached": REACHED, "moves": f'%"{sought.entered.journey}"%'}
    return " AND ".join(chosen), {**bound, **asked, **more}


def _noted(session: Session, step: str, when: str, do: str = "") -> str:
    """Whether a decision of such a moment has a note about a step, bound by this name; do: one that says so."""
    if session.dialect == "sqlite":
        notes, word = "json_each(d.body) noted", "json_extract(noted.value, '$.{}')"
    else:
        notes, word = "json_array_elements(CAST(d.body AS json)) AS noted(value)", "noted.value ->> '{}'"
    asked = f"{word.format('journey')} = :journey AND {word.format('step')} = :{step}"
    asked += f" AND {word.format('do')} = '{do}'" if do else ""
    return (
        "EXISTS (SELECT 1 FROM decisions d WHERE d.customer_id = e.customer_id"  # noqa: S608
        f" AND {when} AND EXISTS (SELECT 1 FROM {notes} WHERE {asked}))"
    )
