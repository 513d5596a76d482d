"""`nurture keys`: what programs show to be let in."""

import click

from nurture.cli.opening import opened
from nurture.cli.speech import Refusal, day, example, table


@click.group()
def keys() -> None:
    """Look after the keys of programs."""


@keys.command(epilog=example('nurture keys add "our backend" --scope ingest,read'))
@click.argument("name")
@click.option(
    "--scope", "scopes", required=True, multiple=True, help="Some of ingest, read, write, admin, with commas between."
)
def add(name: str, scopes: tuple[str, ...]) -> None:
    """Make a key, and print its secret alone on the last line.

    The secret is shown this once and kept nowhere.
    """
    from nurture.store import keys as all_keys

    wanted = {scope.strip() for given in scopes for scope in given.split(",") if scope.strip()}
    with opened() as parts:
        machine = parts.look().machine
        try:
            secret = parts.ground.sessions.write(lambda session: all_keys.add(session, name, wanted, machine))
        except ValueError as error:
            raise Refusal(str(error)) from None
    click.echo(f"{name} may {', '.join(sorted(wanted))}. Its secret, shown this once:")
    click.echo(secret)


@keys.command("list", epilog=example("nurture keys list"))
def list_() -> None:
    """List all keys, newest first; of a secret only its last four characters are known."""
    from nurture.store.keys import all_keys

    with opened() as parts, parts.ground.sessions.read() as session:
        found = all_keys(session)
    table(
        ("id", "name", "secret", "scopes", "since (UTC)", "revoked (UTC)"),
        [
            (one.id, one.name, f"...{one.hint}", ",".join(sorted(one.scopes)), day(one.created_at), day(one.revoked_at))
            for one in found
        ],
    )


@keys.command(epilog=example("nurture keys revoke key_01KDKGJA8R9KDHXF6TQ2PSVM7C"))
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Let a key open nothing any more; `keys list` tells its ID."""
    from nurture.store import keys as all_keys

    with opened() as parts:
        machine = parts.look().machine
        if not parts.ground.sessions.write(lambda session: all_keys.revoke(session, key_id, machine)):
            raise Refusal(f"there is no key {key_id!r} to revoke; `nurture keys list` tells the ids")
    click.echo(f"{key_id} opens nothing any more.")
