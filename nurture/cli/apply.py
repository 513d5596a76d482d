"""`nurture apply`: publish documents from files."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nurture.cli.chosen import read_chosen
from nurture.cli.opening import opened
from nurture.cli.speech import ACTOR, Refusal, count, example, plain, table

if TYPE_CHECKING:
    from nurture.flow.publish import Change, Impact


@click.command(
    epilog=example("nurture apply config templates --dry-run", "nurture apply config/journeys/first-win.yaml")
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="PATH...")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--move", is_flag=True, help="Move the people inside changed journeys to the new versions.")
@click.option("--prune", is_flag=True, help="Archive what is published and not in the files; needs a whole project.")
def apply(paths: tuple[Path, ...], dry_run: bool, move: bool, prune: bool) -> None:
    """Publish documents from files.

    All at once or not at all. PATH is a project's root, its config or templates folder, or a single file. Whatever
    is published and not in the files stays, unless --prune says otherwise. People inside a journey finish the
    version they walk, unless --move says otherwise. --dry-run says what would become of people.
    """
    from nurture.flow.publish import Choices, impact, publish

    chosen = read_chosen(paths)
    if prune and not chosen.whole:
        raise Refusal("--prune would archive what these paths leave out; give the project's root, or leave it away")
    choices = Choices("move" if move else "keep")
    with opened() as parts:
        if dry_run:
            foreseen = impact(parts.ground, chosen.texts, choices, parts.look(), prune=prune)
            change = foreseen.change
        else:
            at = parts.look()
            change = publish(parts.ground, chosen.texts, ACTOR, "applied from files", at, prune=prune, people=choices)
    _tell(change, dry_run=dry_run, prune=prune)
    if dry_run:
        _foretell(foreseen)
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


def _foretell(found: "Impact") -> None:
    """Say what would become of people: at each step, in the next day, and in the lifecycle."""
    for journey, changes in found.changes.items():
        for change in changes:
            click.echo(plain(f"          {journey}: {change}"))
    _foretell_inside(found)
    for one in found.journeys:
        if one.outside:
            says = "will, as its text says" if one.lets_in else "will stay outside"
            some = "" if one.asked == one.candidates else f" (of {one.asked} asked, of {one.candidates})"
            click.echo(f"{count(one.outside, 'customer')}{some} could enter {one.journey} already, and {says}.")
    for word in found.variables:
        if word.empty:
            then = f'"{word.fallback}"' if word.fallback else "left out"
            click.echo(plain(f"{word.email}: {word.word} is empty for {word.empty} of {word.asked} inside: {then}."))
    _foretell_turns(found)
    for key, said in {**found.scenarios.changed, **found.scenarios.expected}.items():
        click.echo(plain(f"Scenario {key}: {said}"))


def _foretell_inside(found: "Impact") -> None:
    rows = [
        (one.journey, group.number, group.step, group.people, group.becomes.do, group.becomes.step or "")
        for one in found.journeys
        for group in one.groups
    ]
    if not rows:
        return
    click.echo()
    table(("JOURNEY", "VERSION", "STEP", "PEOPLE", "BECOMES", "AT"), rows)
    for one in found.journeys:
        for wait in (wait for wait in one.waits if wait.over):
            some = "" if wait.asked == wait.people else f" of {wait.asked} asked"
            over = f"{wait.over}{some} already over {wait.then}".rstrip()
            click.echo(plain(f"{one.journey}: {wait.step}: {wait.people} waiting, {over}."))
    post = found.post
    lived = "" if post.people == post.of else f" (of {post.people} of them)"
    click.echo(f"Letters to them in the next 24 hours{lived}: {post.after} instead of {post.before}.")
    for load in post.tasks:
        whose = f"for {load.name}" if load.owner else "for nobody in particular"
        click.echo(plain(f"Care tasks {whose} in the next 24 hours{lived}: {load.after} instead of {load.before}."))


def _foretell_turns(found: "Impact") -> None:
    for (was, then), people in found.turns.stages.items():
        click.echo(f"{count(people, 'customer')} would move from {was} to {then}.")
    for (who, other), people in found.turns.personas.items():
        click.echo(f"{count(people, 'customer')} would be {other} instead of {who}.")
    if found.turns.named:
        named = [(one.email, *one.stage, one.persona[1]) for one in found.turns.named]
        table(("CUSTOMER", "STAGE", "WOULD BE", "PERSONA"), named)
