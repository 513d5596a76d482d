"""Customers as a program asks about them: who they are, what happened, what comes next, and why."""

import unicodedata
from datetime import datetime
from typing import Any

from flask import Response, request

from nurture.engine.problem import nearest
from nurture.flow.why import Unknown, why, why_all
from nurture.parts import Parts
from nurture.store import customers, timeline
from nurture.store.customers import Customer, Walk
from nurture.store.session import Session
from nurture.store.timeline import Entry, Message
from nurture.web import strict_json
from nurture.web.api.shapes import as_moment
from nurture.web.problems import Refused, Unfit, Wrong

LONGEST_WORD = 400
UNKNOWN = (
    "No customer goes by this id. Use the product's id, ours (cus_...), or email:ADDRESS where one customer has it."
)
ON_ITS_WAY = ("queued", "handing")


def listing(parts: Parts) -> Response:
    """GET /v1/customers: a page of them, newest first, and the cursor of the next."""
    asked = query("stage", "persona", "journey", "cursor")
    with parts.ground.sessions.read() as session:
        page = customers.page(
            session,
            stage=asked.get("stage"),
            persona=asked.get("persona"),
            journey=asked.get("journey"),
            cursor=asked.get("cursor"),
        )
    return strict_json.answer({"customers": [as_json(one) for one in page.customers], "cursor": page.cursor})


def one(parts: Parts, reference: str) -> Response:
    """GET /v1/customers/{user_id}: everything that stands about them now."""
    query()
    with parts.ground.sessions.read() as session:
        customer = found(session, reference)
        walks = customers.enrollments_of(session, customer.id)
        stages = customers.stage_history(session, customer.id)
        reached = customers.milestones_of(session, customer.id)
    history = [{"from": change.from_, "to": change.to, "at": change.at, "because": change.because} for change in stages]
    return strict_json.answer(
        {
            **as_json(customer),
            "enrollments": [_walk(walk) for walk in walks],
            "stage_history": history,
            "milestones": [each._asdict() for each in reached],
        }
    )


def past(parts: Parts, reference: str) -> Response:
    """GET /v1/customers/{user_id}/timeline: what happened and what was decided, newest first; `before` pages on."""
    asked = query("before")
    before = _moment("before", asked["before"]) if "before" in asked else None
    with parts.ground.sessions.read() as session:
        customer = found(session, reference)
        told = timeline.timeline(session, customer.id, before=before)
    return strict_json.answer(
        {"customer_id": customer.id, "entries": [_entry(each) for each in told.entries], "before": told.before}
    )


def coming(parts: Parts, reference: str) -> Response:
    """GET /v1/customers/{user_id}/next: what will happen next, when, and what it waits for."""
    query()
    with parts.ground.sessions.read() as session:
        customer = found(session, reference)
        walks = customers.enrollments_of(session, customer.id)
        letters = timeline.messages_of(session, customer.id)
    return strict_json.answer(
        {
            "customer_id": customer.id,
            "stage": customer.stage,
            "due_at": customer.due_at,
            "because": customer.due_because,
            "enrollments": [
                {
                    "journey": walk.journey,
                    "entry": walk.entry,
                    "version": walk.revision,
                    "step": walk.step,
                    "since": walk.since,
                    "due_at": walk.due_at,
                    "because": walk.because,
                }
                for walk in walks
                if walk.state == "active"
            ],
            "messages": [_message(letter) for letter in letters if letter.state in ON_ITS_WAY],
        }
    )


def reasons(parts: Parts, reference: str) -> Response:
    """GET /v1/customers/{user_id}/why: why a step was taken or not, as a sentence and as what was asked.

    Without journey and step: of every journey, where they stand or why they never entered.
    """
    asked = query("journey", "step")
    with parts.ground.sessions.read() as session:
        customer_id = found(session, reference).id
    now = parts.look().now
    if not asked:
        journeys = [one.as_json() for one in why_all(parts.ground, customer_id, now)]
        return strict_json.answer({"customer_id": customer_id, "journeys": journeys})
    try:
        told = why(parts.ground, customer_id, asked.get("journey"), asked.get("step"), now)
    except Unknown as unknown:
        raise Unfit([Wrong("step" if "step" in asked else "journey", str(unknown))]) from None
    return strict_json.answer({"customer_id": customer_id, "step": asked.get("step"), **told.as_json()})


def found(session: Session, reference: str) -> Customer:
    """Find who is meant.  Raises Refused (404)."""
    plain = unicodedata.normalize("NFC", reference)
    customer = customers.find(session, plain) if _askable(plain) else None
    if customer is None:
        raise Refused(404, UNKNOWN)
    return customer


def id_of(parts: Parts, reference: str) -> str:
    """Give our id of who is meant.  Raises Refused (404)."""
    with parts.ground.sessions.read() as session:
        return found(session, reference).id


def as_json(customer: Customer) -> dict[str, Any]:
    """Say a customer as the API does: our id is `customer_id`, their zone `timezone`."""
    told = customer._asdict()
    return {"customer_id": told.pop("id"), "timezone": told.pop("zone"), **told}


def _walk(walk: Walk) -> dict[str, Any]:
    told = walk._asdict()
    del told["number"]  # what staff see; a program knows a version by its revision
    return {"journey": told.pop("journey"), "version": told.pop("revision"), **told}


def _entry(entry: Entry) -> dict[str, Any]:
    told = {name: value for name, value in entry._asdict().items() if value not in (None, "")}
    if entry.message is not None:
        told["message"] = _message(entry.message)
    if not entry.properties:
        del told["properties"]
    return told


def _message(message: Message) -> dict[str, Any]:
    told = message._asdict()
    return {
        name: told[name]
        for name in (
            "id",
            "journey",
            "step",
            "email",
            "state",
            "because",
            "decided_at",
            "handed_at",
            "variant",
            "subject",
        )
    }


def query(*known: str) -> dict[str, str]:
    """Read the query; an empty value counts as none.  Raises Unfit for a name or a value that cannot be asked."""
    wrong = [
        Wrong(name[:60], f"is not known here; {nearest(name, known)}") for name in request.args if name not in known
    ]
    wrong += [Wrong(name, "cannot be asked for") for name in known if not _askable(request.args.get(name, ""))]
    if wrong:
        raise Unfit(wrong)
    return {name: value for name in known if (value := request.args.get(name))}


def _askable(word: str) -> bool:
    """Whether a database may be asked for this: no NUL, no half of a surrogate pair, no book."""
    return len(word) <= LONGEST_WORD and word.isprintable()


def _moment(loc: str, text: str) -> datetime:
    try:
        return as_moment(text.replace(" ", "+"))  # a plus that was not escaped in the query
    except ValueError as error:
        raise Unfit([Wrong(loc, str(error))]) from None
