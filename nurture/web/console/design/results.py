"""What a journey led to: who entered, and what became of them; every number a way to the list behind it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, Response, request

from nurture.engine.playbook import Playbook
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store import results
from nurture.store.results import Entered, Tally, Trodden
from nurture.store.walkers import NOBODY
from nurture.web.console.design.desk import desk
from nurture.web.console.design.flow.cards import Card, Said, read_flow
from nurture.web.console.design.spanning import Span, read_span, widths
from nurture.web.console.page import show
from nurture.web.console.spreadsheet import table
from nurture.web.console.words import Namer, said


class Number(NamedTuple):
    """A number and the list behind it: people?<query>."""

    people: int
    query: str


class Kind(NamedTuple):
    """What became of some of those who entered: entered = here + finished + left.  goal, moved: some of these."""

    name: str
    entered: Number
    here: Number
    finished: Number
    goal: Number
    left: Number
    moved: Number


class Stop(NamedTuple):
    """One step: came = here + passed + left."""

    step: str
    name: str
    depth: int
    came: int
    here: Number
    passed: Number
    left: Number


def add_results(pages: Blueprint, parts: Parts) -> None:
    """Add `/journeys/<key>/results`, and the same as a file."""

    @pages.get("/journeys/<key>/results")
    def journey_results(key: str) -> Response:
        return _page(parts, key)

    @pages.get("/journeys/<key>/results.csv")
    def results_file(key: str) -> Response:
        words = _words(parts, key, parts.look())
        return Response(
            _written(words["whole"], words["personas"], words["stops"]),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{key}.csv"'},
        )


def _page(parts: Parts, key: str) -> Response:
    at = parts.look()
    return show("design/results.html", parts, at, nav="journeys", **_words(parts, key, at))


def _words(parts: Parts, key: str, at: Moment) -> dict[str, Any]:
    laid = desk(parts, key, at)
    clock = laid.clock
    span = read_span(request.args, at.now, clock.zone)
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        compares = keeps_aside(playbook, key)
        entered = Entered(key, span.since, span.until, False if compares else None)
        tallies, trodden = results.tallies(session, entered), results.trodden(session, entered)
        apart = results.tallies(session, entered._replace(aside=True)) if compares else []
    namer = Namer(playbook)
    personas = [None, *(one.id for one in playbook.personas.personas)]
    personas += sorted({one.persona for one in tallies if one.persona} - set(personas))
    return {
        "desk": laid,
        "clock": clock,
        "span": span,
        "widths": widths(span, at.now, clock.zone),
        "whole": _kind("Everybody", tallies, span, {}),
        "personas": [one for one in (_persona(tallies, persona, namer, span) for persona in personas) if one],
        "apart": _kind("Kept aside", apart, span, {"aside": "yes"}) if compares else None,
        "stops": list(_stops(read_flow(key, laid.draft.text, Said(namer)).cards, trodden, span)),
        "looked": trodden.looked,
    }


def keeps_aside(playbook: Playbook, key: str) -> bool:
    """Whether anybody may be kept aside for comparison, from this journey or from all."""
    mine = (one.journey for one in playbook.pinned.values())
    return playbook.policy.holdout is not None or any(one.id == key and one.holdout for one in mine)


def _persona(tallies: Sequence[Tally], persona: str | None, namer: Namer, span: Span) -> Kind | None:
    mine = [one for one in tallies if one.persona == persona]
    return _kind(namer.persona(persona), mine, span, {"persona": persona or NOBODY}) if mine else None


def _kind(name: str, tallies: Iterable[Tally], span: Span, more: dict[str, str]) -> Kind:
    count = Counter[str]()
    for one in tallies:
        count.update({"entered": one.number, one.state: one.number, "moved": one.moved})
        count["goal"] += one.number if one.goal else 0
    ways = {
        "entered": {},
        "active": {"state": "active"},
        "finished": {"state": "finished"},
        "goal": {"goal": "yes"},
        "left": {"state": "left"},
        "moved": {"moved": "yes"},
    }
    return Kind(name, *(Number(count[way], span.query(**more, **asked)) for way, asked in ways.items()))


def _stops(cards: Sequence[Card], found: Trodden, span: Span) -> Iterator[Stop]:
    """Every step in the order of the journey, then those that it no longer has."""
    known = set()
    for depth, card in _deep(cards):
        known.add(card.id)
        yield _stop(card.id, card.name, depth, found, span)
    for step in sorted(found.came.keys() - known):
        yield _stop(step, f"{said(step)} (in another version)", 0, found, span)


def _deep(cards: Sequence[Card], depth: int = 0) -> Iterator[tuple[int, Card]]:
    for card in cards:
        if card.id:
            yield depth, card
        for lane in card.lanes:
            yield from _deep(lane.cards, depth + 1)


def _stop(step: str, name: str, depth: int, found: Trodden, span: Span) -> Stop:
    return Stop(
        step,
        name,
        depth,
        found.came.get(step, 0),
        Number(found.here.get(step, 0), span.query(step=step, state="active")),
        Number(found.passed(step), span.query(passed=step)),
        Number(found.left.get(step, 0), span.query(left_at=step)),
    )


def _written(whole: Kind, personas: Sequence[Kind], stops: Sequence[Stop]) -> str:
    """Write both tables as a file."""
    rows: list[tuple[object, ...]] = []
    rows.append(("persona", "entered", "here now", "finished", "reached the goal", "left early", "moved"))
    for one in (whole, *personas):
        numbers = (one.entered, one.here, one.finished, one.goal, one.left, one.moved)
        rows.append((one.name, *(number.people for number in numbers)))
    rows += [(), ("step", "name", "came", "here now", "passed", "left early")]
    rows += [(one.step, one.name, one.came, one.here.people, one.passed.people, one.left.people) for one in stops]
    return table(rows)
