"""`nurture demo`: a town full of people to look around in, in a database of its own."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

import click

from nurture.cli.progress import telling
from nurture.cli.serve import serve
from nurture.cli.speech import Refusal, count, example

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nurture.settings import Settings

KEPT_ASIDE = "5%"


@click.command(epilog=example("nurture demo", "nurture demo --fresh --customers 100 --days 60 --port 8080"))
@click.option("--customers", type=click.IntRange(1, 5000), default=500, show_default=True, help="How many people.")
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="Over how many days.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another one invents other people.")
@click.option("--fresh", is_flag=True, help="Make the town anew, if there is one.")
@click.option("--serve/--no-serve", "serves", default=True, help="Serve it afterwards, by the real clock.")
@click.option("--port", type=click.IntRange(0, 65535), help="Where to serve it; NURTURE_PORT, or 8000.")
@click.pass_context
def demo(ctx: click.Context, customers: int, days: int, seed: int, fresh: bool, serves: bool, port: int | None) -> None:
    """Look around in a town full of people.

    Invented customers of the first-run playbook sign up, find their way, go silent, ask for help and pay, through
    the engine that serves, up to this moment. It lives in var/demo.db with its letters in var/demo-outbox; your own
    database is not touched, and no letter leaves. A town that is there already is served as it stands.
    """
    from nurture.app import Clock
    from nurture.settings import Settings

    folder = Settings.load().var_path
    database = folder / "demo.db"
    environment = {
        "NURTURE_DATABASE_URL": f"sqlite:///{database}",
        "NURTURE_MAIL": f"outbox:{folder / 'demo-outbox'}",
        "NURTURE_CLOCK": "real",
    }
    os.environ.update(environment)
    if fresh or not database.exists():
        end = Clock().now().replace(microsecond=0)
        make(Settings.load(), database, customers, end - timedelta(days=days), end, seed)
    if serves:
        ctx.invoke(serve, host=None, port=port, no_engine=False)


def make(settings: "Settings", database: Path, customers: int, start: datetime, end: datetime, seed: int) -> None:
    """Invent a town and live it through, from `start` to `end`; it takes its name only when it is whole."""
    from nurture.cli.town import Town
    from nurture.flow.demo import acts
    from nurture.flow.folder import read_folder
    from nurture.settings import ROOT
    from nurture.store.fence import fence_beside

    database.parent.mkdir(parents=True, exist_ok=True)
    unfinished = database.with_suffix(".unfinished")
    _remove(unfinished)
    try:
        with telling("hours") as progress:
            town = Town(settings.model_copy(update={"database_url": f"sqlite:///{unfinished}"}), start, end)
            try:
                town.founds(_with_some_aside(read_folder(ROOT)))
                letters = town.lives(acts(seed, customers, start, end), seed, progress)
            finally:
                town.close()
        _remove(database)
        unfinished.replace(database)
        rmtree(fence_beside(unfinished))
    except OSError as error:
        raise Refusal(f"{error.filename}: {error.strerror}") from error
    span = count((end - start).days, "day")
    click.echo(f"{count(customers, 'customer')} over {span}, {count(letters, 'email')} written: {database}")


def _with_some_aside(texts: "Mapping[tuple[str, str], str]") -> dict[tuple[str, str], str]:
    """Keep some aside for comparison, so that there is something to see of it."""
    policy = texts["policy", "policy"].replace("holdout: {share: 0%", f"holdout: {{share: {KEPT_ASIDE}", 1)
    return {**texts, ("policy", "policy"): policy}


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
