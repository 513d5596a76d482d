"""Recovery: a database that was set back to a backup is told what it forgot, before another letter leaves.

The journal lies outside the database and goes on where it stood.  What it says and the database does not know was
lost with a restore: those letters are never sent again, those stops stand again, and all sending is held until an
operator has looked.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

import structlog

from nurture.engine.learning import MOVED_BY_HAND
from nurture.flow.ground import Ground, Moment
from nurture.flow.judging import Ledger
from nurture.flow.settle import Cause, settle
from nurture.store import accounts, audit, holdings, house, inbox, messages, photographs, recovered
from nurture.store.facts import write_facts
from nurture.store.inbox import Told
from nurture.store.lines import Handed, Moved
from nurture.store.messages import Ending, Message
from nurture.store.recovered import Missing
from nurture.store.schema import moment
from nurture.store.session import Session

log = structlog.get_logger()

WHO = "nurture"
AT_ONCE = 100  # customers in one transaction
BECAUSE = "by hand: as it was before a backup was restored"
PLACE = "journal "  # in the house, before the journal's own id: up to which byte the database knows what it says


class Recovered(NamedTuple):
    """What a restored database was told: how many letters, stops, moves and erasures it did not know of."""

    letters: int
    stops: int
    moves: int
    erased: int


class Recovery:
    """Compares journal and database: once at the start, and whenever the database stands elsewhere than it was left."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._left_at: int | None = None

    def look(self, at: Moment) -> Recovered | None:
        """Note in the database how far the journal has come; where the database was set back, tell it first.

        A fixed number of questions; the lines are read at the start and after a restore alone.
        """
        journal, sessions = self._ground.sessions.journal, self._ground.sessions
        end = journal.size() if journal is not None else 0
        if journal is None or not end:
            return None
        name = PLACE + journal.name()
        with sessions.read() as session:
            kept = int(house.recall(session, name) or 0)
        if kept == self._left_at == end:
            return None
        told = None
        if kept != self._left_at:
            first = kept if kept <= end else 0
            lines = list(journal.lines(first, end))
            with sessions.read() as session:
                lost = recovered.missing(session, lines)
            told = recover(self._ground, lost, at) if any(lost) else None
        sessions.write(lambda session: house.remember(session, name, str(end)))
        self._left_at = end
        return told


def recover(ground: Ground, lost: Missing, at: Moment) -> Recovered:
    """Hold all sending, and bring back what was lost; audited."""
    told = Recovered(*(len(part) for part in lost))
    log.warning("the database was set back: all sending is held until `nurture resume`", **told._asdict())

    def act(session: Session) -> None:
        if house.recall(session, house.HOLD) is None:
            house.remember(session, house.HOLD, at.machine.isoformat())
        recovered.never_again(session, lost.letters)
        recovered.stop_again(session, lost.stops, WHO, at.now)
        _count(session, ground, lost.letters)
        audit.record(
            session, at.machine, WHO, "recover", "all sending", {"held": False}, {"held": True, **told._asdict()}
        )

    ground.sessions.write(act)
    for first in range(0, len(lost.moves), AT_ONCE):
        moves = lost.moves[first : first + AT_ONCE]
        ground.sessions.write(partial(_move, ground=ground, moves=moves, at=at))
    for gone in lost.erased:
        ground.sessions.write(partial(_forget, customer_id=gone.customer_id, now=at.now))
    return told


def _count(session: Session, ground: Ground, letters: Iterable[Handed]) -> None:
    """Have the caps count these letters, of those customers who are known."""
    ids = sorted({one.customer_id for one in letters})
    photographs.lock(session, ids)
    known = accounts.pasts(session, ids)
    endings = [
        Ending(_message(one), "unknown", "", handed_at=moment(one.at)) for one in letters if one.customer_id in known
    ]
    ledger = Ledger(ground.shelf.playbook(session), known, endings)
    messages.put_facts(session, {key: write_facts(found) for key, found in ledger.facts.items()})
    accounts.put(session, ledger.accounts)


def _message(line: Handed) -> Message:
    at = moment(line.at)
    return Message(
        *("", line.send_id, line.customer_id, line.journey, line.entry, line.step, line.pass_, "", line.topic),
        *(False, 0, 0, "unknown", at, at, line.attempt),
    )


def _move(session: Session, ground: Ground, moves: Sequence[Moved], at: Moment) -> None:
    """Put people into the stages that they were in; one that there is no more stays as it is."""
    ids = sorted(one.customer_id for one in moves)
    photographs.lock(session, ids)
    stood = {key: one.snapshot.customer.stage for key, one in photographs.portraits(session, ids).items()}
    known = {stage.id for stage in ground.shelf.playbook(session).lifecycle.stages}
    told = [
        (one.customer_id, Told("hand", "", MOVED_BY_HAND, at.now, {"to": one.to, "because": BECAUSE}))
        for one in moves
        if one.to in known and stood.get(one.customer_id, one.to) != one.to
    ]
    inbox.keep_all(session, told, at.now)
    causes = {customer_id: Cause(MOVED_BY_HAND, (one.fact,)) for customer_id, one in told}
    settle(session, ground, causes, at, locked=True)


def _forget(session: Session, customer_id: str, now: datetime) -> None:
    photographs.lock(session, [customer_id])
    holdings.forget(session, customer_id)
    audit.record(session, now, WHO, "erase", customer_id, None, {"because": "erased before a backup was restored"})
