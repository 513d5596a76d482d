"""Rehearsals: scenarios lived under a playbook, held against what they expect, and under another one beside it."""

from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import NamedTuple
from zoneinfo import ZoneInfo

from nurture.engine.document import DAY
from nurture.engine.duration import in_words, write_duration
from nurture.engine.journey import Version
from nurture.engine.learning import ANSWERED, CARE_DONE, LEAD_CAPTURED, TRIAL_CHANGED
from nurture.engine.local import zone_of
from nurture.engine.playbook import Playbook
from nurture.engine.problem import Problem
from nurture.engine.reading import file_of
from nurture.engine.scenario import Happening, Scenario
from nurture.engine.simulate import Line, Transcript, newcomer, simulate
from nurture.engine.snapshot import Fact, Snapshot

EFFECTS = {"letter": "email", "notice": "message in the product", "task": "care task", "call": "webhook call"}
EXPECTED = ("letter", "notice", "task")


class Rehearsal(NamedTuple):
    """A scenario, lived.

    steps: those of its journey that wrote, showed or asked, in the order in which they did.
    differs: how that is not what the scenario expects; '' where it is, or where it expects nothing.
    """

    scenario: Scenario
    transcript: Transcript
    steps: tuple[str, ...]
    differs: str = ""


class Comparison(NamedTuple):
    """What another playbook does to saved scenarios.

    changed: by key, what is different in a few words.  expected: by key, what is no more as expected.
    """

    total: int
    changed: dict[str, str]
    sentences: tuple[str, ...]
    expected: dict[str, str]


def live(playbook: Playbook, scenario: Scenario) -> Rehearsal:
    """Live a scenario, as if no journey were paused.  Raises KeyError where its journey is not published."""
    playbook = playbook._replace(paused={})
    version = playbook.live(scenario.journey)
    if version is None:
        raise KeyError(scenario.journey)
    begins = scenario.from_.astimezone(UTC)
    somebody = newcomer_of(playbook, version, scenario)
    transcript = simulate(playbook, somebody, begins, scenario.days, script_of(playbook, scenario))
    steps = tuple(line.step or "" for line in transcript.of(scenario.journey) if line.do in EXPECTED)
    return Rehearsal(scenario, transcript, steps, _difference(scenario, steps))


def newcomer_of(playbook: Playbook, version: Version, scenario: Scenario) -> Snapshot:
    """Invent whom a scenario is about: a sign-up, or a lead where it says so or only leads may enter."""
    begins, starts = scenario.from_.astimezone(UTC), playbook.lifecycle.starts
    trial = scenario.trial_days * DAY
    snapshot = newcomer(playbook, scenario.persona, begins, trial, scenario.timezone)
    stage = scenario.stage or _first_stage(playbook, version)
    customer = snapshot.customer._replace(stage=stage, traits=dict(scenario.traits))
    if stage != starts.lead or starts.lead == starts.signup:
        return snapshot._replace(customer=customer)
    lead = customer._replace(ext_id=None, signed_up_at=None, trial_starts_at=None, trial_ends_at=None)
    return snapshot._replace(customer=lead, news=(Fact(LEAD_CAPTURED, begins),))


def _first_stage(playbook: Playbook, version: Version) -> str:
    starts, finals = playbook.lifecycle.starts, playbook.finals
    leads_only = version.allows(starts.lead, finals) and not version.allows(starts.signup, finals)
    return starts.lead if leads_only else starts.signup


def script_of(playbook: Playbook, scenario: Scenario) -> list[Fact]:
    """Tell what a scenario says will happen, as facts, each at its moment."""
    zone = zone_of(scenario.timezone or playbook.policy.window.else_zone)
    return [_fact(scenario, happening, zone) for happening in scenario.script]


def _fact(scenario: Scenario, happening: Happening, zone: ZoneInfo) -> Fact:
    at = scenario.moment_of(happening, zone)
    if happening.event is not None:
        return Fact(happening.event, at, happening.properties)
    if happening.answers is not None:
        return Fact(ANSWERED, at, {"survey": happening.answers, "value": happening.value})
    if happening.care is not None:
        return Fact(CARE_DONE, at, {"task": happening.care, "outcome": happening.outcome})
    assert happening.extend is not None
    return Fact(TRIAL_CHANGED, at, {"extend": write_duration(happening.extend)})


def _difference(scenario: Scenario, steps: tuple[str, ...]) -> str:
    if scenario.expects is None or steps == scenario.expects:
        return ""
    found, expected = (", ".join(some) or "nothing" for some in (steps, scenario.expects))
    return f"expects {expected}; now it is {found}"


def unkept(playbook: Playbook, *, must_fix: bool = True) -> Iterator[Problem]:
    """Find the saved scenarios that no longer go as they expect, or in which something cannot happen.

    must_fix: whether that stops a publish.
    """
    for key, scenario in playbook.scenarios.items():
        lived = live(playbook, scenario)
        file = file_of("scenario", key)
        if lived.differs:
            yield Problem(file, 0, "expects", lived.differs, "mend the journey, or what is expected", must_fix)
        for fact in lived.transcript.unmet:
            yield Problem(file, 0, "script", cannot_happen(fact), must_fix=False)


def cannot_happen(fact: Fact) -> str:
    """Say why something in a script came to nothing."""
    if fact.name == CARE_DONE:
        return f"nobody is asked for {str(fact.properties.get('task'))!r} by {fact.at:%a %d %b %H:%M} UTC"
    return f"{fact.name}: no email {str(fact.properties.get('email'))!r} has gone out by {fact.at:%a %d %b %H:%M} UTC"


def compare(old: Playbook, new: Playbook, scenarios: Iterable[Scenario]) -> Comparison:
    """Live scenarios under two playbooks, and say what the second one changes, in sentences for staff.

    A scenario whose journey only the second one has is new; one whose journey it no longer has is left out.
    """
    known = [scenario for scenario in scenarios if new.live(scenario.journey) is not None]
    changed: dict[str, str] = {}
    expected: dict[str, str] = {}
    for scenario in known:
        lived = live(new, scenario)
        before = live(old, scenario) if old.live(scenario.journey) is not None else None
        if said := _changes(before, lived) if before is not None else "is lived for the first time":
            changed[scenario.id] = said
        if lived.differs:
            expected[scenario.id] = lived.differs
    names = {scenario.id: scenario.name or scenario.id for scenario in known}
    sentences = [f"{len(known) - len(changed)} of {len(known)} scenarios unchanged"] if known else []
    sentences += [f"\u201c{names[key]}\u201d {said}" for key, said in changed.items()]
    sentences += [f"\u201c{names[key]}\u201d {said}" for key, said in expected.items()]
    return Comparison(len(known), changed, tuple(sentences), expected)


def _changes(before: Rehearsal, lived: Rehearsal) -> str:
    """Say how two lives of one scenario differ; '' where they do not."""
    old, new = (_effects(one.transcript) for one in (before, lived))
    parts = list(_more_or_fewer(old, new))
    if not parts and [_place(line) for line in old] != [_place(line) for line in new]:
        parts.append("now gets " + (_listed(new) or "nothing") + " instead of " + (_listed(old) or "nothing"))
    if not parts and (said := _shift(old, new)):
        parts.append(said)
    stages = [one.transcript.snapshot.customer.stage for one in (before, lived)]
    if stages[0] != stages[1]:
        parts.append(f"ends {stages[1]} instead of {stages[0]}")
    return ", ".join(parts)


def _effects(transcript: Transcript) -> list[Line]:
    return [line for line in transcript.lines if line.do in EFFECTS]


def _place(line: Line) -> tuple[str, str | None, str | None, str | None]:
    return line.journey, line.step, line.about, line.variant


def _listed(lines: Iterable[Line]) -> str:
    return ", ".join(line.about or line.step or "" for line in lines)


def _more_or_fewer(old: list[Line], new: list[Line]) -> Iterator[str]:
    kinds = {do: sum(one.do == do for one in new) - sum(one.do == do for one in old) for do in EFFECTS}
    said = [f"{counted(abs(n), EFFECTS[do])} {'more' if n > 0 else 'fewer'}" for do, n in kinds.items() if n]
    if said:
        yield f"now gets {' and '.join(said)}"


def counted(n: int, noun: str) -> str:
    """Say how many of something there are."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _shift(old: list[Line], new: list[Line]) -> str:
    """Say what comes at another time, though it is the same in the same order."""
    moved = [(line, line.at - then.at) for then, line in zip(old, new, strict=True) if line.at != then.at]
    if not moved:
        return ""
    (line, by), others = moved[0], len(moved) - 1
    said = f"now gets {line.about or line.step} {in_words(by)} {'later' if by.total_seconds() > 0 else 'earlier'}"
    return said + (f", and {others} more at another time" if others else "")
