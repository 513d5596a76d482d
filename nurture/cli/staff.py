"""`nurture staff`: who may use the console."""

import click

from nurture.cli.opening import opened
from nurture.cli.speech import Refusal, day, example, table


@click.group()
def staff() -> None:
    """Look after who may use the console."""


@staff.command(epilog=example("nurture staff add ana@yourcompany.example --role editor"))
@click.argument("email")
@click.option("--role", required=True, help="viewer, editor, publisher or admin.")
@click.option("--name", default="", help="How the console calls them.")
def add(email: str, role: str, name: str) -> None:
    """Add a member of staff, and print their new password alone on the last line.

    The password is shown this once and kept nowhere.
    """
    from nurture.store import staff as members
    from nurture.store.session import Conflict
    from nurture.store.suppressions import email_key

    with opened() as parts:
        machine, password = parts.look().machine, members.new_password()
        try:
            hashed, address = members.hash_password(password), email_key(email)
            parts.ground.sessions.write(lambda session: members.add(session, address, role, hashed, machine, name=name))
        except Conflict:
            raise Refusal(f"{email} is a member of staff already") from None
        except ValueError as error:
            raise Refusal(str(error)) from None
    click.echo(f"{address} may sign in as {role}. Their password, shown this once:")
    click.echo(password)


@staff.command("list", epilog=example("nurture staff list"))
def list_() -> None:
    """List all staff."""
    from nurture.store.staff import everybody

    with opened() as parts, parts.ground.sessions.read() as session:
        found = everybody(session)
    table(
        ("email", "role", "name", "since (UTC)", "disabled (UTC)"),
        [(one.email, one.role, one.name, day(one.created_at), day(one.disabled_at)) for one in found],
    )


@staff.command(epilog=example("nurture staff disable ana@yourcompany.example"))
@click.argument("email")
def disable(email: str) -> None:
    """Lock a member of staff out at once, signed in or not."""
    from nurture.store import staff as members
    from nurture.store.session import Session

    def act(session: Session) -> bool:
        found = members.by_email(session, email)
        return found is not None and members.disable(session, found.id, machine)

    with opened() as parts:
        machine = parts.look().machine
        if not parts.ground.sessions.write(act):
            raise Refusal(f"nobody on the staff who may sign in has the address {email}")
    click.echo(f"{email} is locked out.")
