"""Recovered: what the journal says against what stands in the database, and what is written where that was set back."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from nurture.store import suppressions
from nurture.store.bulk import among, tell
from nurture.store.lines import Erased, Handed, Lifted, Line, Moved, Suppressed
from nurture.store.schema import moment
from nurture.store.transaction import Session

Stop = Suppressed | Lifted


class Missing(NamedTuple):
    """What the journal says and the database does not know, each the last word on its matter."""

    letters: tuple[Handed, ...] = ()
    stops: tuple[Stop, ...] = ()
    moves: tuple[Moved, ...] = ()
    erased: tuple[Erased, ...] = ()


def missing(session: Session, lines: Iterable[Line]) -> Missing:
    """Compare lines of the journal with the database."""
    letters: dict[str, Handed] = {}
    stops: dict[tuple[str, str], Stop] = {}
    moves: dict[str, Moved] = {}
    erased: dict[str, Erased] = {}
    for line in lines:
        match line:
            case Handed():
                letters[line.send_id] = line
            case Suppressed() | Lifted():
                stops[line.email_hash, line.scope] = line
            case Moved():
                moves[line.customer_id] = line
            case Erased():
                erased[line.customer_id] = line
    return Missing(
        _letters(session, [one for one in letters.values() if one.customer_id not in erased]),
        _stops(session, stops.values()),
        _moves(session, [one for one in moves.values() if one.customer_id not in erased]),
        _still_here(session, erased.values()),
    )


def _letters(session: Session, lines: Sequence[Handed]) -> tuple[Handed, ...]:
    """Those of which the database knows fewer attempts, and that are not marked already."""
    where, bound = among(session, "send_id", [one.send_id for one in lines])
    rows = session.rows(
        f"SELECT send_id, attempt FROM messages WHERE {where}"  # noqa: S608
        f" UNION ALL SELECT send_id, {2**31 - 1} FROM handed WHERE {where}",
        {"among": bound},
    )
    known: dict[str, int] = {}
    for send_id, attempt in rows:
        known[send_id] = max(attempt, known.get(send_id, 0))
    return tuple(one for one in lines if known.get(one.send_id, 0) < one.attempt)


def _stops(session: Session, lines: Collection[Stop]) -> tuple[Stop, ...]:
    where, bound = among(session, "email_hash", {one.email_hash for one in lines})
    rows = session.rows(f"SELECT email_hash, scope, reason FROM suppressions WHERE {where}", {"among": bound})  # noqa: S608
    standing = {(email_hash, scope): reason for email_hash, scope, reason in rows}
    return tuple(one for one in lines if not _known(one, standing.get((one.email_hash, one.scope))))


def _known(line: Stop, reason: str | None) -> bool:
    """Whether a stop stands as the journal says; what a recipient could lift is not what a provider told."""
    if reason is None or isinstance(line, Lifted):
        return (reason is None) == isinstance(line, Lifted)
    theirs = f"{suppressions.RECIPIENT}: "
    return line.reason.startswith(theirs) or not reason.startswith(theirs)


def _moves(session: Session, lines: Sequence[Moved]) -> tuple[Moved, ...]:
    """Those of people who are known, and of whom that move is not."""
    where, bound = among(session, "customer_id", [one.customer_id for one in lines])
    rows = session.rows(
        f"SELECT customer_id, to_stage, at FROM stage_changes WHERE {where}",  # noqa: S608
        {"among": bound},
    )
    told, known = set(rows), {row[0] for row in rows}
    return tuple(one for one in lines if one.customer_id in known and tuple(one) not in told)


def _still_here(session: Session, lines: Collection[Erased]) -> tuple[Erased, ...]:
    where, bound = among(session, "id", [one.customer_id for one in lines])
    here = {row[0] for row in session.rows(f"SELECT id FROM customers WHERE {where}", {"among": bound})}  # noqa: S608
    return tuple(one for one in lines if one.customer_id in here)


def never_again(session: Session, letters: Sequence[Handed]) -> None:
    """Mark letters as handed over, so that whoever comes to their steps once more is not sent them again."""
    tell(
        session,
        "INSERT INTO handed (send_id, at) VALUES (:send_id, :at) ON CONFLICT (send_id) DO NOTHING",
        [{"send_id": one.send_id, "at": one.at} for one in letters],
    )


def handed(session: Session, send_ids: Iterable[str]) -> dict[str, datetime]:
    """Say which of these letters were handed over before a restore, and when: send id -> life time."""
    where, bound = among(session, "send_id", send_ids)
    return {
        send_id: moment(at)
        for send_id, at in session.rows(f"SELECT send_id, at FROM handed WHERE {where}", {"among": bound})  # noqa: S608
    }


def stop_again(session: Session, stops: Iterable[Stop], actor: str, now: datetime) -> None:
    """Bring the suppressions to what the journal says of them."""
    for one in stops:
        if isinstance(one, Suppressed) and one.scope == suppressions.ALL:
            suppressions.suppress_all(session, {one.email_hash: one.reason}, moment(one.at))
        elif isinstance(one, Suppressed):
            suppressions.suppress(session, one.email_hash, one.scope, one.reason, moment(one.at))
        else:
            suppressions.lift(session, one.email_hash, one.scope, actor, "it was lifted before the restore", now)
