"""Knowing: who of ours looks after somebody, and what staff write down about them.  Nothing is decided by either."""

from nurture.flow.ground import Ground, Moment
from nurture.flow.steering.acting import Refused
from nurture.store import audit, customers, notes, photographs
from nurture.store.session import Session

LONGEST_NOTE = 4_000  # characters of a note


def assign_owner(
    ground: Ground, customer_id: str, owner: str | None, actor: str, at: Moment, *, because: str = ""
) -> bool:
    """Say which owner of the policy looks after somebody; None for nobody.  Their next care tasks go there.

    False where it was so already.  Raises Refused for an owner there is not.
    """

    def act(session: Session) -> bool:
        photographs.lock(session, [customer_id])
        owners = [one.id for one in ground.shelf.playbook(session).policy.owners]
        if owner is not None and owner not in owners:
            raise Refused(f"there is no owner {owner!r}; the policy names {', '.join(owners) or 'nobody'}")
        before = photographs.portraits(session, [customer_id])[customer_id].snapshot.customer.owner
        if before == owner:
            return False
        customers.assign_owner(session, customer_id, owner)
        told = {"owner": owner, **({"because": because} if because else {})}
        audit.record(session, at.now, actor, "assign owner", customer_id, {"owner": before}, told)
        return True

    return ground.sessions.write(act)


def write_note(ground: Ground, customer_id: str, text: str, actor: str, at: Moment) -> str:
    """Write something down about somebody; audited.  Returns its id.  Raises Refused for nothing, and for a book."""
    written = text.strip()
    if not written:
        raise Refused("a note says something")
    if len(written) > LONGEST_NOTE:
        raise Refused(f"a note has at most {LONGEST_NOTE:,} characters")

    def act(session: Session) -> str:
        note_id = notes.add(session, customer_id, actor, written, at.now)
        audit.record(session, at.now, actor, "write note", note_id, None, {"customer": customer_id})
        return note_id

    return ground.sessions.write(act)
