"""The trial's clock: extended, set to another end, paused and let go on, in effect before it is answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from nurture.engine.duration import LONGEST, parse_duration, write_duration
from nurture.engine.learning import TRIAL_CHANGED
from nurture.engine.snapshot import Customer
from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import Cause, settle, wait_for_outcomes
from nurture.store import audit, inbox, messages, photographs
from nurture.store.inbox import Told
from nurture.store.session import Session


class Unfit(ValueError):
    """The trial cannot be changed like that; the message says why."""


class Change(NamedTuple):
    """One change of a trial: longer by a span such as `7d`, another end, or a pause begun (True) or over (False)."""

    extend: str | None = None
    ends_at: datetime | None = None
    pause: bool | None = None

    @property
    def properties(self) -> Mapping[str, Any]:
        """What the fact says of it."""
        if self.extend is not None:
            return {"extend": self.extend}
        return {"ends_at": self.ends_at.isoformat()} if self.ends_at is not None else {"pause": self.pause}


def change(ground: Ground, customer_id: str, asked: Change, actor: str, at: Moment, delivery: str = "") -> None:
    """Change somebody's trial, and let everything that counts from its end plan itself anew; audited.

    delivery: the id under which a redelivery would come again; it then changes nothing more.
    Raises Unfit: then nothing has changed.  Raises StillSending where a letter leaves meanwhile that this outdates.
    """

    def act(session: Session) -> list[str]:
        photographs.lock(session, [customer_id])
        before = photographs.portraits(session, [customer_id])[customer_id].snapshot.customer
        _check(before, asked, at.now)
        once = f"{customer_id}|{delivery}" if delivery else ""
        told = Told("trial", once, TRIAL_CHANGED, at.now, asked.properties)
        if inbox.keep(session, told, customer_id, None, at.now):
            settle(session, ground, {customer_id: Cause(TRIAL_CHANGED, (told.fact,))}, at, locked=True)
            audit.record(session, at.now, actor, TRIAL_CHANGED, customer_id, _stood(before), dict(asked.properties))
        return messages.outdated(session, [customer_id])

    wait_for_outcomes(ground, ground.sessions.write(act))


def _check(customer: Customer, asked: Change, now: datetime) -> None:
    start, end = customer.trial_starts_at, customer.trial_ends_at
    if start is None or end is None:
        raise Unfit("they have no trial: it begins when they sign up")
    if asked.pause is not None:
        return
    if asked.ends_at is not None and asked.ends_at < start:
        raise Unfit(f"a trial cannot end before it began, on {start:%Y-%m-%d %H:%M} UTC")
    ends = asked.ends_at or end + parse_duration(asked.extend)
    if ends > now + LONGEST:
        raise Unfit(f"a trial ends within ten years ({write_duration(LONGEST)}) from now")


def _stood(customer: Customer) -> dict[str, str | None]:
    stood = {"ends_at": customer.trial_ends_at, "paused_at": customer.trial_paused_at}
    return {name: moment.isoformat() if moment else None for name, moment in stood.items()}
