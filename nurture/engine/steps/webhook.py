"""The step that tells another system."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

from nurture.engine.document import Key
from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps.base import Call, Outcome, Step


class Webhook(Step):
    """Call a webhook, at least once, and go on; the outbound document says where it leads."""

    example: ClassVar[str] = "{id: tell, do: webhook, to: crm, send: {rating: warm}}"

    do: Literal["webhook"] = "webhook"
    to: Key
    send: Mapping[str, Any] = {}

    def decide(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Outcome:
        return Outcome(f"tells {self.to}", onward=True, effect=Call(self.to, self.send))
