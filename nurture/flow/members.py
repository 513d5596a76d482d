"""Members: who belongs to a segment now, as the engine says; where there are many customers, some are asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from nurture.engine.playbook import Playbook
from nurture.engine.question import Question
from nurture.store import counts, photographs
from nurture.store.session import Session

MOST = 300  # customers who are asked, the newest: a page that says so answers at once
NAMED = 20


class Members(NamedTuple):
    """How many belong, and some of them: id and address.  asked: how many were looked at; more: there are others."""

    number: int
    named: tuple[tuple[str, str], ...]
    asked: int
    more: bool


def members(
    session: Session, playbook: Playbook, rules: Mapping[str, Question], now: datetime, most: int = MOST
) -> dict[str, Members]:
    """Ask so many customers at most, each about every rule: key -> who belongs.  Time alone may change the answer."""
    ids = counts.newest(session, most + 1) if rules else []
    taken = photographs.portraits(session, ids[:most])
    belong: dict[str, list[tuple[str, str]]] = {key: [] for key in rules}
    for one in ids[:most]:
        snapshot = taken[one].snapshot._replace(segments=playbook.segments)
        for key, rule in rules.items():
            if rule.glance(snapshot, now)[0]:
                belong[key].append((one, snapshot.customer.email))
    asked, more = min(len(ids), most), len(ids) > most
    return {key: Members(len(found), tuple(found[:NAMED]), asked, more) for key, found in belong.items()}
