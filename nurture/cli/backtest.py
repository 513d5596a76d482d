"""`nurture backtest`: what a draft would have changed for the people who really signed up."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nurture.cli.chosen import drafts_option, read_chosen, refuse_unknown
from nurture.cli.opening import opened
from nurture.cli.progress import telling
from nurture.cli.speech import Refusal, as_json, count, day, example, plain, table

if TYPE_CHECKING:
    from datetime import timedelta

    from nurture.engine.hindsight import Group
    from nurture.engine.playbook import Playbook
    from nurture.flow.backtest import Backtest
    from nurture.parts import Parts


def _span(_ctx: click.Context, _option: click.Parameter, text: str) -> "timedelta":
    from nurture.engine.duration import parse_duration

    try:
        span = parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    if span.total_seconds() <= 0:
        raise click.BadParameter("must be longer than nothing")
    return span


@click.command(
    epilog=example(
        "nurture backtest first-win --last 90d --with config/journeys/first-win.yaml",
        "nurture backtest first-win --last 4w --json",
    )
)
@click.argument("journey")
@click.option("--last", default="90d", show_default=True, callback=_span, metavar="SPAN", help="Who signed up since.")
@drafts_option(
    "The draft: documents over the published ones, as for `apply`.  [default: the drafts saved in the console]"
)
@click.option("--json", "json_", is_flag=True, help="Print the counts as JSON.")
def backtest(journey: str, last: "timedelta", drafts: tuple[Path, ...], json_: bool) -> None:
    """Try a draft on the people who signed up.

    Each of their lives is lived twice, under the published playbook and under the draft, until now, with only the
    facts known at each moment: an event counts from when it came in. Nothing is written or sent. A nudge is the first
    email of JOURNEY that is not sent in the moment they enter it.
    """
    from nurture.flow.backtest import backtest as live_again

    texts = read_chosen(drafts).texts if drafts else {}
    with opened() as parts, telling("customers") as progress:
        published, draft = _playbooks(parts, texts, journey)
        until = parts.look().now
        found = live_again(parts.ground, published, draft, journey, until - last, until, progress)
    if json_:
        as_json(_as_json(found))
    else:
        _tell(found)
    for because, number in found.failed.items():
        click.echo(plain(f"{count(number, 'customer')} could not be lived again: {because}"), err=True)


def _playbooks(parts: "Parts", texts: dict[tuple[str, str], str], journey: str) -> "tuple[Playbook, Playbook]":
    from nurture.flow.rehearse import laid_over
    from nurture.store import documents

    with parts.ground.sessions.read() as session:
        published = parts.ground.shelf.playbook(session)
        texts = texts or documents.drafts(session)
        if not texts:
            raise Refusal("there is nothing to compare: give a draft by --with PATH, or save one in the console")
        draft = laid_over(session, parts.ground.shelf, texts).playbook
    refuse_unknown(draft, journey)
    return published, draft


def _as_json(found: "Backtest") -> dict[str, Any]:
    from nurture.flow.backtest import EVERYBODY, in_a_sentence

    return {
        "journey": found.journey,
        "since": found.since,
        "until": found.until,
        "customers": found.groups[EVERYBODY].customers,
        "sentence": in_a_sentence(found.groups[EVERYBODY]),
        "everybody": _group(found.groups[EVERYBODY]),
        "personas": {key: _group(group) for key, group in sorted(found.groups.items()) if key != EVERYBODY},
        "failed": sum(found.failed.values()),
    }


def _group(group: "Group") -> dict[str, Any]:
    both = {"emails": group.emails, "emails_of_the_journey": group.own_emails, "care_tasks": group.tasks}
    both |= {"entered": group.entered, "nudged": group.nudged}
    return {
        "customers": group.customers,
        "changed": group.changed,
        **{name: {"published": found[0], "draft": found[1]} for name, found in both.items()},
        "first_nudge": [
            {"later_by_hours": span.total_seconds() / 3600, "customers": number}
            for span, number in sorted(group.spans.items())
        ],
    }


def _tell(found: "Backtest") -> None:
    from nurture.flow.backtest import EVERYBODY, in_a_sentence

    everybody = found.groups[EVERYBODY]
    who = count(everybody.customers, "customer")
    click.echo(f"{found.journey}, {who} who signed up since {day(found.since)} UTC, until now\n")
    personas = [(key, group) for key, group in sorted(found.groups.items()) if key != EVERYBODY]
    rows = [(key or "all", *_row(group)) for key, group in [*personas, (EVERYBODY, everybody)]]
    table(("persona", "n", "changed", "emails", "draft", "care tasks", "draft", "what the draft changes"), rows)
    said = in_a_sentence(everybody)
    click.echo(f"\n{said[0].upper()}{said[1:]}.")


def _row(group: "Group") -> tuple[object, ...]:
    from nurture.flow.backtest import in_a_sentence

    return (group.customers, group.changed, *group.emails, *group.tasks, in_a_sentence(group))
