"""What a program decides in the name of staff: a stage, a persona, traits, a letter to a segment."""

from typing import Any

from flask import Response
from pydantic import Field, model_validator

from nurture.flow import by_hand
from nurture.parts import Parts
from nurture.web import strict_json
from nurture.web.api.customers import as_json, found, id_of
from nurture.web.api.shapes import Id, Instant, Shape, Side, Text, check_word, read, traits_of
from nurture.web.auth import Caller
from nurture.web.problems import Refused


class Patch(Shape):
    """What is said of a customer.  A trait that is null is taken away; what is not named stays.  at: of the traits."""

    traits: Side = Field(default_factory=dict)
    at: Instant | None = None
    persona: Id | None = None
    persona_locked: bool | None = None
    because: Text | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Patch":
        if not self.traits and self.persona is None and self.persona_locked is None:
            raise ValueError("say at least one of traits, persona, persona_locked")
        if self.persona is None and self.persona_locked:
            raise ValueError("name the persona that is to stay")
        if self.at is not None and not self.traits:
            raise ValueError("name the traits that were so at that moment")
        return self


class Stage(Shape):
    """The stage somebody is put into, and why."""

    to: Id
    because: Text


def patch(parts: Parts, caller: Caller, reference: str) -> Response:
    """PATCH /v1/customers/{user_id}: traits, and the persona; locked, behaviour changes it no more."""
    asked, at = read(Patch, strict_json.body()), parts.look()
    customer_id = id_of(parts, reference)
    if asked.persona is not None:
        with parts.ground.sessions.read() as session:
            personas = parts.ground.shelf.playbook(session).personas.personas
        check_word("persona", asked.persona, [persona.id for persona in personas])
    if asked.traits:
        kept = {name: value for name, value in asked.traits.items() if value is not None}
        gone = {name: None for name, value in asked.traits.items() if value is None}
        traits = {**traits_of(kept, {}), **gone}
        by_hand.tell_traits(parts.ground, customer_id, traits, caller.name, at, as_of=asked.at)
    if asked.persona is not None:
        locked = asked.persona_locked is not False
        because = asked.because or ""
        by_hand.choose_persona(parts.ground, customer_id, asked.persona, because, caller.name, at, locked=locked)
    elif asked.persona_locked is False:
        by_hand.unlock_persona(parts.ground, customer_id, caller.name, at)
    parts.nudge()
    return _as_it_stands(parts, customer_id)


def stage(parts: Parts, caller: Caller, reference: str) -> Response:
    """POST /v1/customers/{user_id}/stage: put somebody into a stage, with a reason."""
    asked, at = read(Stage, strict_json.body()), parts.look()
    customer_id = id_of(parts, reference)
    with parts.ground.sessions.read() as session:
        stages = parts.ground.shelf.playbook(session).lifecycle.stages
    check_word("to", asked.to, [one.id for one in stages])
    by_hand.move(parts.ground, customer_id, asked.to, asked.because, caller.name, at)
    parts.nudge()
    return _as_it_stands(parts, customer_id)


def send_once(parts: Parts, caller: Caller, key: str) -> Response:
    """POST /v1/documents/journey/{key}/start: start a letter to a segment; again, it starts nobody twice."""
    try:
        asked = by_hand.send_once(parts.ground, key, caller.name, parts.look())
    except by_hand.Unfit as unfit:
        raise Refused(409, f"{unfit}.") from None
    parts.nudge()
    return strict_json.answer({"journey": key, **asked._asdict()})


def _as_it_stands(parts: Parts, customer_id: str) -> Response:
    with parts.ground.sessions.read() as session:
        told: dict[str, Any] = as_json(found(session, customer_id))
    return strict_json.answer(told)
