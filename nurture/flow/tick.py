"""Tick: whatever has become due is settled.  The clock's beat does nothing else."""

from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import BY_PUBLISH, BY_TIME, Cause, settle
from nurture.store import claims
from nurture.store.session import Session

BATCH = {"sqlite": 100, "postgresql": 500}  # on SQLite small, so that a webhook never waits behind a wave


def tick(ground: Ground, at: Moment) -> int:
    """Settle one batch of customers whose moment has come.  Returns how many were due: 0 when there is nothing left."""

    def act(session: Session) -> int:
        due = claims.due(session, at.now, BATCH[session.dialect])
        if due:
            settle(session, ground, dict.fromkeys(due, BY_TIME), at, locked=True)
        return len(due)

    if not any_due(ground, at):
        return 0
    return ground.sessions.write(act)


def any_due(ground: Ground, at: Moment) -> bool:
    """Whether anybody is due: one look at an index, without a write."""
    with ground.sessions.read() as session:
        return claims.oldest_due(session, at.now) is not None


def catch_up(ground: Ground, at: Moment) -> int:
    """Settle one batch of customers who were last settled under an older playbook.  Returns how many: 0 at the end.

    Nobody enters a journey by this alone, but rules that rest on time must be asked anew.
    """

    def act(session: Session) -> int:
        behind = claims.behind(session, ground.shelf.playbook(session).revision, BATCH[session.dialect])
        settle(session, ground, dict.fromkeys(behind, Cause(BY_PUBLISH)), at, locked=True)
        return len(behind)

    with ground.sessions.read() as session:
        if not claims.any_behind(session, ground.shelf.playbook(session).revision):
            return 0
    return ground.sessions.write(act)
