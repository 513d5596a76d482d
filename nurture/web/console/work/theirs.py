"""Their data: all that is held about somebody, to be handed to them; and the way to forget them for good."""

import orjson
from flask import Blueprint, Response, abort

from nurture.channels.email.sent import forget_sent
from nurture.flow import erasing
from nurture.flow.settle import StillSending
from nurture.parts import Parts
from nurture.web.console.access import signed_in
from nurture.web.console.page import done
from nurture.web.console.work.acts import found, said
from nurture.web.console.work.customer import show_customer


def add_theirs(pages: Blueprint, parts: Parts) -> None:
    """Add `/customers/<id>/held.json`, and POST `/customers/<id>/erase`."""

    @pages.get("/customers/<customer_id>/held.json")
    def their_file(customer_id: str) -> Response:
        held = erasing.hand_out(parts.ground, customer_id, signed_in().member.email, parts.look())
        if not held:
            abort(404)
        return Response(
            orjson.dumps(held, option=orjson.OPT_INDENT_2),
            content_type="application/json",
            headers={"Content-Disposition": f'attachment; filename="{customer_id}.json"'},
        )

    @pages.post("/customers/<customer_id>/erase")
    def customer_erase(customer_id: str) -> Response:
        return _erased(parts, customer_id)


def _erased(parts: Parts, reference: str) -> Response:
    """Forget somebody for good, once their address was typed, and their letters with them."""
    at, customer = parts.look(), found(parts, reference)
    if said("address").casefold() != customer.email.casefold() or not said("because"):
        wrong = "say why, and type their address to show that this is meant: it cannot be taken back"
        return show_customer(parts, customer.id, at, refusal=wrong, status=422)
    try:
        letters = erasing.erase(parts.ground, customer.id, said("because"), signed_in().member.email, at)
    except StillSending:
        wrong = "a letter to them is on its way just now, and no other will go; try once more in a minute"
        return show_customer(parts, customer.id, at, refusal=wrong, status=409)
    forget_sent(parts.settings.mail, letters or [])
    return done(
        parts, "/customers", "They are erased. Only a seal of their address stays, so that nobody writes to it."
    )
