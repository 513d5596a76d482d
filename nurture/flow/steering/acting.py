"""What every act of staff shares: a reason, a photograph under its lock, the fact that tells it, and its audit."""

from collections.abc import Mapping
from typing import Any

from nurture.engine.decide import decide
from nurture.engine.decision import Decision
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Fact, Snapshot
from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import Cause, settle
from nurture.store import audit, inbox, photographs
from nurture.store.inbox import Told
from nurture.store.session import Session

LONGEST = 500  # characters of a reason


class Refused(ValueError):
    """It cannot be done, and nothing has changed; the message says why."""


def said_by(actor: str, because: str) -> str:
    """Say who wants something and why.  Raises Refused where no reason is given, or far too long a one."""
    reason = " ".join(because.split())
    if not reason:
        raise Refused("say why: colleagues read it on the timeline")
    if len(reason) > LONGEST:
        raise Refused(f"say why in at most {LONGEST} characters")
    return f"by {actor}: {reason}"


def taken(session: Session, customer_id: str, *, steerable: bool = True) -> Snapshot:
    """Lock somebody and take their photograph.  Raises Refused where nothing can be decided about them."""
    photographs.lock(session, [customer_id])
    photograph = photographs.photographs(session, [customer_id])[customer_id]
    if steerable and photograph.failures:
        raise Refused("they are set aside after an error: nothing can be decided about them until that is mended")
    return photograph.snapshot


def foreseen(session: Session, ground: Ground, snapshot: Snapshot, fact: Fact, at: Moment) -> Decision:
    """Decide what would come of a fact, without doing it."""
    return decide(whole(session, ground, snapshot), snapshot._replace(news=(fact,)), at.now)


def whole(session: Session, ground: Ground, snapshot: Snapshot) -> Playbook:
    """Give the playbook with every version that they walk."""
    return ground.shelf.whole(session, {(one.shape, one.revision) for one in snapshot.enrollments})


def tell(
    session: Session,
    ground: Ground,
    customer_id: str,
    fact: Fact,
    actor: str,
    act: str,
    told: Mapping[str, Any],
    at: Moment,
) -> None:
    """Keep a fact about a locked customer, settle it, and write down who did what."""
    inbox.keep(session, Told("hand", "", fact.name, fact.at, fact.properties), customer_id, None, at.now)
    settle(session, ground, {customer_id: Cause(fact.name, (fact,))}, at, locked=True)
    audit.record(session, at.now, actor, act, customer_id, None, dict(told))
