"""The rows that tests of the store begin with: Ada the builder, Bo the evaluator, Cy the admin, and their past."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import insert

from nurture.store import schema
from nurture.store.suppressions import email_key
from nurture.store.transaction import Session

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def put(session: Session, table: str, **row: Any) -> None:
    """Insert one row as it is said."""
    session.execute(insert(schema.metadata.tables[table]), row)


def customer(session: Session, name: str, at: datetime = MONDAY, **said: Any) -> str:
    """Insert a customer in an account of one; `ada` is `cus_ada`, the product's `u-ada`, at ada@example.com."""
    customer_id = f"cus_{name}"
    put(session, "accounts", id=f"acc_{name}")
    traits = said.pop("traits", {"name": name.title()})
    row = {
        "id": customer_id,
        "account_id": f"acc_{name}",
        "ext_id": f"u-{name}",
        "email": f"{name}@example.com",
        "stage": "assessing",
        "stage_since": at,
        "created_at": at,
        "traits": orjson.dumps(traits).decode(),
        **said,
    }
    key = email_key(row["email"])
    hashed = {"email_hash": key} if "email_hash" in schema.customers.c else {}
    put(session, "customers", email_key=key, **hashed, **row)
    return customer_id


def enrollment(session: Session, customer_id: str, journey: str, **said: Any) -> None:
    """Insert an enrollment, at the step `hello` of revision 1 unless said otherwise."""
    row = {
        "entry": 1,
        "revision": 1,
        "state": "active",
        "step": "hello",
        "since": MONDAY,
        "due_at": MONDAY + DAY,
        "because": "waits 1 day",
        "entered_at": MONDAY,
        "entered_because": "stage is assessing",
        **said,
    }
    put(session, "enrollments", customer_id=customer_id, journey=journey, **row)


def letter(session: Session, customer_id: str, step: str, at: datetime, **said: Any) -> str:
    """Insert a message of first-win that was decided at a moment; queued unless said otherwise."""
    message_id = f"msg_{at:%d%H}_{customer_id}_{step}"
    row = {
        "journey": "first-win",
        "entry": 1,
        "pass": 1,
        "email": step,
        "topic": "tips",
        "urgent": False,
        "customer_gen": 0,
        "account_gen": 0,
        "state": "queued",
        "because": "queued",
        "not_before": at,
        "expires_at": at + DAY,
        "retry_at": at,
        **said,
    }
    put(
        session,
        "messages",
        id=message_id,
        send_id=f"send-{message_id}",
        customer_id=customer_id,
        step=step,
        decided_at=at,
        **row,
    )
    return message_id


def decision(session: Session, customer_id: str, at: datetime, *notes: dict[str, Any], cause: str = "time") -> None:
    """Insert what was decided at a moment, as the engine's notes say it."""
    put(session, "decisions", customer_id=customer_id, at=at, n=1, cause=cause, body=orjson.dumps(notes).decode())


def event(session: Session, customer_id: str, name: str, at: datetime, **properties: Any) -> None:
    """Insert something that the product told us."""
    put(
        session,
        "events",
        id=f"evt_{name}_{at:%d%H}",
        source="product",
        ext_id=f"{name}-{at:%d%H}",
        customer_id=customer_id,
        name=name,
        at=at,
        received_at=at,
        properties=orjson.dumps(properties).decode(),
    )
