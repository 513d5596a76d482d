"""What the installation remembers of itself: the life clock's anchor, a hold on all sending, a clock gone wrong."""

from datetime import datetime
from typing import NamedTuple

from nurture.store.session import Session

HOLD = "hold"  # under this name: since when all sending is held
CLOCK = "clock fault"  # whose clock cannot be trusted; until it can, nothing goes out
RIGHT = "clock right"  # the last moment of machine time that was right


class Fault(NamedTuple):
    """The clock of one machine cannot be trusted.  since: its own time when that was seen."""

    host: str
    since: datetime
    because: str


def fault(kept: str | None) -> Fault | None:
    """Read what is kept under CLOCK."""
    if kept is None:
        return None
    host, since, because = kept.split("|", 2)
    return Fault(host, datetime.fromisoformat(since), because)


def distrust(session: Session, one: Fault) -> Fault:
    """Keep a fault of a clock, unless one is kept already; returns the one that is kept."""
    kept = recall_or(session, CLOCK, f"{one.host}|{one.since.isoformat()}|{one.because}")
    return fault(kept) or one


def trust(session: Session) -> bool:
    """Forget whatever was wrong with a clock.  False where nothing was."""
    if recall(session, CLOCK) is None:
        return False
    forget(session, CLOCK)
    forget(session, RIGHT)
    return True


def held(session: Session) -> bool:
    """Whether nothing may go out, because somebody said so or a clock is wrong: one short question."""
    return bool(session.rows("SELECT 1 FROM house WHERE name IN (:hold, :clock)", {"hold": HOLD, "clock": CLOCK}))


def clock(session: Session) -> tuple[Fault | None, datetime | None]:
    """Say by one question what is wrong with a clock, and the last moment that was right."""
    names = {"clock": CLOCK, "right": RIGHT}
    kept = {
        str(name): str(value)
        for name, value in session.rows("SELECT name, value FROM house WHERE name IN (:clock, :right)", names)
    }
    right = kept.get(RIGHT)
    return fault(kept.get(CLOCK)), None if right is None else datetime.fromisoformat(right)


def remember(session: Session, name: str, value: str) -> None:
    """Keep a value under a name, in place of what stood there."""
    session.run(
        "INSERT INTO house (name, value) VALUES (:name, :value)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        {"name": name, "value": value},
    )


def recall(session: Session, name: str) -> str | None:
    """Say what is kept under a name; None where nothing is."""
    found = session.rows("SELECT value FROM house WHERE name = :name", {"name": name})
    return found[0][0] if found else None


def recall_or(session: Session, name: str, value: str) -> str:
    """Keep the value unless one is kept already, and return the one that is kept: the first wins for ever."""
    session.run(
        "INSERT INTO house (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING",
        {"name": name, "value": value},
    )
    kept = recall(session, name)
    return value if kept is None else kept


def forget(session: Session, name: str) -> None:
    """Keep nothing under a name any more."""
    session.run("DELETE FROM house WHERE name = :name", {"name": name})
