"""Sealing: what staff and programs did is chained, so that a later change to it can be seen."""

from structlog import get_logger

from nurture.flow.ground import Ground
from nurture.store import seals
from nurture.store.session import Session

log = get_logger()


def seal(ground: Ground) -> int:
    """Chain the acts that stand in no chain yet; returns how many.  The last link is logged: keep it elsewhere."""
    with ground.sessions.read() as session:
        if not seals.waiting(session):
            return 0

    def act(session: Session) -> tuple[int, seals.Head]:
        return seals.seal(session), seals.head(session)

    number, head = ground.sessions.write(act)
    if number:
        log.info("the audit is sealed", seq=head.seq, hash=head.hash)
    return number
