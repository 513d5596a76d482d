"""`nurture send-test`: one email, to somebody of ours, as a persona would get it."""

from typing import TYPE_CHECKING

import click

from nurture.cli.opening import opened
from nurture.cli.speech import ACTOR, Refusal, example, plain

if TYPE_CHECKING:
    from nurture.channels.email.letter import Letter
    from nurture.engine.playbook import Playbook
    from nurture.flow.ground import Moment
    from nurture.parts import Parts


@click.command(epilog=example("nurture send-test welcome --to you@yourcompany.example --as wilma"))
@click.argument("email", metavar="EMAIL_NAME")
@click.option("--to", "address", required=True, metavar="ADDRESS", help="Who gets it.")
@click.option("--as", "persona", metavar="PERSONA", help="Whose words to use.  [default: the words for everybody]")
@click.option("--locale", help="In which language, such as de or en-GB.")
@click.pass_context
def send_test(ctx: click.Context, email: str, address: str, persona: str | None, locale: str | None) -> None:
    """Send one email to yourself.

    It is the published one, filled in for an invented customer, and goes through the configured provider. Exit
    status 1 if the provider did not take it. Nothing is sent while sending is held, or to an address that we
    must not write to.
    """
    from nurture.app import create_post
    from nurture.flow.handover import send_test as carry
    from nurture.flow.letters import Reader, specimen

    with opened() as parts:
        at = parts.look()
        playbook = _may_send(parts, email, address, persona)
        post = create_post(parts.settings, parts)
        try:
            letter = specimen(post.composer, playbook, email, address, Reader(persona, locale), at.now)
            verdict = carry(post, letter)
        finally:
            post.close()
        _remember(parts, email, letter, verdict.outcome, at)
    click.echo(f"{verdict.outcome} by {post.provider.name}: {plain(verdict.because)}")
    click.echo(f"subject: {plain(letter.subject)}")
    ctx.exit(0 if verdict.outcome == "accepted" else 1)


def _may_send(parts: "Parts", email: str, address: str, persona: str | None) -> "Playbook":
    """Refuse what must not or cannot be sent; else give the playbook."""
    from nurture.engine.problem import nearest
    from nurture.store import house, suppressions

    try:
        sealed = parts.ground.seals.email_hash(address)
    except ValueError as error:
        raise Refusal(f"{plain(address)}: {error}") from None
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        held, suppressed = house.recall(session, house.HOLD), suppressions.reasons(session, sealed)
    if email not in playbook.emails:
        raise Refusal(f"there is no email {email!r}: {nearest(email, playbook.emails)}")
    personas = [one.id for one in playbook.personas.personas]
    if persona is not None and persona not in personas:
        raise Refusal(f"there is no persona {persona!r}: {nearest(persona, personas)}")
    if held is not None:
        raise Refusal("all sending is held; `nurture resume` lets it go on")
    if suppressed.keys() & {"all", playbook.emails[email].head.topic}:
        raise Refusal("we must not write to this address: it is suppressed")
    return playbook


def _remember(parts: "Parts", email: str, letter: "Letter", outcome: str, at: "Moment") -> None:
    from nurture.store import audit

    told = {"send_id": letter.send_id, "outcome": outcome}
    parts.ground.sessions.write(
        lambda session: audit.record(session, at.machine, ACTOR, "send test", f"email {email}", after=told)
    )
