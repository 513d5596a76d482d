"""Lives: what is known of many customers over time, read in pages for whoever looks ahead or back over all of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from nurture.engine.decision import Reached, StageChange
from nurture.engine.hindsight import Heard, Past
from nurture.engine.snapshot import Fact
from nurture.store.bulk import among
from nurture.store.photographs import portraits
from nurture.store.schema import micros, moment
from nurture.store.transaction import Session


class Waiting(NamedTuple):
    """So many letters that are decided and have not gone out; from when on they may."""

    not_before: datetime
    journey: str
    email: str
    number: int


def number_alive(session: Session) -> int:
    """Count the customers about whom time alone could change something."""
    number: int = session.rows("SELECT COUNT(*) FROM customers WHERE due_at IS NOT NULL")[0][0]
    return number


def number_held(session: Session) -> int:
    """Count the customers whom staff hold."""
    number: int = session.rows("SELECT COUNT(*) FROM customers WHERE held_at IS NOT NULL")[0][0]
    return number


def alive(session: Session, after: str, limit: int) -> list[str]:
    """List customers about whom time alone could change something, by id, behind this one."""
    return [
        row[0]
        for row in session.rows(
            "SELECT id FROM customers WHERE due_at IS NOT NULL AND id > :after ORDER BY id LIMIT :limit",
            {"after": after, "limit": limit},
        )
    ]


def waiting(session: Session) -> list[Waiting]:
    """Count the letters that are queued for those whom nobody holds, by when they may go, journey and email."""
    found = session.rows(
        "SELECT not_before, journey, email, COUNT(*) FROM messages m WHERE state = 'queued' AND NOT EXISTS"
        " (SELECT 1 FROM customers c WHERE c.id = m.customer_id AND c.held_at IS NOT NULL)"
        " GROUP BY not_before, journey, email ORDER BY not_before, journey, email"
    )
    return [Waiting(moment(at), journey, email, number) for at, journey, email, number in found]


def number_signed_up(session: Session, since: datetime) -> int:
    """Count those who signed up, for the last time, since then."""
    number: int = session.rows("SELECT COUNT(*) FROM customers WHERE signed_up_at >= :since", {"since": micros(since)})[
        0
    ][0]
    return number


def signed_up(session: Session, since: datetime, after: str, limit: int) -> list[str]:
    """List those who signed up since then, by id, behind this one."""
    return [
        row[0]
        for row in session.rows(
            "SELECT id FROM customers WHERE signed_up_at >= :since AND id > :after ORDER BY id LIMIT :limit",
            {"since": micros(since), "after": after, "limit": limit},
        )
    ]


def pasts(session: Session, customer_ids: Sequence[str]) -> dict[str, Past]:
    """Read what is written down about these customers: five queries, however many they are."""
    where, bound = among(session, "customer_id", customer_ids)
    heard, stages, reached, scopes = (dict[str, list[Any]]() for _ in range(4))
    for one, name, at, received, properties in session.rows(
        "SELECT customer_id, name, at, received_at, properties FROM events"  # noqa: S608
        f" WHERE {where} ORDER BY received_at, at, id",
        {"among": bound},
    ):
        fact = Fact(name, moment(at), orjson.loads(properties))
        heard.setdefault(one, []).append(Heard(fact, moment(max(at, received))))
    for one, before, after, at, because in session.rows(
        f"SELECT customer_id, from_stage, to_stage, at, because FROM stage_changes WHERE {where} ORDER BY n",  # noqa: S608
        {"among": bound},
    ):
        stages.setdefault(one, []).append(StageChange(before, after, moment(at), because))
    for one, milestone, at, because in session.rows(
        f"SELECT customer_id, milestone, at, because FROM milestones WHERE {where} ORDER BY at",  # noqa: S608
        {"among": bound},
    ):
        reached.setdefault(one, []).append(Reached(milestone, moment(at), because))
    whose, bound = among(session, "c.id", customer_ids)
    for one, scope, at in session.rows(
        "SELECT c.id, s.scope, s.at FROM customers c JOIN suppressions s ON s.email_hash = c.email_hash"  # noqa: S608
        f" WHERE {whose} ORDER BY s.at, s.scope",
        {"among": bound},
    ):
        scopes.setdefault(one, []).append((scope, moment(at)))
    past: dict[str, Past] = {}
    for one, portrait in portraits(session, customer_ids).items():
        rows = (tuple(found.get(one, ())) for found in (heard, stages, reached, scopes))
        past[one] = Past(portrait.snapshot.customer, portrait.snapshot.account, *rows)
    return past
