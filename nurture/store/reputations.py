"""Reputations: what providers told of a journey's letters, by day."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import NamedTuple

from nurture.store import house
from nurture.store.transaction import Session

CLOSED = "reputation "  # in the house, before a journey: the last day that counts no more
COUNTED = ("delivered", "bounced", "complained")


class Reputation(NamedTuple):
    """What was told of a journey's letters: of how many that they were delivered, refused for good, or called spam."""

    journey: str
    delivered: int
    bounced: int
    complained: int


def count(session: Session, told: Iterable[tuple[str, str]], now: datetime) -> None:
    """Count what was told of letters just now: pairs of journey and word; other words count for nothing."""
    counted = Counter((journey, was) for journey, was in told if was in COUNTED)
    for journey in sorted({journey for journey, _ in counted}):
        session.run(
            "INSERT INTO reputations (journey, day, delivered, bounced, complained)"
            " VALUES (:journey, :day, :delivered, :bounced, :complained) ON CONFLICT (journey, day) DO UPDATE SET"
            " delivered = reputations.delivered + excluded.delivered,"
            " bounced = reputations.bounced + excluded.bounced,"
            " complained = reputations.complained + excluded.complained",
            {
                "journey": journey,
                "day": now.astimezone(UTC).date().isoformat(),
                **{was: counted[journey, was] for was in COUNTED},
            },
        )


def close(session: Session, journey: str, day: date) -> None:
    """Have what was told of a journey's letters up to this day count no more."""
    house.remember(session, CLOSED + journey, day.isoformat())


def since(session: Session, day: date) -> list[Reputation]:
    """Sum up what was told of each journey's letters from a day on, and after the day on which it was closed."""
    rows = session.rows(
        "SELECT r.journey, SUM(r.delivered), SUM(r.bounced), SUM(r.complained) FROM reputations r"
        " LEFT JOIN house h ON h.name = :closed || r.journey"
        " WHERE r.day >= :day AND (h.value IS NULL OR r.day > h.value)"
        " GROUP BY r.journey ORDER BY r.journey",
        {"day": day.isoformat(), "closed": CLOSED},
    )
    return [Reputation(row[0], *map(int, row[1:])) for row in rows]
