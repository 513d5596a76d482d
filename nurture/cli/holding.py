"""`nurture customers export` and `erase`: all that is held about one customer, and the way to forget them for good."""

from typing import TYPE_CHECKING

import click

from nurture.cli.opening import opened
from nurture.cli.speech import ACTOR, Refusal, as_json, count, example

if TYPE_CHECKING:
    from nurture.parts import Parts
    from nurture.store.customers import Customer


@click.command(epilog=example("nurture customers export u-1042 > u-1042.json"))
@click.argument("reference", metavar="REF")
def export(reference: str) -> None:
    """Print all that is held about one customer, as JSON, to be handed to them.

    REF is the product's own id, ours (cus_...), or email:ADDRESS. That it was handed out stands in the audit.
    """
    from nurture.flow import erasing

    with opened() as parts:
        customer = _found(parts, reference)
        held = erasing.hand_out(parts.ground, customer.id, ACTOR, parts.look())
    as_json(held)


@click.command(epilog=example('nurture customers erase u-1042 --because "asked by letter of 3 March"'))
@click.argument("reference", metavar="REF")
@click.option("--because", required=True, metavar="WHY", help="Why they are forgotten; it stands in the audit.")
@click.option("--yes", is_flag=True, help="Do not ask for their address: a program means what it says.")
def erase(reference: str, because: str, yes: bool) -> None:
    """Forget one customer for good, and write to their address no more.

    It cannot be taken back. Only a seal of the address stays, so that nobody writes to it by mistake.
    """
    from nurture.channels.email.sent import forget_sent
    from nurture.flow import erasing
    from nurture.flow.settle import StillSending

    with opened() as parts:
        customer = _found(parts, reference)
        if not yes:
            _be_sure(customer.email)
        try:
            letters = erasing.erase(parts.ground, customer.id, because, ACTOR, parts.look())
        except StillSending:
            raise Refusal("a letter to them is just on its way, and no other will go; try again in a minute") from None
        forget_sent(parts.settings.mail, letters or [])
    click.echo(f"They are erased, and {count(len(letters or []), 'letter')} with them.")


def _found(parts: "Parts", reference: str) -> "Customer":
    from nurture.flow.why import Unknown
    from nurture.store import customers as people

    with parts.ground.sessions.read() as session:
        found = people.find(session, reference)
    if found is None:
        raise Unknown(f"no customer is known as {reference!r}")
    return found


def _be_sure(address: str) -> None:
    typed = click.prompt("This cannot be taken back. Type their address to go on", err=True)
    if typed.strip().casefold() != address.casefold():
        raise Refusal("this is not their address; nobody was erased")
