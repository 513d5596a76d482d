"""Delivery: what a provider's delivery events are about, and what they change of a letter."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from nurture.store.bulk import among, tell
from nurture.store.schema import micros, moment
from nurture.store.transaction import Session


class Sent(NamedTuple):
    """A letter that a delivery event is about.  handed_at: life time; None where no byte of it has left."""

    id: str
    customer_id: str
    journey: str
    step: str
    email: str
    handed_at: datetime | None
    email_hash: str


def letters(session: Session, send_ids: Iterable[str]) -> dict[str, Sent]:
    """Find letters by the id that the provider was given of them."""
    where, bound = among(session, "m.send_id", send_ids)
    rows = session.rows(
        "SELECT m.send_id, m.id, m.customer_id, m.journey, m.step, m.email, m.handed_at, c.email_hash"  # noqa: S608
        f" FROM messages m JOIN customers c ON c.id = m.customer_id WHERE {where}",
        {"among": bound},
    )
    found = {}
    for send_id, message_id, customer_id, journey, step, email, handed_at, email_hash in rows:
        handed = None if handed_at is None else moment(handed_at)
        found[send_id] = Sent(message_id, customer_id, journey, step, email, handed, email_hash)
    return found


def people_at(session: Session, email_hashes: Iterable[str]) -> dict[str, list[str]]:
    """List who is reached at each of these addresses: seal -> customers."""
    where, bound = among(session, "email_hash", email_hashes)
    found: dict[str, list[str]] = {}
    for seal, customer_id in session.rows(
        f"SELECT email_hash, id FROM customers WHERE {where} ORDER BY id",  # noqa: S608
        {"among": bound},
    ):
        found.setdefault(seal, []).append(customer_id)
    return found


def known(session: Session, source: str, ext_ids: Iterable[str]) -> set[str]:
    """Say which of these a source has told us already."""
    where, bound = among(session, "ext_id", ext_ids)
    rows = session.rows(
        f"SELECT ext_id FROM events WHERE source = :source AND {where}",  # noqa: S608
        {"among": bound, "source": source},
    )
    return {row[0] for row in rows}


def taken_after_all(session: Session, because: Mapping[str, str]) -> None:
    """Note that letters of which that was not known were taken by the provider: message id -> how we know."""
    tell(
        session,
        "UPDATE messages SET state = 'accepted', because = :because"
        " WHERE messages.id = :id AND messages.state IN ('unknown', 'lost')",
        [{"id": message_id, "because": said} for message_id, said in because.items()],
    )


def give_up(session: Session, machine: datetime, patience: timedelta) -> int:
    """Note that letters are lost of which nobody has told in all this time whether they were taken; count them."""
    return session.run(
        "UPDATE messages SET state = 'lost', because = :because WHERE state = 'unknown' AND id IN ("
        "SELECT m.id FROM messages m JOIN attempts a ON a.message_id = m.id AND a.n = m.attempt"
        " WHERE m.state = 'unknown' AND a.finished_at < :before)",
        {
            "before": micros(machine - patience),
            "because": "lost: nobody has told whether it was taken; it is not sent again by itself",
        },
    )
