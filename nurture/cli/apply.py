"""`nurture apply`: publish documents from files."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nurture.cli.chosen import read_chosen
from nurture.cli.opening import opened
from nurture.cli.speech import ACTOR, Refusal, count, example, plain

if TYPE_CHECKING:
    from nurture.flow.publish import Change


@click.command(
    epilog=example("nurture apply config templates --dry-run", "nurture apply config/journeys/first-win.yaml")
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="PATH...")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--prune", is_flag=True, help="Archive what is published and not in the files; needs a whole project.")
def apply(paths: tuple[Path, ...], dry_run: bool, prune: bool) -> None:
    """Publish documents from files.

    All at once or not at all. PATH is a project's root, its config or templates folder, or a single file. Whatever
    is published and not in the files stays, unless --prune says otherwise. People inside a journey finish the
    version they walk.
    """
    from nurture.flow.publish import publish

    chosen = read_chosen(paths)
    if prune and not chosen.whole:
        raise Refusal("--prune would archive what these paths leave out; give the project's root, or leave it away")
    with opened() as parts:
        change = publish(
            parts.ground, chosen.texts, ACTOR, "applied from files", parts.look(), dry_run=dry_run, prune=prune
        )
    _tell(change, dry_run=dry_run, prune=prune)
    if chosen.whole and change.absent and not prune:
        stays = ", ".join(f"{kind} {key}" for kind, key in change.absent)
        click.echo(plain(f"Published and not in these files, and so left as it is: {stays}. --prune archives it."))


def _tell(change: "Change", *, dry_run: bool, prune: bool) -> None:
    changed = [("new", name) for name in change.added] + [("changed", name) for name in change.edited]
    changed += [("archived", name) for name in change.absent] if prune else []
    for word, (kind, key) in changed:
        click.echo(plain(f"{word:<8}  {kind} {key}"))
    for problem in change.advice:
        click.echo(f"advice    {plain(problem)}", err=True)
    if not changed:
        click.echo(f"Nothing to publish: playbook {change.revision} holds these documents already.")
    elif dry_run:
        click.echo(f"{count(len(changed), 'document')} would change; nothing was published.")
    else:
        click.echo(f"Published as playbook {change.revision}: {count(len(changed), 'document')} changed.")
