"""One life tried on a draft by the real engine: of whom, from when, for how long, and what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from nurture.engine.editing.writing import in_line, scalar
from nurture.engine.local import instant
from nurture.engine.playbook import Playbook
from nurture.engine.problem import Problem
from nurture.engine.reach import Reach, ending, reach
from nurture.engine.rehearsal import EXPECTED, cannot_happen, live
from nurture.engine.scenario import Scenario
from nurture.engine.simulate import Transcript, simulate
from nurture.flow.drafts import companions
from nurture.flow.rehearse import laid_over, subjects
from nurture.parts import Parts
from nurture.store import customers, photographs
from nurture.store.session import Session
from nurture.web.console.design.flow.cards import Card
from nurture.web.console.design.scripting import Script, read_script

DAYS = 14
MOST_DAYS = 366
NINE = time(9)
LONGEST = 4_000  # characters of a script

Name = tuple[str, str]


class Asked(NamedTuple):
    """What somebody wants to see.  who: a customer, a scenario, or a persona ('' for whatever the rules tell)."""

    persona: str
    customer: str
    scenario: str
    start: datetime
    days: int
    script: str


class Nobody(LookupError):
    """Whom a simulation is about is not known; the message is a sentence for staff."""


class Lived(NamedTuple):
    """What came of it.  problems: why the draft was cut short.  unmet: what could not happen.

    differs: how it is not as the scenario expects.  subjects: of letters, by moment, journey and step.
    """

    playbook: Playbook
    transcript: Transcript
    problems: tuple[Problem, ...]
    reaches: tuple[Reach, ...]
    ended: tuple[str, str]
    unmet: tuple[str, ...]
    differs: str
    script: Script
    subjects: Mapping[tuple[datetime, str, str | None], str]

    @property
    def steps(self) -> frozenset[str]:
        """Every step that they came to."""
        return frozenset(step for one in self.reaches for step in one.reached)


class Way(NamedTuple):
    """One path inside a journey, and whether it was gone."""

    name: str
    card: Card
    number: int
    gone: bool


def read_asked(said: Mapping[str, str], now: datetime, zone: ZoneInfo) -> Asked:
    """Read what is asked for from an address or a form; a day that is none is today."""
    days = said.get("days", "")
    return Asked(
        said.get("persona", "")[:200],
        said.get("customer", "").strip()[:200],
        said.get("scenario", "")[:200],
        instant(_day(said.get("start", "")) or now.astimezone(zone).date(), NINE, zone),
        min(max(1, int(days)), MOST_DAYS) if days.isascii() and days.isdigit() and len(days) < 6 else DAYS,
        said.get("script", "")[:LONGEST],
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1990 < found.year < 2200 else None


def tried(parts: Parts, session: Session, key: str, text: str, asked: Asked, now: datetime) -> Lived:
    """Live it.  Raises Unsound where the draft is broken from the start, Nobody, or ValidationError."""
    texts = {**companions(session, "journey", key, text), ("journey", key): text}
    draft = laid_over(session, parts.ground.shelf, texts, key)
    playbook = draft.playbook
    if playbook.live(key) is None:
        raise Nobody("nothing of this journey can be walked yet")
    script = read_script(asked.script, playbook)
    differs = ""
    if asked.customer:
        playbook, transcript = _real(parts, session, playbook, asked, now)
    else:
        rehearsal = live(playbook, _scenario(playbook, key, asked, script))
        transcript, differs = rehearsal.transcript, rehearsal.differs
    return Lived(
        playbook,
        transcript,
        draft.problems,
        reach(playbook, transcript, key),
        ending(playbook, transcript, key),
        tuple(cannot_happen(fact) for fact in transcript.unmet),
        differs,
        script,
        subjects(parts.links, playbook, transcript),
    )


def _real(
    parts: Parts, session: Session, playbook: Playbook, asked: Asked, now: datetime
) -> tuple[Playbook, Transcript]:
    """Live a customer's life from now on, as they are; nothing is written or sent."""
    sought = asked.customer
    found = customers.find(session, f"email:{sought}" if "@" in sought else sought)
    if found is None:
        raise Nobody(f"nobody is known as {sought}; give an id, or a whole address")
    snapshot = photographs.photographs(session, [found.id])[found.id].snapshot
    missing = {(one.shape, one.revision) for one in snapshot.enrollments} - playbook.pinned.keys()
    if missing:
        pinned = parts.ground.shelf.whole(session, missing).pinned
        playbook = playbook._replace(pinned={**pinned, **playbook.pinned})
    return playbook, simulate(playbook, snapshot, now, asked.days)


def _scenario(playbook: Playbook, key: str, asked: Asked, script: Script) -> Scenario:
    if asked.scenario:
        if asked.scenario not in playbook.scenarios:
            raise Nobody("this scenario cannot be lived: it is not there any more, or is not sound yet")
        return playbook.scenarios[asked.scenario]
    return scenario_of("tried", "", key, asked, script)


def scenario_of(key: str, name: str, journey: str, asked: Asked, script: Script) -> Scenario:
    """Make a scenario of what is asked for.  Raises ValidationError."""
    said = {"id": key, "name": name, "journey": journey, "persona": asked.persona or None, "days": asked.days}
    return Scenario.model_validate({**said, "from": asked.start, "script": list(script.happenings)})


def scenario_text(scenario: Scenario, script: Script, expects: Sequence[str] | None) -> str:
    """Write a scenario as a document.  expects: the steps that must come, None where any may."""
    lines = [f"id: {scenario.id}", f"name: {scalar(scenario.name)}", f"journey: {scenario.journey}"]
    lines += [f"persona: {scenario.persona}"] if scenario.persona else []
    lines += [f"from: {scalar(scenario.from_.astimezone(UTC))}", f"days: {scenario.days}"]
    if script.happenings:
        lines += ["script:", *(f"  - {in_line(one)}" for one in script.happenings)]
    lines += [f"expects: {in_line(list(expects))}"] if expects is not None else []
    return "\n".join(lines) + "\n"


def wrote(lived: Lived, key: str) -> list[str]:
    """The steps of a journey that wrote, showed or asked for something, in the order in which they did."""
    return [line.step or "" for line in lived.transcript.of(key) if line.do in EXPECTED]


def ways(cards: Sequence[Card], steps: frozenset[str]) -> Iterator[Way]:
    """Every path that leads to a step of its own, and whether they came to one of its steps."""
    for card in cards:
        for number, lane in enumerate(card.lanes):
            if lane.cards:
                yield Way(lane.name, card, number, bool(steps & set(_ids(lane.cards))))
                yield from ways(lane.cards, steps)


def _ids(cards: Sequence[Card]) -> Iterator[str]:
    for card in cards:
        yield card.id
        for lane in card.lanes:
            yield from _ids(lane.cards)


def leading_to(way: Way) -> dict[str, str]:
    """What may lead somebody a path: whose it is, or what happens; nothing where that is not plain."""
    match way.card.step, way.number:
        case {"do": "split", "paths": [*paths]}, n:
            when = paths[n].get("when")
            if isinstance(when, Mapping) and isinstance(when.get("persona"), str):
                return {"persona": when["persona"]}
        case {"do": "wait_for", "what": {"did": str(event)} | {"event": str(event)} | {"milestone": str(event)}}, 0:
            return {"script": f"day 1 at 12:00: {event}"}
    return {}
