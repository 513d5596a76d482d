"""`nurture simulate`: what one customer would live through, with every date and every reason."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from nurture.cli.opening import opened
from nurture.cli.speech import Refusal, as_json, count, day, example, table

if TYPE_CHECKING:
    from nurture.cli.scenario import Scenario
    from nurture.engine.journey import Version
    from nurture.engine.playbook import Playbook
    from nurture.engine.simulate import Line, Transcript
    from nurture.engine.snapshot import Fact, Snapshot
    from nurture.parts import Parts

NINE = time(9, tzinfo=UTC)
DAY = timedelta(days=1)
WHAT = {
    "entered": "enters",
    "refused": "does not enter",
    "letter": "email",
    "rest": "waits",
    "onward": "goes on",
    "held": "email held",
    "skipped": "email skipped",
    "withheld": "email withheld",
}


class Subject(NamedTuple):
    """Whom a simulation is about: their photograph when it starts, and what they will do."""

    playbook: "Playbook"
    snapshot: "Snapshot"
    start: datetime
    days: int
    script: "Sequence[Fact]" = ()


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
    )
)
@click.argument("journey")
@click.option("--persona", help="Somebody new of this persona.  [default: as the playbook's rules tell]")
@click.option("--customer", metavar="ID", help="A real customer, as they are, from now on; nothing is written or sent.")
@click.option(
    "--scenario",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Somebody new as the YAML file says: persona, zone, traits, trial, events: [{after: 1d 2h, event: NAME}].",
)
@click.option(
    "--from", "start", metavar="DATE", callback=_start, help="When they begin.  [default: next Monday, 9 UTC]"
)
@click.option("--days", type=click.IntRange(1, 3650), help="How long.  [default: as long as the trial, 14]")
@click.option("--json", "json_", is_flag=True, help="Print the steps as JSON.")
def simulate(
    journey: str,
    persona: str | None,
    customer: str | None,
    scenario: Path | None,
    start: datetime | None,
    days: int | None,
    json_: bool,
) -> None:
    """Tell what one customer would live through.

    JOURNEY is walked as the published playbook has it. The engine is the one that serves; every email goes out the
    moment it is decided. Times are UTC.
    """
    from nurture.engine.simulate import simulate as live

    if sum(given is not None for given in (persona, customer, scenario)) > 1:
        raise click.UsageError("give one of --persona, --customer and --scenario")
    if customer is not None and start is not None:
        raise click.UsageError("--customer starts now; leave --from away")
    with opened() as parts:
        if customer is not None:
            subject = _real(parts, customer, days)
        else:
            subject = _invented(parts, journey, persona, scenario, start, days)
    _published(subject.playbook, journey)
    transcript = live(subject.playbook, subject.snapshot, subject.start, subject.days, subject.script)
    lines, (ended, because) = transcript.of(journey), _ending(transcript, journey, subject)
    if json_:
        steps = [{key: value for key, value in line.as_json().items() if key != "until"} for line in lines]
        as_json({"steps": steps, "ended": ended, "because": because})
    else:
        _tell(journey, subject, lines, ended, because)


def _real(parts: "Parts", reference: str, days: int | None) -> Subject:
    from nurture.cli.scenario import TRIAL
    from nurture.flow.why import Unknown
    from nurture.store import customers, photographs

    with parts.ground.sessions.read() as session:
        found = customers.find(session, reference)
        if found is None:
            raise Unknown(f"no customer is known as {reference!r}")
        snapshot = photographs.photographs(session, [found.id])[found.id].snapshot
        pins = {(walk.journey, walk.revision) for walk in snapshot.enrollments}
        playbook = parts.ground.shelf.whole(session, pins)
    return Subject(playbook, snapshot, parts.look().now, days or TRIAL.days)


def _invented(
    parts: "Parts", journey: str, persona: str | None, file: Path | None, start: datetime | None, days: int | None
) -> Subject:
    from nurture.cli.scenario import Scenario, read_scenario

    scenario = read_scenario(file) if file is not None else Scenario(persona=persona)
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
    _known(playbook, scenario)
    at = start or _next_monday(parts.look().now)
    snapshot = _newcomer(playbook, _published(playbook, journey), scenario, at)
    return Subject(playbook, snapshot, at, days or -(-scenario.trial // DAY), scenario.script(at))


def _next_monday(now: datetime) -> datetime:
    today = now.astimezone(UTC).date()
    return datetime.combine(today + (7 - today.weekday()) * DAY, NINE)


def _known(playbook: "Playbook", scenario: "Scenario") -> None:
    """Refuse an unknown persona; say which events change nothing."""
    from nurture.engine.problem import nearest

    personas = [one.id for one in playbook.personas.personas]
    if scenario.persona is not None and scenario.persona not in personas:
        raise Refusal(f"there is no persona {scenario.persona!r}: {nearest(scenario.persona, personas)}")
    heard = {*playbook.rings, *playbook.moves_on, *playbook.wins, *playbook.opened_by}
    for name in dict.fromkeys(act.event for act in scenario.events if act.event not in heard):
        click.echo(f"no document mentions the event {name!r}: {nearest(name, heard)}", err=True)


def _published(playbook: "Playbook", journey: str) -> "Version":
    from nurture.engine.problem import nearest

    version = playbook.live(journey)
    if version is None:
        known = [one.journey.id for one in playbook.journeys]
        raise Refusal(f"there is no journey {journey!r}: {nearest(journey, known)}")
    return version


def _newcomer(playbook: "Playbook", version: "Version", scenario: "Scenario", at: datetime) -> "Snapshot":
    """Invent who begins: a sign-up, or a lead where only leads may enter."""
    from nurture.engine.learning import LEAD_CAPTURED
    from nurture.engine.simulate import newcomer
    from nurture.engine.snapshot import Fact

    snapshot = newcomer(playbook, scenario.persona, at, scenario.trial, scenario.zone)
    customer = snapshot.customer._replace(traits=scenario.traits)
    starts, finals = playbook.lifecycle.starts, playbook.finals
    if version.allows(starts.lead, finals) and not version.allows(starts.signup, finals):
        lead = customer._replace(
            stage=starts.lead, ext_id=None, signed_up_at=None, trial_starts_at=None, trial_ends_at=None
        )
        return snapshot._replace(customer=lead, news=(Fact(LEAD_CAPTURED, at),))
    return snapshot._replace(customer=customer)


def _ending(transcript: "Transcript", journey: str, subject: Subject) -> tuple[str, str]:
    ended, because = transcript.ending(journey)
    walks = [one for one in transcript.snapshot.enrollments if one.journey == journey]
    if not transcript.of(journey) and walks:
        return "walking", walks[0].because
    version = subject.playbook.live(journey)
    if ended != "never entered" or version is None:
        return ended, because
    enter, snapshot = version.entry, subject.snapshot
    been = snapshot.facts.entries.get(journey)
    if been and (again := enter.allows(been, snapshot, subject.start)):
        return ended, again
    if not version.allows(snapshot.customer.stage, subject.playbook.finals):
        because = f"the stage is {snapshot.customer.stage}"
    return ended, because + (f"; it is entered on {' or '.join(enter.on)}" if enter.on else "")


def _tell(journey: str, subject: Subject, lines: "Iterable[Line]", ended: str, because: str) -> None:
    who = subject.snapshot.customer
    name = who.persona or "somebody new" if subject.snapshot.newborn else who.ext_id or who.id
    click.echo(f"{journey} for {name}, {count(subject.days, 'day')} from {day(subject.start)} UTC\n")
    rows = [
        (f"{line.at:%a}", f"{line.at:%Y-%m-%d}", f"{line.at:%H:%M}", line.step, _what(line), line.because)
        for line in lines
    ]
    if rows:
        table(("day", "date", "time", "step", "what", "why"), rows)
        click.echo()
    click.echo(f"{ended.capitalize()}: {because}.")


def _what(line: "Line") -> str:
    said = WHAT.get(line.do, line.do)
    about = f" {line.about}" if line.do == "letter" else ""
    until = f" until {day(line.until)}" if line.until is not None and line.do in ("rest", "held") else ""
    return said + about + until
