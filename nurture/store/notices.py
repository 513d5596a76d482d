"""Notices: messages that wait in the product until they are seen; shown by decisions (`effects`), read here.

What was said before somebody left is nobody's any more: it is gone when their stage becomes a final one, and stays gone
when they come back.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from nurture.store.schema import micros, moment
from nurture.store.transaction import Session

COLUMNS = "id, journey, step, title, body, label, url, at, seen_at"


class Notice(NamedTuple):
    """One message in the product.  label, url: of its button, where it has one.  seen_at: None until it was seen."""

    id: str
    journey: str
    step: str
    title: str
    body: str
    label: str | None
    url: str | None
    at: datetime
    seen_at: datetime | None


class Page(NamedTuple):
    """Some messages, newest first, the cursor of those that follow, and how many of all were not seen yet."""

    notices: list[Notice]
    cursor: str | None
    unseen: int


def page(
    session: Session, customer_id: str, finals: Collection[str], cursor: str | None = None, limit: int = 50
) -> Page:
    """List what waits for a customer in the product.  finals: the stages nobody comes back from by themselves."""
    since = _since(session, customer_id, finals)
    if since is None:
        return Page([], None, 0)
    bound = {"id": customer_id, "since": since}
    rows = session.rows(
        f"SELECT {COLUMNS} FROM notices WHERE customer_id = :id AND state <> 'gone' AND at >= :since"  # noqa: S608
        " AND id < :cursor ORDER BY id DESC LIMIT :limit",
        {**bound, "cursor": cursor or "o", "limit": limit + 1},  # every id begins with 'ntc_'
    )
    unseen = session.rows(
        "SELECT COUNT(*) FROM notices WHERE customer_id = :id AND state = 'shown' AND at >= :since", bound
    )
    found = [_notice(row) for row in rows]
    return Page(found[:limit], found[limit - 1].id if len(found) > limit else None, unseen[0][0])


def see(session: Session, customer_id: str, notice_id: str, finals: Collection[str], now: datetime) -> Notice | None:
    """Note that a message was seen; again, it stays as it was.  None where it is not this customer's, or gone."""
    since = _since(session, customer_id, finals)
    if since is None:
        return None
    bound = {"id": customer_id, "notice": notice_id, "since": since}
    mine = "id = :notice AND customer_id = :id AND at >= :since"
    session.run(
        f"UPDATE notices SET state = 'seen', seen_at = :now WHERE {mine} AND state = 'shown'",  # noqa: S608
        {**bound, "now": micros(now)},
    )
    rows = session.rows(f"SELECT {COLUMNS} FROM notices WHERE {mine} AND state <> 'gone'", bound)  # noqa: S608
    return _notice(rows[0]) if rows else None


def _since(session: Session, customer_id: str, finals: Collection[str]) -> int | None:
    """From when on messages count: since they last came back from an end; None while they are at one."""
    stage = session.rows("SELECT stage FROM customers WHERE id = :id", {"id": customer_id})
    if not stage or stage[0][0] in finals:
        return None
    moves = session.rows(
        "SELECT from_stage, at FROM stage_changes WHERE customer_id = :id ORDER BY n", {"id": customer_id}
    )
    back: list[int] = [at for before, at in moves if before in finals]
    return back[-1] if back else 0


def _notice(row: tuple[Any, ...]) -> Notice:
    return Notice._make((*row[:7], moment(row[7]), None if row[8] is None else moment(row[8])))
