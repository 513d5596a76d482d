"""Seals: the chain over the audit, by which anybody can see that nothing in it was rewritten or taken out.

Acts are chained after they are written, so that nobody who acts waits for another.  Each link names the link before it
by its hash: whoever changes an act must change every later link, and the last one may have been kept elsewhere.
"""

import json
from hashlib import sha256
from typing import Any, NamedTuple

from nurture.store.bulk import among, tell
from nurture.store.transaction import Session

NOTHING = "0" * 64  # stands before the first link
AT_ONCE = 1_000
ACT = "a.id, a.at, a.actor, a.act, a.subject, a.before, a.after"


class Head(NamedTuple):
    """The last link of the chain: how many there are, and its hash."""

    seq: int = 0
    hash: str = NOTHING


class Broken(Exception):
    """The chain does not hold; the message says where, and what is wrong there."""


def head(session: Session) -> Head:
    """Give the last link, or what stands before the first one."""
    rows = session.rows("SELECT seq, hash FROM audit_seals ORDER BY seq DESC LIMIT 1")
    return Head(*rows[0]) if rows else Head()


def waiting(session: Session) -> int:
    """Count the acts that stand in no chain yet."""
    ((number,),) = session.rows("SELECT count(*) FROM audit_unsealed")
    return int(number)


def seal(session: Session) -> int:
    """Chain some of the acts that wait for it, in the order of their ids; returns how many."""
    if session.dialect == "postgresql":
        session.run("LOCK TABLE audit_seals IN EXCLUSIVE MODE")  # one at a time; whoever acts or reads does not wait
    found = session.rows(
        f"SELECT {ACT} FROM audit_unsealed u JOIN audit a ON a.id = u.audit_id ORDER BY a.id LIMIT :most",  # noqa: S608
        {"most": AT_ONCE},
    )
    last, links = head(session), []
    for act in found:
        content = _content(act)
        last = Head(last.seq + 1, _link(last, act, content))
        links.append({"seq": last.seq, "audit_id": act[0], "content": content, "hash": last.hash})
    tell(
        session,
        "INSERT INTO audit_seals (seq, audit_id, content, hash) VALUES (:seq, :audit_id, :content, :hash)",
        links,
    )
    where, bound = among(session, "audit_id", [act[0] for act in found])
    session.run(f"DELETE FROM audit_unsealed WHERE {where}", {"among": bound})  # noqa: S608
    return len(found)


def verify(session: Session, kept: Head | None = None) -> Head:
    """Go through the whole chain, and give its last link.  Raises Broken at the first that does not hold.

    kept: a last link of earlier, kept elsewhere; it must be in there still.
    """
    erased = {row[0] for row in session.rows("SELECT subject FROM audit WHERE act = 'erase'")}
    last = Head()
    while links := _links_after(session, last.seq):
        for seq, hashed, content, act in links:
            if seq != last.seq + 1:
                raise Broken(f"link {last.seq + 1} is missing")
            if act[0] is None:
                raise Broken(f"the act of link {seq} was taken out")
            emptied = act[5] is None and act[6] is None and act[4] in erased
            if not emptied and _content(act) != content:
                raise Broken(f"what stood before or after in link {seq} ({act[0]}) was rewritten")
            if _link(last, act, content) != hashed:
                raise Broken(f"link {seq} ({act[0]}) was rewritten")
            last = Head(seq, hashed)
            if kept is not None and kept.seq == seq and kept.hash != hashed:
                raise Broken(f"link {seq} is not the one that was kept: the chain was made anew")
    if kept is not None and kept.seq > last.seq:
        raise Broken(f"link {kept.seq}, which was kept, is missing")
    stray = session.rows(
        "SELECT a.id FROM audit a WHERE NOT EXISTS (SELECT 1 FROM audit_seals s WHERE s.audit_id = a.id)"
        " AND NOT EXISTS (SELECT 1 FROM audit_unsealed u WHERE u.audit_id = a.id) ORDER BY a.id LIMIT 1"
    )
    if stray:
        raise Broken(f"the act {stray[0][0]} stands in no chain and waits for none")
    return last


def _links_after(session: Session, seq: int) -> list[tuple[int, str, str, tuple[Any, ...]]]:
    rows = session.rows(
        f"SELECT s.seq, s.hash, s.content, {ACT} FROM audit_seals s LEFT JOIN audit a ON a.id = s.audit_id"  # noqa: S608
        " WHERE s.seq > :seq ORDER BY s.seq LIMIT :most",
        {"seq": seq, "most": AT_ONCE},
    )
    return [(row[0], row[1], row[2], tuple(row[3:])) for row in rows]


def _content(act: tuple[Any, ...]) -> str:
    return _digest([act[5], act[6]])


def _link(before: Head, act: tuple[Any, ...], content: str) -> str:
    return _digest([before.hash, before.seq + 1, *act[:5], content])


def _digest(said: list[Any]) -> str:
    return sha256(json.dumps(said).encode()).hexdigest()
