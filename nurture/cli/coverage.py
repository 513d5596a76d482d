"""`nurture coverage`: which persona gets words and a way of its own, and where there are none."""

from typing import TYPE_CHECKING

import click

from nurture.cli.opening import opened
from nurture.cli.speech import as_json, count, example, table

if TYPE_CHECKING:
    from nurture.engine.coverage import Coverage

SHOWN = {"own": "own words", "parts": "own parts", "general": "GENERAL", "untranslated": "ENGLISH", "-": "-"}


@click.command(epilog=example("nurture coverage", "nurture coverage --json"))
@click.option("--json", "json_", is_flag=True, help="Print both tables as JSON.")
def coverage(json_: bool) -> None:
    """Show who gets words of their own.

    One row for each email step of each published journey, one column for each persona and language: `own words`, or
    `own parts` (some blocks or the subject), or GENERAL, the text for everybody, or ENGLISH where a translation is
    missing. A dash: this persona never comes there. Below, for each journey with variants, whose steps a persona walks
    in each stage.
    """
    from nurture.engine import coverage as engine

    with opened() as parts, parts.ground.sessions.read() as session:
        found = engine.coverage(parts.ground.shelf.playbook(session))
    if json_:
        as_json(engine.as_json(found))
    else:
        _tell(found)


def _tell(found: "Coverage") -> None:
    rows = [
        (row.journey, row.step, row.email, *(SHOWN[row.cells[reader]] for reader in found.readers))
        for row in found.letters
    ]
    table(("journey", "step", "email", *map(str, found.readers)), rows)
    personas = [reader.persona for reader in found.readers if str(reader) == reader.persona]
    if found.shapes:
        click.echo()
        shapes = [
            (row.journey, row.stage, *("GENERAL" if one in row.general else row.cells[one] for one in personas))
            for row in found.shapes
        ]
        table(("journey", "stage", *personas), shapes)
    steps, holes = count(len(found.letters), "email step"), count(found.holes, "hole")
    click.echo(f"\n{steps}, {holes if found.holes else 'no hole'}.")
