"""The people of one journey: who is inside and where, who is through, and how it ended for them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request

from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store import documents, versions, walkers
from nurture.store.results import Entered
from nurture.store.walkers import NOBODY, Sought, Trace
from nurture.web.console.design.comparing import names_of
from nurture.web.console.design.desk import desk
from nurture.web.console.design.flow.cards import Card, Said, read_flow
from nurture.web.console.design.flow.footfall import Trail, trails
from nurture.web.console.design.spanning import ALL, Span, read_span
from nurture.web.console.page import show
from nurture.web.console.words import Label, Namer, name_of, said

PAGE = 50
STATES: Mapping[str, Label] = {
    "active": Label("Here now", "wait"),
    "finished": Label("Finished", "won"),
    "left": Label("Left early", "unsent"),
}
FILTERS = ("state", "step", "passed", "left_at", "persona", "goal", "moved", "version", "aside")


class Chip(NamedTuple):
    """One filter that is set: its word, its value, and the address without it."""

    name: str
    value: str
    without: str


def add_people(pages: Blueprint, parts: Parts) -> None:
    """Add `/journeys/<key>/people`, and below it the way of one of them."""

    @pages.get("/journeys/<key>/people")
    def journey_people(key: str) -> Response:
        return _page(parts, key, parts.look())

    @pages.get("/journeys/<key>/people/<reference>")
    def journey_way(key: str, reference: str) -> Response:
        return _way(parts, key, reference, parts.look())


def _page(parts: Parts, key: str, at: Moment) -> Response:
    laid = desk(parts, key, at)
    clock = laid.clock
    chosen = {name: request.args.get(name, "").strip()[:200] for name in FILTERS}
    span = read_span({"from": ALL, **request.args}, at.now, clock.zone)
    sought = _sought(key, chosen, span)
    with parts.ground.sessions.read() as session:
        namer = Namer(parts.ground.shelf.playbook(session))
        found, cursor = walkers.walkers(session, sought, request.args.get("after", "")[:200], PAGE)
        number = walkers.number(session, sought)
        called = versions.numbers(session, "journey", [key]) if sought.version is not None else {}
    names = names_of(key, [laid.draft.text], namer)
    kept = {name: value for name, value in {**chosen, **_span(span)}.items() if value}
    return show(
        "design/people.html",
        parts,
        at,
        nav="journeys",
        desk=laid,
        clock=clock,
        namer=namer,
        names=names,
        rows=[(one, name_of(one), STATES[one.state]) for one in found],
        number=number,
        chosen=chosen,
        chips=_chips(key, kept, namer, names, called),
        tabs=[_tab(key, kept, state) for state in ("", *STATES)],
        following=_address(key, {**kept, "after": cursor}) if cursor else "",
        first=_address(key, kept) if request.args.get("after") else "",
    )


class Stop(NamedTuple):
    """One step of somebody's way.  state: passed, here, left or missed; trace: when they came, None where not."""

    card: Card
    depth: int
    lane: str
    state: str
    trace: Trace | None


MARKS: Mapping[str, Label] = {
    "passed": Label("Passed", "sent"),
    "here": Label("Here now", "wait"),
    "missed": Label("Not reached", "unsent"),
}


def _way(parts: Parts, key: str, reference: str, at: Moment) -> Response:
    """Show the version that somebody walks, or walked last, with the steps they came to; 404 where they never did."""
    laid = desk(parts, key, at)
    with parts.ground.sessions.read() as session:
        trail = next(iter(trails(session, [key], reference)), None)
        if trail is None:
            abort(404)
        one, shape = trail.walker, trail.shape
        text = documents.text_of(session, "journey", shape, one.revision)
        namer = Namer(parts.ground.shelf.playbook(session))
    flow = read_flow(shape, text, Said(namer))
    return show(
        "design/way.html",
        parts,
        at,
        nav="journeys",
        desk=laid,
        clock=laid.clock,
        namer=namer,
        one=one,
        name=name_of(one),
        shape=shape,
        state=STATES[one.state],
        stops=list(_stops(flow.cards, trail)),
        marks=MARKS,
    )


def _stops(cards: Sequence[Card], trail: Trail, depth: int = 0, lane: str = "") -> Iterator[Stop]:
    for card in cards:
        yield Stop(card, depth, lane, trail.at(card), trail.traces.get(card.id))
        for inner in card.lanes:
            yield from _stops(inner.cards, trail, depth + 1, inner.name)


def _span(span: Span) -> dict[str, str]:
    return {"from": span.first, "to": span.last}


def _sought(key: str, chosen: Mapping[str, str], span: Span) -> Sought:
    version = chosen["version"]
    aside = {"yes": True, "no": False}.get(chosen["aside"])
    return Sought(
        Entered(key, span.since, span.until, aside),
        chosen["state"] if chosen["state"] in STATES else "",
        chosen["step"],
        chosen["passed"],
        chosen["left_at"],
        chosen["persona"],
        bool(chosen["goal"]),
        bool(chosen["moved"]),
        int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
    )


def _address(key: str, said: Mapping[str, str]) -> str:
    return f"/journeys/{key}/people" + (f"?{urlencode(said)}" if said else "")


def _called(key: str, revision: str, called: Mapping[tuple[str, int], int]) -> str:
    """What staff call a version that an address names by its revision."""
    number = called.get((key, int(revision))) if revision.isascii() and revision.isdigit() else None
    return f"v{number}" if number else "not known"


def _tab(key: str, kept: Mapping[str, str], state: str) -> tuple[str, str, bool]:
    others = {name: value for name, value in kept.items() if name != "state"}
    word = STATES[state].word if state else "Everybody"
    return _address(key, {**others, **({"state": state} if state else {})}), word, kept.get("state", "") == state


def _chips(
    key: str,
    kept: Mapping[str, str],
    namer: Namer,
    names: Mapping[str, str],
    called: Mapping[tuple[str, int], int],
) -> list[Chip]:
    """Every condition that holds, in words, but for the state, which the tabs show."""
    words: Mapping[str, tuple[str, Callable[[str], str]]] = {
        "step": ("at", lambda value: names.get(value, said(value))),
        "passed": ("went on from", lambda value: names.get(value, said(value))),
        "left_at": ("left at", lambda value: names.get(value, said(value))),
        "persona": ("persona", lambda value: namer.persona(None if value == NOBODY else value)),
        "goal": ("reached", lambda _: "the goal"),
        "moved": ("moved", lambda _: "by a publish"),
        "version": ("version", lambda value: _called(key, value, called)),
        "aside": ("comparison", lambda value: "kept aside" if value == "yes" else "without those kept aside"),
        "from": ("entered from", str),
        "to": ("entered until", str),
    }
    return [
        Chip(words[name][0], words[name][1](value), _address(key, {k: v for k, v in kept.items() if k != name}))
        for name, value in kept.items()
        if name in words
    ]
