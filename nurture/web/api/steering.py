"""What a program does to one customer in the name of staff: hold, skip, send now, start, take over, owner, notes."""

from collections.abc import Callable
from typing import Annotated, Any

from flask import Response
from pydantic import Field, StringConstraints

from nurture.flow import steering
from nurture.flow.ground import Moment
from nurture.flow.steering import Place
from nurture.parts import Parts
from nurture.store import notes
from nurture.web import strict_json
from nurture.web.api.customers import as_json, found, id_of, query
from nurture.web.api.shapes import Id, Shape, Text, read
from nurture.web.auth import Caller
from nurture.web.problems import Refused


class Reason(Shape):
    """Why somebody is held, or released."""

    because: Text


class Step(Shape):
    """A step as whoever asks sees it, and what it is about.  entry: 1 for the first time in the journey."""

    journey: Id
    entry: Annotated[int, Field(ge=1)]
    step: Id
    because: Text

    @property
    def place(self) -> Place:
        """The step by itself."""
        return Place(self.journey, self.entry, self.step)


class Start(Shape):
    """A journey that somebody is to walk, and why."""

    journey: Id
    because: Text


class Remove(Shape):
    """A journey that somebody is to walk no more, and why.  entry: 1 for the first time in it."""

    journey: Id
    entry: Annotated[int, Field(ge=1)]
    because: Text


class TakeOver(Shape):
    """Why a person takes over.  owner: whose task it is, an owner of the policy; without one anybody may take it."""

    because: Text
    owner: Id | None = None


class Owner(Shape):
    """Who of ours looks after somebody; null for nobody."""

    owner: Id | None
    because: Text = ""


class Note(Shape):
    """What is written down about somebody."""

    text: Annotated[str, StringConstraints(max_length=steering.LONGEST_NOTE)]


def hold(parts: Parts, caller: Caller, reference: str) -> Response:
    """POST /v1/customers/{user_id}/hold: nothing goes out to them until they are released."""
    because = read(Reason, strict_json.body()).because
    return _done(parts, reference, lambda who, at: steering.hold(parts.ground, who, caller.name, because, at))


def release(parts: Parts, caller: Caller, reference: str) -> Response:
    """POST /v1/customers/{user_id}/release: they go on where they were."""
    because = read(Reason, strict_json.body()).because
    return _done(parts, reference, lambda who, at: steering.release(parts.ground, who, caller.name, because, at))


def skip(parts: Parts, caller: Caller, reference: str) -> Response:
    """POST /v1/customers/{user_id}/skip: pass a step once."""
    asked = read(Step, strict_json.body())
    return _done(
        parts,
        reference,
        lambda who, at: steering.skip(parts.ground, who, asked.place, caller.name, asked.because, at),
    )


def send_now(parts: Parts, caller: Caller, reference: str) -> Response:
    """POST /v1/customers/{user_id}/send-now: the next letter goes, whatever window and caps say."""
    asked = read(Step, strict_json.body())
    return _done(
        parts,
        reference,
        lambda who, at: steering.send_now(parts.ground, who, asked.place, caller.name, asked.because, at),
    )


def start(parts: Parts, caller: Caller, reference: str) -> Response:
    """POST /v1/customers/{user_id}/start: into a journey, if its stage and its entry let them in."""
    asked = read(Start, strict_json.body())
    return _done(
        parts,
        reference,
        lambda who, at: steering.start(parts.ground, who, asked.journey, caller.name, asked.because, at),
    )


def remove(parts: Parts, caller: Caller, reference: str) -> Response:
    """POST /v1/customers/{user_id}/remove: out of a journey; what it has queued does not go."""
    asked = read(Remove, strict_json.body())
    return _done(
        parts,
        reference,
        lambda who, at: steering.remove(parts.ground, who, asked.journey, asked.entry, caller.name, asked.because, at),
    )


def take_over(parts: Parts, caller: Caller, reference: str) -> Response:
    """POST /v1/customers/{user_id}/take-over: hold them, and open a care task."""
    asked = read(TakeOver, strict_json.body())

    def act(who: str, at: Moment) -> dict[str, Any]:
        task = steering.take_over(parts.ground, who, caller.name, asked.because, at, owner=asked.owner, mine=False)
        return {"task_id": task}

    return _done(parts, reference, act)


def owner(parts: Parts, caller: Caller, reference: str) -> Response:
    """POST /v1/customers/{user_id}/owner: who of ours looks after them."""
    asked = read(Owner, strict_json.body())

    def act(who: str, at: Moment) -> None:
        steering.assign_owner(parts.ground, who, asked.owner, caller.name, at, because=asked.because)

    return _done(parts, reference, act)


def write_note(parts: Parts, caller: Caller, reference: str) -> Response:
    """POST /v1/customers/{user_id}/notes: write something down about them."""
    text = read(Note, strict_json.body()).text
    customer_id = id_of(parts, reference)
    try:
        note_id = steering.write_note(parts.ground, customer_id, text, caller.name, parts.look())
    except steering.Refused as refused:
        raise Refused(409, f"Nothing has changed: {refused}.") from None
    return strict_json.answer({"customer_id": customer_id, "id": note_id}, 201)


def list_notes(parts: Parts, reference: str) -> Response:
    """GET /v1/customers/{user_id}/notes: what was written down about them, the latest first."""
    query()
    with parts.ground.sessions.read() as session:
        customer = found(session, reference)
        kept = notes.of_customer(session, customer.id)
    return strict_json.answer({"customer_id": customer.id, "notes": [one._asdict() for one in kept]})


def _done(parts: Parts, reference: str, act: Callable[[str, Moment], object]) -> Response:
    """Do something to whoever is meant, and answer with them as they stand then, and with what came of it."""
    customer_id = id_of(parts, reference)
    try:
        came = act(customer_id, parts.look())
    except steering.Refused as refused:
        raise Refused(409, f"Nothing has changed: {refused}.") from None
    parts.nudge()
    with parts.ground.sessions.read() as session:
        told = as_json(found(session, customer_id))
    return strict_json.answer({**told, **(came if isinstance(came, dict) else {})})
