"""What is held about one customer, for a program that hands it to them; and the way to forget them for good."""

from flask import Response

from nurture.channels.email.sent import forget_sent
from nurture.flow import erasing
from nurture.parts import Parts
from nurture.web import strict_json
from nurture.web.api.customers import id_of, query
from nurture.web.auth import Caller
from nurture.web.problems import Refused

UNSAID = "a program asked for it"


def hand_out(parts: Parts, caller: Caller, reference: str) -> Response:
    """GET /v1/customers/{user_id}/held: every row that is about them, by table; it stands in the audit."""
    query()
    return strict_json.answer(erasing.hand_out(parts.ground, id_of(parts, reference), caller.name, parts.look()))


def erase(parts: Parts, caller: Caller, reference: str) -> Response:
    """DELETE /v1/customers/{user_id}: forget them for good; only a seal of their address stays."""
    because = query("because").get("because", UNSAID)
    customer_id = id_of(parts, reference)
    letters = erasing.erase(parts.ground, customer_id, because, caller.name, parts.look())
    if letters is None:
        raise Refused(404, "They were erased just now.")
    forget_sent(parts.settings.mail, letters)
    return Response(status=204)
