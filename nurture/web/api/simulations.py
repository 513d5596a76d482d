"""Simulations: the steps an invented newcomer would take, with every date and every reason."""

from typing import Annotated

from flask import Response
from pydantic import Field

from nurture.engine.simulate import newcomer, simulate
from nurture.flow.intake import TRIAL
from nurture.parts import Parts
from nurture.web import strict_json
from nurture.web.api.shapes import Id, Instant, Shape, Zone, check_word, read


class Simulation(Shape):
    """Which journey, walked by whom, from when, for how long."""

    journey: Id
    persona: Id | None = None
    days: Annotated[int, Field(ge=0, le=366)] = 14
    from_: Instant | None = Field(default=None, alias="from")
    timezone: Zone | None = None


def run(parts: Parts) -> Response:
    """POST /v1/simulations: the transcript, and how it ended; nothing is kept."""
    asked = read(Simulation, strict_json.body())
    start = asked.from_ or parts.look().now
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
    check_word("journey", asked.journey, [version.journey.id for version in playbook.journeys])
    if asked.persona is not None:
        check_word("persona", asked.persona, [persona.id for persona in playbook.personas.personas])
    somebody = newcomer(playbook, asked.persona, start, TRIAL, asked.timezone)
    transcript = simulate(playbook, somebody, start, asked.days)
    ended, because = transcript.ending(asked.journey)
    steps = [line.as_json() for line in transcript.of(asked.journey)]
    return strict_json.answer({"steps": steps, "ended": ended, "because": because})
