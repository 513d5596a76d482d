"""Everything that the page of a flow shows: the cards, the panel beside them, and what no scenario comes to."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from nurture.engine.playbook import Playbook
from nurture.engine.reach import reach
from nurture.engine.rehearsal import live
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store.inside import at_steps
from nurture.store.mailed import Mailed, mailed
from nurture.store.results import Entered
from nurture.web.console.design.desk import Desk, desk
from nurture.web.console.design.flow.around import picks_of
from nurture.web.console.design.flow.cards import Card, Flow, Said, read_flow
from nurture.web.console.design.flow.fields import TYPES, Input, Picks, inputs
from nurture.web.console.design.flow.footfall import LATEST, Footfall, Trail, footfall, trails
from nurture.web.console.words import Namer

LATELY = timedelta(days=30)
WRITE = frozenset({"email", "survey"})  # steps that send letters


class Reached(NamedTuple):
    """What saved scenarios come to.  unseen: steps that none of them comes to; nothing where there is no scenario."""

    scenarios: int
    unseen: frozenset[str]


class View(NamedTuple):
    """A journey's flow, laid out.  walked: the journey under whose name most stand at a step.

    bases: the journeys that take this one's shape for some people; theirs are the numbers, so it has no footfall.
    footfall, trail: None where nobody asked for them.  elsewhere: the trail of whoever walked another of its shapes.
    """

    desk: Desk
    flow: Flow
    namer: Namer
    picks: Picks
    reached: Reached
    walked: Mapping[str, str]
    bases: Sequence[str]
    footfall: Footfall | None
    trail: Trail | None
    elsewhere: Trail | None


class Panel(NamedTuple):
    """The form of one step.

    about: what its type says of itself; following: what happens next; first, last: of the whole journey.
    onward: the steps behind it on its own path.  lately: its letters to those who entered in the last 30 days.
    """

    card: Card
    fields: tuple[Input, ...]
    about: str
    following: Card | None
    first: bool
    last: bool
    onward: tuple[Card, ...]
    lately: Mailed | None

    @property
    def spans(self) -> list[tuple[str, str]]:
        """How much can be copied at once: the step alone, or those behind it too, each up to which one."""
        further = [(one.id, f"{n} steps, to {one.name}") for n, one in enumerate(self.onward, 2)]
        return [(self.card.id, "This step alone"), *further]


def view(parts: Parts, key: str, at: Moment, overlay: str = "", customer: str = "") -> View:
    """Lay out a journey's flow, with everybody's numbers or one customer's way; 404 where there is none."""
    laid = desk(parts, key, at)
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        bases = [version.journey.id for version in playbook.journeys if _walks(version.journey.variants, key)]
        standing = at_steps(session, key, [key, *bases])
        picks = picks_of(session, playbook)
        wins = {one.id for one in playbook.milestones.milestones if one.moment_of_truth}
        trodden = footfall(session, key, overlay, wins) if overlay and not bases else None
        followed = trails(session, [key, *bases], customer) if customer else []
    namer = Namer(laid.judged.playbook or playbook)
    reached = _reached(laid.judged.playbook, key)
    told = Said(namer, laid.advice, {step: number for step, (_, number) in standing.items()}, reached.unseen)
    flow = read_flow(key, laid.draft.text, told)
    walked = {step: journey for step, (journey, _) in standing.items()}
    here = next((one for one in followed if one.shape == key), None)
    elsewhere = followed[0] if followed and here is None else None
    return View(laid, flow, namer, picks, reached, walked, bases, trodden, here, elsewhere)


def _walks(variants: Collection[Any], key: str) -> bool:
    return any(variant.journey == key for variant in variants)


def _reached(playbook: Playbook | None, key: str) -> Reached:
    """Live every scenario of a journey, and see where none of them comes."""
    if playbook is None or playbook.live(key) is None:
        return Reached(0, frozenset())
    scenarios = [one for one in playbook.scenarios.values() if one.journey == key]
    missed: set[str] | None = None
    for scenario in scenarios:
        for one in reach(playbook, live(playbook, scenario).transcript, key):
            if one.journey == key:
                missed = set(one.missed) if missed is None else missed & set(one.missed)
    return Reached(len(scenarios), frozenset(missed or ()))


def panel(parts: Parts, view: View, step: str, at: Moment) -> Panel | None:
    """Make the form of a step; None where there is no such step."""
    card = view.flow.card(step)
    if card is None:
        return None
    with parts.ground.sessions.read() as session:
        lately = mailed(session, Entered(view.desk.key, at.now - LATELY), LATEST) if card.do in WRITE else {}
    kind = TYPES.get(card.do)
    about = " ".join((kind.__doc__ or "").split("\n\n")[0].split()) if kind is not None else ""
    first, last = (view.flow.cards[n].path == card.path for n in (0, -1))
    fields, onward = tuple(inputs(card.step, view.picks)), _onward(view.flow, card)
    return Panel(card, fields, about, _following(view.flow, card), first, last, onward, lately.get(step))


def _onward(flow: Flow, card: Card) -> tuple[Card, ...]:
    """The steps behind this one on its own path."""
    beside = [one for one in flow.every() if one.path[:-1] == card.path[:-1]]
    return tuple(beside[[one.id for one in beside].index(card.id) + 1 :])


def _following(flow: Flow, card: Card) -> Card | None:
    """The step behind this one; behind the last one of a path, that behind the step it is in."""
    by_path = {one.path: one for one in flow.every()}
    path = card.path
    while path:
        behind = by_path.get((*path[:-1], int(path[-1]) + 1))
        if behind is not None:
            return behind
        path = path[:-1]
        while path and path not in by_path:
            path = path[:-1]
        if path and by_path[path].do == "repeat":
            return by_path[path]
    return None
