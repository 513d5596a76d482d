"""What the news teaches: rings of moments, milestones, answers, signs of life."""

from collections.abc import Iterable
from typing import Any

from nurture.engine.decision import Reached
from nurture.engine.deliberation import Deliberation
from nurture.engine.playbook import ANY, Ring
from nurture.engine.snapshot import Answered, Fact

SIGNED_UP = "signed_up"
LEAD_CAPTURED = "lead_captured"
ANSWERED = "survey_answered"
UNSUBSCRIBED = "unsubscribed"

OURS = frozenset({SIGNED_UP, LEAD_CAPTURED, UNSUBSCRIBED})
"""Facts that are not the customer using the product: they start things, but are no sign of life."""


def learn(here: Deliberation) -> None:
    """Take in the news, in the order in which it happened."""
    for fact in sorted(here.snapshot.news, key=lambda fact: fact.at):
        if fact.name == SIGNED_UP:
            here.remember(stages={here.customer.stage: here.customer.stage_since})
        if fact.name == ANSWERED:
            _take_answer(here, fact)
        _count(here, fact)
        _reach(here, fact)


def sign_of_life(here: Deliberation, fact: Fact) -> bool:
    """Whether this shows the customer using the product, rather than ours or a farewell."""
    return fact.name not in OURS and fact.name not in here.playbook.farewells


def _count(here: Deliberation, fact: Fact) -> None:
    asked = list(here.playbook.rings.get(fact.name, ())) if fact.name != ANY else []
    facts = here.snapshot.facts
    if sign_of_life(here, fact):
        asked.extend(here.playbook.rings.get(ANY, ()))
        here.remember(last_seen=fact.at if facts.last_seen is None else max(facts.last_seen, fact.at))
    matching = [ring for ring in asked if ring.counts(fact.properties)]
    if matching:
        rings = dict(facts.rings)
        for ring in matching:
            rings[ring.key] = newest((*rings.get(ring.key, ()), fact.at), ring)
        here.remember(rings=rings)


def newest(moments: Iterable[Any], ring: Ring) -> tuple[Any, ...]:
    """Keep as many of the newest moments as the ring is deep, newest first."""
    return tuple(sorted(moments, reverse=True)[: ring.depth])


def _reach(here: Deliberation, fact: Fact) -> None:
    for milestone in here.playbook.wins.get(fact.name, ()):
        reached = here.snapshot.facts.milestones
        if milestone.id not in reached:
            here.remember(milestones={**reached, milestone.id: fact.at})
            here.milestones.append(Reached(milestone.id, fact.at, fact.name))
            here.note("milestone", fact.name, about=milestone.id)


def _take_answer(here: Deliberation, fact: Fact) -> None:
    survey = here.playbook.surveys.get(str(fact.properties.get("survey")))
    value = fact.properties.get("value")
    if survey is None or not isinstance(value, int | str):
        return
    facts = here.snapshot.facts
    here.remember(answers={**facts.answers, survey.id: Answered(fact.at, value)})
    here.note("answered", f"{survey.question} {value}", about=survey.id)
    if survey.sets:
        here.see(traits={**here.customer.traits, survey.sets: value})
