"""Pause a journey, and let it go on: said in its text and published at once, so that it holds for everybody inside."""

from typing import NamedTuple

from flask import Blueprint, Response, abort, request

from nurture.engine.editing import remove, set_value
from nurture.engine.plan import KEEP, MOVE
from nurture.engine.problem import Unsound
from nurture.flow.drafts import Overtaken, edit_draft
from nurture.flow.ground import Moment
from nurture.flow.publish import Choices, impact, publish
from nurture.parts import Parts
from nurture.store import documents, lives, publishing
from nurture.store.session import Conflict
from nurture.web.console.access import signed_in
from nurture.web.console.design.desk import Desk, desk, paused_in
from nurture.web.console.page import done, show

WAYS = {"freeze": "time stands still", "count": "time goes on"}
KEY = ("paused",)
Name = tuple[str, str]


class Live(NamedTuple):
    """What is live of a journey.  paused: how, '' where it runs; people: those inside; alone: all walk this version.

    queued: letters that are decided already, and go out nevertheless.
    """

    text: str
    paused: str
    people: int
    alone: bool
    queued: int


def add_pausing(pages: Blueprint, parts: Parts) -> None:
    """Add `/journeys/<key>/pause`."""

    @pages.get("/journeys/<key>/pause")
    def pause_seen(key: str) -> Response:
        return _page(parts, key, parts.look())

    @pages.post("/journeys/<key>/pause")
    def paused(key: str) -> Response:
        return _turned(parts, key, parts.look())


def _page(parts: Parts, key: str, at: Moment, status: int = 200, wrong: str = "") -> Response:
    laid, live = desk(parts, key, at), _live(parts, key)
    outside = _outside(parts, key, live.text, at) if live.paused else 0
    words = {"desk": laid, "clock": laid.clock, "live": live, "outside": outside, "wrong": wrong}
    return show("design/pause.html", parts, at, status, nav="journeys", **words)


def _live(parts: Parts, key: str) -> Live:
    """Look at what is live; 404 where nothing is."""
    with parts.ground.sessions.read() as session:
        _, texts = documents.published(session)
        if ("journey", key) not in texts:
            abort(404)
        n, text = texts["journey", key]
        inside = publishing.standing(session, [key])
        queued = sum(one.number for one in lives.waiting(session) if one.journey == key)
    alone = {one.revision for one in inside} <= {n}
    return Live(text, paused_in(text), sum(one.people for one in inside), alone, queued)


def _outside(parts: Parts, key: str, text: str, at: Moment) -> int:
    """Count whom going on could let in: those who met the entry meanwhile."""
    going, _ = remove(text, KEY)
    found = impact(parts.ground, {("journey", key): going}, Choices(KEEP), at)
    return found.journeys[0].outside if found.journeys else 0


def _turned(parts: Parts, key: str, at: Moment) -> Response:
    """Pause it, or let it go on; the draft beside it says the same from then on."""
    laid, live = desk(parts, key, at), _live(parts, key)
    way = request.form.get("way", "")
    if way not in ("", *WAYS) or way == live.paused:
        return _page(parts, key, at, 422, "Choose what becomes of time" if way != live.paused else "It is so already")
    note = f"paused, {WAYS[way]} for whoever is inside" if way else "goes on"
    people = Choices(MOVE if live.alone else KEEP, enter=not way and request.form.get("enter") == "enter")
    actor = signed_in().member.email
    try:
        text = _edited(live.text, way)[0]
        publish(parts.ground, {("journey", key): text}, actor, note, at, people=people)
        if laid.draft.open:
            edit_draft(parts.ground, "journey", key, lambda draft: _edited(draft, way), laid.draft.n, actor, at.now)
    except (Unsound, Conflict) as error:
        return _page(parts, key, at, 409, _why_not(error))
    return done(parts, f"/journeys/{key}/flow", _told(laid, live, way))


def _edited(text: str, way: str) -> tuple[str, str]:
    if way:
        return set_value(text, KEY, way)
    return remove(text, KEY) if paused_in(text) else (text, "nothing changed")


def _why_not(error: Exception) -> str:
    if isinstance(error, Overtaken):
        return "It was done, but somebody changed the draft at the same moment: say `paused` there too"
    return f"Nothing was changed: {error}"


def _told(laid: Desk, live: Live, way: str) -> str:
    who = f"{live.people:,} {'stands' if live.people == 1 else 'stand'}"
    if way:
        return f"{laid.name} is paused: nobody enters, and {who} still."
    return f"{laid.name} goes on: {who} where they stood."
