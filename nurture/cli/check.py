"""`nurture check`: everything wrong with documents, before they are published."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nurture.cli.chosen import Chosen, read_chosen
from nurture.cli.opening import opened
from nurture.cli.speech import as_json, count, example, plain

if TYPE_CHECKING:
    from nurture.engine.problem import Problem
    from nurture.flow.usage import Usage


@click.command(epilog=example("nurture check", "nurture check config/journeys/first-win.yaml", "nurture check --used"))
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path), metavar="[PATH]...")
@click.option("--used", is_flag=True, help="Look also at what customers did: paths nobody took, events nobody sent.")
@click.option("--json", "json_", is_flag=True, help="Print the problems as JSON.")
@click.pass_context
def check(ctx: click.Context, paths: tuple[Path, ...], used: bool, json_: bool) -> None:
    """Find what is wrong with documents.

    Each problem is a line `file:line: key: message (suggestion)`; what must be mended comes first, the rest is
    advice. PATH is as for `apply`; without one, the whole project is checked. Exit status 1 if something must be
    mended. --used counts what the last 90 days in the database made of it.
    """
    from nurture.settings import ROOT

    usage = _used() if used else None
    size, found, elsewhere = _checked(paths or (ROOT,), usage)
    must = sum(problem.must_fix for problem in found)
    if used and not (usage and (usage.taken or usage.heard)):
        click.echo("Nothing was counted: no customer has done anything yet in this database.", err=True)
    if json_:
        counted = {"paths": len(usage.taken), "events": len(usage.heard)} if usage is not None else None
        as_json({"problems": [problem._asdict() for problem in found], "must_fix": must, "counted": counted})
    else:
        for problem in found:
            click.echo(plain(problem) + ("" if problem.must_fix else " [advice]"))
        click.echo(_summary(size, len(found), must))
    if elsewhere:
        click.echo(f"{count(elsewhere, 'problem')} in other files may hide more: run `nurture check`.", err=True)
    ctx.exit(1 if must else 0)


def _used() -> "Usage":
    from nurture.flow.usage import usage

    with opened() as parts:
        return usage(parts.ground, parts.look())


def _checked(paths: Sequence[Path], usage: "Usage | None") -> "tuple[int, list[Problem], int]":
    """Check the whole project; returns how many documents were meant, their problems, and how many others must fix."""
    from nurture.engine.problem import Unsound
    from nurture.flow.publish import check_texts

    try:
        chosen = read_chosen(paths)
    except Unsound as error:
        return 0, list(error.problems), 0
    measured = (usage.taken or None, usage.heard or None) if usage is not None else ()
    problems = check_texts(chosen.everything, *measured)
    found = [problem for problem in problems if chosen.whole or _concerns(chosen, problem.file)]
    return len(chosen.texts), found, sum(problem.must_fix for problem in problems if problem not in found)


def _concerns(chosen: Chosen, file: str) -> bool:
    from nurture.flow.folder import place_of

    place = place_of(Path(f"{file}email.md" if file.endswith("/") else file))
    return place is not None and place[:2] in chosen.texts


def _summary(size: int, found: int, must: int) -> str:
    if not found:
        return f"{count(size, 'document')}, nothing to mend."
    if must == found:
        return f"{count(found, 'problem')} to mend before a publish."
    return f"{count(found, 'problem')}, {must or 'none'} of which must be mended before a publish."
