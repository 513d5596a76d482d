"""The valve: how many letters went out lately, over everything, as the policy's limits over everything ask."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from nurture.engine.policy import Policy
from nurture.store.schema import micros, moment
from nurture.store.transaction import Session

CLASS, KEY = 0x6E74, -1  # an advisory lock in our own range, of no customer's fence
HOUR = timedelta(hours=1)


class Lately(NamedTuple):
    """What went out, in life time.  hour: when, of the last hour, newest first.  today: how many since midnight UTC.

    began: the day from which a ramp counts.  Each is counted as far as its limit goes.
    """

    hour: Sequence[datetime]
    today: int
    began: date


def lately(session: Session, policy: Policy, now: datetime) -> Lately | None:
    """Look at what went out; None where the policy limits nothing over everything, which asks nothing.

    Until the transaction ends nobody else claims letters: two claims would each see the same room.
    """
    if policy.per_hour is None and policy.ramp is None:
        return None
    if session.dialect == "postgresql":
        session.rows("SELECT pg_advisory_xact_lock(:class, :key)", {"class": CLASS, "key": KEY})
    hour = _since(session, now - HOUR, policy.per_hour) if policy.per_hour is not None else ()
    today = now.astimezone(UTC).date()
    if policy.ramp is None:
        return Lately(hour, 0, today)
    began = policy.ramp.since or _first(session, now).astimezone(UTC).date()
    midnight = datetime.combine(today, time(), UTC)
    most = policy.ramp.room((today - began).days)
    return Lately(hour, len(_since(session, midnight - timedelta(microseconds=1), most)), began)


def _since(session: Session, since: datetime, most: int) -> Sequence[datetime]:
    rows = session.rows(
        "SELECT handed_at FROM messages WHERE handed_at > :since ORDER BY handed_at DESC LIMIT :most",
        {"since": micros(since), "most": most},
    )
    return [moment(row[0]) for row in rows]


def _first(session: Session, now: datetime) -> datetime:
    [(at,)] = session.rows("SELECT MIN(handed_at) FROM messages WHERE handed_at IS NOT NULL")
    return now if at is None else moment(at)
