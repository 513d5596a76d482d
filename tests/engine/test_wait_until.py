"""Waiting until a moment of the trial, until a date we know of them, and until a time on their own clock."""

from datetime import UTC, datetime
from typing import Any

import pytest

from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps import Outcome
from nurture.engine.steps.wait_until import PATIENCE, WaitUntil
from tests.engine.builders import DAY, HOUR, NOON, ada, bo, journey, newborn, playbook, said, settle

EASTER = datetime(2026, 3, 29, 1, tzinfo=UTC)  # London's clocks go forward


def asked(snapshot: Snapshot, now: datetime = NOON, since: datetime = NOON, **fields: Any) -> Outcome:
    """What the step says now to somebody who has stood there `since`."""
    step = WaitUntil.model_validate({"id": "u", "do": "wait_until", **fields})
    walk = Enrollment("path", 1, 1, "u", since, since, "", since, "")
    return step.decide(snapshot, walk, now)


def person(zone: str = "Europe/London", **more: Any) -> Snapshot:
    """Ada, whose trial lasts until the 16th of March, in a zone."""
    return Snapshot(ada(zone=zone, **more), zone=zone)


def test_a_date_alone_is_its_midnight_where_they_are() -> None:
    outcome = asked(person("Asia/Kathmandu", traits={"renews": "2026-04-01"}), date="renews")

    assert outcome == Outcome("waits until renews", due_at=datetime(2026, 3, 31, 18, 15, tzinfo=UTC))


@pytest.mark.parametrize(
    ("value", "offset", "utc"),
    [
        ("2026-03-30", "-3d", datetime(2026, 3, 27, tzinfo=UTC)),
        ("2026-03-28", "3d", datetime(2026, 3, 30, 23, tzinfo=UTC)),
        ("2026-03-29", "90m", datetime(2026, 3, 29, 1, tzinfo=UTC)),
        ("2026-03-30T09:30", "-1d", datetime(2026, 3, 29, 8, 30, tzinfo=UTC)),
        ("2026-03-30T09:30:00Z", "-1d", datetime(2026, 3, 29, 9, 30, tzinfo=UTC)),
        ("2026-03-30T09:30:00+02:00", "0s", datetime(2026, 3, 30, 7, 30, tzinfo=UTC)),
        ("2026-10-25T01:30", "0s", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
    ids=["midnights", "over the gap", "into the gap", "on their clock", "a moment", "from elsewhere", "the first"],
)
def test_a_date_is_counted_on_their_clock_and_a_moment_is_a_moment(value: str, offset: str, utc: datetime) -> None:
    outcome = asked(person(traits={"renews": value}), date="renews", offset=offset)

    assert outcome.due_at == utc


def test_a_date_that_has_come_lets_them_on_and_says_so() -> None:
    snapshot = person(traits={"renews": "2026-03-10"})

    outcome = asked(snapshot, datetime(2026, 3, 8, 1, tzinfo=UTC), date="renews", offset="-2d")

    ready = datetime(2026, 3, 8, tzinfo=UTC)
    assert outcome == Outcome("it is 2 days before renews", onward=True, planned=ready)


def test_a_date_that_was_over_before_they_came_is_as_of_their_coming() -> None:
    outcome = asked(person(traits={"renews": "2020-01-01"}), NOON + HOUR, date="renews")

    assert (outcome.onward, outcome.planned) == (True, NOON)


@pytest.mark.parametrize(
    ("traits", "because"),
    [
        ({}, "waits for renews, which is not known"),
        ({"renews": None}, "waits for renews, which is not known"),
        ({"renews": "soon"}, "waits for renews, which is no date: 'soon'"),
        ({"renews": "2026-02-30"}, "waits for renews, which is no date: '2026-02-30'"),
        ({"renews": 20260401}, "waits for renews, which is no date: 20260401"),
        ({"renews": True}, "waits for renews, which is no date: True"),
        ({"renews": ["2026-04-01"]}, "waits for renews, which is no date: ['2026-04-01']"),
        ({"renews": "9999-12-31T23:59:59-23:59"}, "waits for renews, which is no date: '9999-12-31T23:59:59-23:59'"),
        ({"renews": "0001-01-01"}, "waits for renews, which is no date: '0001-01-01'"),
    ],
)
def test_what_is_no_date_is_waited_for_but_not_for_ever(traits: dict[str, Any], because: str) -> None:
    snapshot = person("Pacific/Kiritimati", traits=traits)

    assert asked(snapshot, date="renews", offset="-1w") == Outcome(because, due_at=NOON + PATIENCE)
    assert asked(snapshot, NOON + PATIENCE, date="renews") == Outcome(
        "renews did not become known in 90 days", ends=True
    )


def test_a_date_that_changes_moves_the_wait_along() -> None:
    book = playbook(journey("[{id: u, do: wait_until, date: renews, offset: -2d}]"))
    resting, first = settle(book, newborn(ada(traits={"renews": "2026-03-10"})), NOON)
    renewed = resting.customer._replace(traits={"renews": "2026-03-20"})

    _, second = settle(book, resting._replace(customer=renewed), NOON + DAY)

    assert first.due_at == datetime(2026, 3, 8, tzinfo=UTC)
    assert second.due_at == datetime(2026, 3, 18, tzinfo=UTC)


def test_a_paused_trial_lets_what_counts_from_its_end_rest() -> None:
    paused = person(trial_paused_at=NOON + DAY)

    outcome = asked(paused, NOON + 13 * DAY, trial="end", offset="-2d")

    rests = "rests: the trial is paused since Tue 03 Mar 2026 12:00 UTC"
    assert outcome == Outcome(rests, due_at=NOON + DAY + PATIENCE)


def test_a_trial_that_rests_for_long_is_looked_at_again_and_again() -> None:
    paused = person(trial_paused_at=NOON)

    assert asked(paused, NOON + PATIENCE - HOUR, trial="end").due_at == NOON + PATIENCE
    assert asked(paused, NOON + PATIENCE, trial="end").due_at == NOON + 2 * PATIENCE
    assert asked(paused, NOON + 5 * PATIENCE + HOUR, trial="end").due_at == NOON + 6 * PATIENCE


def test_a_pause_that_a_fact_from_tomorrow_began_is_no_reason_to_look_at_once() -> None:
    paused = person(trial_paused_at=NOON + DAY)

    assert asked(paused, NOON, trial="end").due_at == NOON + DAY + PATIENCE


def test_a_paused_trial_does_not_hold_what_counts_from_its_start_or_from_a_date() -> None:
    paused = person(trial_paused_at=NOON + DAY, traits={"renews": "2026-03-10"})

    assert asked(paused, NOON + 7 * DAY, trial="start", offset="7d").onward
    assert asked(paused, NOON + 8 * DAY, date="renews").onward
    assert asked(paused, NOON + DAY, at="12:00", since=NOON + HOUR).onward


def test_a_trial_that_goes_on_again_has_as_much_left_as_it_had() -> None:
    book = playbook(journey("[{id: u, do: wait_until, trial: end, offset: -2d}]"))
    resting, _ = settle(book, newborn(ada()), NOON)
    pausing = resting.customer._replace(trial_paused_at=NOON + DAY)
    paused, _ = settle(book, resting._replace(customer=pausing), NOON + DAY)
    asleep, quiet = settle(book, paused, NOON + 12 * DAY)
    going = asleep.customer._replace(trial_paused_at=None, trial_ends_at=NOON + 34 * DAY)

    _, decision = settle(book, asleep._replace(customer=going), NOON + 21 * DAY)

    assert said(quiet, "onward") == []
    assert decision.due_at == NOON + 32 * DAY
    assert said(decision, "rest") == ["waits until 2 days before the trial's end"]


@pytest.mark.parametrize(
    ("rule", "utc", "because"),
    [
        ({"at": "10:00"}, NOON + 22 * HOUR, "waits until it is 10:00 in Europe/London"),
        ({"at": "12:00"}, NOON, "it is Mon 02 Mar 12:00 in Europe/London"),
        ({"days": "mon-fri"}, NOON + DAY / 2, "waits until it is 00:00 on Mon, Tue, Wed, Thu, Fri in Europe/London"),
        ({"days": "mon", "at": "11:59"}, NOON + 7 * DAY - HOUR / 60, "waits until it is 11:59 on Mon in Europe/London"),
        (
            {"days": "tue-thu", "at": "10:00"},
            NOON + 22 * HOUR,
            "waits until it is 10:00 on Tue, Wed, Thu in Europe/London",
        ),
        ({"days": "sun", "at": "12:00"}, NOON + 6 * DAY, "waits until it is 12:00 on Sun in Europe/London"),
    ],
)
def test_the_next_such_time_on_their_clock(rule: dict[str, Any], utc: datetime, because: str) -> None:
    outcome = asked(person(), **rule)

    assert (outcome.due_at or outcome.planned, outcome.because) == (utc, because)


@pytest.mark.parametrize(
    ("zone", "at", "since", "utc"),
    [
        ("Europe/London", "01:30", EASTER - HOUR, EASTER),
        ("Europe/London", "01:30", datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("Europe/London", "01:30", datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)),
        ("Australia/Lord_Howe", "02:15", datetime(2026, 10, 3, tzinfo=UTC), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
        ("America/Santiago", "00:00", datetime(2026, 9, 5, 12, tzinfo=UTC), datetime(2026, 9, 6, 4, tzinfo=UTC)),
        ("Asia/Kathmandu", "10:00", NOON, datetime(2026, 3, 3, 4, 15, tzinfo=UTC)),
    ],
    ids=["skipped", "twice: the first", "twice: never the second", "half an hour", "no midnight", "a quarter hour"],
)
def test_a_clock_that_is_changed_strikes_once(zone: str, at: str, since: datetime, utc: datetime) -> None:
    assert asked(person(zone), since, since, at=at).due_at == utc


def test_a_time_on_the_clock_counts_from_arrival_however_late_it_is_looked_at() -> None:
    outcome = asked(person(), NOON + 3 * DAY, at="10:00")

    late = Outcome("it is Tue 03 Mar 10:00 in Europe/London", onward=True, planned=NOON + 22 * HOUR)
    assert outcome == late


def test_who_moves_to_another_zone_is_written_to_in_its_morning() -> None:
    book = playbook(journey("[{id: u, do: wait_until, days: mon-fri, at: '10:00'}]"))
    resting, first = settle(book, newborn(ada(zone="Europe/London")), NOON)
    moved = resting.customer._replace(zone="America/New_York")

    _, second = settle(book, resting._replace(customer=moved), NOON + HOUR)

    assert first.due_at == datetime(2026, 3, 3, 10, tzinfo=UTC)
    assert second.due_at == datetime(2026, 3, 2, 15, tzinfo=UTC)


def test_who_is_in_no_known_zone_has_the_policys_clock() -> None:
    book = playbook(journey("[{id: u, do: wait_until, at: '13:00'}]", "{stage: considering}"))

    _, decision = settle(book, newborn(bo(datetime(2026, 7, 1, 11, tzinfo=UTC))), datetime(2026, 7, 1, 11, tzinfo=UTC))

    assert decision.due_at == datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({}, "exactly one of"),
        ({"offset": "2d"}, "exactly one of"),
        ({"trial": "end", "date": "renews"}, "exactly one of"),
        ({"trial": "end", "at": "10:00"}, "exactly one of"),
        ({"date": "renews", "days": "mon"}, "exactly one of"),
        ({"at": "10:00", "offset": "1d"}, "say the time itself"),
        ({"days": ""}, "at least 1 item"),
        ({"days": "monday"}, "expected days such as"),
        ({"at": "25:00"}, "expected a time such as"),
        ({"date": ""}, "at least 1 character"),
    ],
)
def test_it_waits_until_exactly_one_thing(fields: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        WaitUntil.model_validate({"id": "u", "do": "wait_until", **fields})


@pytest.mark.parametrize(
    "fields", [{"trial": "end"}, {"date": "renews", "offset": "-2d"}, {"days": "tue-thu", "at": "10:00"}]
)
def test_it_survives_being_written_down(fields: dict[str, str]) -> None:
    step = WaitUntil.model_validate({"id": "u", "do": "wait_until", **fields})

    assert WaitUntil.model_validate_json(step.model_dump_json(by_alias=True, exclude_none=True)) == step
