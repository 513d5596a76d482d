"""The inbox: what machines told us, once each, and whom it is about."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson

from nurture.engine.snapshot import Fact
from nurture.store.bulk import among, tell
from nurture.store.ids import new_id
from nurture.store.schema import micros, moment
from nurture.store.transaction import Session

HELD_FOR = timedelta(days=35)  # how long an event waits for its sign-up: longer than any sender's retries


class Told(NamedTuple):
    """One thing we were told.  ext_id: the sender's id, '' where it gave none: then it is new by definition."""

    source: str
    ext_id: str
    name: str
    at: datetime
    properties: Mapping[str, Any] = {}

    @property
    def fact(self) -> Fact:
        return Fact(self.name, self.at, self.properties)


class Known(NamedTuple):
    """Who a reference turned out to mean."""

    id: str
    account_id: str
    ext_id: str | None
    email_key: str


INSERT_EVENT = (
    "INSERT INTO events (id, source, ext_id, customer_id, held_for, name, at, received_at, properties) VALUES (:id,"
    " :source, :ext_id, :customer_id, :held_for, :name, :at, :received_at, :properties)"
    " ON CONFLICT (source, ext_id) DO NOTHING"
)


def keep(session: Session, told: Told, customer_id: str | None, held_for: str | None, now: datetime) -> bool:
    """Write down what we were told.  Returns False if we knew it already: then it must have no effect again."""
    return bool(session.run(INSERT_EVENT, _row(told, customer_id, held_for, now)))


def keep_all(session: Session, told: Sequence[tuple[str, Told]], now: datetime) -> None:
    """Write down what we were told, each of its customer; no id twice among it."""
    tell(session, INSERT_EVENT, [_row(one, customer_id, None, now) for customer_id, one in told])


def _row(told: Told, customer_id: str | None, held_for: str | None, now: datetime) -> dict[str, Any]:
    own = new_id("evt", now)
    return {
        "id": own,
        "source": told.source,
        "ext_id": told.ext_id or own,
        "customer_id": customer_id,
        "held_for": held_for,
        "name": told.name,
        "at": micros(told.at),
        "received_at": micros(now),
        "properties": orjson.dumps(dict(told.properties)).decode(),
    }


def known_to(session: Session, ext_ids: Iterable[str], email_keys: Iterable[str]) -> dict[str, Known]:
    """Find customers by the product's ids and by address: `id:...` and `email:...` -> customer.

    Where several share an address, the one who signed up last is meant.
    """
    found: dict[str, Known] = {}
    for column, prefix, wanted in (("email_key", "email", set(email_keys)), ("ext_id", "id", set(ext_ids))):
        if wanted:
            where, bound = among(session, column, sorted(wanted))
            rows = session.rows(
                "SELECT id, account_id, ext_id, email_key FROM customers"  # noqa: S608
                f" WHERE {where} ORDER BY signed_up_at IS NOT NULL, signed_up_at, id",
                {"among": bound},
            )
            for row in rows:
                known = Known(*row)
                found[f"{prefix}:{known.email_key if prefix == 'email' else known.ext_id}"] = known
    return found


def line_up(session: Session, references: Iterable[str], *, shared: bool = False) -> None:
    """Let nobody else decide meanwhile who these references mean: until this transaction ends, on PostgreSQL.

    A sign-up must not overlook the lead, or the event about to be held, that another transaction is just writing.
    Events among themselves need not wait: they line up `shared`. To be called before any row is locked; SQLite's one
    writer stands in line already. There are 1,024 lines, so that a large batch does not fill the server's lock table.
    """
    if session.dialect == "postgresql":
        lock = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        session.rows(
            f"SELECT {lock}(key) FROM (SELECT DISTINCT hashtextextended(reference, 0) & 1023 AS key"  # noqa: S608
            " FROM unnest(CAST(:among AS text[])) reference ORDER BY key) keys",
            {"among": sorted(set(references))},
        )


def lead_of(session: Session, email_key: str) -> str | None:
    """Find the lead with this address: somebody who has not signed up yet."""
    rows = session.rows(
        "SELECT id FROM customers WHERE email_key = :email_key AND ext_id IS NULL", {"email_key": email_key}
    )
    return rows[0][0] if rows else None


def is_lead(session: Session, customer_id: str) -> bool:
    """Whether this is somebody who has not signed up yet."""
    return bool(session.rows("SELECT 1 FROM customers WHERE id = :id AND ext_id IS NULL", {"id": customer_id}))


def held_for(session: Session, references: Sequence[str], now: datetime) -> list[tuple[str, Fact]]:
    """List the events that wait for a customer, with their ids, in the order in which they happened."""
    where, bound = among(session, "held_for", references)
    rows = session.rows(
        f"SELECT id, name, at, properties FROM events WHERE customer_id IS NULL AND {where}"  # noqa: S608
        " AND received_at > :oldest ORDER BY at, id",
        {"among": bound, "oldest": micros(now - HELD_FOR)},
    )
    return [(row[0], Fact(row[1], moment(row[2]), orjson.loads(row[3]))) for row in rows]


def give(session: Session, event_ids: Sequence[str], customer_id: str) -> None:
    """Let held events belong to a customer from now on."""
    session.many(
        "UPDATE events SET customer_id = :customer_id WHERE id = :id",
        [{"id": event_id, "customer_id": customer_id} for event_id in event_ids],
    )


LEFT_OVER = "set aside"  # in place of whom an event was held for: its customer is known, but could not be decided


def leave_over(session: Session, customer_id: str, facts: Iterable[Fact]) -> None:
    """Note that these facts have taken no effect yet: their customer could not be decided."""
    session.many(
        "UPDATE events SET held_for = :left WHERE customer_id = :customer_id AND name = :name AND at = :at",
        [{"left": LEFT_OVER, "customer_id": customer_id, "name": one.name, "at": micros(one.at)} for one in facts],
    )


def left_over(session: Session, customer_ids: Iterable[str]) -> dict[str, list[Fact]]:
    """List the facts of these customers that have taken no effect yet, in the order in which they happened."""
    where, bound = among(session, "customer_id", customer_ids)
    rows = session.rows(
        "SELECT customer_id, name, at, properties FROM events"  # noqa: S608
        f" WHERE held_for = :left AND {where} ORDER BY at, id",
        {"among": bound, "left": LEFT_OVER},
    )
    found: dict[str, list[Fact]] = {}
    for customer_id, name, at, properties in rows:
        found.setdefault(customer_id, []).append(Fact(name, moment(at), orjson.loads(properties)))
    return found


def catch_up_with(session: Session, customer_ids: Iterable[str]) -> None:
    """Note that everything these customers told has taken effect."""
    where, bound = among(session, "customer_id", customer_ids)
    session.run(
        f"UPDATE events SET held_for = NULL WHERE held_for = :left AND {where}",  # noqa: S608
        {"among": bound, "left": LEFT_OVER},
    )


def customers_at(session: Session, email_hash: str) -> list[str]:
    """List everybody who is reached at this address."""
    return [row[0] for row in session.rows("SELECT id FROM customers WHERE email_hash = :h", {"h": email_hash})]
