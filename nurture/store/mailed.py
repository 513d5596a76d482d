"""What became of the letters of a journey, by the step that wrote them: sent, delivered, clicked, unsubscribed."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import orjson

from nurture.store.results import Entered, within
from nurture.store.transaction import Session

WENT = ("accepted", "unknown", "lost")  # bytes have left, or may have
STOPPED = ("refused", "blocked", "cancelled")


class Mailed(NamedTuple):
    """The letters of one step.  sent: handed to the provider; stopped: written, and never to be sent.

    delivered, clicked, bounced, complained, unsubscribed: letters of which the provider told so; scanners' clicks
    are not among them.
    """

    sent: int = 0
    stopped: int = 0
    delivered: int = 0
    clicked: int = 0
    bounced: int = 0
    complained: int = 0
    unsubscribed: int = 0


def mailed(session: Session, entered: Entered, most: int) -> dict[str, Mailed]:
    """Count the letters of the latest of those who entered, by step."""
    where, bound = within(session, entered)
    rows = session.rows(
        "WITH walks AS (SELECT e.customer_id, e.entry FROM enrollments e"  # noqa: S608
        f" JOIN customers c ON c.id = e.customer_id WHERE {where}"
        " ORDER BY e.entered_at DESC, e.customer_id DESC LIMIT :most)"
        " SELECT m.id, m.step, m.state FROM walks w JOIN messages m"
        " ON m.customer_id = w.customer_id AND m.journey = :journey AND m.entry = w.entry"
        " UNION ALL SELECT NULL, NULL, properties FROM events WHERE name IN ('email_delivered', 'email_clicked',"
        " 'email_bounced', 'email_reported') AND customer_id IN (SELECT customer_id FROM walks)",
        {**bound, "most": most},
    )
    steps = {message_id: step for message_id, step, _ in rows if message_id}
    count: dict[str, Counter[str]] = {step: Counter() for step in steps.values()}
    for message_id, step, state in rows:
        if message_id:
            count[step].update({"sent": state in WENT, "stopped": state in STOPPED})
    for message_id, was in _told(row[2] for row in rows if row[0] is None):
        if message_id in steps:
            count[steps[message_id]][was] += 1
    return {step: Mailed(**{name: one[name] for name in Mailed._fields}) for step, one in count.items()}


def _told(properties: Iterable[str]) -> set[tuple[str, str]]:
    """What was told of letters, once for each: its id, and what it was."""
    told = [orjson.loads(one) for one in properties]
    return {(str(one.get("message")), str(one.get("was"))) for one in told if not one.get("machine")}
