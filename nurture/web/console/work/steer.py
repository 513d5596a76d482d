"""Steering one customer: held, released, taken over; one step passed, one letter sent now; an owner, a note."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, request

from nurture.flow import steering
from nurture.flow.ground import Ground, Moment
from nurture.flow.steering import Place
from nurture.parts import Parts
from nurture.store.customers import Customer
from nurture.store.wanted import NOBODY
from nurture.web.console.work.acts import Act, acted, said

Steered = Callable[[Ground, str, str, Moment], str]
"""Does one act for a member of staff, from what the form says; gives the sentence that tells it."""


def add_steering(pages: Blueprint, parts: Parts) -> None:
    """Add POST `/customers/<id>/<act>` for each of ACTS; each is a route of its own, `steer_<act>`."""
    for name, act in ACTS.items():
        pages.add_url_rule(
            f"/customers/<customer_id>/{name}",
            f"steer_{name.replace('-', '_')}",
            _door(parts, act),
            methods=["POST"],
        )


def _door(parts: Parts, act: Steered) -> Callable[[str], Response]:
    def door(customer_id: str) -> Response:
        return acted(parts, customer_id, _for(parts, act))

    return door


def _for(parts: Parts, act: Steered) -> Act:
    def do(customer: Customer, actor: str, at: Moment) -> str:
        return act(parts.ground, customer.id, actor, at)

    return do


def _hold(ground: Ground, customer_id: str, actor: str, at: Moment) -> str:
    news = steering.hold(ground, customer_id, actor, said("because"), at)
    return (
        "Held: nothing goes out and nothing is decided until they are released." if news else "They were held already."
    )


def _release(ground: Ground, customer_id: str, actor: str, at: Moment) -> str:
    news = steering.release(ground, customer_id, actor, said("because"), at)
    return "Released: they go on where they were." if news else "Nobody held them."


def _take_over(ground: Ground, customer_id: str, actor: str, at: Moment) -> str:
    steering.take_over(ground, customer_id, actor, said("because"), at)
    return "Taken over: they are held, and a care task is yours."


def _skip(ground: Ground, customer_id: str, actor: str, at: Moment) -> str:
    place = _place()
    steering.skip(ground, customer_id, place, actor, said("because"), at)
    return f"{_words(place.step)} is passed."


def _send_now(ground: Ground, customer_id: str, actor: str, at: Moment) -> str:
    steering.send_now(ground, customer_id, _place(), actor, said("because"), at)
    return "It is on its way out."


def _start(ground: Ground, customer_id: str, actor: str, at: Moment) -> str:
    journey = said("journey")
    steering.start(ground, customer_id, journey, actor, said("because"), at)
    return f"They entered {_words(journey)}."


def _remove(ground: Ground, customer_id: str, actor: str, at: Moment) -> str:
    place = _place()
    steering.remove(ground, customer_id, place.journey, place.entry, actor, said("because"), at)
    return f"{_words(place.journey)} has ended for them."


def _owner(ground: Ground, customer_id: str, actor: str, at: Moment) -> str:
    owner = said("owner")
    if not owner:
        raise steering.Refused("choose who is to look after them")
    news = steering.assign_owner(ground, customer_id, None if owner == NOBODY else owner, actor, at)
    return "Their next care tasks go there." if news else "It was so already."


def _note(ground: Ground, customer_id: str, actor: str, at: Moment) -> str:
    steering.write_note(ground, customer_id, request.form.get("text", ""), actor, at)
    return "Noted."


ACTS: Mapping[str, Steered] = {
    "hold": _hold,
    "release": _release,
    "take-over": _take_over,
    "skip": _skip,
    "send-now": _send_now,
    "start": _start,
    "remove": _remove,
    "owner": _owner,
    "notes": _note,
}
"""What can be done, by its word in the address."""


def _place() -> Place:
    """The step that the form's page showed.  Raises Refused where it says none."""
    entry = said("entry")
    if not entry.isascii() or not entry.isdigit() or len(entry) > 6:
        raise steering.Refused("the form names no step; load the page anew")
    return Place(said("journey"), int(entry), said("step"))


def _words(key: str) -> str:
    words = key.replace("-", " ").replace("_", " ")
    return words[:1].upper() + words[1:]
