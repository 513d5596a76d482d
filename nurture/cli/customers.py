"""`nurture customers`: who they are and where they stand."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from nurture.cli.holding import erase, export
from nurture.cli.importing import import_
from nurture.cli.opening import opened
from nurture.cli.speech import Refusal, as_json, day, example, plain, table

if TYPE_CHECKING:
    from nurture.engine.playbook import Playbook
    from nurture.store.customers import Customer

SHOWN = 20  # entries of a timeline


@click.group()
def customers() -> None:
    """Look at customers, bring them in, hand out what is held about one, and forget one."""


for command in (erase, export, import_):
    customers.add_command(command)


@customers.command("list", epilog=example("nurture customers list --stage at_risk --json"))
@click.option("--stage", help="Only those in this stage.")
@click.option("--persona", help="Only those of this persona.")
@click.option("--journey", help="Only those who walk this journey now.")
@click.option("--search", metavar="TEXT", help="Part of a name, company, address or id.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many at most.")
@click.option("--cursor", help="Go on where an earlier list ended.")
@click.option("--json", "json_", is_flag=True, help="Print them as JSON.")
def list_(
    stage: str | None,
    persona: str | None,
    journey: str | None,
    search: str | None,
    limit: int,
    cursor: str | None,
    json_: bool,
) -> None:
    """List customers, newest first."""
    from nurture.store.customers import page

    with opened() as parts, parts.ground.sessions.read() as session:
        found = page(session, stage=stage, persona=persona, journey=journey, search=search, cursor=cursor, limit=limit)
        if not found.customers and (stage or persona or journey):
            _exist(parts.ground.shelf.playbook(session), stage, persona, journey)
    if json_:
        as_json({"customers": [one._asdict() for one in found.customers], "cursor": found.cursor})
        return
    if not found.customers:
        click.echo("Nobody.")
        return
    table(
        ("id", "user id", "email", "stage", "persona", "since (UTC)", "due next (UTC)"),
        [
            (one.id, one.user_id, one.email, one.stage, one.persona, day(one.stage_since), day(one.due_at))
            for one in found.customers
        ],
    )
    if found.cursor:
        click.echo(f"more: --cursor {found.cursor}", err=True)


def _exist(playbook: "Playbook", stage: str | None, persona: str | None, journey: str | None) -> None:
    """Where nobody was found: refuse a word that no document knows, which is why."""
    from nurture.engine.problem import nearest

    for what, named, known in (
        ("stage", stage, [one.id for one in playbook.lifecycle.stages]),
        ("persona", persona, [one.id for one in playbook.personas.personas]),
        ("journey", journey, [one.journey.id for one in playbook.journeys]),
    ):
        if named is not None and named not in known:
            raise Refusal(f"there is no {what} {named!r}: {nearest(named, known)}")


@customers.command(
    epilog=example("nurture customers show u-1042", "nurture customers show email:ada@example.com --json")
)
@click.argument("reference", metavar="REF")
@click.option("--json", "json_", is_flag=True, help="Print everything as JSON.")
def show(reference: str, json_: bool) -> None:
    """Show one customer: stage, persona, journeys, milestones, and the latest of what happened.

    REF is the product's own id, ours (cus_...), or email:ADDRESS. Times are UTC.
    """
    from nurture.flow.why import Unknown
    from nurture.store import customers as people
    from nurture.store.timeline import timeline

    with opened() as parts, parts.ground.sessions.read() as session:
        found = people.find(session, reference)
        if found is None:
            raise Unknown(f"no customer is known as {reference!r}")
        walks = people.enrollments_of(session, found.id)
        stages = people.stage_history(session, found.id)
        reached = people.milestones_of(session, found.id)
        told = timeline(session, found.id, SHOWN)
    if json_:
        listed: dict[str, Sequence[Any]] = {
            "enrollments": walks,
            "stages": stages,
            "milestones": reached,
            "timeline": told.entries,
        }
        as_json({**found._asdict(), **{key: [one._asdict() for one in rows] for key, rows in listed.items()}})
        return
    _person(found)
    for title, rows in (
        ("journeys", [(one.journey, one.state, one.step, day(one.due_at), one.because) for one in walks]),
        ("stages", [(one.to, day(one.at), one.because) for one in stages]),
        ("milestones", [(one.milestone, day(one.at), one.because) for one in reached]),
    ):
        _listed(title, rows)
    _listed(
        "latest",
        [(day(one.at), one.kind, one.journey or "", one.step or "", one.what, one.because) for one in told.entries],
    )


def _person(one: "Customer") -> None:
    lines = {
        "id": one.id,
        "user id": one.user_id or "none: a lead",
        "email": one.email,
        "stage": f"{one.stage}, since {day(one.stage_since)}",
        "persona": f"{one.persona}: {one.persona_because}" + (" (locked)" if one.persona_locked else ""),
        "zone": one.zone or "unknown",
        "trial": f"{day(one.trial_starts_at)} to {day(one.trial_ends_at)}" if one.trial_starts_at else "none",
        "due next": f"{day(one.due_at)}: {one.due_because}" if one.due_at else one.due_because,
        "traits": ", ".join(f"{key}={value}" for key, value in sorted(one.traits.items())) or "none",
    }
    for name, value in lines.items():
        click.echo(f"{name:<9} {plain(value)}")


def _listed(title: str, rows: Sequence[Sequence[object]]) -> None:
    click.echo()
    if rows:
        table((title, *[""] * (len(rows[0]) - 1)), rows)
    else:
        click.echo(f"{title}: none")
