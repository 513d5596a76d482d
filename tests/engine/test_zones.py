"""Every zone, every time its clocks are changed from 2025 to 2030, against a watch that is looked at every minute."""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from functools import cache
from zlib import crc32
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nurture.engine.local import next_opening
from nurture.engine.policy import Window
from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps.wait_until import WaitUntil
from tests.engine.builders import DAY, EXAMPLES, HOUR, MINUTE, ada
from tests.engine.watch import BEGIN, END, MINUTES, Clock, expected, first_shown, latest, open_at, turns, walls, watched

NAMES = sorted(available_timezones())
ODD = [  # by half an hour, by two, at midnight, for Ramadan, an odd number of minutes ahead, or across the date line
    *("Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "America/Havana", "America/Nuuk", "America/Santiago"),
    *("America/Scoresbysund", "America/St_Johns", "Antarctica/Troll", "Asia/Beirut", "Asia/Gaza", "Asia/Kathmandu"),
    *("Atlantic/Azores", "Australia/Adelaide", "Australia/Eucla", "Australia/Lord_Howe", "Europe/Dublin"),
    *("Pacific/Apia", "Pacific/Chatham", "Pacific/Easter", "Pacific/Kiritimati", "Pacific/Marquesas"),
]
SAMPLE = [name for name in NAMES if crc32(name.encode()) % 90 == 0]
QUIET = datetime(2027, 6, 15, 12, tzinfo=UTC)  # looked at where clocks are never changed

BEFORE, LONG = 36 * 60, 11 * MINUTES  # minutes watched: from so long before a change, and how long
STARTS = tuple(BEFORE + n for n in sorted({-1, 1} | {n * 30 for n in range(-24, 25)}))

HOURS = [
    ("09:00", "17:00", "mon-fri"),
    ("22:00", "06:00", "mon-sun"),
    ("02:15", "02:45", "mon-sun"),
    ("01:30", "05:00", "sat, sun"),
    ("23:30", "00:30", "sun"),
]
CLOCKS = [("02:30", "mon-sun"), ("01:30", "sun"), ("00:00", "mon"), ("10:00", "tue-thu")]


def window(text_from: str, to: str, days: str, *holidays: datetime) -> Window:
    """A window in the customer's own zone."""
    off = [day.date().isoformat() for day in holidays]
    return Window.model_validate(
        {"days": days, "from": text_from, "to": to, "else_zone": "Europe/London", "holidays": off}
    )


@cache
def windows(turn: datetime) -> tuple[Window, ...]:
    """The windows that are asked about: of which one is shut for the two days of the change."""
    return (*(window(*hours) for hours in HOURS), window("00:00", "23:30", "mon-sun", turn, turn + DAY))


WAITS = [WaitUntil.model_validate({"id": "u", "do": "wait_until", "at": at, "days": days}) for at, days in CLOCKS]
DATED = WaitUntil.model_validate({"id": "u", "do": "wait_until", "date": "renews"})


def waits(step: WaitUntil, zone: ZoneInfo, since: datetime, renews: str = "") -> datetime | None:
    """Until when somebody in this zone rests who has just come to the step."""
    snapshot = Snapshot(ada(zone=zone.key, traits={"renews": renews}), zone=zone.key)
    outcome = step.decide(snapshot, Enrollment("path", 1, 1, "u", since, since, "", since, ""), since)
    return outcome.planned or outcome.due_at


def mistakes(zone: ZoneInfo, turn: datetime) -> Iterator[str]:
    """Everything we say about the days around a change of the clocks that a watch does not."""
    first = turn - BEFORE * MINUTE
    runs = watched(zone, first, LONG)
    clocks = tuple(Clock(step.at.hour * 60 + step.at.minute, step.days) for step in WAITS if step.at and step.days)
    found = expected(first, runs, windows(turn), clocks, STARTS)
    for n, start in enumerate(STARTS):
        at = first + start * MINUTE
        said = [next_opening(asked, zone, at) for asked in windows(turn)] + [waits(step, zone, at) for step in WAITS]
        seen = [first + minutes[n] * MINUTE for minutes in found]
        if said != seen:
            yield f"{zone.key} from {at}: {[pair for pair in zip(said, seen, strict=True) if pair[0] != pair[1]]}"
    most = latest(walls(first, runs))
    for wall in range(most[BEFORE] - 12 * 60, most[BEFORE] + 12 * 60, 15):
        local = datetime.fromordinal(wall // MINUTES) + wall % MINUTES * MINUTE
        ready, seen_at = waits(DATED, zone, first, local.isoformat()), first + first_shown(wall, most) * MINUTE
        if ready != seen_at:
            yield f"{zone.key}: {local} is {seen_at}, not {ready}"


@pytest.mark.parametrize("name", sorted({*ODD, *SAMPLE}))
def test_odd_zones_and_some_others_keep_to_the_watch(name: str) -> None:
    zone = ZoneInfo(name)
    found = turns(zone)
    year = crc32(name.encode()) % 6
    few = found[year * 2 : year * 2 + 2] or [QUIET]

    assert [wrong for turn in few for wrong in mistakes(zone, turn)] == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", NAMES)
def test_every_zone_keeps_to_the_watch_at_every_change(name: str) -> None:
    zone = ZoneInfo(name)

    assert [wrong for turn in turns(zone) or [QUIET] for wrong in mistakes(zone, turn)] == []


def test_a_midnight_that_comes_twice_is_its_sunday_once() -> None:
    st_johns = ZoneInfo("America/St_Johns")
    put_back = datetime(2010, 11, 7, 3, tzinfo=UTC)  # Saturday 23:30, after one minute of Sunday
    waiting = WaitUntil.model_validate({"id": "u", "do": "wait_until", "days": "sun"})

    assert waits(waiting, st_johns, put_back) == datetime(2010, 11, 14, 3, 30, tzinfo=UTC)
    assert next_opening(window("00:00", "06:00", "sun"), st_johns, put_back) == put_back + HOUR / 2


def test_a_day_that_is_left_out_strikes_all_its_hours_as_the_next_begins() -> None:
    saturday = datetime(2011, 12, 30, 10, tzinfo=UTC)
    waiting = WaitUntil.model_validate({"id": "u", "do": "wait_until", "days": "fri", "at": "12:00"})

    assert waits(waiting, ZoneInfo("Pacific/Apia"), saturday - MINUTE) == saturday
    assert waits(waiting, ZoneInfo("Pacific/Apia"), saturday) == saturday


quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
some_days = st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days)))


@settings(EXAMPLES, max_examples=250)
@given(
    st.sampled_from(NAMES),
    st.integers(0, (END - BEGIN) // MINUTE).map(lambda n: BEGIN + n * MINUTE),
    st.tuples(quarters, quarters).filter(lambda pair: pair[0] != pair[1]),
    some_days,
)
def test_the_opening_found_is_the_first_and_lies_inside(
    name: str, start: datetime, hours: tuple[time, time], days: tuple[int, ...]
) -> None:
    zone = ZoneInfo(name)
    asked = window("09:00", "17:00", "mon").model_copy(update={"from_": hours[0], "to": hours[1], "days": days})

    opens = next_opening(asked, zone, start)

    assert opens >= start
    assert open_at(asked, zone, opens)
    assert opens == start or not open_at(asked, zone, opens - MINUTE)
    assert opens - start <= 8 * DAY + HOUR
