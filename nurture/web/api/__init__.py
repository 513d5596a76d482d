"""The API for machines: one table says which address answers whom.

Takes: the parts, and requests with a key or a signature.
Gives: JSON, or a problem document that says what to do.
May touch: one station a write; the store's questions for reads.
Never: a route that is not in the table, so never one without a scope; a field that its shape does not name.
"""

from collections.abc import Callable
from typing import NamedTuple

from flask import Blueprint, Response, request

from nurture.parts import Parts
from nurture.web.api import (
    by_hand,
    customers,
    documents,
    editing,
    events,
    forgetting,
    inbox,
    leads,
    publishing,
    signups,
    simulations,
    steering,
    trial,
)
from nurture.web.auth import Doorkeeper
from nurture.web.strict_json import MEBIBYTE


class Route(NamedTuple):
    """One address.

    scope: what a key must be allowed; the view of whatever changes something is told who calls.
    signed: a signature will do instead.  limit: of the body, in bytes.
    """

    method: str
    path: str
    scope: str
    view: Callable[..., Response]
    signed: bool = False
    limit: int = MEBIBYTE

    @property
    def name(self) -> str:
        """What it is called: by the view, and the file that the view stands in."""
        return f"{self.view.__module__.rpartition('.')[2]}_{self.view.__name__}"


CUSTOMER = "/customers/<reference>"
DOCUMENT = "/documents/<kind>/<key>"
ROUTES = (
    Route("POST", "/signups", "ingest", signups.sign_up, signed=True),
    Route("POST", "/leads", "ingest", leads.capture),
    Route("POST", "/events", "ingest", events.take, signed=True, limit=4 * MEBIBYTE),
    Route("GET", "/customers", "read", customers.listing),
    Route("GET", CUSTOMER, "read", customers.one),
    Route("GET", f"{CUSTOMER}/timeline", "read", customers.past),
    Route("GET", f"{CUSTOMER}/next", "read", customers.coming),
    Route("GET", f"{CUSTOMER}/why", "read", customers.reasons),
    Route("GET", f"{CUSTOMER}/inbox", "read", inbox.listing),
    Route("POST", f"{CUSTOMER}/inbox/<notice_id>/seen", "write", inbox.seen),
    Route("PATCH", CUSTOMER, "write", by_hand.patch),
    Route("DELETE", CUSTOMER, "admin", forgetting.erase),
    Route("GET", f"{CUSTOMER}/held", "admin", forgetting.hand_out),
    Route("POST", f"{CUSTOMER}/stage", "write", by_hand.stage),
    Route("POST", f"{CUSTOMER}/trial", "write", trial.change),
    Route("POST", f"{CUSTOMER}/hold", "write", steering.hold),
    Route("POST", f"{CUSTOMER}/release", "write", steering.release),
    Route("POST", f"{CUSTOMER}/skip", "write", steering.skip),
    Route("POST", f"{CUSTOMER}/send-now", "write", steering.send_now),
    Route("POST", f"{CUSTOMER}/start", "write", steering.start),
    Route("POST", f"{CUSTOMER}/remove", "write", steering.remove),
    Route("POST", f"{CUSTOMER}/take-over", "write", steering.take_over),
    Route("POST", f"{CUSTOMER}/owner", "write", steering.owner),
    Route("GET", f"{CUSTOMER}/notes", "read", steering.list_notes),
    Route("POST", f"{CUSTOMER}/notes", "write", steering.write_note),
    Route("POST", "/documents/journey/<key>/start", "write", by_hand.send_once),
    Route("GET", "/documents/<kind>", "read", documents.listing),
    Route("GET", f"{DOCUMENT}/draft", "read", documents.draft),
    Route("PUT", f"{DOCUMENT}/draft", "write", documents.save),
    Route("POST", f"{DOCUMENT}/draft/edit", "write", editing.edit),
    Route("POST", f"{DOCUMENT}/draft/undo", "write", editing.undo),
    Route("POST", f"{DOCUMENT}/draft/redo", "write", editing.redo),
    Route("POST", f"{DOCUMENT}/draft/discard", "write", editing.discard),
    Route("GET", f"{DOCUMENT}/revisions", "read", documents.revisions),
    Route("POST", f"{DOCUMENT}/check", "read", documents.check),
    Route("POST", f"{DOCUMENT}/impact", "read", publishing.preview),
    Route("POST", f"{DOCUMENT}/publish", "admin", publishing.release),
    Route("POST", "/playbook/undo", "admin", publishing.undo),
    Route("POST", "/simulations", "read", simulations.run),
)


def blueprint(parts: Parts) -> Blueprint:
    """Build the doors under /v1."""
    api = Blueprint("api", __name__, url_prefix="/v1")
    doorkeeper = Doorkeeper(parts)
    for route in ROUTES:
        api.add_url_rule(route.path, route.name, _guarded(parts, doorkeeper, route), methods=[route.method])
    return api


def _guarded(parts: Parts, doorkeeper: Doorkeeper, route: Route) -> Callable[..., Response]:
    def view(**where: str) -> Response:
        request.max_content_length = route.limit
        caller = doorkeeper.admit(route.scope, signed=route.signed)
        return route.view(parts, **where) if route.scope == "read" else route.view(parts, caller, **where)

    return view
