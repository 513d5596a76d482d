"""Notes: what staff write down about a customer."""

from datetime import datetime
from typing import NamedTuple

from nurture.store.ids import new_id
from nurture.store.schema import micros, moment
from nurture.store.transaction import Session


class Note(NamedTuple):
    """One note.  author: a member's address, or the name of a key."""

    id: str
    author: str
    text: str
    at: datetime


def add(session: Session, customer_id: str, author: str, text: str, now: datetime) -> str:
    """Write a note down.  Returns its id."""
    own = new_id("nte", now)
    session.run(
        "INSERT INTO notes (id, customer_id, author, text, at) VALUES (:id, :customer_id, :author, :text, :at)",
        {"id": own, "customer_id": customer_id, "author": author, "text": text, "at": micros(now)},
    )
    return own


def of_customer(session: Session, customer_id: str, limit: int = 100) -> list[Note]:
    """List what was written about a customer, the latest first."""
    found = session.rows(
        "SELECT id, author, text, at FROM notes WHERE customer_id = :id ORDER BY at DESC, id DESC LIMIT :limit",
        {"id": customer_id, "limit": limit},
    )
    return [Note(own, author, text, moment(at)) for own, author, text, at in found]
