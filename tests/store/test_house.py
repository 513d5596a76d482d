"""The installation remembers, and what must be said once is said once."""

from concurrent.futures import ThreadPoolExecutor

from nurture.store import house
from nurture.store.session import Sessions


def test_what_is_remembered_is_recalled_until_it_is_replaced_or_forgotten(sessions: Sessions) -> None:
    told = []
    for act in (
        lambda session: house.remember(session, "hold", "since noon"),
        lambda session: house.remember(session, "hold", "since one"),
        lambda session: house.forget(session, "hold"),
    ):
        sessions.write(act)
        with sessions.read() as session:
            told.append(house.recall(session, "hold"))

    assert told == ["since noon", "since one", None]


def test_of_many_who_anchor_the_clock_at_once_all_keep_the_same(sessions: Sessions) -> None:
    def anchors(number: int) -> str:
        return sessions.write(lambda session: house.recall_or(session, "anchor", str(number)))

    with ThreadPoolExecutor(max_workers=8) as threads:
        kept = set(threads.map(anchors, range(40)))

    with sessions.read() as session:
        assert kept == {house.recall(session, "anchor")}
