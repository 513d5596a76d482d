"""The step that says something in the product."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from nurture.engine.document import Document, Key
from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps.base import Notice, Outcome, Step


class Wording(Document):
    """The words for one persona; what is left out stays as it is for everybody."""

    title: str | None = Field(default=None, min_length=1, max_length=200)
    body: str | None = Field(default=None, min_length=1, max_length=4000)
    label: str | None = Field(default=None, max_length=80)
    url: str | None = Field(default=None, pattern=r"^(https?://|/)\S+$")


class Message(Step):
    """Show a message in the product, where it waits to be seen; caps and windows are for mail, and do not hold it."""

    example: ClassVar[str] = "{id: hint, do: message, title: Your first report, body: It takes three clicks.}"

    do: Literal["message"] = "message"
    title: str = Field(min_length=1, max_length=200)
    body: str = Field(min_length=1, max_length=4000)
    label: str | None = Field(default=None, max_length=80)
    url: str | None = Field(default=None, pattern=r"^(https?://|/)\S+$")
    for_: Mapping[Key, Wording] = Field(default={}, alias="for")

    def decide(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Outcome:
        words = self.for_.get(snapshot.customer.persona or "", Wording())
        notice = Notice(
            words.title or self.title, words.body or self.body, words.label or self.label, words.url or self.url
        )
        return Outcome(f"shows {notice.title!r} in the product", onward=True, effect=notice)
