"""Simulations: the steps an invented newcomer, or a customer from now on, would take, with every date and reason."""

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import Field, model_validator

from nurture.engine.playbook import Playbook
from nurture.engine.problem import Unsound
from nurture.engine.reach import report
from nurture.engine.reading import KINDS
from nurture.engine.rehearsal import cannot_happen, live
from nurture.engine.scenario import Scenario
from nurture.engine.simulate import Transcript, simulate
from nurture.flow.rehearse import Draft, laid_over, subjects
from nurture.parts import Parts
from nurture.store import customers, photographs
from nurture.store.session import Session
from nurture.web import strict_json
from nurture.web.api.documents import KEY, Words, email_files
from nurture.web.api.shapes import MAX_TOLD, Id, Instant, Shape, Zone, check_word, read
from nurture.web.problems import Unfit, Wrong

MAX_DOCUMENTS = 50


class DraftDocument(Shape):
    """One document as it is being written; an email's text is a JSON map of its files, as in GET /v1/documents."""

    kind: Literal[KINDS]  # type: ignore[valid-type]
    key: Annotated[str, Field(pattern=rf"^{KEY.pattern}$")]
    text: Words

    @model_validator(mode="after")
    def _an_email_is_a_map_of_files(self) -> "DraftDocument":
        if self.kind == "email":
            email_files(self.text)
        return self


class Simulation(Shape):
    """Which journey, walked by whom, from when, for how long, and with which drafts over what is published."""

    journey: Id
    persona: Id | None = None
    customer: Id | None = None
    scenario: Id | None = None
    days: Annotated[int, Field(ge=0, le=366)] | None = None
    from_: Instant | None = Field(default=None, alias="from")
    timezone: Zone | None = None
    documents: list[DraftDocument] = Field(default_factory=list, max_length=MAX_DOCUMENTS)


DAYS = 14


def run(parts: Parts) -> Response:
    """POST /v1/simulations: the transcript, what was reached, and how it ended; nothing is kept."""
    asked = read(Simulation, strict_json.body())
    if sum(given is not None for given in (asked.persona, asked.customer, asked.scenario)) > 1:
        raise Unfit([Wrong("persona", "give one of persona, customer and scenario")])
    if asked.customer is not None and asked.from_ is not None:
        raise Unfit([Wrong("from", "a customer is simulated from now on; leave it away")])
    now = parts.look().now
    with parts.ground.sessions.read() as session:
        draft = _draft(parts, session, asked)
        check_word("journey", asked.journey, [version.journey.id for version in draft.playbook.journeys])
        playbook, transcript, differs = _lived(parts, session, draft.playbook, asked, now)
    words = subjects(parts.links, playbook, transcript)
    told: dict[str, Any] = report(playbook, transcript, asked.journey, words)
    told["problems"] = [problem._asdict() for problem in draft.problems]
    told["left_out"] = [cannot_happen(fact) for fact in transcript.unmet]
    return strict_json.answer(told | ({"differs": differs} if asked.scenario is not None else {}))


def _draft(parts: Parts, session: Session, asked: Simulation) -> Draft:
    texts = {(one.kind, one.key): one.text for one in asked.documents}
    try:
        return laid_over(session, parts.ground.shelf, texts, asked.journey)
    except Unsound as error:
        stops = [problem for problem in error.problems if problem.must_fix]
        raise Unfit([Wrong("documents", str(problem)[:500]) for problem in stops[:MAX_TOLD]]) from None


def _lived(
    parts: Parts, session: Session, playbook: Playbook, asked: Simulation, now: datetime
) -> tuple[Playbook, Transcript, str]:
    if asked.customer is not None:
        return _real(parts, session, playbook, asked, now)
    if asked.persona is not None:
        check_word("persona", asked.persona, [persona.id for persona in playbook.personas.personas])
    if asked.scenario is not None:
        check_word("scenario", asked.scenario, playbook.scenarios)
        scenario = playbook.scenarios[asked.scenario]
    else:
        scenario = Scenario.model_validate({"id": "tried", "journey": asked.journey, "from": now, "days": DAYS})
    wishes = {"persona": asked.persona, "from_": asked.from_, "days": asked.days, "timezone": asked.timezone}
    rehearsal = live(playbook, scenario.model_copy(update={k: v for k, v in wishes.items() if v is not None}))
    return playbook, rehearsal.transcript, rehearsal.differs


def _real(
    parts: Parts, session: Session, playbook: Playbook, asked: Simulation, now: datetime
) -> tuple[Playbook, Transcript, str]:
    found = customers.find(session, asked.customer or "")
    if found is None:
        raise Unfit([Wrong("customer", "is nobody we know")])
    snapshot = photographs.photographs(session, [found.id])[found.id].snapshot
    pins = {(walk.shape, walk.revision) for walk in snapshot.enrollments}
    if not pins <= playbook.pinned.keys():
        playbook = parts.ground.shelf.whole(session, pins)
    days = DAYS if asked.days is None else asked.days
    return playbook, simulate(playbook, snapshot, now, days), ""
