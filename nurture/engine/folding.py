"""Folding: the stage follows from what happened, in the order in which it happened, however late we hear of it.

Every event that can move somebody is kept with its own moment, and so is every move that time or a condition made.
What arrives in order is applied at once. What arrives late is put in its own place and everything is folded anew; if
that leads to another stage, one correcting move is made. It changes what comes, and never takes back what went.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from nurture.engine.deliberation import Deliberation
from nurture.engine.learning import MOVED_BY_HAND, SIGNED_UP
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Fact, Stood, Trodden

MOST_KEPT = 40  # of what moved somebody; what is older is folded into where they stood then


class Standing(NamedTuple):
    """The stage somebody stands in, since when, and the stages they have been in since their last sign-up."""

    stage: str
    since: datetime
    been: Mapping[str, datetime]


def move_on_events(here: Deliberation) -> None:
    """Make the moves that the news asks for, each at its own moment."""
    for fact in sorted(here.snapshot.news, key=lambda fact: fact.at):
        if here.snapshot.newborn and fact.name == SIGNED_UP:  # it is what they begin with, and moves nobody
            here.remember(stages={here.customer.stage: here.customer.stage_since})
        elif fact.name in here.playbook.moves_on or fact.name in (MOVED_BY_HAND, SIGNED_UP):
            _take_in(here, Trodden(min(fact.at, here.now), fact.name, _named(here.playbook, fact)), fact)


def _named(playbook: Playbook, fact: Fact) -> str:
    """The stage that a fact itself names: a person of ours moved them there."""
    to = str(fact.properties.get("to", "")) if fact.name == MOVED_BY_HAND else ""
    return to if playbook.lifecycle.has(to) else ""


def _take_in(here: Deliberation, news: Trodden, fact: Fact) -> None:
    path = here.snapshot.facts.path
    if not path or news >= path[-1]:
        now = _stands(here)
        ahead = follow(here.playbook, now, [news])
        _keep(here, (*path, news))
        if ahead.stage != now.stage:
            here.turn(ahead.stage, ahead.since, str(fact.properties.get("because") or fact.name))
        here.remember(stages=dict(ahead.been))
        return
    _keep(here, tuple(sorted((*path, news))))
    origin = here.snapshot.facts.origin
    assert origin is not None
    stood = [Standing(*origin, {origin.stage: origin.at})]
    for one in here.snapshot.facts.path:
        stood.append(follow(here.playbook, stood[-1], [one]))
    folded = stood[-1]
    if not here.playbook.lifecycle.has(folded.stage):  # deleted since: nobody is put back into it
        return
    here.passed = tuple((one.stage, one.since) for one in stood)
    if folded.stage != here.customer.stage:
        here.turn(folded.stage, folded.since, f"a late fact, {news.event} of {news.at:%a %d %b %Y %H:%M} UTC")
    here.see(stage_since=folded.since)
    here.remember(stages=dict(folded.been))


def _stands(here: Deliberation) -> Standing:
    return Standing(here.customer.stage, here.customer.stage_since, here.snapshot.facts.stages)


def _keep(here: Deliberation, path: tuple[Trodden, ...]) -> None:
    """Keep what moved them; what is too old is folded into where they stood then."""
    origin = here.snapshot.facts.origin or Stood(here.customer.stage, here.customer.stage_since)
    if len(path) > MOST_KEPT:
        stood = follow(here.playbook, Standing(*origin, {}), path[:-MOST_KEPT])
        origin, path = Stood(stood.stage, stood.since), path[-MOST_KEPT:]
    here.remember(path=path, origin=origin)


def tread(here: Deliberation, to: str) -> None:
    """Remember a move that time or a condition makes now, before it is made."""
    if here.snapshot.facts.path or here.playbook.moves_on:
        _keep(here, (*here.snapshot.facts.path, Trodden(here.now, "", to, here.customer.stage)))


def follow(playbook: Playbook, standing: Standing, path: Sequence[Trodden]) -> Standing:
    """Follow a path from where somebody stood."""
    for one in path:
        to = _leads(playbook, standing.stage, one)
        been = {standing.stage: standing.since} if one.event == SIGNED_UP else standing.been
        if to != standing.stage:
            since = max(standing.since, one.at)
            standing = Standing(to, since, {**been, standing.stage: standing.since, to: since})
        elif been is not standing.been:
            standing = standing._replace(been=been)
    return standing


def _leads(playbook: Playbook, stage: str, one: Trodden) -> str:
    """Where one part of a path leads from a stage; the stage itself if it leads nowhere."""
    if one.event == MOVED_BY_HAND:
        return one.to or stage
    if not one.event:
        return one.to if one.from_ == stage else stage
    moves = playbook.moves_on.get(one.event, ())
    return next((move.to for move in moves if stage in move.from_ and move.to != stage), stage)
