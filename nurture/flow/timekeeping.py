"""Timekeeping: while this machine's clock cannot be trusted, nothing that rests on time is done, and nothing goes out.

A clock that is set is not a night in which nobody ran: after a night, lateness decides.  So the machine's time is held
against a second clock that nobody sets, and across restarts against the last moment at which it was right.  Facts
are taken in meanwhile; life time that runs faster is no fault, for all of this is machine time.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from nurture.flow.ground import Ground, Moment
from nurture.store import audit, house
from nurture.store.house import Fault
from nurture.store.session import Session

log = structlog.get_logger()

DRIFT = timedelta(seconds=120)  # beyond what any two clocks of one machine come to be apart by themselves
BACK = timedelta(seconds=5)  # behind the last moment that was right: more than a correction
NOTE_EVERY = timedelta(minutes=1)  # how often the last moment that was right is written down
ASK_EVERY_SECONDS = 60.0  # of the steady clock
WHO = "nurture"
SUBJECT = "what rests on time"


class Timekeeper:
    """Watches the clock of one process.

    Let go is a hold on the clock by an operator (`nurture resume`), by an independent clock that says the same, or by
    the clock itself when it stands right again.
    """

    def __init__(
        self, ground: Ground, host: str, steady: Callable[[], float], ask: Callable[[], datetime | None] = lambda: None
    ) -> None:
        """Take the two clocks.

        host: names this machine.  steady: seconds of a clock that nobody sets and that goes on in sleep.
        ask: what time an independent clock says it is, None where there is none.
        """
        self._ground, self._host, self._steady, self._ask = ground, host, steady, ask
        self._zero: datetime | None = None  # machine time when the steady clock stood at zero
        self._may_go = self._saw_wrong = False
        self._seen: Fault | None = None
        self._noted: datetime | None = None
        self._asked: float | None = None

    def trusts(self, machine: datetime) -> bool:
        """Whether this moment is right as far as is known; asks no database."""
        return self._may_go and self._jumped(machine) == timedelta()

    def look(self, at: Moment) -> bool:
        """Hold the clocks against each other, and hold or let go what rests on time.  Returns whether that may go on.

        One question to the database; a write once a minute, and when something changes.
        """
        with self._ground.sessions.read() as session:
            held, right = house.clock(session)
        if self._zero is None or (held is None and self._seen is not None and self._seen.host == self._host):
            self._take_as_right(at.machine)  # just begun, or somebody says that it is right
        because = self._wrong(at.machine, right)
        self._saw_wrong |= bool(because)
        if because and held is None:
            held = self._hold(Fault(self._host, at.machine, because), at)
        elif held is not None and held.host == self._host and self._is_right(at.machine, because):
            self._let_go(held, at)
            held, because = None, ""
        self._seen, self._may_go = held, held is None and not because
        if self._may_go:
            self._note(at.machine)
        return self._may_go

    def _take_as_right(self, machine: datetime) -> None:
        self._zero = machine - timedelta(seconds=self._steady())
        self._noted, self._saw_wrong = None, False

    def _jumped(self, machine: datetime) -> timedelta:
        """How far the clock was set since it was last taken as right; nothing where that is little."""
        if self._zero is None:
            return timedelta()
        jumped = machine - timedelta(seconds=self._steady()) - self._zero
        return jumped if abs(jumped) > DRIFT else timedelta()

    def _wrong(self, machine: datetime, right: datetime | None) -> str:
        if jumped := self._jumped(machine):
            return (
                f"the clock of {self._host} was set {'forward' if jumped > timedelta() else 'back'} by {_long(jumped)}"
            )
        if right is not None and machine < right - BACK:
            return f"the clock of {self._host} stands {_long(right - machine)} before a moment that was already past"
        return ""

    def _is_right(self, machine: datetime, because: str) -> bool:
        """Whether the clock of this machine can be trusted again: an independent one agrees, or it came back."""
        if self._saw_wrong and not because:
            return True
        if self._asked is not None and self._steady() - self._asked < ASK_EVERY_SECONDS:
            return False
        self._asked = self._steady()
        told = self._ask()
        return told is not None and abs(told - machine) <= DRIFT

    def _hold(self, fault: Fault, at: Moment) -> Fault:
        log.error("what rests on time is held until `nurture resume`", because=fault.because)

        def act(session: Session) -> Fault:
            audit.record(session, at.machine, WHO, "hold", SUBJECT, {"held": False}, _told(True, fault.because))
            return house.distrust(session, fault)

        return self._ground.sessions.write(act)

    def _let_go(self, was: Fault, at: Moment) -> None:
        log.warning("the clock is right again: what rests on time goes on", was=was.because)

        def act(session: Session) -> None:
            house.trust(session)
            audit.record(session, at.machine, WHO, "resume", SUBJECT, {"held": True}, _told(False, "it is right again"))

        self._ground.sessions.write(act)
        self._take_as_right(at.machine)

    def _note(self, machine: datetime) -> None:
        if self._noted is None or machine - self._noted >= NOTE_EVERY or machine < self._noted:
            self._ground.sessions.write(lambda session: house.remember(session, house.RIGHT, machine.isoformat()))
            self._noted = machine


def _told(held: bool, because: str) -> dict[str, object]:
    return {"held": held, "because": because}


def _long(span: timedelta) -> str:
    seconds = int(abs(span.total_seconds()))
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {word}{'s' * (count != 1)}"
    return f"{seconds} second{'s' * (seconds != 1)}"
