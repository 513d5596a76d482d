"""The audit: who did what, one row in the same transaction as the act itself."""

from datetime import datetime
from typing import Any, NamedTuple

import orjson

from nurture.store.ids import new_id
from nurture.store.schema import micros, moment
from nurture.store.transaction import Session


class Entry(NamedTuple):
    """One act of a person or a key. `before` and `after` are what JSON can say, None where nothing was said."""

    id: str
    at: datetime
    actor: str
    act: str
    subject: str
    before: Any
    after: Any


def record(
    session: Session, at: datetime, actor: str, act: str, subject: str, before: Any = None, after: Any = None
) -> None:
    """Write down an act of a person or a key; what the engine does by itself stands in its decisions.

    before, after: anything JSON can say; never a secret.
    """
    audit_id = new_id("aud", at)
    session.run(
        "INSERT INTO audit (id, at, actor, act, subject, before, after)"
        " VALUES (:id, :at, :actor, :act, :subject, :before, :after)",
        {
            "id": audit_id,
            "at": micros(at),
            "actor": actor,
            "act": act,
            "subject": subject,
            "before": _json(before),
            "after": _json(after),
        },
    )
    session.run("INSERT INTO audit_unsealed (audit_id) VALUES (:id)", {"id": audit_id})


def entries(
    session: Session,
    limit: int = 50,
    before_id: str | None = None,
    *,
    who: str = "",
    about: str = "",
    since: datetime | None = None,
) -> list[Entry]:
    """List the latest entries, newest first, or the latest of those that came before `before_id`.

    who: by this actor alone.  about: whose subject has this in it, or whose act.  since: not those before it.
    """
    chosen = ["id < :before"]  # every id begins with 'aud_'
    if who:
        chosen.append("actor = :who")
    if about:
        chosen.append("(subject LIKE :about ESCAPE '!' OR act LIKE :about ESCAPE '!')")
    if since is not None:
        chosen.append("at >= :since")
    found = session.rows(
        f"SELECT id, at, actor, act, subject, before, after FROM audit WHERE {' AND '.join(chosen)}"  # noqa: S608
        " ORDER BY id DESC LIMIT :limit",
        {
            "before": before_id or "b",
            "limit": limit,
            "who": who,
            "about": f"%{escaped(about)}%",
            "since": micros(since) if since is not None else 0,
        },
    )
    return [
        Entry(id_, moment(at), actor, act, subject, _value(old), _value(new))
        for id_, at, actor, act, subject, old, new in found
    ]


def actors(session: Session) -> list[str]:
    """Name everybody who is in the audit."""
    return [actor for (actor,) in session.rows("SELECT DISTINCT actor FROM audit ORDER BY actor")]


def how_often(session: Session, actor: str, act: str, since: datetime) -> int:
    """Count how often somebody did this since a moment: a look at the end of a key, however long the audit is."""
    found = session.rows(
        "SELECT COUNT(*) FROM audit WHERE id > :first AND actor = :actor AND act = :act",
        {"first": new_id("aud", since), "actor": actor, "act": act},
    )
    number: int = found[0][0]
    return number


def escaped(text: str) -> str:
    """Take what somebody types as it is: no sign in it stands for others."""
    return "".join(f"!{sign}" if sign in "%_!" else sign for sign in text)


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _value(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)
