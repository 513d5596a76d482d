"""One customer: what has happened, why, and what comes next."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, request

from nurture.engine.local import zone_for
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store import audit, timeline
from nurture.store import customers as store
from nurture.store.customers import Customer, Walk
from nurture.store.schema import moment
from nurture.store.session import Session
from nurture.store.wanted import NOBODY
from nurture.web.console.access import may, signed_in
from nurture.web.console.page import Clockface, show
from nurture.web.console.words import Namer, letter_title, name_of
from nurture.web.console.work.ahead import foreseen
from nurture.web.console.work.customers import worth
from nurture.web.console.work.told import SHOWS, days_of
from nurture.web.console.work.whynot import groups
from nurture.web.console.work.whys import aside_from, persona_rules, stage_rules

TOLD = 60  # entries of a timeline on one page
SOUGHT = 600  # entries looked through where only some are shown


def add_customer(pages: Blueprint, parts: Parts) -> None:
    """Add `/customers/<id>`."""

    @pages.get("/customers/<customer_id>")
    def customer(customer_id: str) -> Response:
        return show_customer(parts, customer_id, parts.look())


def show_customer(parts: Parts, reference: str, at: Moment, *, refusal: str = "", status: int = 200) -> Response:
    """Show a customer's page.  refusal: why what was asked for has not been done; what was typed stays."""
    narrowed = request.args.get("show", "all")
    if narrowed not in SHOWS:
        abort(404)
    with parts.ground.sessions.read() as session:
        customer = store.find(session, reference)
        if customer is None:
            return _gone(parts, session, reference, at)
        namer = Namer(parts.ground.shelf.playbook(session))
        words = _words(parts, session, customer, namer, narrowed, at)
    role = signed_in().member.role
    return show(
        "work/customer.html",
        parts,
        at,
        status,
        nav="customers",
        customer=customer,
        name=name_of(customer),
        value=worth(customer.traits.get("value")),
        refusal=refusal,
        typed=request.form,
        edits=may(role, "editor"),
        administers=may(role, "admin"),
        **words,
    )


def _gone(parts: Parts, session: Session, reference: str, at: Moment) -> Response:
    """Say that somebody was erased, by whom and when; 404 where nobody of this id ever was."""
    erased = next((one for one in audit.entries(session, 5, about=reference) if one.act == "erase"), None)
    if erased is None or erased.subject != reference:
        abort(404)
    zone = zone_for(parts.ground.shelf.playbook(session).policy.window, None)
    clock = Clockface(zone, at.now)
    return show("work/erased.html", parts, at, 410, nav="customers", clock=clock, erased=erased)


def _words(
    parts: Parts, session: Session, customer: Customer, namer: Namer, narrowed: str, at: Moment
) -> dict[str, Any]:
    """Everything the page tells beyond the customer's own row."""
    walks = store.enrollments_of(session, customer.id)
    clock = Clockface(zone_for(namer.playbook.policy.window, customer.zone), at.now)
    life = timeline.life(session, customer.id, TOLD if narrowed == "all" else SOUGHT, _before(), staff=True)
    snapshot, ahead = foreseen(
        parts.ground, session, customer.id, namer, at.now, live=not (customer.failures or customer.held_at)
    )
    change = life.stages[-1] if life.stages else None
    return {
        "namer": namer,
        "clock": clock,
        "walks": _standing(walks),
        "ended": [walk for walk in walks if walk.state != "active"],
        "pending": [(one, letter_title(one)) for one in life.pending],
        "ahead": ahead,
        "unwanted": life.unwanted,
        "history": life.stages,
        "change": change,
        "stage_rules": stage_rules(namer, change, snapshot, at.now),
        "persona_rules": list(persona_rules(namer, snapshot, at.now)),
        "aside": aside_from(namer, snapshot),
        "milestones": life.milestones,
        "days": days_of(life.told.entries, namer, clock, narrowed),
        "shows": SHOWS,
        "narrowed": narrowed,
        "older": int(life.told.before.timestamp() * 1_000_000) if life.told.before else None,
        "later": request.args.get("before"),
        "groups": groups(namer.playbook),
        "journeys": [
            (one.journey.id, one.journey.name) for one in namer.playbook.journeys if one.journey.enter is not None
        ],
        "owners": [(one.id, one.name) for one in namer.playbook.policy.owners] + [(NOBODY, "Nobody")],
        "stages": [(stage.id, namer.stage(stage.id).word) for stage in namer.playbook.lifecycle.stages],
        "personas": [(one.id, namer.persona(one.id)) for one in namer.playbook.personas.personas],
    }


def _standing(walks: Iterable[Walk]) -> list[Walk]:
    """Where they stand now, the soonest first."""
    active = [walk for walk in walks if walk.state == "active"]
    return sorted(active, key=lambda walk: (walk.due_at is None, walk.due_at))


def _before() -> datetime | None:
    """The moment before which to look, from the address: microseconds since 1970."""
    text = request.args.get("before", "")
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 17:
        abort(404)
    return moment(int(text))
