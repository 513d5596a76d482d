"""What staff do about one customer: a stage, a persona, a trait; each with a reason, each audited by its station."""

import re
from collections.abc import Callable

from flask import Blueprint, Response, abort, request

from nurture.flow import by_hand
from nurture.flow.ground import Moment
from nurture.flow.settle import StillSending
from nurture.parts import Parts
from nurture.store import customers as store
from nurture.store.customers import Customer
from nurture.web.console.access import signed_in
from nurture.web.console.page import done
from nurture.web.console.work.customer import show_customer

LONGEST = 500  # characters of a reason, or of a trait
NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,6})?")
TRAIT = re.compile(r"[a-z][a-z0-9_]{0,63}")
ON_ITS_WAY = " A letter that was on its way already has gone out."

Act = Callable[[Customer, str, Moment], str]
"""What is done to a customer by somebody, now; gives the sentence that says so.  Raises ValueError."""


def add_acts(pages: Blueprint, parts: Parts) -> None:
    """Add what can be done about one customer: POST `/customers/<id>/stage`, `/persona`, `/traits`."""

    @pages.post("/customers/<customer_id>/stage")
    def customer_stage(customer_id: str) -> Response:
        def move(customer: Customer, actor: str, at: Moment) -> str:
            to = said("to")
            by_hand.move(parts.ground, customer.id, to, reason(), actor, at)
            return f"Moved to {to.replace('_', ' ')}."

        return acted(parts, customer_id, move)

    @pages.post("/customers/<customer_id>/persona")
    def customer_persona(customer_id: str) -> Response:
        def choose(customer: Customer, actor: str, at: Moment) -> str:
            persona, locked = said("persona"), said("locked") == "yes"
            if not persona:
                by_hand.unlock_persona(parts.ground, customer.id, actor, at)
                return "Behaviour says again who they are."
            by_hand.choose_persona(parts.ground, customer.id, persona, said("because"), actor, at, locked=locked)
            return f"The persona is {persona}{', and stays so' if locked else ''}."

        return acted(parts, customer_id, choose)

    @pages.post("/customers/<customer_id>/traits")
    def customer_traits(customer_id: str) -> Response:
        def tell(customer: Customer, actor: str, at: Moment) -> str:
            name, text = said("trait"), said("value")
            if not TRAIT.fullmatch(name):
                raise ValueError("a trait's name is small letters, digits and underscores, and begins with a letter")
            value = _value(text, customer.traits.get(name))
            by_hand.tell_traits(parts.ground, customer.id, {name: value}, actor, at)
            return f"{name} is {text} now." if value is not None else f"{name} was taken away."

        return acted(parts, customer_id, tell)


def acted(parts: Parts, reference: str, act: Act) -> Response:
    """Do something about a customer, and show their page again: what was done, or why not, beside what was typed."""
    at, actor = parts.look(), signed_in().member.email
    customer = found(parts, reference)
    try:
        sentence = act(customer, actor, at)
    except ValueError as refusal:
        return show_customer(parts, customer.id, at, refusal=f"{refusal}", status=422)
    except StillSending:
        sentence = f"Done.{ON_ITS_WAY}"
    parts.nudge()
    return done(parts, f"/customers/{customer.id}", sentence)


def found(parts: Parts, reference: str) -> Customer:
    """Find whom an address means; 404 where there is nobody."""
    with parts.ground.sessions.read() as session:
        customer = store.find(session, reference)
    if customer is None:
        abort(404)
    return customer


def said(name: str) -> str:
    """One field of the form, as short as it may be."""
    return request.form.get(name, "").strip()[:LONGEST]


def reason() -> str:
    """The reason that the form gives.  Raises ValueError where it gives none."""
    if not (because := said("because")):
        raise ValueError("say why: colleagues read it on the timeline")
    return because


def _value(text: str, before: object) -> str | int | float | None:
    """What a trait is from now on: a number where it looks like one and was no text before; None for nothing."""
    if not text:
        return None
    if NUMBER.fullmatch(text) and not isinstance(before, str):
        return float(text) if "." in text else int(text)
    return text
