"""Said: the document in words, as the page shows it: each field by its name, what it may be, and whether it must be."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from nurture.web.api.answers import Schema

DEEPEST = 3  # objects inside objects; what lies deeper is said by its name alone
METHODS = ("get", "post", "put", "patch", "delete")


class Field(NamedTuple):
    """One field of a body, a query, a header or an answer.  depth: how many objects it stands in."""

    name: str
    kind: str
    must: bool
    depth: int = 0


class Answered(NamedTuple):
    """One answer.  fields: none where it has no body, or is a problem like all others."""

    status: str
    phrase: str
    fields: tuple[Field, ...]


class Said(NamedTuple):
    """One route, in words.  key: names it in an address."""

    key: str
    method: str
    path: str
    summary: str
    description: str
    asks: tuple[Field, ...]
    takes: tuple[tuple[Field, ...], ...]
    answers: tuple[Answered, ...]


def chapters(document: Mapping[str, Any]) -> dict[str, list[Said]]:
    """Say every route, by what it is about: the first word of its path."""
    found: dict[str, list[Said]] = {}
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                chapter = path.removeprefix("/v1").strip("/").partition("/")[0]
                found.setdefault(chapter, []).append(_said(document, path, method, operations[method]))
    return found


def _said(document: Mapping[str, Any], path: str, method: str, told: Mapping[str, Any]) -> Said:
    asks = tuple(
        Field(one["name"], f"{_kind(document, one['schema'])}, in the {one['in']}", one.get("required", False))
        for one in told.get("parameters", ())
    )
    body = _content(told.get("requestBody", {}))
    takes = tuple(tuple(_fields(document, one)) for one in body.get("anyOf", [body] if body else []))
    answers = tuple(_answered(document, status, one) for status, one in told["responses"].items())
    return Said(
        told["operationId"],
        method.upper(),
        path,
        told["summary"],
        told.get("description", ""),
        asks,
        takes,
        tuple(sorted(answers)),
    )


def _answered(document: Mapping[str, Any], status: str, told: Mapping[str, Any]) -> Answered:
    given = int(status) < HTTPStatus.BAD_REQUEST
    return Answered(status, told["description"], tuple(_fields(document, _content(told))) if given else ())


def _content(told: Mapping[str, Any]) -> Schema:
    """The schema of a body, whatever its media type."""
    return next((one["schema"] for one in told.get("content", {}).values()), {})


def _fields(document: Mapping[str, Any], schema: Schema, depth: int = 0) -> Iterator[Field]:
    """Say the fields of an object, those inside it after it; of anything else, nothing."""
    whole = _resolved(document, schema)
    for name, inner in whole.get("properties", {}).items():
        yield Field(name, _kind(document, inner), name in whole.get("required", ()), depth)
        if depth < DEEPEST:
            yield from _fields(document, _inside(document, inner), depth + 1)
    if depth == 0 and not whole.get("properties"):
        for one in whole.get("anyOf", ()):
            yield from _fields(document, one)


def _inside(document: Mapping[str, Any], schema: Schema) -> Schema:
    """What stands in a field: the object itself, or that of which it is a list, or which it may be."""
    whole = _resolved(document, schema)
    if whole.get("type") == "array":
        return _inside(document, whole["items"])
    found = [_resolved(document, one) for one in whole.get("anyOf", ())]
    return next((one for one in found if "properties" in one), whole)


def _resolved(document: Mapping[str, Any], schema: Schema) -> Schema:
    named = schema.get("$ref")
    found: Schema = document["components"]["schemas"][named.rpartition("/")[2]] if named else schema
    return found


def _kind(document: Mapping[str, Any], schema: Schema) -> str:
    """Say what a value may be, in a few words."""
    whole = _resolved(document, schema)
    if "enum" in whole:
        return "one of " + ", ".join(map(str, whole["enum"]))
    if "const" in whole:
        return str(whole["const"])
    if "anyOf" in whole:
        return " or ".join(dict.fromkeys(_kind(document, one) for one in whole["anyOf"]))
    kind: str = whole.get("type", "anything")
    if kind == "array":
        return f"list of {_kind(document, whole['items'])}"
    if whole.get("format") == "date-time":
        return "moment"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    most = f", at most {whole['maxLength']:,} characters" if "maxLength" in whole else ""
    return words.get(kind, kind) + most
