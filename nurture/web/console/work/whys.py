"""Why somebody is in their stage, of their persona, or kept aside: the rule, what it saw, and how it stands now."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from nurture.engine.decision import StageChange
from nurture.engine.duration import in_words
from nurture.engine.question import Question
from nurture.engine.snapshot import Snapshot
from nurture.web.console.design.rules import rule
from nurture.web.console.words import Namer, said


class Reason(NamedTuple):
    """One rule.  says: as staff would read it.  now: what it sees now, '' for one that waits for an event.

    holds: whether it holds now, None where that cannot be asked.
    """

    says: str
    now: str = ""
    holds: bool | None = None


def stage_rules(namer: Namer, change: StageChange | None, snapshot: Snapshot, now: datetime) -> list[Reason]:
    """The rules by which anybody comes from the stage before to this one, each with what it sees now."""
    if change is None or change.from_ is None:
        return []
    moves = namer.playbook.lifecycle.moves
    leading = (move for move in moves if change.from_ in move.from_ and move.to == change.to)
    found = []
    for move in leading:
        if move.on is not None:
            found.append(Reason(f"on {' or '.join(said(event).lower() for event in move.on)}"))
        elif move.when is not None:
            found.append(_asked(spoken(move.when, namer), move.when, namer, snapshot, now))
    return found


def persona_rules(namer: Namer, snapshot: Snapshot, now: datetime) -> Iterator[Reason]:
    """The rule of every persona, in the order in which they are asked: the first that fits is taken."""
    for persona in namer.playbook.personas.personas:
        name = namer.persona(persona.id)
        if persona.when is None:
            yield Reason(f"{name}: everybody else")
        else:
            yield _asked(f"{name}: {spoken(persona.when, namer)}", persona.when, namer, snapshot, now)


def aside_from(namer: Namer, snapshot: Snapshot) -> list[str]:
    """What somebody is kept aside from, in words: all journeys, or the names of some."""
    kept = [of for of, aside in snapshot.facts.aside.items() if aside]
    return ["all journeys"] if "" in kept else [namer.journey(of) for of in kept]


def _asked(says: str, condition: Question, namer: Namer, snapshot: Snapshot, now: datetime) -> Reason:
    seen = snapshot._replace(segments=namer.playbook.segments)
    return Reason(says, condition.words(seen, now), condition.glance(seen, now)[0])


def spoken(condition: Question, namer: Namer) -> str:
    """Say a condition as staff do."""
    return rule(_tree(condition.model_dump(by_alias=True, exclude_unset=True)), namer)


def _tree(value: Any) -> Any:
    """The same as it would be written: spans of time in words."""
    if isinstance(value, timedelta):
        return in_words(value)
    if isinstance(value, Mapping):
        return {key: _tree(one) for key, one in value.items()}
    return [_tree(one) for one in value] if isinstance(value, list | tuple) else value
