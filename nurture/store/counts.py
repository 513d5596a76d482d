"""Counts: how many stand where, came from where, and reached what, for whoever looks at the playbook's own words."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from nurture.store.bulk import among
from nurture.store.schema import micros
from nurture.store.transaction import Session


class Kind(NamedTuple):
    """So many customers of one persona in one stage; won: of them, how many have reached a first win."""

    persona: str | None
    stage: str
    people: int
    won: int


def moves_since(session: Session, since: datetime) -> dict[tuple[str | None, str], int]:
    """Count the moves from stage to stage from a moment on; those who were born into one came from None."""
    found = session.rows(
        "SELECT from_stage, to_stage, COUNT(*) FROM stage_changes WHERE at >= :since GROUP BY from_stage, to_stage",
        {"since": micros(since)},
    )
    return {(before, after): number for before, after, number in found}


def kinds(session: Session, wins: Sequence[str]) -> list[Kind]:
    """Count everybody by persona and stage.  wins: milestones, any of which is a first win."""
    where, bound = among(session, "m.milestone", wins)
    found = session.rows(
        "SELECT c.persona, c.stage, COUNT(*), SUM(CASE WHEN EXISTS (SELECT 1 FROM milestones m"  # noqa: S608
        f" WHERE m.customer_id = c.id AND {where}) THEN 1 ELSE 0 END) FROM customers c GROUP BY c.persona, c.stage",
        {"among": bound},
    )
    return [Kind(persona, stage, people, int(won)) for persona, stage, people, won in found]


def reached(session: Session) -> dict[str, int]:
    """Count who has reached each milestone."""
    return dict(session.rows("SELECT milestone, COUNT(*) FROM milestones GROUP BY milestone"))


def newest(session: Session, limit: int) -> list[str]:
    """List the customers who came last and can be decided, by id, the newest first."""
    found = session.rows("SELECT id FROM customers WHERE failures = 0 ORDER BY id DESC LIMIT :limit", {"limit": limit})
    return [row[0] for row in found]
