"""Accounts: who is in them, and what their people share.

An account's row is the lock of everybody in it; whoever changes what they share holds it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from nurture.engine.snapshot import Account, Facts
from nurture.store.bulk import among, tell
from nurture.store.facts import NOBODY_ELSE, read_account, read_facts, write_account
from nurture.store.ids import new_id
from nurture.store.photographs import lock
from nurture.store.schema import micros
from nurture.store.transaction import Session

LOCKING = {"sqlite": "", "postgresql": " FOR NO KEY UPDATE"}  # SQLite's one writer holds the only lock already


class Joined(NamedTuple):
    """The account somebody is in: its id, its generation, and what its people share.  Its row is locked."""

    id: str
    gen: int = 0
    account: Account = NOBODY_ELSE


class Told(NamedTuple):
    """What a sign-up tells of an account.  ext_id: the product's own id; without it, it is an account of one."""

    ext_id: str | None = None
    name: str | None = None
    traits: Mapping[str, Any] = {}


INSERT = (
    "INSERT INTO accounts (id, ext_id, name, gen, traits) VALUES (:id, :ext_id, :name, 0, :traits)"
    " ON CONFLICT (ext_id) DO NOTHING"
)


def join(session: Session, told: Told, now: datetime) -> Joined:
    """Find or make the account that is told of, and take in its name and traits.  An account of one needs no read.

    Where its traits have changed, its people become due: their journeys may rest on them.
    """
    own = new_id("acc", now)
    values = {"id": own, "ext_id": told.ext_id, "name": told.name, "traits": _json(told.traits)}
    if session.run(INSERT, values):
        _hold(session, own)
        return Joined(own) if told.ext_id is None else Joined(own, 0, Account(shared=True, traits=told.traits))
    [(found, gen, name, traits, facts)] = session.rows(
        f"SELECT id, gen, name, traits, facts FROM accounts WHERE ext_id = :ext_id{LOCKING[session.dialect]}",  # noqa: S608
        {"ext_id": told.ext_id},
    )
    _hold(session, found)
    account = read_account(told.ext_id, traits, facts)
    merged = {**account.traits, **told.traits}
    if merged != account.traits or told.name not in (None, name):
        session.run(
            "UPDATE accounts SET name = :name, traits = :traits WHERE id = :id",
            {"id": found, "name": told.name or name, "traits": _json(merged)},
        )
    if merged != account.traits:
        wake(session, [found], now, "more is known of their account")
    return Joined(found, gen, account._replace(traits=merged))


def _json(traits: Mapping[str, Any]) -> str:
    return orjson.dumps(dict(traits)).decode()


def lock_with(session: Session, customer_id: str, told: Told, now: datetime) -> None:
    """Lock a customer's account and the one they are said to be in, which is made if need be, in ascending order."""
    own = new_id("acc", now)
    session.run(INSERT, {"id": own, "ext_id": told.ext_id, "name": told.name, "traits": _json(told.traits)})
    if session.dialect == "postgresql":
        rows = session.rows(
            "SELECT id FROM accounts WHERE id = (SELECT account_id FROM customers WHERE id = :id)"
            " OR ext_id = :ext_id ORDER BY id FOR NO KEY UPDATE",
            {"id": customer_id, "ext_id": told.ext_id},
        )
        _hold(session, *(row[0] for row in rows))


def _hold(session: Session, *account_ids: str) -> None:
    """Note that these rows are locked by this transaction."""
    if session.dialect == "postgresql":
        session.locked.update(account_ids)


def move(session: Session, customer_id: str, joined: Joined) -> None:
    """Let a customer be of another account from now on; both must be locked.  Letters on their way to them still go."""
    session.run(
        "UPDATE customers SET account_id = :account_id WHERE id = :id", {"id": customer_id, "account_id": joined.id}
    )
    uphold(session, {customer_id: joined.gen})


def known_to(session: Session, ext_ids: Iterable[str]) -> dict[str, list[str]]:
    """Find everybody in the accounts of these names: the product's id -> customers."""
    where, bound = among(session, "a.ext_id", sorted(set(ext_ids)))
    rows = session.rows(
        f"SELECT a.ext_id, c.id FROM accounts a JOIN customers c ON c.account_id = a.id WHERE {where} ORDER BY c.id",  # noqa: S608
        {"among": bound},
    )
    return _grouped(rows)


def people(session: Session, account_ids: Iterable[str]) -> dict[str, list[str]]:
    """List everybody in these accounts, the longest known first; who is set aside comes by time."""
    where, bound = among(session, "account_id", account_ids)
    rows = session.rows(
        f"SELECT account_id, id FROM customers WHERE failures = 0 AND {where} ORDER BY id",  # noqa: S608
        {"among": bound},
    )
    return _grouped(rows)


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, customer_id in rows:
        found.setdefault(key, []).append(customer_id)
    return found


def record(session: Session, changed: Mapping[str, tuple[Account, int]]) -> None:
    """Write what the people of these accounts share now, and their generations: one statement, none for none."""
    tell(
        session,
        "UPDATE accounts SET facts = :facts, gen = :gen WHERE accounts.id = :id",
        [{"id": key, "facts": write_account(now), "gen": gen} for key, (now, gen) in changed.items()],
    )


def uphold(session: Session, gens: Mapping[str, int]) -> None:
    """Let letters go on to customers whom what happened in their account does not concern: id -> its generation."""
    tell(
        session,
        "UPDATE messages SET account_gen = :account_gen"
        " WHERE messages.customer_id = :customer_id AND messages.state IN ('queued', 'handing')",
        [{"customer_id": customer_id, "account_gen": gen} for customer_id, gen in gens.items()],
    )


def wake(session: Session, account_ids: Iterable[str], now: datetime, because: str) -> None:
    """Make everybody in these accounts due now, but for who is set aside; none for none."""
    wanted = sorted(set(account_ids))
    if wanted:
        where, bound = among(session, "account_id", wanted)
        session.run(
            f"UPDATE customers SET due_at = :now, due_because = :because WHERE {where}"  # noqa: S608
            " AND failures = 0 AND (due_at IS NULL OR due_at > :now)",
            {"among": bound, "now": micros(now), "because": because},
        )


class Past(NamedTuple):
    """What somebody's past comes down to, and their account's."""

    facts: Facts
    account_id: str
    account: Account


def pasts(session: Session, customer_ids: Sequence[str]) -> dict[str, Past]:
    """Read what the past of these customers and of their accounts comes down to, and nothing else.

    Their accounts must be locked; whoever has changed accounts meanwhile is looked at anew, as in a photograph.
    """
    found = _pasts(session, customer_ids)
    if session.locked and any(past.account_id not in session.locked for past in found.values()):
        lock(session, customer_ids)
        found = _pasts(session, customer_ids)
    return found


def _pasts(session: Session, customer_ids: Sequence[str]) -> dict[str, Past]:
    where, bound = among(session, "c.id", customer_ids)
    rows = session.rows(
        "SELECT c.id, c.facts, a.id, a.ext_id, a.traits, a.facts FROM customers c"  # noqa: S608
        f" JOIN accounts a ON a.id = c.account_id WHERE {where}",
        {"among": bound},
    )
    return {row[0]: Past(read_facts(row[1]), row[2], read_account(*row[3:])) for row in rows}


def put(session: Session, changed: Mapping[str, Account]) -> None:
    """Write what the people of these accounts share now: one statement, none for none."""
    tell(
        session,
        "UPDATE accounts SET facts = :facts WHERE accounts.id = :id",
        [{"id": key, "facts": write_account(now)} for key, now in changed.items()],
    )
