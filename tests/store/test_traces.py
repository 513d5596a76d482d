"""Which ways people took and what came in is counted from what was written down, page by page."""

import pytest

from nurture.engine.decision import Note, note_as_json
from nurture.store import traces
from nurture.store.session import Session, Sessions
from tests.store.rows import DAY, HOUR, MONDAY, customer, decision, event


def took(path: str, step: str = "fork", do: str = "onward") -> dict[str, object]:
    return note_as_json(Note(do, f"{path}: persona is kevin", "first-win", step))


@pytest.fixture
def past(sessions: Sessions) -> Sessions:
    """Ada, Bo and Cy came to a split; Ada twice, and once long ago."""

    def write(session: Session) -> None:
        ada, bo, cy = (customer(session, name) for name in ("ada", "bo", "cy"))
        decision(session, ada, MONDAY - 100 * DAY, took("path 1"))
        decision(session, ada, MONDAY, took("path 1"), took("path 2, otherwise", "again"))
        decision(session, ada, MONDAY + HOUR, took("path 1"))
        decision(session, bo, MONDAY, took("path 2, otherwise"), took("waits for path 1"), took("path 1", do="letter"))
        decision(session, cy, MONDAY, took("waits a day"))
        event(session, ada, "report_made", MONDAY)
        event(session, ada, "report_made", MONDAY + HOUR)
        event(session, bo, "danced", MONDAY)

    sessions.write(write)
    return sessions


@pytest.mark.parametrize("page", [1, 2, 100])
def test_each_path_is_counted_since_a_moment(past: Sessions, page: int) -> None:
    with past.read() as session:
        taken = traces.paths_taken(session, MONDAY - DAY, page)

    first, second, again = (("first-win", "fork", "1"), ("first-win", "fork", "2"), ("first-win", "again", "2"))
    assert taken == {first: 2, second: 1, again: 1}


def test_every_event_is_named_once(past: Sessions) -> None:
    with past.read() as session:
        heard = traces.events_heard(session)

    assert heard == {"report_made", "danced"}
