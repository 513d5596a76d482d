"""Who is where, and why: the list of customers, and one of them."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, request

from nurture.engine.local import zone_for
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store import customers as store
from nurture.store import timeline
from nurture.store.customers import Count, Customer, Walk
from nurture.store.schema import moment
from nurture.store.session import Session
from nurture.store.tasks import Task
from nurture.web.console.admin.snippets import curl
from nurture.web.console.page import Clockface, show
from nurture.web.console.words import Namer, letter_title, said
from nurture.web.console.work.ahead import foreseen
from nurture.web.console.work.told import SHOWS, days_of

FILTERS = ("q", "stage", "persona", "journey", "step")
PAGE = 50
TOLD = 80  # entries of a timeline on one page
SOUGHT = 600  # entries looked through where only some are shown


class Chip(NamedTuple):
    """One filter that is set: its word, its value, and the address without it."""

    name: str
    value: str
    without: str


def add_customers(pages: Blueprint, parts: Parts) -> None:
    """Add `/`, `/customers` and `/customers/<id>`."""

    @pages.get("/")
    def home() -> Response:
        return cast(Response, redirect("/customers", 303))

    @pages.get("/customers")
    def customers() -> Response:
        return _list(parts, parts.look())

    @pages.get("/customers/<customer_id>")
    def customer(customer_id: str) -> Response:
        return _one(parts, customer_id, parts.look())


def _list(parts: Parts, at: Moment) -> Response:
    chosen = {name: request.args.get(name, "").strip()[:200] for name in FILTERS}
    cursor = request.args.get("after") or None
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        counts = store.counts(session)
        page = store.page(
            session,
            stage=chosen["stage"] or None,
            persona=chosen["persona"] or None,
            journey=chosen["journey"] or None,
            step=chosen["step"] or None,
            search=chosen["q"] or None,
            cursor=cursor,
            limit=PAGE,
        )
    namer = Namer(playbook)
    return show(
        "work/customers.html",
        parts,
        at,
        nav="customers",
        namer=namer,
        clock=Clockface(zone_for(playbook.policy.window, None), at.now),
        rows=[(one, name_of(one)) for one in page.customers],
        following=_address(chosen, after=page.cursor) if page.cursor else None,
        first=_address(chosen) if cursor else None,
        chosen=chosen,
        chips=_chips(chosen, namer),
        stages=_stages(counts, chosen, namer),
        total=sum(count.number for count in counts),
        personas=[persona.id for persona in playbook.personas.personas],
        journeys=[version.journey for version in playbook.journeys],
        curl=curl(parts),
    )


def name_of(whom: Customer | Task) -> str:
    """What to call somebody: their name, or the part of their address that is theirs."""
    name = str(whom.traits.get("name") or whom.traits.get("first_name") or "").strip()
    return name or whom.email.partition("@")[0]


def _address(chosen: dict[str, str], **more: str | None) -> str:
    said = {name: value for name, value in {**chosen, **more}.items() if value}
    return f"/customers?{urlencode(said)}" if said else "/customers"


def _chips(chosen: dict[str, str], namer: Namer) -> list[Chip]:
    words = {
        "q": lambda value: f"\u201c{value}\u201d",
        "stage": lambda value: namer.stage(value).word,
        "persona": namer.persona,
        "journey": namer.journey,
        "step": said,
    }
    return [
        Chip("search" if name == "q" else name, words[name](value), _address({**chosen, name: ""}))
        for name, value in chosen.items()
        if value
    ]


def _stages(counts: Sequence[Count], chosen: dict[str, str], namer: Namer) -> list[dict[str, Any]]:
    """Every stage of the lifecycle with how many stand there, and any other that somebody still stands in."""
    known = [stage.id for stage in namer.playbook.lifecycle.stages]
    others = sorted({count.stage for count in counts} - set(known))
    return [
        {
            "id": key,
            "label": namer.stage(key),
            "number": sum(count.number for count in counts if count.stage == key),
            "address": _address({**chosen, "stage": "" if chosen["stage"] == key else key}),
        }
        for key in (*known, *others)
    ]


def _one(parts: Parts, reference: str, at: Moment) -> Response:
    narrowed = request.args.get("show", "all")
    if narrowed not in SHOWS:
        abort(404)
    with parts.ground.sessions.read() as session:
        customer = store.find(session, reference)
        if customer is None:
            abort(404)
        playbook = parts.ground.shelf.playbook(session)
        words = _words(parts, session, customer, Namer(playbook), narrowed, at)
    return show("work/customer.html", parts, at, nav="customers", customer=customer, name=name_of(customer), **words)


def _words(
    parts: Parts, session: Session, customer: Customer, namer: Namer, narrowed: str, at: Moment
) -> dict[str, Any]:
    """Everything the page tells beyond the customer's own row."""
    walks = store.enrollments_of(session, customer.id)
    clock = Clockface(zone_for(namer.playbook.policy.window, customer.zone), at.now)
    told = timeline.timeline(session, customer.id, TOLD if narrowed == "all" else SOUGHT, _before())
    history = store.stage_history(session, customer.id)
    messages = timeline.messages_of(session, customer.id, 50)
    set_aside = customer.failures > 0
    snapshot, ahead = (None, []) if set_aside else foreseen(parts.ground, session, customer.id, namer, at.now)
    return {
        "namer": namer,
        "clock": clock,
        "walks": _standing(walks),
        "ended": [walk for walk in walks if walk.state != "active"],
        "pending": [(one, letter_title(one)) for one in messages if one.state in ("queued", "handing")],
        "ahead": ahead,
        "suppressed": snapshot.suppressed if snapshot else frozenset(),
        "history": history,
        "moved_because": history[-1].because if history else "",
        "milestones": store.milestones_of(session, customer.id),
        "days": days_of(told.entries, namer, clock, narrowed),
        "shows": SHOWS,
        "narrowed": narrowed,
        "older": int(told.before.timestamp() * 1_000_000) if told.before else None,
        "later": request.args.get("before"),
    }


def _standing(walks: Iterable[Walk]) -> list[Walk]:
    """Where they stand now, the soonest first."""
    active = [walk for walk in walks if walk.state == "active"]
    return sorted(active, key=lambda walk: (walk.due_at is None, walk.due_at))


def _before() -> Any:
    """The moment before which to look, from the address: microseconds since 1970."""
    text = request.args.get("before", "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 17:
        abort(404)
    return moment(int(text))
