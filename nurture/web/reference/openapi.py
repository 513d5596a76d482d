"""The API as OpenAPI 3.1 says it, for programs: made from the table of routes, the shapes of bodies and of answers.

Takes: `ROUTES`, and what each of them takes and gives (nurture/web/api/described.py).
Gives: the document, the same for every installation of this version; `/openapi.json` and `nurture openapi` show it.
May touch: nothing.
Never: a route that does not answer, an answer that is not told.
"""

import json
import re
from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic.json_schema import models_json_schema

from nurture import __version__
from nurture.engine.reading import KINDS
from nurture.web.api import ROUTES, Route, answers
from nurture.web.api.answers import Schema, one, schema
from nurture.web.api.customers import LONGEST_WORD
from nurture.web.api.described import DESCRIBED, IDEMPOTENCY, IF_MATCH, Told
from nurture.web.api.documents import KEY
from nurture.web.api.shapes import Shape
from nurture.web.auth import SIGNED_HEADERS
from nurture.web.hooks.sendgrid import SIGNATURE, TIMESTAMP
from nurture.web.strict_json import MEBIBYTE

REF = "#/components/schemas/{model}"
IN_PATH = re.compile(r"<(\w+)>")
ID: Schema = {"type": "string", "minLength": 1}
PLACES: dict[str, Schema] = {
    "reference": {**ID, "description": "The product's id of a customer, ours (`cus_...`), or `email:ADDRESS`."},
    "notice_id": ID,
    "kind": {"enum": list(KINDS)},
    "key": {"type": "string", "pattern": f"^{KEY.pattern}$"},
}
"""What may stand in an address."""
WORD: Schema = {"type": "string", "maxLength": LONGEST_WORD}
MOMENTS = ("before",)  # words of a query that are moments
HEADERS: dict[str, Schema] = {
    IDEMPOTENCY: {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
    IF_MATCH: {"type": "string", "description": 'The ETag of GET .../draft, such as `"3"`.'},
}
PROBLEM: Schema = {
    "type": "object",
    "description": "RFC 9457. `detail` is a sentence that says what to do; `errors` names each field that is wrong.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": one({"loc": str, "msg": str})},
    },
    "required": ["type", "title", "status", "detail"],
}
READY = one(
    {"ready": bool, "database": str},
    {
        "because": str,
        "migrations": str,
        "playbook": int,
        "oldest_due_seconds": float,
        "oldest_queued_seconds": float,
    },
)
ANSWERS: dict[str, Schema] = {
    f"{name.title().replace('_', '')}Answer": found
    for name, found in vars(answers).items()
    if name.isupper() and isinstance(found, dict) and ("type" in found or "anyOf" in found)
}
"""What is answered, by the names that components have."""
SCHEMES: dict[str, Schema] = {
    "key": {"type": "http", "scheme": "bearer", "description": "`ntk_...`; `nurture keys add NAME` makes one."},
    **{name: {"type": "apiKey", "in": "header", "name": name} for name in (*SIGNED_HEADERS, SIGNATURE, TIMESTAMP)},
}
SIGNED = {name: list[str]() for name in SIGNED_HEADERS}
SENDGRID = {name: list[str]() for name in (SIGNATURE, TIMESTAMP)}


@cache
def text() -> str:
    """Write the document."""
    return json.dumps(document(), indent=2) + "\n"


def document() -> Schema:
    """Make the document."""
    shapes = sorted({shape for told in DESCRIBED.values() for shape in told.takes}, key=lambda shape: shape.__name__)
    named, found = models_json_schema([(shape, "validation") for shape in shapes], ref_template=REF)
    bodies = {shape: named[shape, "validation"] for shape in shapes}
    paths: dict[str, Schema] = {}
    for route in ROUTES:
        paths.setdefault(address(f"/v1{route.path}"), {})[route.method.lower()] = _operation(route, bodies)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "nurture",
            "version": __version__,
            "description": "What holds for every route, and an example of each, stands in docs/reference/http.md.",
        },
        "paths": {**paths, **_others()},
        "components": {
            "schemas": {
                **found["$defs"],
                **{name: _short(answer, whole=answer) for name, answer in ANSWERS.items()},
                "Problem": PROBLEM,
            },
            "securitySchemes": SCHEMES,
        },
    }


def address(path: str) -> str:
    """Write a path of ours as OpenAPI does: `<kind>` as `{kind}`."""
    return IN_PATH.sub(r"{\1}", path)


def _operation(route: Route, bodies: dict[type[Shape], Schema]) -> Schema:
    told = DESCRIBED[route.view]
    wants = [{"key": []}, *([SIGNED] if route.signed else [])]
    said = {
        "operationId": route.name,
        "summary": _summary(route),
        "description": f"Needs a key of scope `{route.scope}`{', or a signature' if route.signed else ''}.",
        "security": wants,
        "parameters": _parameters(route, told),
        "responses": _responses(route, told),
    }
    if told.takes:
        shapes = [bodies[shape] for shape in told.takes]
        content = shapes[0] if len(shapes) == 1 else {"anyOf": shapes}
        most = f"At most {route.limit // MEBIBYTE} MiB, not compressed."
        said["requestBody"] = {"required": True, "description": most, "content": _as("application/json", content)}
    return said


def _summary(route: Route) -> str:
    """The first line of what a view says of itself, without its address."""
    line = (route.view.__doc__ or "").partition("\n")[0]
    return line.partition(": ")[2].rstrip(".")


def _parameters(route: Route, told: Told) -> list[Schema]:
    places = [
        {"name": name, "in": "path", "required": True, "schema": PLACES[name]} for name in IN_PATH.findall(route.path)
    ]
    moment: Schema = {"type": "string", "format": "date-time"}
    words = [{"name": name, "in": "query", "schema": moment if name in MOMENTS else WORD} for name in told.asks or ()]
    return [*places, *words, *({"name": name, "in": "header", "schema": HEADERS[name]} for name in told.headers)]


def _responses(route: Route, told: Told) -> Schema:
    """Tell what is given, and what is refused: by any route, and by one with a body, a query, a name in its path."""
    refused = {400, 401, 403, 503, *told.refuses}
    refused |= {413, 415, 422} if told.takes else set()
    refused |= {422} if told.asks is not None else set()
    refused |= {404} if "<" in route.path else set()
    given = {str(status): _given(status, content) for status, content in told.gives.items()}
    return given | {str(status): _problem(status) for status in sorted(refused)}


def _given(status: int, content: Schema | None, kind: str = "application/json") -> Schema:
    said = {"description": HTTPStatus(status).phrase}
    return said if content is None else {**said, "content": _as(kind, _short(content))}


def _short(found: Any, whole: Any = None) -> Any:
    """Name an answer wherever it stands, instead of saying it again; `whole` itself is said."""
    if isinstance(found, list):
        return [_short(inner) for inner in found]
    if not isinstance(found, dict):
        return found
    name = next((name for name, answer in ANSWERS.items() if answer is found and found is not whole), None)
    return {"$ref": REF.format(model=name)} if name else {key: _short(inner) for key, inner in found.items()}


def _problem(status: int) -> Schema:
    return _given(status, {"$ref": REF.format(model="Problem")}, "application/problem+json")


def _as(kind: str, content: Schema) -> Schema:
    return {kind: {"schema": content}}


def _others() -> Schema:
    """Tell of the doors beside the API: SendGrid's, health, and this document."""
    hook = {
        "operationId": "sendgrid",
        "summary": "SendGrid's event webhook",
        "security": [SENDGRID],
        "requestBody": {"required": True, "content": _as("application/json", schema(list[dict[str, Any]]))},
        "responses": {"204": _given(204, None)} | {str(one): _problem(one) for one in (400, 401, 403, 413, 503)},
    }
    doors = {
        "/healthz": ("Whether the process is alive", {200: one({"status": str})}),
        "/readyz": ("Whether it can work, and how late it is", {200: READY, 503: READY}),
        "/openapi.json": ("This document", {200: schema(dict[str, Any])}),
    }
    told: Schema = {"/hooks/sendgrid": {"post": hook}}
    for path, (summary, gives) in doors.items():
        told[path] = {
            "get": _open(path, summary, {str(status): _given(status, kind) for status, kind in gives.items()})
        }
    counted = {"200": _given(200, {"type": "string"}, "text/plain"), "404": _problem(404)}
    told["/metrics"] = {"get": _open("/metrics", "What was counted, for Prometheus; 404 where nothing is", counted)}
    return told


def _open(path: str, summary: str, responses: Schema) -> Schema:
    """Tell of a door that needs no key."""
    name = path.strip("/").partition(".")[0]
    return {"operationId": name, "summary": summary, "security": [], "responses": {**responses, "400": _problem(400)}}
