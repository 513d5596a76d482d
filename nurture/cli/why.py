"""`nurture why`: why, and why not, for one customer."""

import click

from nurture.cli.opening import opened
from nurture.cli.speech import as_json, example, plain, table


@click.command(
    epilog=example("nurture why u-1042 --step nudge-data", "nurture why email:ada@example.com --journey at-risk")
)
@click.argument("customer")
@click.option("--journey", help="The journey meant; may be left out where the step's name tells it.")
@click.option("--step", help="The step meant.")
@click.option("--json", "json_", is_flag=True, help="Print the answer as JSON.")
def why(customer: str, journey: str | None, step: str | None, json_: bool) -> None:
    """Say why a customer got an email, or why not.

    CUSTOMER is the product's own id, ours (cus_...), or email:ADDRESS. What was decided is told as it was written
    down then; what nobody ever asked is answered as of now, and says so.
    """
    from nurture.flow.why import why as explained

    if journey is None and step is None:
        raise click.UsageError("name a --journey, a --step, or both")
    with opened() as parts:
        answer = explained(parts.ground, customer, journey, step, parts.look().now)
    if json_:
        as_json({**answer._asdict(), "checks": [check._asdict() for check in answer.checks]})
        return
    click.echo(f"{plain(answer.sentence)}\n")
    words = {True: "yes", False: "no", None: "-"}
    table(("asked", "holds", "why"), [(one.asks, words[one.holds], one.because) for one in answer.checks])
