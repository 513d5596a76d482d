"""Limits over everything: an hour lets so many letters go, and so does a day while a domain is new."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from nurture.engine.policy import Policy, Ramp
from nurture.flow.judging import Valve
from nurture.settings import ROOT
from nurture.store import valve
from nurture.store.messages import queued
from nurture.store.session import Session
from tests.faults.carriers import PATIENCE, a_post, at_once, carries, publishes, signs_up
from tests.stories.town import Town

POLICY = (ROOT / "config" / "policy.yaml").read_text()
HOUR = timedelta(hours=1)


def limits(town: Town, said: str) -> None:
    publishes(town, {("policy", "policy"): f"{POLICY}\n{said}\n"})


def arrive(town: Town, people: int, first: int = 0) -> None:
    for n in range(first, first + people):
        signs_up(town, f"p{n}")


def went(town: Town) -> list[datetime]:
    with town.ground.sessions.read() as session:
        rows = session.rows("SELECT handed_at FROM messages WHERE handed_at IS NOT NULL ORDER BY handed_at")
    return [datetime.fromtimestamp(row[0] / 1e6, UTC) for row in rows]


def test_an_hour_lets_so_many_go_and_the_others_follow(town: Town) -> None:
    limits(town, "per_hour: 5")
    arrive(town, 12)

    town.carries_the_post()
    at_once_ = len(town.sendgrid.ledger)
    town.passes(hours=4)

    moments = went(town)[:12]
    assert at_once_ == 5
    assert len(moments) == 12
    assert all(later - earlier >= HOUR for earlier, later in zip(moments, moments[5:], strict=False))
    assert moments[-1] - moments[0] < 3 * HOUR


def test_who_waits_for_the_hour_is_told_why(town: Town) -> None:
    limits(town, "per_hour: 1")
    arrive(town, 2)
    town.carries_the_post()

    with town.ground.sessions.read() as session:
        [(because, not_before)] = session.rows("SELECT because, not_before FROM messages WHERE state = 'queued'")

    assert because == "held by the hourly limit: at most 1 over everything"
    assert datetime.fromtimestamp(not_before / 1e6, UTC) == town.now + HOUR


def test_what_waits_for_the_hour_is_not_late_because_of_it(town: Town) -> None:
    limits(town, "per_hour: 1")
    arrive(town, 40)

    town.carries_the_post()
    town.passes(hours=41)

    assert Counter(line.to for line in town.sendgrid.ledger if "welcome" in line.categories[0]).total() == 40


def test_who_waits_is_told_when_the_next_place_is_free(town: Town) -> None:
    limits(town, "per_hour: 2")
    for minutes in (0, 30, 10, 0):
        town.sleeps(minutes=minutes)
        arrive(town, 1, first=minutes + len(town.sendgrid.ledger))
        town.carries_the_post()

    with town.ground.sessions.read() as session:
        rows = session.rows("SELECT not_before FROM messages WHERE state = 'queued' ORDER BY not_before")
    opens = [datetime.fromtimestamp(row[0] / 1e6, UTC) - town.now for row in rows]
    assert opens == [timedelta(minutes=20), timedelta(minutes=20)]  # each was told when the next place is free


def test_of_several_that_wait_each_waits_for_a_place_of_its_own(town: Town) -> None:
    limits(town, "per_hour: 2")
    arrive(town, 1)
    town.carries_the_post()
    town.sleeps(minutes=30)
    arrive(town, 3, first=1)
    town.carries_the_post()

    with town.ground.sessions.read() as session:
        rows = session.rows("SELECT not_before FROM messages WHERE state = 'queued' ORDER BY not_before")
    opens = [datetime.fromtimestamp(row[0] / 1e6, UTC) - town.now for row in rows]
    assert opens == [timedelta(minutes=30), timedelta(minutes=60)]


def test_what_waits_is_late_only_a_day_after_its_place_was_free(town: Town) -> None:
    limits(town, "per_hour: 1")
    arrive(town, 1)
    with town.ground.sessions.read() as session:
        policy = town.ground.shelf.playbook(session).policy
        [message] = queued(session, town.now, town.machine, 1)
    full = Valve(policy, valve.Lately([town.now - HOUR / 2], 0, town.now.date()), town.now)

    ending = full.against(message._replace(expires_at=town.now))

    assert ending is not None
    assert (ending.not_before, ending.expires_at) == (town.now + HOUR / 2, town.now + HOUR / 2 + 24 * HOUR)


def test_two_claims_never_see_the_same_room(town: Town) -> None:
    limits(town, "per_hour: 5")
    with town.ground.sessions.read() as session:
        policy = town.ground.shelf.playbook(session).policy
    looked, goes_on, second = Event(), Event(), Event()

    def first_claim(session: Session) -> None:
        valve.lately(session, policy, town.now)
        looked.set()
        assert goes_on.wait(PATIENCE)

    def second_claim() -> None:
        town.ground.sessions.write(lambda session: valve.lately(session, policy, town.now))
        second.set()

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(town.ground.sessions.write, first_claim)
        assert looked.wait(PATIENCE)
        other = pool.submit(second_claim)
        early = second.wait(0.3)
        goes_on.set()
        one.result()
        other.result()

    assert not early
    assert second.is_set()


def test_many_senders_share_one_hour(town: Town) -> None:
    limits(town, "per_hour: 7")
    arrive(town, 24)

    def sends() -> int:
        with a_post(town, connections=2) as post:
            return carries(town, post)

    calls = at_once([sends] * 6)

    assert sum(call.result() for call in calls) == 7
    assert len(town.sendgrid.ledger) == 7


def test_a_new_domain_begins_with_few_and_grows_by_the_day(town: Town) -> None:
    limits(town, "ramp: {start: 2, grow: 2}")
    arrive(town, 9)

    town.carries_the_post()
    days = [len(town.sendgrid.ledger)]
    for _ in range(3):
        town.passes(days=1)
        days.append(len([line for line in town.sendgrid.ledger if "welcome" in line.categories[0]]))

    assert days[0] == 2
    per_day = Counter(at.date() for at in went(town))
    assert list(per_day.values())[:2] == [2, 4]
    assert per_day[max(per_day)] <= 16


def test_a_ramp_leaves_what_is_transactional_alone(town: Town) -> None:
    text = POLICY.replace("{id: trial, name: Your trial, default: on}", "{id: trial, name: Yours, transactional: true}")
    publishes(town, {("policy", "policy"): f"{text}\nramp: {{start: 1, grow: 1}}\n"})
    arrive(town, 3)

    town.carries_the_post()

    with town.ground.sessions.read() as session:
        topics = session.rows("SELECT DISTINCT topic FROM messages")
    assert topics == [("trial",)]
    assert len(town.sendgrid.ledger) == 3


@pytest.mark.parametrize(("day", "room"), [(0, 50), (1, 75), (2, 112), (-31, 50), (2_196, 10**9)])
def test_a_ramp_has_room(day: int, room: int) -> None:
    assert Ramp(start=50, grow=1.5).room(day) == room


def test_a_policy_without_limits_asks_nothing(town: Town) -> None:
    with town.ground.sessions.read() as session:
        policy: Policy = town.ground.shelf.playbook(session).policy
        assert valve.lately(session, policy, town.now) is None
