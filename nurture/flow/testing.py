"""Testing: a letter that staff send to themselves, as a customer would get it.  It counts nowhere."""

from collections.abc import Callable
from datetime import timedelta

from nurture.channels.email.letter import Letter
from nurture.channels.email.provider import Verdict
from nurture.flow.ground import Ground, Moment
from nurture.store import audit, house, suppressions
from nurture.store.session import Session

AN_HOUR = timedelta(hours=1)
MOST = 20  # test letters of one member of staff, an hour
ACT = "send test"

Carry = Callable[[Letter], Verdict]


class NotSent(Exception):
    """A test letter may not go; the message is a sentence for staff."""


def left(session: Session, actor: str, at: Moment) -> int:
    """Say how many test letters somebody may still send within this hour."""
    return max(0, MOST - audit.how_often(session, actor, ACT, at.machine - AN_HOUR))


def send_test(ground: Ground, carry: Carry, letter: Letter, topic: str, about: str, actor: str, at: Moment) -> Verdict:
    """Hand one letter over for somebody of ours to look at, and say what became of it; audited.

    topic: the letter's; about: what is tried, as in `email welcome`.  carry: the way out (parts).
    Raises NotSent where all sending is held, the address is suppressed, or this is the 21st within an hour.
    """
    told = {"send_id": letter.send_id, "to": letter.to_email}

    def allow(session: Session) -> None:
        if house.held(session):
            raise NotSent("all sending is paused; nothing was sent")
        if suppressions.reasons(session, ground.seals.email_hash(letter.to_email)).keys() & {"all", topic}:
            raise NotSent(f"we must not write to {letter.to_email}: the address is suppressed")
        if not left(session, actor, at):
            raise NotSent(f"you have sent {MOST} test letters within an hour; wait a little")
        audit.record(session, at.machine, actor, ACT, about, after=told)

    ground.sessions.write(allow)
    return carry(letter)
