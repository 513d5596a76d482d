"""`nurture db`: the database's schema, and a copy of it."""

from pathlib import Path

import click

from nurture.cli.opening import load, refuse_another_schema, sqlite_file, standing
from nurture.cli.speech import Refusal, example


@click.group()
def db() -> None:
    """Look after the database's schema, and copy it."""


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
    try:
        migrate.upgrade(settings.database_url)
    except migrate.Newer as error:
        raise Refusal(str(error)) from None
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


@db.command(epilog=example("nurture db backup nurture-backup.db"))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy a SQLite database into FILE, whole and as of one moment, while the service goes on.

    A PostgreSQL database is copied by pg_dump.  Keep the folder var/journal apart from backups: it is what tells a
    restored database which letters have gone out since.
    """
    from nurture.store.session import Unavailable
    from nurture.store.sqlite import copied

    settings = load()
    database = sqlite_file(settings)
    if database is None:
        raise Refusal("this is a PostgreSQL database: copy it with pg_dump, as docs/how-to/back-up-and-restore.md says")
    refuse_another_schema(settings)
    if file.exists():
        raise Refusal(f"{file} exists already; choose another name")
    try:
        copied(database, file)
    except (OSError, Unavailable) as error:
        raise Refusal(f"{file} could not be written: {error}") from None
    click.echo(f"{file}: {file.stat().st_size} bytes.")
