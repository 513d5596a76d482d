"""What comes next for one customer: where they stand, and what would happen if they did nothing more.

The second is not guessed: the engine that will decide is asked now, over invented time.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from nurture.engine.decision import Decision
from nurture.engine.playbook import Playbook
from nurture.engine.simulate import simulate
from nurture.engine.snapshot import Snapshot
from nurture.flow.ground import Ground
from nurture.store import photographs
from nurture.store.session import Session
from nurture.web.console.words import Namer, said

DAYS = 30
ROWS = 8


class Ahead(NamedTuple):
    """One thing that would happen.  do: letter, unsent, stage or ends."""

    at: datetime
    do: str
    title: str
    where: str
    because: str


def foreseen(
    ground: Ground, session: Session, customer_id: str, namer: Namer, now: datetime, *, live: bool = True
) -> tuple[Snapshot, list[Ahead]]:
    """Live on for 30 days in which the customer does nothing, and tell the first things that would happen.

    live: False gives the photograph alone, of somebody about whom nothing is decided.
    """
    snapshot = photographs.photographs(session, [customer_id])[customer_id].snapshot
    if not live:
        return snapshot, []
    playbook: Playbook = ground.shelf.whole(session, {(walk.shape, walk.revision) for walk in snapshot.enrollments})
    transcript = simulate(playbook, snapshot, now, DAYS)
    told = [row for at, decision in transcript.beats for row in _rows(at, decision, namer)]
    return snapshot, told[:ROWS]


def _rows(at: datetime, decision: Decision, namer: Namer) -> Iterator[Ahead]:
    for note in decision.notes:
        where = namer.journey(note.journey) if note.journey else ""
        match note.do:
            case "letter":
                yield Ahead(at, "letter", said(note.about or ""), where, note.because)
            case "skipped" | "withheld":
                yield Ahead(at, "unsent", said(note.about or ""), where, note.because)
            case "moved":
                yield Ahead(at, "stage", namer.stage(note.about or "").word.lower(), "", note.because)
            case "finished" | "left":
                yield Ahead(at, "ends", where, "", note.because)
