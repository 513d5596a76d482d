"""Forecast: everybody's next days, if nobody did anything, counted for whoever plans mail and calls.  Reads only."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from nurture.engine.forecast import Expected, ahead
from nurture.engine.playbook import Playbook
from nurture.flow.ground import Ground
from nurture.store import lives, photographs
from nurture.store.photographs import Photograph

BATCH = 200  # customers that are photographed at once

Progress = Callable[[int, int], None]
"""Told how many of how many are done."""


def in_silence(_done: int, _total: int) -> None:
    """Tell nobody."""


class Tally(NamedTuple):
    """How many letters: for sure, and as long as they do nothing."""

    sure: int = 0
    conditional: int = 0

    @property
    def all(self) -> int:
        """Both together: the most there will be."""
        return self.sure + self.conditional


class Forecast(NamedTuple):
    """What the next days bring.

    letters: by the hour in which they go out, UTC.  senders, journeys: the same letters, by whom and why.
    tasks: by the owner (None: nobody's) and the day on which they are asked, UTC.  customers: whose days were lived.
    held: how many staff hold: to them nothing comes before they are released, and nothing of theirs is counted.
    """

    since: datetime
    until: datetime
    customers: int
    letters: dict[datetime, Tally]
    senders: dict[str, Tally]
    journeys: dict[str, Tally]
    tasks: dict[str | None, dict[datetime, int]]
    held: int = 0


class _Sheet:
    """The counts on their way."""

    def __init__(self) -> None:
        self.letters: tuple[Counter[datetime], Counter[datetime]] = Counter(), Counter()
        self.senders: tuple[Counter[str], Counter[str]] = Counter(), Counter()
        self.journeys: tuple[Counter[str], Counter[str]] = Counter(), Counter()
        self.tasks: dict[str | None, Counter[datetime]] = {}

    def letter(self, at: datetime, journey: str, sender: str, conditional: bool, number: int = 1) -> None:
        self.letters[conditional][at.replace(minute=0, second=0, microsecond=0)] += number
        self.senders[conditional][sender] += number
        self.journeys[conditional][journey] += number

    def expect(self, one: Expected) -> None:
        if one.do == "letter":
            self.letter(one.at, one.journey, one.who or "", one.conditional)
        else:
            day = one.at.replace(hour=0, minute=0, second=0, microsecond=0)
            self.tasks.setdefault(one.who, Counter())[day] += 1


def forecast(ground: Ground, now: datetime, days: int, progress: Progress = in_silence) -> Forecast:
    """Live the next days of every customer about whom time could change anything, each by themselves.

    A colleague's letters of those days do not count against an account's cap: each is asked as if alone.
    """
    sheet, until = _Sheet(), now + timedelta(days=days)
    done, after = 0, ""
    with ground.sessions.read() as session:
        total, held = lives.number_alive(session), lives.number_held(session)
        playbook = ground.shelf.playbook(session)
        for queued in lives.waiting(session):
            if queued.not_before <= until and queued.email in playbook.emails:
                sender = playbook.emails[queued.email].head.sender
                sheet.letter(max(now, queued.not_before), queued.journey, sender, False, queued.number)
    while True:
        with ground.sessions.read() as session:
            ids = lives.alive(session, after, BATCH)
            taken = photographs.photographs(session, ids) if ids else {}
            pins = {(walk.shape, walk.revision) for one in taken.values() for walk in one.snapshot.enrollments}
            playbook = ground.shelf.whole(session, pins)
        if not ids:
            return Forecast(now, until, done, *_tables(sheet), held)
        _count(sheet, playbook, taken, now, days)
        done, after = done + len(ids), ids[-1]
        progress(done, max(done, total))


def _count(sheet: _Sheet, playbook: Playbook, taken: dict[str, Photograph], now: datetime, days: int) -> None:
    for photograph in taken.values():
        if not photograph.failures:
            for one in ahead(playbook, photograph.snapshot, now, days):
                sheet.expect(one)


def _tables(
    sheet: _Sheet,
) -> tuple[dict[datetime, Tally], dict[str, Tally], dict[str, Tally], dict[str | None, dict[datetime, int]]]:
    hours = {
        at: Tally(sheet.letters[0][at], sheet.letters[1][at]) for at in sorted({*sheet.letters[0], *sheet.letters[1]})
    }
    senders, journeys = (
        {key: Tally(sure[key], conditional[key]) for key in sorted({*sure, *conditional})}
        for sure, conditional in (sheet.senders, sheet.journeys)
    )
    tasks = {
        owner: dict(sorted(sheet.tasks[owner].items())) for owner in sorted(sheet.tasks, key=lambda one: one or "")
    }
    return hours, senders, journeys, tasks
