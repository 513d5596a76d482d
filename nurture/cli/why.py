"""`nurture why`: why, and why not, for one customer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from nurture.cli.opening import opened
from nurture.cli.speech import as_json, example, plain, table

if TYPE_CHECKING:
    from nurture.engine.explain import Explanation


@click.command(
    epilog=example(
        "nurture why u-1042",
        "nurture why u-1042 --step nudge-data",
        "nurture why email:ada@example.com --journey at-risk",
    )
)
@click.argument("customer")
@click.option("--journey", help="The journey meant; may be left out where the step's name tells it.")
@click.option("--step", help="The step meant; one that was deleted since, too.")
@click.option("--json", "json_", is_flag=True, help="Print the answer as JSON.")
def why(customer: str, journey: str | None, step: str | None, json_: bool) -> None:
    """Say why a customer got an email, or why not.

    CUSTOMER is the product's own id, ours (cus_...), or email:ADDRESS. What was decided is told as it was written
    down then; what nobody ever asked is answered as of now, and says so. With neither journey nor step: of every
    journey, where they stand, or why they never entered.
    """
    from nurture.flow.why import why as explained
    from nurture.flow.why import why_all

    with opened() as parts:
        now = parts.look().now
        if journey is None and step is None:
            _show_all(why_all(parts.ground, customer, now), json_)
            return
        answer = explained(parts.ground, customer, journey, step, now)
    if json_:
        as_json(answer.as_json())
        return
    click.echo(f"{plain(answer.sentence)}\n")
    rows = [(one.asks, one.answer, f"{one.because}{' (as of now)' if one.live else ''}") for one in answer.checks]
    table(("asked", "answer", "why"), rows)
    if answer.no is not None and answer.no.fix is not None:
        click.echo(f"\nWhat could be done: {answer.no.fix.sentence}")


def _show_all(answers: Sequence["Explanation"], json_: bool) -> None:
    """Print one line for each journey."""
    if json_:
        as_json({"journeys": [one.as_json() for one in answers]})
        return
    table(("journey", "outcome", "why"), [(one.journey, one.outcome, one.sentence) for one in answers])
