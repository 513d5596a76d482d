"""Results: how many entered a journey, and what became of them: in all, by persona, and at each step.

Every number is of those who entered within a span, so that entered = here + finished + left, and at each step
came = here + passed + left.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from nurture.store.bulk import among
from nurture.store.schema import micros
from nurture.store.transaction import Session

FIRST, LAST = (datetime(year, 1, 1, tzinfo=UTC) for year in (1970, 2900))
MOST = 2_000  # entries whose decisions are read, the latest first, to see which steps they came to
REACHED = "goal reached:%"  # how an end says that the goal was why (engine/entering.py)


class Entered(NamedTuple):
    """Those who entered a journey from `since` on and before `until`.  aside: those kept aside for comparison, or not.

    aside: None for both alike, where nobody is kept aside or nobody asks.
    """

    journey: str
    since: datetime = FIRST
    until: datetime = LAST
    aside: bool | None = None


class Tally(NamedTuple):
    """So many of one persona in one state.  goal: they reached the goal.  moved: of them, by a publish."""

    persona: str | None
    state: str
    goal: bool
    number: int
    moved: int


class Trodden(NamedTuple):
    """By step: how many came there, who is there now, and who left the journey there; how many took each path.

    looked: over how many entries this was counted, the latest ones.  paths: (step, the path's number) -> times.
    arrivals: of each entry (customer id, number), when they first came to a step, in microseconds.
    """

    looked: int
    came: Mapping[str, int]
    here: Mapping[str, int]
    left: Mapping[str, int]
    paths: Mapping[tuple[str, str], int]
    arrivals: Mapping[tuple[str, int], Mapping[str, int]]

    def passed(self, step: str) -> int:
        """How many came to a step and went on from it."""
        return self.came.get(step, 0) - self.here.get(step, 0) - self.left.get(step, 0)


class Won(NamedTuple):
    """Of those who came to a step: how many had a first win before, and how many had it afterwards."""

    before: int = 0
    after: int = 0


MOVED = (
    "EXISTS (SELECT 1 FROM moves m WHERE m.playbook IN (SELECT revision FROM playbooks WHERE body LIKE :moves)"
    " AND m.customer_id = e.customer_id AND m.journey = e.journey AND m.entry = e.entry AND m.undone_at IS NULL)"
)


def states(session: Session, journey: str) -> dict[str, int]:
    """Count everybody who ever entered a journey, by what became of them: one look at an index."""
    sql = "SELECT state, COUNT(*) FROM enrollments WHERE journey = :journey GROUP BY state"
    return dict(session.rows(sql, {"journey": journey}))


def tallies(session: Session, entered: Entered) -> list[Tally]:
    """Count those who entered, by persona and by what became of them."""
    where, bound = within(session, entered)
    rows = session.rows(
        "SELECT c.persona, e.state, CASE WHEN e.because LIKE :reached AND e.state = 'finished' THEN 1 ELSE 0 END,"  # noqa: S608
        f" COUNT(*), SUM(CASE WHEN {MOVED} THEN 1 ELSE 0 END)"
        f" FROM enrollments e JOIN customers c ON c.id = e.customer_id WHERE {where} GROUP BY 1, 2, 3",
        {**bound, "reached": REACHED, "moves": f'%"{entered.journey}"%'},
    )
    return [Tally(persona, state, bool(goal), number, int(moved)) for persona, state, goal, number, moved in rows]


def trodden(session: Session, entered: Entered, most: int = MOST) -> Trodden:
    """Follow the latest of those who entered through the steps of the journey, by what was decided about them."""
    where, bound = within(session, entered)
    rows = session.rows(
        "SELECT w.customer_id, w.entry, w.step, w.since, w.ended_at, d.at, d.body FROM"  # noqa: S608
        " (SELECT e.customer_id, e.entry, e.step, e.since, e.entered_at, e.ended_at FROM enrollments e"
        f" JOIN customers c ON c.id = e.customer_id WHERE {where}"
        " ORDER BY e.entered_at DESC, e.customer_id DESC LIMIT :most) w LEFT JOIN decisions d"
        " ON d.customer_id = w.customer_id AND d.at >= w.entered_at AND d.at <= COALESCE(w.ended_at, :last)"
        " AND d.body LIKE :about",
        {**bound, "most": most, "last": micros(LAST), "about": f'%"journey":"{entered.journey}"%'},
    )
    came: dict[tuple[str, int], dict[str, int]] = {}
    here: Counter[str] = Counter()
    left: Counter[str] = Counter()
    paths: Counter[tuple[str, str]] = Counter()
    for customer, entry, step, since, ended, at, body in rows:
        steps = came.get((customer, entry))
        if steps is None:
            steps = came[customer, entry] = {}
            if step is not None:
                steps[step] = since
                here[step] += 1
        for note in orjson.loads(body) if body else ():
            stood = note.get("step")
            if note.get("journey") != entered.journey or stood is None:
                continue
            steps[stood] = min(at, steps.get(stood, at))
            left[stood] += note["do"] == "left" and at == ended
            if path := _path(note):
                paths[stood, path] += 1
    return Trodden(len(came), Counter(step for steps in came.values() for step in steps), here, +left, paths, came)


def wins(session: Session, trodden: Trodden, milestones: Collection[str]) -> dict[str, Won]:
    """Say of each step how many of those who came there had a first win, any of these milestones, and on which side.

    At the very moment is afterwards: what a step decides is decided by what was known when one came.
    """
    where, bound = among(session, "customer_id", {customer for customer, _ in trodden.arrivals})
    first: dict[str, int] = {}
    for customer, milestone, at in session.rows(
        f"SELECT customer_id, milestone, at FROM milestones WHERE {where}",  # noqa: S608
        {"among": bound},
    ):
        if milestone in milestones:
            first[customer] = min(at, first.get(customer, at))
    before, after = Counter[str](), Counter[str]()
    for (customer, _), steps in trodden.arrivals.items():
        if customer in first:
            for step, came_at in steps.items():
                (before if first[customer] < came_at else after)[step] += 1
    return {step: Won(before[step], after[step]) for step in trodden.came}


def _path(note: Mapping[str, Any]) -> str:
    """The number of the path that a split says was taken; '' where it says nothing of the kind."""
    word, _, rest = str(note["because"]).partition(" ")
    number = rest.replace(":", ",").partition(",")[0]
    return number if note["do"] == "onward" and word == "path" and number.isdigit() else ""


def within(session: Session, entered: Entered) -> tuple[str, dict[str, Any]]:
    """Say who is meant, as a condition on enrollments `e` and customers `c`, and what to bind."""
    said = "e.journey = :journey AND e.entered_at >= :since AND e.entered_at < :until"
    bound: dict[str, Any] = {
        "journey": entered.journey,
        "since": micros(entered.since),
        "until": micros(entered.until),
    }
    if entered.aside is None:
        return said, bound
    kept = _kept_aside(session)
    return f"{said} AND {kept if entered.aside else f'NOT {kept}'}", bound


def _kept_aside(session: Session) -> str:
    """Whether somebody is kept aside for comparison, from this journey or from all (engine/snapshot.py: Facts)."""
    if session.dialect == "sqlite":
        ways = "json_each.key IN ('', :journey) AND json_each.value"
        return f"EXISTS (SELECT 1 FROM json_each(c.facts, '$.aside') WHERE {ways})"  # noqa: S608
    aside = "CAST(c.facts AS json) -> 'aside'"
    return f"COALESCE({aside} ->> '' = 'true' OR {aside} ->> CAST(:journey AS text) = 'true', FALSE)"
