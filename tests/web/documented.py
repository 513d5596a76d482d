"""The document at /openapi.json as a judge: whether an answer is one of those that it tells of."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from nurture.web.reference import openapi

HERE = "urn:nurture"


@cache
def whole() -> Mapping[str, Any]:
    """The document, made once."""
    return openapi.document()


@cache
def _registry() -> Registry[Any]:
    document = Resource.from_contents(whole(), default_specification=DRAFT202012)
    found: Registry[Any] = Registry().with_resource(HERE, document)
    return found


def undocumented(method: str, path: str, status: int, kind: str, body: bytes) -> str | None:
    """Say what about an answer the document does not tell of; None where it tells all.

    path: as the document writes it, `/v1/customers/{reference}`.
    """
    operation = whole()["paths"].get(path, {}).get(method.lower())
    if operation is None:
        return f"{method} {path} is not in the document"
    answer = operation["responses"].get(str(status))
    if answer is None:
        return f"{method} {path} does not tell of {status}"
    content = answer.get("content", {})
    if not content:
        return f"{method} {path}: {status} has a body" if body else None
    if kind.partition(";")[0] not in content:
        return f"{method} {path}: {status} is {kind!r}"
    if "json" not in kind:
        return None
    pointer = "/".join(
        part.replace("~", "~0").replace("/", "~1")
        for part in (
            "paths",
            path,
            method.lower(),
            "responses",
            str(status),
            "content",
            kind.partition(";")[0],
            "schema",
        )
    )
    validator = Draft202012Validator({"$ref": f"{HERE}#/{pointer}"}, registry=_registry())
    error = best_match(validator.iter_errors(json.loads(body)))
    return f"{method} {path}: {status}: {error.json_path}: {error.message[:300]}" if error is not None else None
