"""`nurture simulate`: what one customer would live through, with every date and every reason."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from nurture.cli.chosen import drafts_option, read_chosen, refuse_unknown
from nurture.cli.opening import opened
from nurture.cli.speech import Refusal, as_json, count, day, example, plain, table

if TYPE_CHECKING:
    from nurture.engine.playbook import Playbook
    from nurture.engine.reach import Subjects
    from nurture.engine.scenario import Scenario
    from nurture.engine.simulate import Line, Transcript
    from nurture.flow.rehearse import Draft
    from nurture.parts import Parts
    from nurture.store.session import Session

NINE = time(9, tzinfo=UTC)
DAY = timedelta(days=1)
TRIAL_DAYS = 14
WHAT = {
    "entered": "enters",
    "refused": "does not enter",
    "letter": "email",
    "rest": "waits",
    "onward": "goes on",
    "held": "email held",
    "skipped": "email skipped",
    "withheld": "withheld",
    "suspended": "rests",
    "resumed": "goes on",
    "changed": "is moved",
    "task": "care task",
    "escalated": "care task passed on",
    "notice": "message in the product",
    "call": "webhook",
    "aside": "kept aside",
}
NAMED = ("letter", "skipped", "withheld", "task", "escalated", "call")


class Asked(NamedTuple):
    """What was asked on the command line."""

    journey: str
    persona: str | None
    customer: str | None
    scenario: str | None
    start: datetime | None
    days: int | None


class Lived(NamedTuple):
    """A simulation: of whom, and what came of it.  differs: how it is not what the scenario expects."""

    who: str
    days: int
    transcript: "Transcript"
    differs: str = ""


def _start(_ctx: click.Context, _option: click.Parameter, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        if len(text) == len("2026-01-05"):
            return datetime.combine(date.fromisoformat(text), NINE)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"expected 2026-01-05 or 2026-01-05T14:30Z, found {text!r}") from None
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)


@click.command(
    epilog=example(
        "nurture simulate first-win --persona wilma",
        "nurture simulate get-help --scenario asks-for-help.yaml --json",
        "nurture simulate first-win --persona kevin --with config/journeys/first-win.yaml",
    )
)
@click.argument("journey")
@click.option("--persona", help="Somebody new of this persona.  [default: as the playbook's rules tell]")
@click.option("--customer", metavar="ID", help="A real customer, as they are, from now on; nothing is written or sent.")
@click.option(
    "--scenario",
    metavar="FILE|KEY",
    help="Somebody new as a scenario says: a YAML file of that kind (id, journey and from may be left out), or a saved"
    " one.",
)
@drafts_option("Documents to lay over the published ones, as for `apply`; may be given several times.")
@click.option(
    "--from", "start", metavar="DATE", callback=_start, help="When they begin.  [default: next Monday, 9 UTC]"
)
@click.option("--days", type=click.IntRange(1, 3650), help="How long.  [default: as the scenario says, or 14]")
@click.option("--json", "json_", is_flag=True, help="Print the steps as JSON.")
def simulate(
    journey: str,
    persona: str | None,
    customer: str | None,
    scenario: str | None,
    drafts: tuple[Path, ...],
    start: datetime | None,
    days: int | None,
    json_: bool,
) -> None:
    """Tell what one customer would live through.

    JOURNEY is walked as the published playbook has it, or as a draft given by --with: one that is not sound yet is
    walked up to its first broken step. The engine is the one that serves; every email goes out the moment it is
    decided. Times are UTC.
    """
    from nurture.engine.reach import report
    from nurture.flow.rehearse import laid_over, subjects

    if sum(given is not None for given in (persona, customer, scenario)) > 1:
        raise click.UsageError("give one of --persona, --customer and --scenario")
    if customer is not None and start is not None:
        raise click.UsageError("--customer starts now; leave --from away")
    texts = read_chosen(drafts).texts if drafts else {}
    asked = Asked(journey, persona, customer, scenario, start, days)
    with opened() as parts:
        with parts.ground.sessions.read() as session:
            draft = laid_over(session, parts.ground.shelf, texts, journey)
            lived = _lived(parts, session, draft.playbook, asked)
        words = subjects(parts.links, draft.playbook, lived.transcript)
    _warn(draft, lived)
    if json_:
        told = report(draft.playbook, lived.transcript, journey, words)
        as_json(told | ({"differs": lived.differs} if lived.differs else {}))
    else:
        _tell(draft.playbook, lived, journey, words)


def _lived(parts: "Parts", session: "Session", playbook: "Playbook", asked: Asked) -> Lived:
    if asked.customer is not None:
        return _real(parts, session, playbook, asked)
    from nurture.cli.scenario import chosen_scenario
    from nurture.engine.problem import nearest
    from nurture.engine.rehearsal import live
    from nurture.engine.scenario import Scenario

    start = asked.start or _next_monday(parts.look().now)
    if asked.scenario is not None:
        scenario = chosen_scenario(playbook, asked.scenario, asked.journey, start)
    else:
        scenario = Scenario.model_validate(
            {"id": "tried", "journey": asked.journey, "persona": asked.persona, "from": start, "days": TRIAL_DAYS}
        )
    wishes = {"from_": asked.start, "days": asked.days, "journey": asked.journey}
    scenario = scenario.model_copy(update={name: wish for name, wish in wishes.items() if wish is not None})
    personas = [one.id for one in playbook.personas.personas]
    if scenario.persona is not None and scenario.persona not in personas:
        raise Refusal(f"there is no persona {scenario.persona!r}: {nearest(scenario.persona, personas)}")
    refuse_unknown(playbook, asked.journey)
    _heard(playbook, scenario)
    rehearsal = live(playbook, scenario)
    who = scenario.name or scenario.persona or "somebody new"
    return Lived(who, scenario.days, rehearsal.transcript, rehearsal.differs)


def _real(parts: "Parts", session: "Session", playbook: "Playbook", asked: Asked) -> Lived:
    from nurture.engine.simulate import simulate as live
    from nurture.flow.why import Unknown
    from nurture.store import customers, photographs

    found = customers.find(session, asked.customer or "")
    if found is None:
        raise Unknown(f"no customer is known as {asked.customer!r}")
    snapshot = photographs.photographs(session, [found.id])[found.id].snapshot
    pins = {(walk.shape, walk.revision) for walk in snapshot.enrollments}
    if not pins <= playbook.pinned.keys():
        playbook = parts.ground.shelf.whole(session, pins)
    refuse_unknown(playbook, asked.journey)
    days = asked.days or TRIAL_DAYS
    who = snapshot.customer.ext_id or snapshot.customer.id
    return Lived(who, days, live(playbook, snapshot, parts.look().now, days))


def _next_monday(now: datetime) -> datetime:
    today = now.astimezone(UTC).date()
    return datetime.combine(today + (7 - today.weekday()) * DAY, NINE)


def _heard(playbook: "Playbook", scenario: "Scenario") -> None:
    """Say which events change nothing."""
    from nurture.engine.problem import nearest

    heard = {*playbook.rings, *playbook.moves_on, *playbook.wins, *playbook.opened_by}
    told = (happening.event for happening in scenario.script if happening.event is not None)
    for name in dict.fromkeys(event for event in told if event not in heard):
        click.echo(f"no document mentions the event {name!r}: {nearest(name, heard)}", err=True)


def _warn(draft: "Draft", lived: Lived) -> None:
    from nurture.engine.rehearsal import cannot_happen

    for problem in draft.problems:
        click.echo(plain(problem), err=True)
    if draft.problems:
        click.echo("The journey is walked up to the step before the first of these.", err=True)
    for fact in lived.transcript.unmet:
        click.echo(plain(f"left out of the script: {cannot_happen(fact)}"), err=True)


def _tell(playbook: "Playbook", lived: Lived, journey: str, words: "Subjects") -> None:
    from nurture.engine.reach import ending, reach

    transcript, (ended, because) = lived.transcript, ending(playbook, lived.transcript, journey)
    click.echo(f"{journey} for {plain(lived.who)}, {count(lived.days, 'day')} from {day(transcript.beats[0][0])} UTC\n")
    rows = [
        (f"{line.at:%a}", f"{line.at:%Y-%m-%d}", f"{line.at:%H:%M}", line.step, _what(line, words), line.because)
        for line in transcript.of(journey)
    ]
    if rows:
        table(("day", "date", "time", "step", "what", "why"), rows)
        click.echo()
    for one in reach(playbook, transcript, journey) if rows else ():
        if one.missed:
            click.echo(plain(f"Not reached in {one.journey}: {', '.join(one.missed)}."))
    click.echo(plain(f"{ended.capitalize()}: {because.removeprefix(f'{ended}: ')}."))
    if lived.differs:
        click.echo(plain(f"Not as expected: the scenario {lived.differs}."))


def _what(line: "Line", words: "Subjects") -> str:
    said = WHAT.get(line.do, line.do)
    about = f" {line.about}" if line.about and line.do in NAMED else ""
    if line.do == "letter":
        subject = words.get((line.at, line.journey, line.step))
        about += f" ({line.variant})" if line.variant != "email" else ""
        about += f": {subject}" if subject else ""
    until = f" until {day(line.until)}" if line.until is not None and line.do in ("rest", "held") else ""
    return said + about + until
