"""What cards tell about the people who walked a journey: how many went on or left early, or where one of them went."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from nurture.store import customers, results, walkers
from nurture.store.mailed import Mailed, mailed
from nurture.store.results import Entered, Trodden, Won
from nurture.store.session import Session
from nurture.store.walkers import Trace, Walker
from nurture.web.console.design.flow.cards import Card, Lane

LATEST = 500  # who entered last: the cards are counted anew with every field that saves itself


OVERLAYS = {"": "Here now", "all": "Passed and left early", "win": "First win", "email": "Email"}
"""What the cards can tell of everybody, by the word in the address."""


class Footfall(NamedTuple):
    """How many came through.  trodden: over the latest entries; of all: entered = here + finished + left.

    won, mailed: by step, where the cards tell of first wins or of letters; else None.
    """

    trodden: Trodden
    entered: int
    here: int
    finished: int
    left: int
    won: Mapping[str, Won] | None
    mailed: Mapping[str, Mailed] | None

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


def footfall(session: Session, key: str, overlay: str, wins: Collection[str]) -> Footfall:
    """Count everybody who ever entered a journey.  wins: the milestones that are a first win."""
    found = results.states(session, key)
    here, finished, left = (found.get(state, 0) for state in ("active", "finished", "left"))
    trodden = results.trodden(session, Entered(key), LATEST)
    won = results.wins(session, trodden, wins) if overlay == "win" else None
    letters = mailed(session, Entered(key), LATEST) if overlay == "email" else None
    return Footfall(trodden, here + finished + left, here, finished, left, won, letters)


def trails(session: Session, journeys: Iterable[str], reference: str) -> list[Trail]:
    """Follow one customer, named by an id or by an address, through each of these journeys that they ever entered."""
    found = customers.find(session, f"email:{reference}" if "@" in reference else reference)
    if found is None:
        return []
    ways = ((journey, *walkers.way(session, found.id, journey)) for journey in journeys)
    return [Trail(walker, journey, traces) for journey, walker, traces in ways if walker]
