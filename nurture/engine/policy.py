"""The policy: who writes, when, how often at most, and what is too late.  Local time exists here alone."""

import re
from datetime import date, time, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, Field, model_validator

from nurture.engine.document import Document, Key
from nurture.engine.duration import Duration

_CLOCK = re.compile(r"([01]\d|2[0-3])(:[0-5]\d){1,2}(\.\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def parse_days(value: Any) -> tuple[int, ...]:
    """Read `mon-fri`, `sat`, or a list of them, as weekdays counted from Monday = 0."""
    days: set[int] = set()
    if not isinstance(value, str | list | tuple):
        raise ValueError(f"expected days such as mon-fri or sat, found {value!r}")  # noqa: TRY004 - the author's
    for part in value.replace(",", " ").split() if isinstance(value, str) else value:
        if isinstance(part, int) and part in range(7):
            days.add(part)
            continue
        first, _, last = str(part).lower().partition("-")
        if first not in WEEKDAYS or (last and last not in WEEKDAYS):
            raise ValueError(f"expected days such as mon-fri or sat, found {part!r}")
        start = WEEKDAYS.index(first)
        days.update((start + n) % 7 for n in range((WEEKDAYS.index(last or first) - start) % 7 + 1))
    return tuple(sorted(days))


def known_zone(name: str) -> bool:
    """Whether this is the name of an IANA time zone."""
    return name in _zone_names()


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """Open a zone by its IANA name; ZoneInfoNotFoundError if there is none such."""
    return ZoneInfo(name)


def _known(name: Any) -> str:
    if not isinstance(name, str) or (name != "customer" and not known_zone(name)):
        raise ValueError(f"expected an IANA time zone such as Europe/London, found {name!r}")
    return name


def _clock(text: Any) -> Any:
    """Let through a time of the day as it stands on a clock; a bare 9 would be taken for nine seconds past midnight."""
    if text == "24:00":
        raise ValueError("the day ends at 23:59; use a window over midnight instead of 24:00")
    if not isinstance(text, time) and not (isinstance(text, str) and _CLOCK.fullmatch(text)):
        raise ValueError(f"expected a time such as '09:00', found {text!r}")
    return text


def _date(text: Any) -> Any:
    if not isinstance(text, date) and not (isinstance(text, str) and _DATE.fullmatch(text)):
        raise ValueError(f"expected a date such as 2026-12-25, found {text!r}")
    return text


ClockTime = Annotated[time, BeforeValidator(_clock)]
Holiday = Annotated[date, BeforeValidator(_date)]
ZoneName = Annotated[str, BeforeValidator(_known)]


class Sender(Document):
    """Who a letter comes from, and where its replies go."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f;,<>\"]+$")
    email: str = Field(pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$")
    reply_to: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$")


class Window(Document):
    """The local hours in which letters may go out; `from` later than `to` means over midnight."""

    days: Annotated[tuple[int, ...], BeforeValidator(parse_days)]
    from_: ClockTime = Field(alias="from")
    to: ClockTime
    zone: ZoneName = "customer"
    else_zone: ZoneName
    holidays: tuple[Holiday, ...] = ()

    @model_validator(mode="after")
    def _opens_sometimes(self) -> "Window":
        if self.from_ == self.to or not self.days:
            raise ValueError("this window never opens: `from` and `to` must differ, and `days` name a day")
        if self.else_zone == "customer":
            raise ValueError("`else_zone` must name a zone")
        return self


class Cap(Document):
    """At most so many touches in any such span."""

    per: Duration
    at_most: int = Field(ge=1)


class Lateness(Document):
    """What becomes of a letter that is later than this, for instance after an outage."""

    after: Duration = timedelta(hours=24)
    then: Literal["skip", "send"] = "skip"


class Topic(Document):
    """What a letter is about, as recipients choose; a transactional one has no caps, no window and no opting out."""

    id: Key
    name: str
    default: Literal["on", "off"] = "on"
    transactional: bool = False


class Policy(Document):
    """The rules over all journeys."""

    senders: dict[Key, Sender] = Field(min_length=1)
    window: Window
    caps: tuple[Cap, ...] = ()
    lateness: Lateness = Lateness()
    topics: tuple[Topic, ...] = Field(min_length=1)
    postal_address: str = Field(min_length=10)

    def transactional(self, key: str) -> bool:
        """Whether letters on this topic have no caps and no window; a topic that was deleted since has both."""
        return any(topic.id == key and topic.transactional for topic in self.topics)

    def topic(self, key: str) -> Topic:
        """Find a topic; KeyError if there is none such."""
        for topic in self.topics:
            if topic.id == key:
                return topic
        raise KeyError(key)
