"""Who did what stands there, in the order it was done."""

import pytest

from nurture.store import audit
from nurture.store.session import Session, Sessions
from tests.store.rows import HOUR, MONDAY


def test_entries_come_newest_first_and_a_page_at_a_time(sessions: Sessions) -> None:
    def act(session: Session) -> None:
        for hour in range(5):
            audit.record(session, MONDAY + hour * HOUR, "cy", f"act {hour}", "house", {"n": hour}, [hour, "é"])

    sessions.write(act)

    with sessions.read() as session:
        first = audit.entries(session, limit=2)
        rest = audit.entries(session, before_id=first[-1].id)
    assert [entry.act for entry in [*first, *rest]] == ["act 4", "act 3", "act 2", "act 1", "act 0"]
    assert first[0][1:] == (MONDAY + 4 * HOUR, "cy", "act 4", "house", {"n": 4}, [4, "é"])


def test_what_was_not_said_is_none(sessions: Sessions) -> None:
    sessions.write(lambda session: audit.record(session, MONDAY, "cy", "resume", "house"))
    with sessions.read() as session:
        (entry,) = audit.entries(session)

    assert (entry.before, entry.after) == (None, None)


def test_an_entry_goes_with_the_act_it_tells_of(sessions: Sessions) -> None:
    def act(session: Session) -> None:
        audit.record(session, MONDAY, "cy", "hold", "house")
        raise LookupError("changed my mind")

    with pytest.raises(LookupError):
        sessions.write(act)

    with sessions.read() as session:
        assert audit.entries(session) == []
