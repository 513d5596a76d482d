"""Events: what a customer did in the product, one by one or in batches, each counted once."""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import orjson
from flask import Response, request
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from nurture.engine.learning import (
    ANSWERED,
    LEAD_CAPTURED,
    MOVED_BY_HAND,
    OURS,
    PERSONA_CHOSEN,
    SIGNED_UP,
    TRAITS_TOLD,
    TRIAL_CHANGED,
)
from nurture.engine.playbook import ANY
from nurture.flow import intake
from nurture.flow.ground import Moment
from nurture.flow.intake import Receipt, Report
from nurture.parts import Parts
from nurture.web import strict_json
from nurture.web.api.shapes import (
    MAX_SIDE_BYTES,
    MAX_TOLD,
    Address,
    Id,
    Instant,
    Shape,
    Side,
    UserId,
    as_id,
    read,
)
from nurture.web.auth import Caller
from nurture.web.problems import Refused, Unfit, Wrong, in_a_sentence

SOURCE = "events"
MAX_BATCH = 2_500
KEPT_NAMES = OURS | {ANSWERED, ANY}  # facts that have a door of their own, and the word for every event
DOORS = {
    SIGNED_UP: "sign-ups go to /v1/signups",
    LEAD_CAPTURED: "leads go to /v1/leads",
    TRIAL_CHANGED: "it goes to /v1/customers/{user_id}/trial",
    MOVED_BY_HAND: "it goes to /v1/customers/{user_id}/stage",
    PERSONA_CHOSEN: "it goes to PATCH /v1/customers/{user_id}",
    TRAITS_TOLD: "it goes to PATCH /v1/customers/{user_id}",
}


def as_event_name(text: str) -> str:
    """Take an event's name, as long as it is the product's to give."""
    if text in KEPT_NAMES:
        door = DOORS.get(text, "nurture writes it down itself; give the event another name")
        raise ValueError(f"{text!r} is not for the product to report; {door}")
    return as_id(text)


class Event(Shape):
    """One thing that happened to one customer, or, named by account_id alone, to everybody in an account."""

    user_id: UserId | None = None
    email: Address | None = None
    account_id: Id | None = None
    event: Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(as_event_name)]
    id: Id | None = None
    properties: Side = Field(default_factory=dict)
    at: Instant | None = None

    @model_validator(mode="after")
    def _about_somebody(self) -> "Event":
        if self.user_id is None and self.email is None and self.account_id is None:
            raise ValueError("name the customer by user_id or email, or everybody in an account by account_id")
        return self


def as_batch(found: list[Any]) -> list[Any]:
    """Take no more events at once than one transaction should."""
    if len(found) > MAX_BATCH:
        raise ValueError(f"a batch holds at most {MAX_BATCH} events; send the rest in another")
    return found


class Batch(Shape):
    """Several events in one delivery; each is looked at on its own."""

    events: Annotated[list[Any], AfterValidator(as_batch)]


class Sifted(NamedTuple):
    """A batch, sifted: what can be taken, with its place in the delivery, and what cannot, with the reasons."""

    reports: list[tuple[int, Report]]
    refused: list[tuple[int, tuple[Wrong, ...]]]


def take(parts: Parts, caller: Caller) -> Response:
    """POST /v1/events: 202 with what became of each; by then stages and journeys are as these events make them."""
    content, at = strict_json.body(), parts.look()
    if "events" in content:
        return _take_batch(parts, read(Batch, content).events, caller, at)
    if len(request.get_data()) > strict_json.MEBIBYTE:
        raise Refused(413, 'A single event is at most 32 KB; send several as {"events": [...]}.')
    report = _report(read(Event, _sized(content)), caller.delivery, at)
    receipt = intake.take_events(parts.ground, [report], SOURCE, at)
    if receipt.rejected:
        raise Unfit([Wrong("", detail) for _, detail in receipt.rejected])
    return _received(parts, receipt)


def _take_batch(parts: Parts, events: Sequence[Any], caller: Caller, at: Moment) -> Response:
    found = sift(events, caller, at)
    receipt = intake.take_events(parts.ground, [report for _, report in found.reports], SOURCE, at)
    places = [n for n, _ in found.reports]
    unfit = dict(found.refused) | {places[n]: (Wrong("", detail),) for n, detail in receipt.rejected}
    refused = [(n, in_a_sentence(unfit[n])) for n in sorted(unfit)]
    if events and len(refused) == len(events):
        errors = [Wrong(f"events.{n}.{wrong.loc}".rstrip("."), wrong.msg) for n in sorted(unfit) for wrong in unfit[n]]
        raise Unfit(errors[:MAX_TOLD], {"rejected": [_rejected(n, detail) for n, detail in refused]})
    return _received(parts, receipt._replace(rejected=tuple(refused)))


def sift(events: Sequence[Any], caller: Caller, at: Moment) -> Sifted:
    """Read each event of a batch; one that cannot be taken spoils no other."""
    found = Sifted([], [])
    for n, content in enumerate(events):
        delivery = f"{caller.delivery}#{n}" if caller.delivery else ""
        try:
            found.reports.append((n, _report(read(Event, _sized(content)), delivery, at)))
        except Unfit as unfit:
            found.refused.append((n, unfit.errors))
    return found


def _sized(content: Any) -> Any:
    if len(orjson.dumps(content)) > MAX_SIDE_BYTES:
        raise Unfit([Wrong("", "an event is at most 32 KB")])
    return content


def _report(event: Event, delivery: str, at: Moment) -> Report:
    """Say it as the station takes it.  An event without an id of its own is known by its delivery's."""
    return Report(
        event.event,
        event.at or at.now,
        event.user_id,
        event.email,
        event.id or delivery,
        dict(event.properties),
        event.account_id,
    )


def _received(parts: Parts, receipt: Receipt) -> Response:
    parts.nudge()
    rejected = [_rejected(n, detail) for n, detail in receipt.rejected]
    return strict_json.answer({**receipt._asdict(), "rejected": rejected}, 202)


def _rejected(index: int, detail: str) -> dict[str, Any]:
    return {"index": index, "detail": detail}
