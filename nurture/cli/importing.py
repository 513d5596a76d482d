"""`nurture customers import`: customers who were there before nurture was, from a file."""

from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from nurture.cli.opening import opened
from nurture.cli.progress import telling
from nurture.cli.speech import ACTOR, Refusal, count, example, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from nurture.flow.intake import Table
    from nurture.parts import Parts
    from nurture.store.errands import Errand

BEAT_SECONDS = 0.2  # between two looks, where a worker has taken the errand


@click.command("import", epilog=example("nurture customers import customers.csv --dry-run"))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Say what would be made, and make nothing.")
def import_(file: Path, dry_run: bool) -> None:
    """Bring in customers from a CSV FILE with a line of headings, one of them `email`.

    Known headings are user_id, stage, zone, locale, signed_up_at, trial_ends_at, account_id and account_name; any
    other one is a trait. Nothing is started for them: no journey, no letter, until something changes about them.
    Whoever is known already is left as they are. A row that cannot be taken is left out and named; the status is 1
    then. What is stopped in the middle is gone on with by `nurture serve`, and stands among the console's errands.
    """
    with opened() as parts:
        table, fresh = _read(parts, file)
        for problem in table.problems:
            click.echo(plain(problem), err=True)
        made = len(fresh) if dry_run else _bring_in(parts, fresh)
    known = len(table.rows) - made
    would = "would be " if dry_run else ""
    click.echo(f"{count(made, 'customer')} {would}brought in; {known} known already, {len(table.problems)} left out.")
    if table.problems:
        raise SystemExit(1)


def _read(parts: "Parts", file: Path) -> "tuple[Table, list[dict[str, object]]]":
    """Read the file, and which of its rows are nobody's we know.  Raises Refusal."""
    from nurture.flow.intake import Unreadable, arrival_of, known_among, read_table

    try:
        text = file.read_text(encoding="utf-8-sig")
        with parts.ground.sessions.read() as session:
            table = read_table(text, parts.ground.shelf.playbook(session))
            known = known_among(session, [arrival_of(row) for row in table.rows])
    except UnicodeDecodeError:
        raise Refusal(f"{file}: this is no text in UTF-8") from None
    except Unreadable as error:
        raise Refusal(f"{file}: {error}") from None
    return table, [row for n, row in enumerate(table.rows) if n not in known]


def _bring_in(parts: "Parts", rows: "list[dict[str, object]]") -> int:
    """Have it done as the console has: an errand, which this process works at; returns how many were made."""
    from nurture.flow import errands

    if not rows:
        return 0
    errand_id = errands.ask(parts.ground, "import", {"rows": rows}, ACTOR, parts.look(), total=len(rows))
    with telling("customers") as progress:
        errand = _worked_off(parts, errand_id, progress)
    if errand.state != "done":
        raise Refusal(f"it {errand.state} after {errand.done} of {len(rows)}: {errand.result.get('failed', '')}")
    return int(errand.result.get("changed", 0))


def _worked_off(parts: "Parts", errand_id: str, progress: "Callable[[int, int], None]") -> "Errand":
    from nurture.errands import KINDS
    from nurture.flow import errands
    from nurture.store.errands import find

    beat = Event()
    while True:
        if not errands.run(parts.ground, KINDS, parts.look(), errand_id):
            beat.wait(BEAT_SECONDS)
        with parts.ground.sessions.read() as session:
            errand = find(session, errand_id)
        if errand is None:
            raise Refusal("the errand is gone: the database was changed meanwhile")
        progress(errand.done, errand.total or 0)
        if errand.state not in ("waiting", "running"):
            return errand
