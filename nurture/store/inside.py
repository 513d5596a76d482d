"""Inside: how many people stand where in which journey, counted for the pages on which journeys are shaped."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from nurture.store import schema
from nurture.store.schema import micros
from nurture.store.transaction import Session


class Crowd(NamedTuple):
    """The people of one journey.  here: those inside now; older: of these, on a version that is not live any more."""

    here: int = 0
    older: int = 0
    entered: int = 0


class _Stand(NamedTuple):
    step: str
    journey: str
    number: int


def crowds(session: Session, since: datetime) -> dict[str, Crowd]:
    """Count, for each journey, who is inside, and who entered it since a moment."""
    inside = session.rows(
        "SELECT e.journey, COUNT(*), SUM(CASE WHEN e.revision <> COALESCE(d.published, 0) THEN 1 ELSE 0 END)"
        " FROM enrollments e LEFT JOIN documents d ON d.kind = 'journey' AND d.key = COALESCE(e.variant, e.journey)"
        " WHERE e.state = 'active' GROUP BY e.journey"
    )
    entered = session.rows(
        "SELECT journey, COUNT(*) FROM enrollments WHERE entered_at >= :since GROUP BY journey",
        {"since": micros(since)},
    )
    found = {journey: Crowd(here, int(older)) for journey, here, older in inside}
    for journey, number in entered:
        found[journey] = found.get(journey, Crowd())._replace(entered=number)
    return found


def at_steps(session: Session, shape: str, journeys: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Say who stands at which step of a journey's shape, whichever of these journeys they walk it in.

    Gives, by step, the journey that most of them walk, and how many there are in all.
    """
    rows = schema.enrollments.c
    found = session.execute(
        select(rows.step, rows.journey, func.count())
        .where(rows.state == "active", rows.journey.in_(journeys), func.coalesce(rows.variant, rows.journey) == shape)
        .group_by(rows.step, rows.journey)
        .order_by(func.count(), rows.journey)
    )
    standing: dict[str, tuple[str, int]] = {}
    for step, journey, number in map(_Stand._make, found):
        standing[step] = (journey, number + standing.get(step, ("", 0))[1])
    return standing
