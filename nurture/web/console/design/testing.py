"""Test send: every email of a journey's draft to whoever tries it, as one persona would get it; it counts nowhere."""

from typing import NamedTuple

from flask import Blueprint, Response, request

from nurture.channels.email.compose import Unrenderable
from nurture.engine.document import DAY
from nurture.engine.journey import walk
from nurture.engine.playbook import Playbook
from nurture.engine.problem import Problem, Unsound
from nurture.engine.rehearsal import live
from nurture.engine.scenario import Scenario
from nurture.engine.steps.email import Email
from nurture.engine.steps.survey import Survey
from nurture.flow.drafts import companions
from nurture.flow.ground import Moment
from nurture.flow.letters import Composer, Reader, specimen
from nurture.flow.previewing import passed
from nurture.flow.rehearse import laid_over
from nurture.flow.testing import NotSent, left, send_test
from nurture.parts import Parts
from nurture.store import drafts
from nurture.store.session import Session
from nurture.web.console.access import signed_in
from nurture.web.console.design.desk import Desk, desk
from nurture.web.console.page import done, show
from nurture.web.console.words import Namer, said

WORDED = frozenset({"email", "layout", "snippet", "survey"})  # what letters are made of: its drafts are tried as well
DAYS = 60  # that are lived through to see on which day a letter comes


class Planned(NamedTuple):
    """One letter of the journey.  day: on which it comes to somebody of this persona who never opens; 0 if it may not.

    number: of how many.
    """

    email: str
    step: str
    day: int
    number: int
    of: int

    def prefix(self, persona: str) -> str:
        """What its subject begins with: `[Test 3/7 \u00b7 day 5 \u00b7 Wilma]`."""
        parts = [f"Test {self.number}/{self.of}", f"day {self.day}" if self.day else "", persona]
        joined = " \u00b7 ".join(part for part in parts if part)
        return f"[{joined}]"


def add_testing(pages: Blueprint, parts: Parts) -> None:
    """Add `/journeys/<key>/test-send`."""

    @pages.get("/journeys/<key>/test-send")
    def test_seen(key: str) -> Response:
        return _page(parts, key, parts.look(), request.args.get("persona", ""))

    @pages.post("/journeys/<key>/test-send")
    def test_sent(key: str) -> Response:
        return _sent(parts, key, parts.look())


def _page(parts: Parts, key: str, at: Moment, persona: str, status: int = 200, wrong: str = "") -> Response:
    laid = desk(parts, key, at)
    problems: tuple[Problem, ...] = ()
    with parts.ground.sessions.read() as session:
        playbook, remaining = parts.ground.shelf.playbook(session), left(session, signed_in().member.email, at)
        try:
            playbook = _drafted(parts, session, laid)
            letters = planned(playbook, key, persona, at)
        except Unsound as error:
            letters, problems = [], tuple(one for one in error.problems if one.must_fix)
    namer = Namer(playbook)
    return show(
        "design/test_send.html",
        parts,
        at,
        status,
        nav="journeys",
        desk=laid,
        clock=laid.clock,
        to=signed_in().member.email,
        persona=persona,
        personas=[("", "The words for everybody"), *((one.id, one.name) for one in playbook.personas.personas)],
        as_whom=namer.persona(persona) if persona else "",
        letters=letters,
        remaining=remaining,
        problems=problems[:8],
        wrong=wrong,
    )


def _drafted(parts: Parts, session: Session, laid: Desk) -> Playbook:
    """The playbook with this draft in it, and with every draft that its letters are made of.  Raises Unsound."""
    waiting = {(one.kind, one.key): one.text for one in drafts.being_written(session) if one.kind in WORDED}
    named = companions(session, "journey", laid.key, laid.draft.text)
    texts = {**waiting, **named, ("journey", laid.key): laid.draft.text}
    return laid_over(session, parts.ground.shelf, texts, laid.key).playbook


def planned(playbook: Playbook, key: str, persona: str, at: Moment) -> list[Planned]:
    """List the emails of a journey, each once, in the order in which they are written down."""
    version = playbook.live(key)
    found: dict[str, str] = {}
    for step in walk(version.journey.steps) if version is not None else ():
        email = step.email if isinstance(step, Email) else step.asks_by if isinstance(step, Survey) else None
        if email is not None and email in playbook.emails and not step.off:
            found.setdefault(email, step.id)
    days = _days(playbook, key, persona, at) if found else {}
    return [
        Planned(email, step, days.get(step, 0), number, len(found))
        for number, (email, step) in enumerate(found.items(), 1)
    ]


def _days(playbook: Playbook, key: str, persona: str, at: Moment) -> dict[str, int]:
    """On which day each letter comes to somebody new who never does anything."""
    life = {"id": "tried", "journey": key, "persona": persona or None, "from": at.now, "days": DAYS}
    lived = live(playbook, Scenario.model_validate(life)).transcript
    days: dict[str, int] = {}
    for line in lived.of(key):
        if line.do == "letter" and line.step is not None:
            days.setdefault(line.step, (line.at - at.now) // DAY + 1)
    return days


def _sent(parts: Parts, key: str, at: Moment) -> Response:
    """Send them all, or none: where the hour does not allow as many, or something cannot be written."""
    persona, member, laid = request.form.get("persona", "")[:200], signed_in().member, desk(parts, key, at)
    try:
        with parts.ground.sessions.read() as session:
            playbook, remaining = _drafted(parts, session, laid), left(session, member.email, at)
        if persona and persona not in [one.id for one in playbook.personas.personas]:
            persona = ""
        letters = planned(playbook, key, persona, at)
        if not letters or len(letters) > remaining:
            return _page(parts, key, at, persona, 422, _too_many(len(letters), remaining))
        refused = _post(parts, playbook, letters, persona, member.email, at)
    except Unsound:
        return _page(parts, key, at, persona, 422, "No test was sent: mend the draft first")
    except (NotSent, Unrenderable) as error:
        return _page(parts, key, at, persona, 422, f"Not all was sent: {error}")
    if refused:
        return _page(parts, key, at, persona, 502, f"Not all went out: {'; '.join(refused)}")
    told = f"{len(letters)} test letters are on their way to {member.email}. They count nowhere."
    return done(parts, f"/journeys/{key}/flow", told)


def _too_many(number: int, remaining: int) -> str:
    if not number:
        return "This journey writes no email yet"
    return f"No test was sent: it is {number} letters, and {remaining} of 20 are left to you within this hour"


def _post(parts: Parts, playbook: Playbook, letters: list[Planned], persona: str, to: str, at: Moment) -> list[str]:
    """Write them all, then send one after another; says which the provider refused."""
    composer = Composer(parts.links, parts.settings.public_url)
    called = Namer(playbook).persona(persona) if persona else ""
    reader = Reader(persona or None, None)
    passed(playbook, [one.email for one in letters])
    written = [(one, specimen(composer, playbook, one.email, to, reader, at.now)) for one in letters]
    refused: list[str] = []
    for one, letter in written:
        subject = f"{one.prefix(called)} {letter.subject.removeprefix('[test] ')}"
        topic = playbook.emails[one.email].head.topic
        verdict = send_test(
            parts.ground, parts.carry, letter._replace(subject=subject), topic, f"email {one.email}", to, at
        )
        if verdict.outcome != "accepted":
            refused.append(f"{said(one.email)}: {verdict.because}")
    return refused
