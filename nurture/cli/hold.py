"""`nurture hold` and `nurture resume`: all sending stops, and goes on."""

from threading import Event
from typing import TYPE_CHECKING

import click

from nurture.cli.opening import opened
from nurture.cli.speech import ACTOR, example

if TYPE_CHECKING:
    from nurture.parts import Parts

LONGEST_CALL_SECONDS = 12.0  # a call to a provider gives up before


@click.command(epilog=example("nurture hold"))
def hold() -> None:
    """Hold all sending until `nurture resume`.

    Whatever machine or program would send, it does not. Everything else goes on: events are taken in, stages
    change, emails queue up. Returns when no call is out.
    """
    from nurture.flow import sending

    with opened() as parts:
        news = sending.hold(parts.ground, ACTOR, parts.look())
        quiet = _quiet(parts)
    click.echo("All sending is held." if news else "All sending was held already.")
    if not quiet:
        click.echo("A letter that was on its way already may still arrive.", err=True)


def _quiet(parts: "Parts") -> bool:
    """Wait until no letter is being handed over, as long as a call may take; says whether that came."""
    from datetime import timedelta

    from nurture.store.messages import expired

    beat = Event()
    for _ in range(int(LONGEST_CALL_SECONDS / 0.2)):
        with parts.ground.sessions.read() as session:
            if not expired(session, parts.look().machine + timedelta(days=1), 1):
                return True
        beat.wait(0.2)
    return False


@click.command(epilog=example("nurture resume"))
def resume() -> None:
    """Go on sending after `nurture hold`.

    What has become too late meanwhile is skipped, as the policy says.
    """
    from nurture.flow import sending

    with opened() as parts:
        news = sending.resume(parts.ground, ACTOR, parts.look())
    click.echo("Sending goes on." if news else "Sending was not held.")
