"""What a publish would do to people, in rows and words: the steps that need a thought, and what the button says."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from nurture.engine.journey import walk
from nurture.engine.plan import KEEP, LEAVE, Planned
from nurture.engine.playbook import Playbook
from nurture.engine.rehearsal import counted
from nurture.engine.steps.email import Email
from nurture.engine.steps.survey import Survey
from nurture.flow.publish import Impact
from nurture.flow.publish.impact import Group, Inside
from nurture.web.console.design.choosing import ROUTE, Chosen
from nurture.web.console.words import said

Steps = Mapping[str, str]
"""What to call each step of a journey, in the order of its newest text."""


class Thought(NamedTuple):
    """The people at one step of whom something must be decided.

    why: what happens to the step.  becomes: what happens to them.  field, options, chosen: the way to say otherwise.
    over: so many have waited long enough already, and go on; in words, '' for none.
    """

    step: str
    name: str
    people: int
    why: str
    becomes: str
    field: str
    options: tuple[tuple[str, str], ...]
    chosen: str
    over: str = ""


class Fate(NamedTuple):
    """What becomes of the people inside one journey, and of those outside.

    thoughts: rows to decide about.  quiet: how many of the others stay, and how many keep their version.  missed: new
    steps by name, and how many are past them.
    """

    inside: Inside
    thoughts: tuple[Thought, ...]
    stay: int
    keep: int
    missed: tuple[tuple[str, int], ...]

    @property
    def hurries(self) -> bool:
        """Whether anybody has waited long enough already, and goes on because of the publish."""
        return any(one.over for one in self.thoughts)


def fate(inside: Inside, chosen: Chosen, names: Steps, steps: Sequence[str], changed: Mapping[str, str]) -> Fate:
    """Say what becomes of the people of one journey.

    steps: those of the new text, in order.  changed: of those whose step says otherwise now, what it said before.
    """
    by_step: dict[str, list[Group]] = {}
    for group in inside.groups:
        by_step.setdefault(group.step, []).append(group)
    thoughts, quiet = [], []
    for step, groups in by_step.items():
        routed = chosen.to(inside.journey, step)
        thoughtful = any(one.becomes.do not in ("stays", "keeps") for one in groups)
        if thoughtful or routed or (step in changed and groups[0].becomes.do == "stays"):
            thoughts.append(_thought(inside, groups, routed, names, steps, changed))
        else:
            quiet += groups
    kept = sum(one.people for one in quiet if one.becomes.do == "keeps")
    missed = ((names.get(step, said(step)), people) for step, people in inside.passed.items() if people)
    return Fate(inside, tuple(thoughts), sum(one.people for one in quiet) - kept, kept, tuple(missed))


def _thought(
    inside: Inside, groups: Sequence[Group], routed: str, names: Steps, steps: Sequence[str], changed: Mapping[str, str]
) -> Thought:
    most = max(groups, key=lambda one: one.people)
    step = most.step
    as_planned = "As it would be" if routed else _becomes(most, inside, names)
    options = [("", as_planned)]
    options += [(one, f"Go to {names.get(one, said(one))}") for one in steps if one != step]
    options += [(LEAVE, "Leave the journey"), (KEEP, f"Finish v{most.number}")]
    return Thought(
        step,
        names.get(step, said(step)),
        sum(one.people for one in groups),
        "Removed" if step not in steps else changed.get(step, ""),
        _becomes(most, inside, names),
        f"{ROUTE}{inside.journey}:{step}",
        tuple(options),
        routed,
        "" if routed else _over(inside, step),
    )


def _over(inside: Inside, step: str) -> str:
    """How many have waited long enough at a step, by those who were asked; '' for nobody."""
    waits = [wait for wait in inside.waits if wait.step == step]
    over, asked = sum(wait.over for wait in waits), sum(wait.asked for wait in waits)
    return scaled(over, asked, sum(wait.people for wait in waits)) if over else ""


def scaled(found: int, asked: int, of: int) -> str:
    """Say a number that was counted over some of many: `about 1,200`; exactly, where all were asked."""
    if asked >= of:
        return f"{found:,}"
    number = found * of / asked
    digits = 0 if number < 100 else 1 - len(str(int(number)))
    return f"about {round(number, digits):,.0f}"


def _becomes(group: Group, inside: Inside, names: Steps) -> str:
    match group.becomes:
        case Planned("stays"):
            return f"Stay here, in v{inside.number}"
        case Planned("goes", str(to)):
            return f"Go to {names.get(to, said(to))}"
        case Planned("finishes"):
            return "Finish: nothing follows"
        case Planned("leaves"):
            return "Leave the journey"
    return f"Finish v{group.number}"


ACTS = (("stays", "move"), ("goes", "reroute"), ("finishes", "finish"), ("leaves", "end"), ("keeps", "keep"))


def told(found: Impact, named: str) -> str:
    """What the button says: `Publish v8: move 348, reroute 64`."""
    groups = [group for inside in found.journeys for group in inside.groups]
    people = {do: sum(one.people for one in groups if one.becomes.do == do) for do, _ in ACTS}
    acts = [f"{word} {people[do]:,}" for do, word in ACTS if people[do]]
    acts += [
        f"let {scaled(one.outside, one.asked, one.candidates)} in"
        for one in found.journeys
        if one.lets_in and one.outside
    ]
    return f"Publish {named}" + (f": {', '.join(acts)}" if acts else "")


def used_at(playbook: Playbook, email: str) -> list[tuple[str, str]]:
    """Find the live steps that send an email: journey and step."""
    return [
        (version.journey.id, step.id)
        for version in playbook.journeys
        for step in walk(version.journey.steps)
        if (isinstance(step, Email) and step.email == email) or (isinstance(step, Survey) and step.asks_by == email)
    ]


def turned(found: Impact, stage_of: Mapping[str, str], persona_of: Mapping[str | None, str]) -> Iterable[str]:
    """Say who would stand elsewhere: `40 customers: Assessing -> At risk`."""
    asked, of = found.turns.asked, found.turns.of
    for (was, then), people in found.turns.stages.items():
        yield f"{_customers(people, asked, of)}: {stage_of.get(was, was)} \u2192 {stage_of.get(then, then)}"
    for (before, after), people in found.turns.personas.items():
        who = _customers(people, asked, of)
        yield f"{who}: {persona_of.get(before, before)} \u2192 {persona_of.get(after, after)}"


def _customers(people: int, asked: int, of: int) -> str:
    return counted(people, "customer") if asked >= of else f"{scaled(people, asked, of)} customers"
