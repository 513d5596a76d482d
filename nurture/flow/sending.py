"""Sending: all of it is held, or goes on; and whether it keeps up."""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from nurture.flow.ground import Ground, Moment
from nurture.store import audit, house, messages
from nurture.store.session import Session

LATE = timedelta(minutes=5)  # real time: a letter that could have gone that long ago is trouble


class Sending(NamedTuple):
    """How the post stands.  since: held since, or the longest waiting letter could have gone since; machine time.

    because: what is wrong with a clock, where that is why.
    """

    state: Literal["on", "held", "late"]
    since: datetime | None = None
    because: str = ""


def hold(ground: Ground, actor: str, at: Moment) -> bool:
    """Hold all sending, whatever machine or program would send.  False where it was held already; audited."""

    def act(session: Session) -> bool:
        if house.recall(session, house.HOLD) is not None:
            return False
        house.remember(session, house.HOLD, at.machine.isoformat())
        audit.record(session, at.machine, actor, "hold", "all sending", {"held": False}, {"held": True})
        return True

    return ground.sessions.write(act)


def resume(ground: Ground, actor: str, at: Moment) -> bool:
    """Go on sending; what is too late by then goes the way of its lateness.  False where nothing was held; audited.

    A clock that was not trusted is taken as right from now on.
    """

    def act(session: Session) -> bool:
        if not house.held(session):
            return False
        house.forget(session, house.HOLD)
        house.trust(session)
        audit.record(session, at.machine, actor, "resume", "all sending", {"held": True}, {"held": False})
        return True

    return ground.sessions.write(act)


def sending(session: Session, at: Moment) -> Sending:
    """Say how the post stands, by one short question."""
    held, clock, oldest = messages.held_or_oldest(session, at.machine)
    if held is not None:
        return Sending("held", _moment(held))
    if fault := house.fault(clock):
        return Sending("held", fault.since, fault.because)
    late = oldest is not None and at.machine - oldest > LATE
    return Sending("late", oldest) if late else Sending("on")


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # an older version wrote a word
        return None
