"""`nurture schema`: what an editor or a program needs to know about a kind of document."""

import json
from typing import TYPE_CHECKING, Any

import click

from nurture.cli.speech import Refusal, example

if TYPE_CHECKING:
    from pydantic import BaseModel


@click.command(epilog=example("nurture schema journey > journey.schema.json"))
@click.argument("kind")
def schema(kind: str) -> None:
    """Print the JSON Schema of a kind of document.

    KIND is lifecycle, personas, milestones, policy, segment, survey, journey, or email (for the head of an email).
    """
    from nurture.engine.email import EmailHead
    from nurture.engine.problem import nearest
    from nurture.engine.reading import MANY, SINGLE

    many = {key: model for key, (_, model) in MANY.items()}
    models: dict[str, type[BaseModel]] = {**SINGLE, **many, "email": EmailHead}
    if kind not in models:
        raise Refusal(f"there is no kind of document {kind!r}: {nearest(kind, models)}")
    click.echo(json.dumps(_described(models[kind]), indent=2, ensure_ascii=False))


def _described(model: "type[BaseModel]") -> dict[str, Any]:
    """Describe a kind as it is written: where a list may be one word instead, pydantic sees only the list."""
    from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
    from pydantic_core.core_schema import BeforeValidatorFunctionSchema

    class AsWritten(GenerateJsonSchema):
        def function_before_schema(self, schema: BeforeValidatorFunctionSchema) -> JsonSchemaValue:
            inner = super().function_before_schema(schema)
            return {"anyOf": [{"type": "string"}, inner]} if inner.get("type") == "array" else inner

    described = model.model_json_schema(schema_generator=AsWritten)
    return {"$schema": GenerateJsonSchema.schema_dialect, **described}
