"""The doors for HTTP: authenticate, parse strictly, call one station, answer.

Takes: the parts, and requests from machines, recipients and staff.
Gives: answers that are true when they are given; to machines JSON or a problem document, to people a page.
May touch: one station a write, the store's questions for reads, the engine's simulation.
Never: SQL, a provider, a clock of its own, a link built from a request's Host, a redirect to somebody else's.
"""

from collections.abc import Callable

from flask import Flask, Response, abort, request
from flask.typing import ResponseReturnValue

from nurture.meters import Meters
from nurture.parts import Parts
from nurture.web import api, console, health, hooks, recipient, reference
from nurture.web.problems import answer_to
from nurture.web.strict_json import MEBIBYTE

MACHINES = ("/v1", "/hooks", "/healthz", "/readyz", "/metrics", "/openapi.json")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class Doors(Flask):
    """The application: whatever goes wrong under a machine's address is answered with a problem document."""

    def handle_user_exception(self, e: Exception) -> ResponseReturnValue:
        if for_machines(request.path):
            return answer_to(e)
        return super().handle_user_exception(e)


def build(parts: Parts) -> Flask:
    """Build the application with every door there is."""
    app = Doors("nurture", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=4 * MEBIBYTE, MAX_FORM_MEMORY_SIZE=MEBIBYTE // 2, MAX_FORM_PARTS=100)
    app.url_map.strict_slashes = False  # either would answer with a redirect to whatever Host the request claims
    app.url_map.merge_slashes = False
    app.register_blueprint(api.blueprint(parts))
    app.register_blueprint(hooks.blueprint(parts))
    app.register_blueprint(health.blueprint(parts))
    app.register_blueprint(reference.blueprint())
    app.register_blueprint(recipient.blueprint(parts))
    app.register_blueprint(console.blueprint(parts))
    app.before_request(_readable)
    app.after_request(_guard)
    if parts.meters is not None:
        app.after_request(_counted(parts.meters))
    return app


def for_machines(path: str) -> bool:
    """Whether an address is a program's rather than a person's."""
    return any(path == door or path.startswith(f"{door}/") for door in MACHINES)


def _readable() -> None:
    """Refuse a query that is no UTF-8, which whoever asks for its words would break on."""
    try:
        request.query_string.decode()
    except UnicodeDecodeError:
        abort(400, "The query is not UTF-8; percent-encode what stands in it.")


def _counted(meters: Meters) -> Callable[[Response], Response]:
    """Count every answer by the route that gave it; what no route answers is one door."""

    def count(response: Response) -> Response:
        meters.answered(request.endpoint or "none", response.status_code)
        return response

    return count


def _guard(response: Response) -> Response:
    """Say what a browser may do with an answer; a door that has said so itself is left as it is."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if for_machines(request.path):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
