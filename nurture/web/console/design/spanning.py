"""A span of days in an address: `from` and `to`, both meant whole, in the zone of the house."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from nurture.engine.local import instant
from nurture.store.results import FIRST, LAST

USUAL = 30  # days that are looked back where nothing else is asked for
WIDTHS = (7, 30, 90)
ALL = "all"


class Span(NamedTuple):
    """Some days.  first, last: as an address has them; '' for no bound.  usual: nobody asked for others."""

    first: str
    last: str
    since: datetime
    until: datetime
    usual: bool

    def query(self, **more: str) -> str:
        """The same span in an address, with what else it says."""
        said = {} if self.usual else {"from": self.first or ALL, "to": self.last}
        return urlencode({name: value for name, value in {**said, **more}.items() if value})


def read_span(said: Mapping[str, str], now: datetime, zone: ZoneInfo) -> Span:
    """Read the span that an address asks for: the last days where it names none, or none that there is."""
    asked = said.get("from", "").strip()
    today = now.astimezone(zone).date()
    first, last = _day(asked), _day(said.get("to", "").strip())
    if first is None and asked != ALL:
        first = today - timedelta(days=USUAL)
    usual = not asked and last is None
    return Span(
        first.isoformat() if first else "",
        last.isoformat() if last else "",
        instant(first, time(), zone) if first else FIRST,
        instant(last + timedelta(days=1), time(), zone) if last else LAST,
        usual,
    )


def widths(span: Span, now: datetime, zone: ZoneInfo) -> list[tuple[str, str, bool]]:
    """The spans that are one press away: the query, its words, and whether it is this one."""
    today = now.astimezone(zone).date()
    firsts = {days: (today - timedelta(days=days)).isoformat() for days in WIDTHS}
    found = [
        (f"from={first}", f"Last {days} days", span.first == first and not span.last) for days, first in firsts.items()
    ]
    return [*found, (f"from={ALL}", "All the time", not span.first and not span.last)]


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST.year < found.year < LAST.year else None
