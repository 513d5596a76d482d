"""Erasing: a person is forgotten, and never written to again; before that, what is held can be handed to them."""

from typing import Any

from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import wait_for_outcomes
from nurture.store import audit, holdings, messages, photographs, suppressions
from nurture.store.session import Session


def hand_out(ground: Ground, customer_id: str, actor: str, at: Moment) -> dict[str, list[dict[str, Any]]]:
    """Give all that is held about a customer; audited.  Nothing where there is nobody."""

    def tell(session: Session) -> None:
        audit.record(session, at.now, actor, "export data", customer_id)

    with ground.sessions.read() as session:
        found = holdings.everything(session, customer_id)
    if found:
        ground.sessions.write(tell)
    return found


def erase(ground: Ground, customer_id: str, because: str, actor: str, at: Moment) -> list[str] | None:
    """Forget a customer for good, and write to their address no more; audited.  None where there is nobody.

    Only a seal of the address stays, so that it is not written to by mistake.  Returns the ids of the letters they
    were sent, whose copies are the caller's to remove.  Raises StillSending while one is on its way: nothing is
    forgotten yet, though no other will go.
    """

    def close(session: Session) -> list[str] | None:
        seal = holdings.sealed_address(session, customer_id)
        if seal is None:
            return None
        photographs.lock(session, [customer_id])
        suppressions.suppress(session, seal, suppressions.ALL, "erased", at.now)
        messages.cancel(session, [customer_id], None, "cancelled: they were erased")
        return messages.handing(session, [customer_id])

    def act(session: Session) -> list[str]:
        photographs.lock(session, [customer_id])
        letters = holdings.forget(session, customer_id)
        audit.record(session, at.now, actor, "erase", customer_id, None, {"because": because})
        return letters

    leaving = ground.sessions.write(close)
    if leaving is None:
        return None
    wait_for_outcomes(ground, leaving)
    return ground.sessions.write(act)
