"""`nurture schema`: what an editor or a program needs to know about a kind of document."""

import json

import click

from nurture.cli.speech import Refusal, example


@click.command(epilog=example("nurture schema journey > journey.schema.json"))
@click.argument("kind")
def schema(kind: str) -> None:
    """Print the JSON Schema of a kind of document.

    KIND is lifecycle, personas, milestones, policy, segment, survey, journey, or email (for the head of an email).
    """
    from pydantic import BaseModel

    from nurture.engine.email import EmailHead
    from nurture.engine.playbook import MANY, SINGLE
    from nurture.engine.problem import nearest

    models: dict[str, type[BaseModel]] = {
        **SINGLE,
        **{key: model for key, (_, model) in MANY.items()},
        "email": EmailHead,
    }
    if kind not in models:
        raise Refusal(f"there is no kind of document {kind!r}: {nearest(kind, models)}")
    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", **models[kind].model_json_schema()}
    click.echo(json.dumps(described, indent=2, ensure_ascii=False))
