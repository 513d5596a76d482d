"""The step that writes a letter."""

from datetime import datetime
from typing import ClassVar, Literal

from nurture.engine.condition import Condition
from nurture.engine.document import Key
from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps.base import Letter, Outcome, Step


class Email(Step):
    """Send an email, once, as soon as window, caps and consent allow.

    `urgent: true` is not held by window, holidays or caps; it still counts against them.
    `late` says what happens when it could only go much later than planned: skip it; send it, and go on as planned;
    or replan, and count what follows from then.  `unless` skips it where there is no need for it any more.
    """

    example: ClassVar[str] = "{id: welcome, do: email, email: welcome, urgent: true}"

    do: Literal["email"] = "email"
    email: Key
    urgent: bool = False
    late: Literal["skip", "send", "replan"] | None = None
    unless: Condition | None = None

    def decide(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Outcome:
        if self.unless is not None and self.unless.glance(snapshot, now)[0]:
            return Outcome(f"skipped, no need for it: {self.unless.words(snapshot, now)}", onward=True, skipped=True)
        return Outcome(f"email {self.email}", onward=True, effect=Letter(self.email, self.urgent, self.late))
