"""The main job, end to end: real processes, real HTTP, signed webhooks, letters over the wire, on a fast clock."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import Databases
from tests.fake_sendgrid import FakeSendGrid
from tests.stories.main_run import Person, Record, in_order, people, run
from tests.stories.service import Service
from tests.stories.town import founded

ADOPTED_JOURNEYS = {"welcome-aboard"}


def lived(
    lender: Databases, folder: Path, count: int, speed: float, trial_days: int, kills: int = 0
) -> tuple[list[Person], Record]:
    """Let a crowd live through the main run, and give what is then on record."""
    crowd = people(count, timedelta(days=trial_days))
    with lender.database(founded) as url, FakeSendGrid(folder / "ledger") as sendgrid:
        service = Service(url, folder, sendgrid, speed)
        service.starts()
        try:
            acts = run(service, crowd, trial_days, kills)
        finally:
            service.stops()
        return crowd, Record(service, url, sendgrid, acts)


def holds(crowd: list[Person], record: Record, *, killed: bool) -> None:
    """Hold the record against everything that must be so."""
    _answers_told_the_truth(crowd, record)
    _each_is_where_they_should_be(crowd, record)
    _nothing_came_after_an_end(crowd, record)
    _nothing_was_sent_twice(record, killed=killed)
    assert record.outside_the_window() == []
    assert record.over_the_caps() == []
    assert record.miscounted() == []


def _answers_told_the_truth(crowd: list[Person], record: Record) -> None:
    for person in crowd:
        body = record.acts.signed_up[person.user_id].body
        assert body["stage"] == "assessing"
        assert body["persona"] == person.persona
        assert {walk["journey"] for walk in body["enrollments"]} >= {"first-win", "trial-ending"}
        assert all(walk["because"] for walk in body["enrollments"])


def _each_is_where_they_should_be(crowd: list[Person], record: Record) -> None:
    for person in crowd:
        stages = record.stages[person.user_id]
        expected = "adopted" if person.does == "subscription_started" else "terminated"
        assert (stages[0], stages[-1]) == ("assessing", expected), (person, stages)


def _nothing_came_after_an_end(crowd: list[Person], record: Record) -> None:
    for person in crowd:
        if person.does is None:
            continue
        acknowledged = record.acts.stopped[person.user_id].at
        later = {line.categories[0].split(".")[0] for line in record.lines_of(person) if line.at > acknowledged}
        assert later <= (ADOPTED_JOURNEYS if person.does == "subscription_started" else set()), (person, later)


def _nothing_was_sent_twice(record: Record, *, killed: bool) -> None:
    accepted = Counter(line.send_id for line in record.ledger)
    assert [send_id for send_id, times in accepted.items() if times > 1] == []
    states = {one.send_id: one.state for one in record.tries}
    assert {states[send_id] for send_id in accepted} <= ({"accepted", "unknown"} if killed else {"accepted"})
    assert {send_id for send_id, state in states.items() if state == "accepted"} <= set(accepted)


def test_sixty_live_through_their_trials(sqlite_files: Databases, tmp_path: Path) -> None:
    crowd, record = lived(sqlite_files, tmp_path, count=60, speed=14_400, trial_days=5)

    holds(crowd, record, killed=False)
    firsts = [[line.categories[0] for line in record.lines_of(person)[:2]] for person in crowd]  # two leave at once
    assert all("first-win.welcome" in letters for letters in firsts)
    assert {one.persona for one in record.tries} == {"kevin", "wilma"}
    assert len(record.ledger) > 2 * len(crowd)


@pytest.mark.timeout(300)
def test_ten_kills_lose_nothing_and_send_nothing_twice(sqlite_files: Databases, tmp_path: Path) -> None:
    crowd, record = lived(sqlite_files, tmp_path, count=60, speed=7_200, trial_days=4, kills=10)

    holds(crowd, record, killed=True)
    assert in_order([one.at for one in record.tries])
    assert all(one.at <= one.handed_at for one in record.tries if one.handed_at is not None)  # life goes on, never back
    assert len(record.ledger) > len(crowd)


@pytest.mark.campaign
def test_three_hundred_live_through_their_trials(databases: Databases, tmp_path: Path) -> None:
    crowd, record = lived(databases, tmp_path, count=300, speed=7_200, trial_days=14)

    holds(crowd, record, killed=False)


@pytest.mark.campaign
def test_three_hundred_and_ten_kills(databases: Databases, tmp_path: Path) -> None:
    crowd, record = lived(databases, tmp_path, count=300, speed=3_600, trial_days=5, kills=10)

    holds(crowd, record, killed=True)
