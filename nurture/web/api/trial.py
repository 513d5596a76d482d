"""The trial's clock, as the product sets it: longer, another end, paused, going on."""

from typing import Annotated

from flask import Response
from pydantic import AfterValidator, StringConstraints, model_validator

from nurture.engine.duration import parse_duration
from nurture.flow import trial
from nurture.flow.trial import Change
from nurture.parts import Parts
from nurture.web import strict_json
from nurture.web.api.customers import as_json, found
from nurture.web.api.shapes import Instant, Shape, read
from nurture.web.auth import Caller
from nurture.web.problems import Refused


def as_span(text: str) -> str:
    """Take a span that counts forward, such as `7d`."""
    if not parse_duration(text):
        raise ValueError("expected a duration such as 7d")
    if text.strip().startswith("-"):
        raise ValueError("a trial is made shorter by `ends_at`, with the moment at which it ends")
    return text.strip()


class Trial(Shape):
    """What becomes of a trial: exactly one thing."""

    extend: Annotated[str, StringConstraints(max_length=60), AfterValidator(as_span)] | None = None
    ends_at: Instant | None = None
    pause: bool | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> "Trial":
        if sum(one is not None for one in (self.extend, self.ends_at, self.pause)) != 1:
            raise ValueError("say exactly one of extend (such as '7d'), ends_at (a moment), pause (true or false)")
        return self


def change(parts: Parts, caller: Caller, reference: str) -> Response:
    """POST /v1/customers/{user_id}/trial: extend it, end it at another moment, pause it or let it go on."""
    asked, at = read(Trial, strict_json.body()), parts.look()
    with parts.ground.sessions.read() as session:
        customer_id = found(session, reference).id
    try:
        wanted = Change(asked.extend, asked.ends_at, asked.pause)
        trial.change(parts.ground, customer_id, wanted, caller.name, at, caller.delivery)
    except trial.Unfit as unfit:
        raise Refused(409, f"Nothing has changed: {unfit}.") from None
    parts.nudge()
    with parts.ground.sessions.read() as session:
        return strict_json.answer(as_json(found(session, customer_id)))
