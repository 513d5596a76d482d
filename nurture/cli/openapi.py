"""`nurture openapi`: the API for programs, as OpenAPI says it."""

import click

from nurture.cli.speech import example


@click.command(epilog=example("nurture openapi > openapi.json"))
def openapi() -> None:
    """Print the OpenAPI 3.1 document of the API; a running service shows the same at /openapi.json."""
    from nurture.web.reference.openapi import text

    click.echo(text(), nl=False)
