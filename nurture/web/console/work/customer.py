"""One customer: what has happened, why, and what comes next."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, abort, request

from nurture.engine.local import zone_for
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store import customers as store
from nurture.store import timeline
from nurture.store.customers import Customer, Walk
from nurture.store.schema import moment
from nurture.store.session import Session
from nurture.web.console.page import Clockface, show
from nurture.web.console.words import Namer, letter_title, name_of
from nurture.web.console.work.ahead import foreseen
from nurture.web.console.work.told import SHOWS, days_of

TOLD = 80  # entries of a timeline on one page
SOUGHT = 600  # entries looked through where only some are shown


def add_customer(pages: Blueprint, parts: Parts) -> None:
    """Add `/customers/<id>`."""

    @pages.get("/customers/<customer_id>")
    def customer(customer_id: str) -> Response:
        return _one(parts, customer_id, parts.look())


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
