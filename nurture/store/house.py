"""What the installation remembers of itself: the life clock's anchor, a hold on all sending."""

from nurture.store.session import Session

HOLD = "hold"  # under this name: since when all sending is held


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
