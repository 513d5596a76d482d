"""`nurture forecast`: what the next days bring, if nobody did anything."""

from typing import TYPE_CHECKING, Any

import click

from nurture.cli.opening import opened
from nurture.cli.progress import telling
from nurture.cli.speech import as_json, count, day, example, table

if TYPE_CHECKING:
    from nurture.flow.forecast import Forecast, Tally


@click.command(epilog=example("nurture forecast", "nurture forecast --days 30 --json"))
@click.option("--days", type=click.IntRange(1, 90), default=14, show_default=True, help="How far ahead.")
@click.option("--json", "json_", is_flag=True, help="Print the counts as JSON, letters by the hour.")
def forecast(days: int, json_: bool) -> None:
    """Count the emails and care tasks ahead.

    Every customer's next days are lived by the engine that serves, as if nobody did anything: nothing is written or
    sent. `if idle` counts those that would not go out if their customer acted: reached a goal, did what a step waits
    for, or broke the silence that lets them in. Times are UTC.
    """
    from nurture.flow.forecast import forecast as count_ahead

    with opened() as parts, telling("customers") as progress:
        found = count_ahead(parts.ground, parts.look().now, days, progress)
    if json_:
        as_json(_as_json(found))
    else:
        _tell(found)


def _as_json(found: "Forecast") -> dict[str, Any]:
    return {
        "from": found.since,
        "until": found.until,
        "customers": found.customers,
        "held": found.held,
        "emails": [{"hour": at, **tally._asdict()} for at, tally in found.letters.items()],
        "senders": {key: tally._asdict() for key, tally in found.senders.items()},
        "journeys": {key: tally._asdict() for key, tally in found.journeys.items()},
        "tasks": [
            {"owner": owner, "day": f"{at:%Y-%m-%d}", "number": number}
            for owner, days in found.tasks.items()
            for at, number in days.items()
        ],
    }


def _tell(found: "Forecast") -> None:
    click.echo(f"{count(found.customers, 'customer')}, from {day(found.since)} to {day(found.until)} UTC\n")
    table(("day", "emails", "if idle", "busiest hour", "care tasks"), _days(found))
    for what, tallies in (("sender", found.senders), ("journey", found.journeys)):
        if tallies:
            click.echo()
            table((what, "emails", "if idle"), [(key, one.all, one.conditional) for key, one in tallies.items()])
    if found.tasks:
        click.echo()
        table(
            ("owner", "care tasks"),
            [(owner or "nobody's", sum(days.values())) for owner, days in found.tasks.items()],
        )
    letters = sum(tally.all for tally in found.letters.values())
    idle = sum(tally.conditional for tally in found.letters.values())
    click.echo(f"\n{count(letters, 'email')}, {idle} of them only as long as their customer does nothing.")
    if found.held:
        click.echo(f"Staff hold {count(found.held, 'customer')}: nothing goes out before a release.")


def _days(found: "Forecast") -> list[tuple[object, ...]]:
    days: dict[str, list[tuple[str, Tally]]] = {}
    for at, tally in found.letters.items():
        days.setdefault(f"{at:%a %Y-%m-%d}", []).append((f"{at:%H}:00", tally))
    tasks: dict[str, int] = {}
    for by_day in found.tasks.values():
        for at, number in by_day.items():
            tasks[f"{at:%a %Y-%m-%d}"] = tasks.get(f"{at:%a %Y-%m-%d}", 0) + number
    rows: list[tuple[object, ...]] = []
    for when in sorted({*days, *tasks}, key=lambda text: text[4:]):
        hours = days.get(when, [])
        most = max(hours, key=lambda one: one[1].all, default=None)
        busiest = f"{most[0]} ({most[1].all})" if most is not None else ""
        rows.append(
            (
                when,
                sum(one.all for _, one in hours),
                sum(one.conditional for _, one in hours),
                busiest,
                tasks.get(when, 0),
            )
        )
    return rows
