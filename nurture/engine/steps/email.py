"""The step that writes a letter."""

from datetime import datetime
from typing import ClassVar, Literal

from nurture.engine.document import Key
from nurture.engine.snapshot import Snapshot
from nurture.engine.steps.base import Letter, Outcome, Step


class Email(Step):
    """Send an email, once, as soon as window, caps and consent allow.

    `urgent: true` is not held by window, holidays or caps; it still counts against them.
    `late` says what happens when it could only go much later than planned.
    """

    example: ClassVar[str] = "{id: welcome, do: email, email: welcome, urgent: true}"

    do: Literal["email"] = "email"
    email: Key
    urgent: bool = False
    late: Literal["skip", "send"] | None = None

    def decide(self, snapshot: Snapshot, since: datetime, now: datetime) -> Outcome:
        return Outcome(f"email {self.email}", onward=True, letter=Letter(self.email, self.urgent, self.late))
