"""The policy: who writes, when, how often at most, and what is too late."""

import re
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from nurture.engine.care import Owner
from nurture.engine.document import Document, Key
from nurture.engine.duration import Duration
from nurture.engine.local import ClockTime, ZoneName, parse_days

_SHARE = re.compile(r"\d{1,3}(\.\d{1,3})?%")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _date(text: Any) -> Any:
    if not isinstance(text, date) and not (isinstance(text, str) and _DATE.fullmatch(text)):
        raise ValueError(f"expected a date such as 2026-12-25, found {text!r}")
    return text


Holiday = Annotated[date, BeforeValidator(_date)]


def _share(text: Any) -> Any:
    if not isinstance(text, str) or not _SHARE.fullmatch(text) or fraction(text) > 1:
        raise ValueError(f"expected a share such as 5%, found {text!r}")
    return text


def fraction(share: str) -> float:
    """Turn a share such as `5%` into a number from 0 to 1."""
    return float(share.rstrip("%")) / 100


Share = Annotated[str, BeforeValidator(_share)]
"""A share of customers, such as `5%`."""


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
    then: Literal["skip", "send", "replan"] = "skip"


class Holdout(Document):
    """How many are kept aside for comparison: they walk as everybody does, and their letters are withheld.

    salt: drawn with every customer; another one would draw anew.
    """

    share: Share
    salt: str | int = ""

    @property
    def fraction(self) -> float:
        """The share as a number from 0 to 1."""
        return fraction(self.share)


class Sunset(Document):
    """After so many letters without a sign of life from somebody, no further one is written until there is one."""

    after: int = Field(ge=1, le=100)


class Ramp(Document):
    """How many letters may go out in a day while a sender's domain is new: `start`, and every day `grow` times as many.

    since: the first such day, in UTC; without it, the day of the first letter that ever went out.
    """

    start: int = Field(ge=1)
    grow: float = Field(ge=1, le=10)
    since: Holiday | None = None

    def room(self, day: int) -> int:
        """How many letters the day of this number may see; the first is 0, and none comes before it."""
        return int(min(self.start * self.grow ** min(day, 365), 1e9)) if day >= 0 else self.start


class Topic(Document):
    """What a letter is about, as recipients choose; a transactional one has no caps, no window and no opting out.

    default: `off` means that only who asks for it gets it.
    """

    id: Key
    name: str
    default: Literal["on", "off"] = "on"
    transactional: bool = False


class Policy(Document):
    """The rules over all journeys."""

    senders: dict[Key, Sender] = Field(min_length=1)
    window: Window
    caps: tuple[Cap, ...] = ()
    account_cap: Cap | None = None
    fewer: Cap = Cap(per=timedelta(days=7), at_most=1)  # holds as well for who asked for fewer mails
    pause: Duration = timedelta(days=14)  # how long a pause that a recipient asks for lasts
    lateness: Lateness = Lateness()
    holdout: Holdout | None = None
    per_hour: int | None = Field(default=None, ge=1)  # letters in any hour, over everything: a safety valve
    ramp: Ramp | None = None
    sunset: Sunset | None = None
    owners: tuple[Owner, ...] = ()
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
