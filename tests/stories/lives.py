"""What came of an imagined life: the letters that went out, and how close together."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from nurture.engine.decision import Order
from nurture.engine.simulate import Transcript

WEEK = timedelta(days=7)


def letters(life: Transcript) -> list[tuple[datetime, Order]]:
    """Every letter that went out."""
    return [(at, order) for at, decision in life.beats for order in decision.orders]


def most_in_a_week(moments: Sequence[datetime]) -> int:
    """The most that fell into any seven days."""
    return max((sum(first <= at < first + WEEK for at in moments) for first in moments), default=0)
