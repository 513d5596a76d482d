"""Holding: nothing goes out to them and time decides nothing about them, until somebody releases them."""

from datetime import timedelta

from nurture.engine.learning import HELD_BY_HAND, RELEASED_BY_HAND
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Fact, Snapshot
from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import wait_for_outcomes
from nurture.flow.steering.acting import Refused, said_by, taken, tell
from nurture.store import audit, messages, tasks
from nurture.store.session import Session
from nurture.store.tasks import ByHand

DUE = timedelta(days=1)  # from a take-over until somebody should have done what it was for


def hold(ground: Ground, customer_id: str, actor: str, because: str, at: Moment) -> bool:
    """Hold somebody: facts are heard, no step acts, no letter leaves.  False where they were held already.

    Once this has returned, nothing is handed over to them until they are released.
    Raises Refused, and StillSending where a letter that was on its way is still without an answer.
    """
    said = said_by(actor, because)

    def act(session: Session) -> tuple[bool, list[str]]:
        held = _hold(session, ground, taken(session, customer_id, steerable=False), said, actor, because, at)
        return held, messages.handing(session, [customer_id])

    held, handing = ground.sessions.write(act)
    wait_for_outcomes(ground, handing)
    return held


def _hold(session: Session, ground: Ground, them: Snapshot, said: str, actor: str, because: str, at: Moment) -> bool:
    if them.customer.held_at is not None:
        return False
    fact = Fact(HELD_BY_HAND, at.now, {"because": said})
    tell(session, ground, them.customer.id, fact, actor, "hold", {"because": because}, at)
    return True


def release(ground: Ground, customer_id: str, actor: str, because: str, at: Moment) -> bool:
    """Let somebody go on where they were, as if time had stood still.  False where nobody held them.

    Raises Refused.
    """
    said = said_by(actor, because)

    def act(session: Session) -> bool:
        them = taken(session, customer_id, steerable=False).customer
        if them.held_at is None:
            return False
        messages.go_on(session, customer_id, them.hold, at.now - them.held_at, at.now)
        fact = Fact(RELEASED_BY_HAND, at.now, {"because": said})
        tell(session, ground, customer_id, fact, actor, "release", {"because": because}, at)
        return True

    return ground.sessions.write(act)


def take_over(
    ground: Ground,
    customer_id: str,
    actor: str,
    because: str,
    at: Moment,
    *,
    owner: str | None = None,
    mine: bool = True,
) -> str:
    """Hold somebody and open a care task: for an owner of the policy, or else for its author.  Returns the task's id.

    because: the task's brief.  mine: False where its author is a program: without an owner it is anybody's.
    Asked for again while it is open, the task stays, and they are held again.
    Raises Refused where somebody else has taken them over, or there is no such owner; StillSending as `hold` does.
    """
    said = said_by(actor, because)

    def act(session: Session) -> tuple[str, list[str]]:
        them = taken(session, customer_id, steerable=False)
        asked = _asked(ground.shelf.playbook(session), actor if mine else None, owner)
        task = tasks.by_hand(session, customer_id)
        if task is not None and (task.claimed_by, task.owner) != (asked.claimed_by, asked.owner):
            raise Refused(f"they are taken over already, {task.because}")
        _hold(session, ground, them, said, actor, because, at)
        if task is not None:
            return task.id, messages.handing(session, [customer_id])
        written = asked._replace(persona=them.customer.persona, because=f"taken over {said}")
        task_id = tasks.open_by_hand(session, customer_id, written, at.now, at.now + DUE)
        audit.record(session, at.now, actor, "take over", customer_id, None, {"because": because, "owner": owner})
        return task_id, messages.handing(session, [customer_id])

    task_id, handing = ground.sessions.write(act)
    wait_for_outcomes(ground, handing)
    return task_id


def _asked(playbook: Playbook, actor: str | None, owner: str | None) -> ByHand:
    """Say whose task it becomes: the owner's who is named, or else its author's, who has taken it by that.

    Raises Refused.
    """
    owners = {one.id: one.email for one in playbook.policy.owners}
    if owner is not None:
        if owner not in owners:
            raise Refused(f"there is no owner {owner!r}; the policy names {', '.join(owners) or 'nobody'}")
        return ByHand(owner=owner, claimed_by=None)
    own = next((key for key, email in owners.items() if actor and email.casefold() == actor.casefold()), None)
    return ByHand(owner=own, claimed_by=actor)
