"""A watch: what local time is, found by looking at the clock every minute, and by no other means.

A wall is a local wall clock as a number of minutes: 1440 times the day's ordinal, and the minute of the day.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate, groupby
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from nurture.engine.policy import Window

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BEGIN, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
MINUTES = 1440  # of a day

Runs: TypeAlias = tuple[tuple[int, int], ...]
"""How far local time is ahead of UTC, in minutes, and for how many minutes on end."""


def ahead(zone: ZoneInfo, at: datetime) -> int:
    """How many minutes the clocks there are ahead of UTC."""
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset // MINUTE


def turns(zone: ZoneInfo) -> list[datetime]:
    """The first minutes of a new offset, from 2025 to 2030: looked for daily, then by the minute."""
    days = [BEGIN + n * DAY for n in range((END - BEGIN) // DAY + 1)]
    offsets = [ahead(zone, day) for day in days]
    return [
        next(day + n * MINUTE for n in range(1, MINUTES + 1) if ahead(zone, day + n * MINUTE) != before)
        for day, before, after in zip(days, offsets, offsets[1:], strict=False)
        if before != after
    ]


def watched(zone: ZoneInfo, start: datetime, minutes: int) -> Runs:
    """Look at the clock every minute."""
    offsets = (ahead(zone, start + n * MINUTE) for n in range(minutes))
    return tuple((offset, len(list(run))) for offset, run in groupby(offsets))


def walls(start: datetime, runs: Runs) -> list[int]:
    """What the clock on the wall showed, minute by minute."""
    first = start.toordinal() * MINUTES + start.hour * 60 + start.minute
    offsets = (offset for offset, run in runs for _ in range(run))
    return [first + n + offset for n, offset in enumerate(offsets)]


class Hours(NamedTuple):
    """A window, told by the watch: minutes of the day, over midnight where `closes` is past 1440; days by ordinal."""

    opens: int
    closes: int
    days: tuple[int, ...]
    holidays: frozenset[int]

    @staticmethod
    def of(window: Window) -> "Hours":
        """The hours of a window."""
        opens, closes = (clock.hour * 60 + clock.minute for clock in (window.from_, window.to))
        closes += MINUTES if closes < opens else 0
        return Hours(opens, closes, window.days, frozenset(day.toordinal() for day in window.holidays))

    def open(self, most: int, wall: int) -> bool:
        """Whether it is open when a clock shows `wall`, and has shown `most` at the latest.

        A day's window opens when the clock first comes to `opens`, and is over once it has come to `closes`.  Where the
        clock is then put back before `opens`, it is shut until the clock is there again.
        """
        for day in (most // MINUTES, most // MINUTES - 1):
            begin = day * MINUTES + self.opens
            if begin <= most < day * MINUTES + self.closes and wall >= begin:
                return (day + 6) % 7 in self.days and day not in self.holidays
        return False


def open_at(window: Window, zone: ZoneInfo, at: datetime) -> bool:
    """Whether a window is open, by a watch that has been looked at for four hours."""
    start = at - 240 * MINUTE
    shown = walls(start, watched(zone, start, 241))
    return Hours.of(window).open(max(shown), shown[-1])


class Clock(NamedTuple):
    """A time on the clock, as minutes of a day, on some weekdays (Monday = 0)."""

    minute: int
    days: tuple[int, ...]


def latest(shown: Sequence[int]) -> list[int]:
    """The latest a clock had shown so far, minute by minute: what it shows, unless it was put back."""
    return list(accumulate(shown, max))


def first_shown(wall: int, most: Sequence[int]) -> int:
    """The first minute, as a position in `most`, at which the clock had come to this or past it."""
    return bisect_left(most, wall)


def _struck(clock: Clock, most: Sequence[int]) -> list[int]:
    days = (day for day in range(most[0] // MINUTES + 1, most[-1] // MINUTES) if (day + 6) % 7 in clock.days)
    return [first_shown(day * MINUTES + clock.minute, most) for day in days]


@cache
def expected(
    start: datetime, runs: Runs, windows: tuple[Window, ...], clocks: tuple[Clock, ...], asked: tuple[int, ...]
) -> tuple[tuple[int, ...], ...]:
    """For each window, then for each clock: the first minutes, from those asked on, when it is open or strikes."""
    shown = walls(start, runs)
    most = latest(shown)
    found = [
        [position for position, wall in enumerate(shown) if hours.open(most[position], wall)]
        for hours in map(Hours.of, windows)
    ]
    found += [_struck(clock, most) for clock in clocks]
    return tuple(tuple(positions[bisect_left(positions, one)] for one in asked) for positions in found)
