"""Simulate: a draft lived through by the engine that serves, over invented time; and scenarios, which are kept."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from pydantic import ValidationError

from nurture.engine.problem import Problem, Unsound
from nurture.engine.simulate import Line
from nurture.flow.drafts import Overtaken, save_draft
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store import drafts
from nurture.store.drafts import Draft
from nurture.web.console.access import signed_in
from nurture.web.console.design.desk import Desk, desk, name_of
from nurture.web.console.design.flow.cards import Said, read_flow
from nurture.web.console.design.scripting import script_words
from nurture.web.console.design.trying import (
    Asked,
    Lived,
    Nobody,
    Way,
    leading_to,
    read_asked,
    scenario_of,
    scenario_text,
    tried,
    ways,
    wrote,
)
from nurture.web.console.page import done, show
from nurture.web.console.words import Namer, said

FIELDS = ("persona", "customer", "scenario", "start", "days", "script")
SEEN = 8  # problems that are named where nothing can be lived


class Told(NamedTuple):
    """How one kind of line is shown."""

    tone: str
    icon: str
    tag: str
    minor: bool = False


TOLD: Mapping[str, Told] = {
    "entered": Told("stage", "path", "Enters"),
    "refused": Told("unsent", "path", "Does not enter"),
    "finished": Told("won", "flag", "Finishes"),
    "left": Told("unsent", "flag", "Leaves early"),
    "letter": Told("sent", "mail", "Email"),
    "held": Told("wait", "clock", "Email waits"),
    "skipped": Told("unsent", "unsent", "Email not sent"),
    "withheld": Told("unsent", "unsent", "Kept aside"),
    "task": Told("stage", "hand", "Care task"),
    "escalated": Told("stage", "hand", "Care task passed on"),
    "notice": Told("sent", "list", "In-app message"),
    "call": Told("plain", "globe", "Webhook"),
    "rest": Told("wait", "clock", "Waits", minor=True),
    "onward": Told("plain", "dot", "Goes on", minor=True),
    "suspended": Told("wait", "clock", "Rests"),
    "resumed": Told("plain", "dot", "Goes on"),
    "changed": Told("plain", "path", "Is moved"),
    "aside": Told("unsent", "people", "Kept aside"),
}


class Row(NamedTuple):
    """One line of a life.  title: the step, or the letter's subject; href: where it can be looked at."""

    at: datetime
    told: Told
    title: str
    href: str
    because: str
    where: str
    until: datetime | None


def add_simulate(pages: Blueprint, parts: Parts) -> None:
    """Add `/journeys/<key>/simulate`, and the form that keeps what was tried as a scenario."""

    @pages.get("/journeys/<key>/simulate")
    def simulated(key: str) -> Response:
        return _page(parts, key, parts.look())

    @pages.post("/journeys/<key>/scenarios")
    def scenario_kept(key: str) -> Response:
        return _kept(parts, key)


def _page(parts: Parts, key: str, at: Moment, status: int = 200, wrong: str = "") -> Response:
    said_here = request.form if request.method == "POST" else request.args
    laid = desk(parts, key, at)
    clock = laid.clock
    asked = read_asked(said_here, at.now, clock.zone)
    runs = request.method == "POST" or bool(said_here.get("run"))
    lived, why_not, problems = _tried(parts, laid, asked, at) if runs else (None, "", ())
    with parts.ground.sessions.read() as session:
        namer = Namer(lived.playbook if lived else parts.ground.shelf.playbook(session))
        scenarios = [one for one in drafts.at_hand(session, "scenario") if _is_of(one, key)]
    flow = read_flow(key, laid.draft.text, Said(namer))
    names = {card.id: card.name for card in flow.every()}
    gone = list(ways(flow.cards, lived.steps)) if lived else []
    return show(
        "design/simulate.html",
        parts,
        at,
        status,
        nav="journeys",
        desk=laid,
        clock=clock,
        namer=namer,
        names=names,
        asked=asked,
        start=asked.start.astimezone(clock.zone).date().isoformat(),
        fields={name: said_here.get(name, "") for name in FIELDS},
        personas=[("", "As the rules tell"), *((one.id, one.name) for one in namer.playbook.personas.personas)],
        scenarios=[("", "None: as said here"), *((one.key, name_of(one)) for one in scenarios)],
        lived=lived,
        who=_who(asked, namer, {one.key: name_of(one) for one in scenarios}),
        rows=list(_rows(lived, key, asked, names, namer)) if lived else [],
        script=_script(lived, asked) if lived else asked.script,
        gone=gone,
        missed=[(one, _leading(key, one, asked)) for one in gone if not one.gone],
        why_not=why_not,
        problems=problems[:SEEN],
        wrong=wrong,
    )


def _tried(parts: Parts, laid: Desk, asked: Asked, at: Moment) -> tuple[Lived | None, str, tuple[Problem, ...]]:
    """Live it, or say why it cannot be."""
    try:
        with parts.ground.sessions.read() as session:
            return tried(parts, session, laid.key, laid.draft.text, asked, at.now), "", ()
    except Unsound as error:
        return None, "The draft cannot be walked at all yet", tuple(one for one in error.problems if one.must_fix)
    except Nobody as error:
        return None, str(error), ()
    except ValidationError as error:
        return None, _plain(error), ()


def _plain(error: ValidationError) -> str:
    return "; ".join(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())


def _is_of(scenario: Draft, key: str) -> bool:
    """Whether a scenario, sound or not, is of a journey."""
    return re.search(rf"(?m)^journey:\s*{re.escape(key)}\s*(#.*)?$", scenario.text) is not None


def _who(asked: Asked, namer: Namer, scenarios: Mapping[str, str]) -> str:
    if asked.customer:
        return asked.customer
    if asked.scenario:
        return f"\u201c{scenarios.get(asked.scenario, asked.scenario)}\u201d"
    return namer.persona(asked.persona) if asked.persona else "Somebody new"


def _script(lived: Lived, asked: Asked) -> str:
    """The script as it was lived, a saved one in words."""
    saved = lived.playbook.scenarios.get(asked.scenario)
    return script_words(saved.script) if saved is not None else asked.script


def _rows(lived: Lived, key: str, asked: Asked, names: Mapping[str, str], namer: Namer) -> Iterator[Row]:
    """The life in this journey, and quietly which letters others write meanwhile."""
    reader = _reader(lived, asked)
    for line in lived.transcript.lines:
        told = TOLD.get(line.do)
        if told is None or (line.journey != key and line.do != "letter"):
            continue
        elsewhere = "" if line.journey == key else namer.journey(line.journey)
        href = _letter(line, reader) if line.do == "letter" else ""
        title = lived.subjects.get((line.at, line.journey, line.step)) if line.do == "letter" else None
        title = title or (names.get(line.step, said(line.step)) if line.step else namer.journey(key))
        where = names.get(line.step or "", "") if line.do == "letter" and not elsewhere else elsewhere
        yield Row(
            line.at, told._replace(minor=told.minor or bool(elsewhere)), title, href, line.because, where, line.until
        )


def _reader(lived: Lived, asked: Asked) -> dict[str, str]:
    persona = lived.transcript.snapshot.customer.persona
    return {"customer": asked.customer} if asked.customer else {"persona": persona or ""}


def _letter(line: Line, reader: Mapping[str, str]) -> str:
    """Where a letter can be read as they would read it, on that day."""
    query = {name: value for name, value in {**reader, "date": f"{line.at:%Y-%m-%d}"}.items() if value}
    return f"/emails/{line.about}/edit?{urlencode(query)}"


def _leading(key: str, way: Way, asked: Asked) -> str:
    """The page on which a scenario is made that may go a path."""
    start = {"days": str(asked.days), "persona": asked.persona}
    query = {**start, **leading_to(way), "name": f"Goes {way.name}", "run": "yes"}
    return f"/journeys/{key}/simulate?{urlencode({name: value for name, value in query.items() if value})}"


def _kept(parts: Parts, key: str) -> Response:
    """Keep what was tried as a scenario, a draft that is lived again at every publish."""
    at, actor, form = parts.look(), signed_in().member.email, request.form
    laid = desk(parts, key, at)
    clock = laid.clock
    asked = read_asked(form, at.now, clock.zone)
    name = " ".join(form.get("name", "").split())[:100]
    lived, why_not, _ = _tried(parts, laid, asked._replace(scenario=""), at)
    if lived is None or lived.script.wrongs or asked.customer or not name:
        return _page(parts, key, at, 422, why_not or _not_kept(name, asked))
    with parts.ground.sessions.read() as session:
        scenario_key = _free(name, (one.key for one in drafts.standing_of(session, "scenario")))
    scenario = scenario_of(scenario_key, name, key, asked, lived.script)
    text = scenario_text(scenario, lived.script, wrote(lived, key) if form.get("expects") else None)
    try:
        save_draft(parts.ground, "scenario", scenario_key, text, None, actor, f"made the scenario {name}", at.now)
    except Overtaken:
        return _page(parts, key, at, 409, "Somebody made one of this name at the same moment; give it another one")
    address = f"/journeys/{key}/simulate?{urlencode({'scenario': scenario_key, 'run': 'yes'})}"
    told = f"\u201c{name}\u201d is kept. It goes live with this journey, and is lived again at every publish."
    return done(parts, address, told)


def _not_kept(name: str, asked: Asked) -> str:
    if not name:
        return "Give the scenario a name, such as Wilma never opens"
    if asked.customer:
        return "A real customer is no scenario: what they are changes. Choose a persona instead"
    return "Mend the script first"


def _free(name: str, taken: Iterable[str]) -> str:
    """Make a key of a name that no other scenario has."""
    key = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50] or "scenario"
    key = key if key[0].isalpha() else f"scenario-{key}"
    known = set(taken)
    return next(one for one in (key, *(f"{key}-{n}" for n in range(2, 1000))) if one not in known)
