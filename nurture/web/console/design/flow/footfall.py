"""What cards tell about the people who walked a journey: how many went on or left early, or where one of them went."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from nurture.store import customers, results, walkers
from nurture.store.results import Entered, Trodden
from nurture.store.session import Session
from nurture.store.walkers import Trace, Walker
from nurture.web.console.design.flow.cards import Card, Lane

LATEST = 500  # who entered last: the cards are counted anew with every field that saves itself


class Footfall(NamedTuple):
    """How many came through.  trodden: over the latest entries; of all: entered = here + finished + left."""

    trodden: Trodden
    entered: int
    here: int
    finished: int
    left: int

    def share(self, card: Card, lane: Lane) -> str:
        """How many of those whom a split told apart took this path: `31%`; '' where it told nobody apart."""
        if card.do != "split":
            return ""
        taken = self.trodden.paths
        all_ = sum(number for (step, _), number in taken.items() if step == card.id)
        return f"{taken.get((card.id, str(int(lane.part[1]) + 1)), 0) / all_:.0%}" if all_ else ""


class Trail(NamedTuple):
    """Where somebody went, the time they entered last.

    journey: under whose name they walked.
    """

    walker: Walker
    journey: str
    traces: Mapping[str, Trace]

    @property
    def shape(self) -> str:
        """Whose steps they walked; another journey's where a variant was theirs."""
        return self.walker.shape

    def at(self, card: Card) -> str:
        """How it stands with one step: here, passed, or missed."""
        if card.id == self.walker.step:
            return "here"
        return "passed" if card.id in self.traces else "missed"


def footfall(session: Session, key: str) -> Footfall:
    """Count everybody who ever entered a journey."""
    found = results.states(session, key)
    here, finished, left = (found.get(state, 0) for state in ("active", "finished", "left"))
    return Footfall(results.trodden(session, Entered(key), LATEST), here + finished + left, here, finished, left)


def trails(session: Session, journeys: Iterable[str], reference: str) -> list[Trail]:
    """Follow one customer, named by an id or by an address, through each of these journeys that they ever entered."""
    found = customers.find(session, f"email:{reference}" if "@" in reference else reference)
    if found is None:
        return []
    ways = ((journey, *walkers.way(session, found.id, journey)) for journey in journeys)
    return [Trail(walker, journey, traces) for journey, walker, traces in ways if walker]
