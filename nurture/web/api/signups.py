"""Sign-ups: a trial begins."""

from flask import Response

from nurture.flow import intake
from nurture.parts import Parts
from nurture.store.session import Conflict
from nurture.web import strict_json
from nurture.web.api.leads import Lead, newcomer_of, welcomed
from nurture.web.api.shapes import Id, UserId, check_driver, read
from nurture.web.auth import Caller
from nurture.web.problems import Refused


class SignUp(Lead):
    """A lead's fields, and who they are in the product; lead_id names the lead they were (`cus_...`)."""

    user_id: UserId
    lead_id: Id | None = None


def sign_up(parts: Parts, caller: Caller) -> Response:
    """POST /v1/signups: 201 for a new trial customer, 200 for one we know; by then they are in their journeys."""
    asked, at = read(SignUp, strict_json.body()), parts.look()
    newcomer = newcomer_of(asked, "signups", caller, at, user_id=asked.user_id, lead_id=asked.lead_id)
    check_driver(parts, newcomer.traits)
    try:
        welcome = intake.sign_up(parts.ground, newcomer, at)
    except Conflict:
        told = "This delivery's id was used for somebody else already; give each delivery an id of its own."
        raise Refused(422, told) from None
    parts.nudge()
    return welcomed(welcome)
