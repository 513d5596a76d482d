"""Traces: which ways people took and which events came in, counted for whoever asks what a playbook is used for."""

from collections import Counter
from datetime import datetime

import orjson

from nurture.store.schema import micros
from nurture.store.transaction import Session

PAGE = 2000  # decisions read at once
SAID = '%"because":"path %'  # how a split begins the sentence that says which path was taken

DECISIONS = (
    "SELECT customer_id, at, n, body FROM decisions WHERE at >= :since AND body LIKE :said"
    " AND (customer_id, at, n) > (:customer, :at, :n) ORDER BY customer_id, at, n LIMIT :most"
)


def paths_taken(session: Session, since: datetime, page: int = PAGE) -> dict[tuple[str, str, str], int]:
    """Count how often each path of a split was taken since then: (journey, step, the path's number) -> times."""
    taken = Counter[tuple[str, str, str]]()
    behind = {"customer": "", "at": 0, "n": 0}
    while True:
        found = session.rows(DECISIONS, {"since": micros(since), "said": SAID, "most": page, **behind})
        for _, _, _, body in found:
            for note in orjson.loads(body):
                word, _, rest = note["because"].partition(" ")
                number = rest.replace(":", ",").partition(",")[0]
                if word == "path" and number.isdigit() and note["do"] == "onward":
                    taken[note["journey"], note["step"], number] += 1
        if len(found) < page:
            return dict(taken)
        behind = dict(zip(behind, found[-1], strict=False))


def events_heard(session: Session) -> frozenset[str]:
    """Name every event that ever came in."""
    return frozenset(name for (name,) in session.rows("SELECT DISTINCT name FROM events"))
