"""`nurture audit`: whether what staff and programs did still stands as it was written."""

import json
import re
from typing import TYPE_CHECKING

import click

from nurture.cli.opening import opened
from nurture.cli.speech import Refusal, count, example

if TYPE_CHECKING:
    from nurture.store.seals import Head

KEPT = re.compile(r"([0-9]{1,9}):([0-9a-f]{64})")


@click.group()
def audit() -> None:
    """Look after the record of who did what."""


@audit.command(epilog=example("nurture audit verify", "nurture audit verify --head 1204:9f86d0...15b0"))
@click.option("--head", "kept", metavar="SEQ:HASH", help="A last link that you kept elsewhere: is it still in there?")
@click.option("--json", "json_", is_flag=True, help="Answer as JSON.")
@click.pass_context
def verify(ctx: click.Context, kept: str | None, json_: bool) -> None:
    """Go through the chain over the audit; exit 1 at the first act that was rewritten or taken out.

    Prints the last link. Keep it somewhere else: with it, even a chain that was made anew is found out.
    """
    from nurture.store import seals

    wanted = _read(kept)
    with opened() as parts, parts.ground.sessions.read() as session:
        broken, head = "", seals.Head()
        try:
            head = seals.verify(session, wanted)
        except seals.Broken as found:
            broken = str(found)
        waiting = seals.waiting(session)
    if json_:
        click.echo(json.dumps({"sound": not broken, "broken": broken, **head._asdict(), "waiting": waiting}))
    elif broken:
        click.echo(f"The audit does not hold: {broken}.")
    else:
        click.echo(f"{count(head.seq, 'act')} chained and unbroken, {waiting} more to be chained soon. The last link:")
        click.echo(f"{head.seq}:{head.hash}")
    ctx.exit(1 if broken else 0)


def _read(kept: str | None) -> "Head | None":
    """Read a last link as it was printed.  Raises Refusal where it is none."""
    from nurture.store.seals import Head

    if not kept:
        return None
    found = KEPT.fullmatch(kept.strip())
    if found is None:
        raise Refusal("--head is what `nurture audit verify` printed on its last line: a number, a colon, 64 signs")
    return Head(int(found[1]), found[2])
