"""The window is the customer's own local hours, also on the days when a clock is put forward or back."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nurture.engine.local import instant, next_opening, zone_for
from nurture.engine.policy import Window
from tests.engine.builders import DAY, EXAMPLES, HOUR, MINUTE

TURNS = [  # around these moments a clock is put forward or back, a day is left out, or nothing happens
    ("Africa/Casablanca", datetime(2026, 2, 15, 2, tzinfo=UTC)),  # back, as Ramadan begins
    ("Africa/Casablanca", datetime(2026, 3, 22, 2, tzinfo=UTC)),  # forward, as it ends
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),  # forward, at midnight
    ("America/Santiago", datetime(2026, 4, 5, 3, tzinfo=UTC)),  # back, at midnight
    ("America/St_Johns", datetime(2026, 3, 8, 5, 30, tzinfo=UTC)),
    ("Asia/Beirut", datetime(2026, 3, 28, 22, tzinfo=UTC)),  # forward, at midnight
    ("Asia/Kathmandu", datetime(2026, 3, 2, 12, tzinfo=UTC)),  # never; it is 5:45 ahead
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),  # back, by half an hour
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),  # forward, by half an hour
    ("Europe/Dublin", datetime(2026, 10, 25, 1, tzinfo=UTC)),  # the winter is the exception here
    ("Europe/London", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),  # leaves out a Friday
    ("Pacific/Chatham", datetime(2026, 4, 4, 14, tzinfo=UTC)),
    ("Pacific/Kiritimati", datetime(2026, 3, 2, 12, tzinfo=UTC)),  # never; it is 14 hours ahead
]


def window(text_from: str, to: str, days: str = "mon-sun", holidays: list[str] | None = None) -> Window:
    """A window in the customer's own zone."""
    spoken = {"days": days, "from": text_from, "to": to, "else_zone": "Europe/London", "holidays": holidays or []}
    return Window.model_validate(spoken)


def inside(asked: Window, zone: ZoneInfo, at: datetime) -> bool:
    """Whether the clock on their wall shows an hour of the window, on a day of the window."""
    local = at.astimezone(zone)
    clock, day = local.time(), local.date()
    if asked.from_ < asked.to:
        open_now = asked.from_ <= clock < asked.to
    else:
        open_now = clock >= asked.from_ or clock < asked.to
        day = day if clock >= asked.from_ else day - DAY
    return open_now and day.weekday() in asked.days and day not in asked.holidays


clocks = st.integers(0, 95).map(lambda n: f"{n // 4:02}:{n % 4 * 15:02}")


@settings(EXAMPLES, max_examples=600)
@given(
    st.sampled_from(TURNS),
    st.integers(-30 * 4, 20 * 4),
    st.tuples(clocks, clocks).filter(lambda pair: pair[0] != pair[1]),
    st.sampled_from(["mon-sun", "mon-fri", "sat, sun"]),
)
def test_the_next_opening_is_what_a_watch_would_find(
    turn: tuple[str, datetime], quarter: int, hours: tuple[str, str], days: str
) -> None:
    asked, start, zone = window(*hours, days=days), turn[1] + quarter * 15 * MINUTE, ZoneInfo(turn[0])
    opens = next_opening(asked, zone, start)

    assert opens >= start
    assert inside(asked, zone, opens) or just_struck(zone, opens)
    minute = start
    while minute < min(opens, start + 3 * DAY):
        # Between two strikes of the closing hour the window stays shut: the first one closed it.
        assert not inside(asked, zone, minute) or minute.astimezone(zone).fold == 1 or left_out(minute, zone)
        minute += 15 * MINUTE


def just_struck(zone: ZoneInfo, at: datetime) -> bool:
    """Whether a clock has just skipped the opening hour: then the window opens at the first moment after."""
    before, after = ((at - timedelta(microseconds=n)).astimezone(zone) for n in (1, 0))
    return after.replace(tzinfo=None) - before.replace(tzinfo=None) > MINUTE


def left_out(at: datetime, zone: ZoneInfo) -> bool:
    """Whether the day before this one does not exist here."""
    return (at - DAY).astimezone(zone).date() != at.astimezone(zone).date() - DAY


@pytest.mark.parametrize(
    ("zone", "day", "clock", "utc"),
    [
        ("America/New_York", date(2026, 3, 8), "02:30", datetime(2026, 3, 8, 7, tzinfo=UTC)),
        ("America/New_York", date(2026, 11, 1), "01:30", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        ("Australia/Lord_Howe", date(2026, 10, 4), "02:15", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
        ("Asia/Kathmandu", date(2026, 3, 2), "09:00", datetime(2026, 3, 2, 3, 15, tzinfo=UTC)),
        ("Pacific/Apia", date(2011, 12, 30), "09:00", datetime(2011, 12, 30, 10, tzinfo=UTC)),
        ("America/Santiago", date(2026, 9, 6), "00:00", datetime(2026, 9, 6, 4, tzinfo=UTC)),
    ],
    ids=["a gap", "a fold", "half an hour's gap", "a quarter hour's zone", "a day left out", "no midnight"],
)
def test_a_wall_clock_time_is_one_instant(zone: str, day: date, clock: str, utc: datetime) -> None:
    hour, minute = map(int, clock.split(":"))

    assert instant(day, datetime(2000, 1, 1, hour, minute).time(), ZoneInfo(zone)) == utc  # noqa: DTZ001 - a clock


def test_a_closed_window_opens_on_the_next_working_morning() -> None:
    office, friday_evening = window("09:00", "17:00", "mon-fri"), datetime(2026, 3, 6, 17, tzinfo=UTC)

    assert next_opening(office, ZoneInfo("Europe/London"), friday_evening) == datetime(2026, 3, 9, 9, tzinfo=UTC)


def test_nobody_is_written_to_on_a_holiday() -> None:
    office = window("09:00", "17:00", "mon-fri", ["2026-12-25", "2026-12-28"])

    opens = next_opening(office, ZoneInfo("Europe/London"), datetime(2026, 12, 24, 18, tzinfo=UTC))

    assert opens == datetime(2026, 12, 29, 9, tzinfo=UTC)


def test_a_window_over_midnight_belongs_to_its_evening() -> None:
    night, london = window("22:00", "06:00", "fri"), ZoneInfo("Europe/London")
    saturday = datetime(2026, 3, 7, 5, 59, tzinfo=UTC)

    assert next_opening(night, london, saturday) == saturday
    assert next_opening(night, london, saturday + MINUTE) == datetime(2026, 3, 13, 22, tzinfo=UTC)


def test_an_hour_that_comes_twice_does_not_reopen_the_night() -> None:
    early, new_york = window("01:30", "05:00"), ZoneInfo("America/New_York")
    put_back = datetime(2026, 11, 1, 6, tzinfo=UTC)  # the clock shows 01:00 for the second time

    assert next_opening(early, new_york, put_back - HOUR / 2) == put_back - HOUR / 2
    assert next_opening(early, new_york, put_back) == put_back + HOUR / 2


def test_a_window_that_a_calendar_never_opens_says_so() -> None:
    holidays = [(date(2026, 1, 1) + n * DAY).isoformat() for n in range(900)]

    with pytest.raises(ValueError, match="does not open within two years"):
        next_opening(window("09:00", "17:00", holidays=holidays), ZoneInfo("UTC"), datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("rule", "theirs", "read_in"),
    [
        ("customer", "Asia/Kathmandu", "Asia/Kathmandu"),
        ("customer", None, "Europe/London"),
        ("customer", "Mars/Olympus", "Europe/London"),
        ("America/New_York", "Asia/Kathmandu", "America/New_York"),
    ],
)
def test_the_zone_is_theirs_or_the_policys_and_never_silently_utc(rule: str, theirs: str | None, read_in: str) -> None:
    asked = window("09:00", "17:00").model_copy(update={"zone": rule})

    assert zone_for(asked, theirs).key == read_in
