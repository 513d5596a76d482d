"""`nurture db`: the database's schema."""

import click

from nurture.cli.opening import load, sqlite_file, standing
from nurture.cli.speech import example


@click.group()
def db() -> None:
    """Look after the database's schema."""


@db.command(epilog=example("nurture db upgrade"))
def upgrade() -> None:
    """Bring the database to the schema of this version; a new SQLite file is made.

    All in one transaction: it is done, or nothing has changed.
    """
    from nurture.store import migrate

    settings = load()
    file = sqlite_file(settings)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    before = standing(settings)
    migrate.upgrade(settings.database_url)
    newest = migrate.head()
    click.echo(f"The database stands at {newest}" + (", as before." if before == newest else "."))


@db.command(epilog=example("nurture db current"))
def current() -> None:
    """Say at which schema the database stands, and which one this version needs."""
    from nurture.store import migrate

    stands, newest = standing(load()), migrate.head()
    if stands == newest:
        click.echo(f"{stands}, the newest.")
    else:
        click.echo(f"{stands or 'none'}; this version needs {newest}: run `nurture db upgrade`.")
