"""Errands: long work in batches, each its own transactions, between which it can be stopped, and gone on with.

What kinds of work there are is told from outside: a name, and one function that does one batch of it.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import structlog

from nurture.flow.ground import Ground, Moment
from nurture.store import audit
from nurture.store import errands as store
from nurture.store.errands import Errand
from nurture.store.session import Session, Unavailable

log = structlog.get_logger()

LEASE = timedelta(minutes=5)  # real time; a batch takes seconds, and whoever is gone for longer is replaced


class Batch(NamedTuple):
    """What one batch has done.  result: all that came of the errand so far, and from where to go on.

    done: how many are done in all.  over: nothing is left to do.  total: of how many, None for as before.
    """

    done: int
    result: Mapping[str, Any]
    over: bool
    total: int | None = None


Work = Callable[[Ground, Errand, Moment], Batch]
"""Does one batch of an errand.  The same batch may be done again after a crash, and must change nothing twice."""


class Kind(NamedTuple):
    """One kind of errand.  word: what staff call it.  link: where its outcome is seen, '' for its own page alone."""

    word: str
    work: Work
    link: str = ""


Kinds = Mapping[str, Kind]


def ask(
    ground: Ground,
    kind: str,
    asked: Mapping[str, Any],
    actor: str,
    at: Moment,
    *,
    total: int | None = None,
    result: Mapping[str, Any] | None = None,
    prepared: bool = False,
) -> str:
    """Have something done, and give the id it is found by; audited unless it is only prepared."""

    def act(session: Session) -> str:
        errand_id = store.ask(session, kind, asked, actor, at.machine, total=total, result=result, prepared=prepared)
        if not prepared:
            _tell(session, kind, errand_id, asked, total, actor, at)
        return errand_id

    return ground.sessions.write(act)


def begin(ground: Ground, errand_id: str, actor: str, at: Moment) -> bool:
    """Let what was prepared begin, or what was stopped go on; audited.  False where it runs, or is over."""

    def act(session: Session) -> bool:
        found = store.find(session, errand_id, whole=True)
        if found is None or not store.begin(session, errand_id):
            return False
        _tell(session, found.kind, errand_id, found.asked, found.total, actor, at)
        return True

    return ground.sessions.write(act)


def stop(ground: Ground, errand_id: str, actor: str, at: Moment) -> bool:
    """Stop after the batch that is being done; what is done stays done.  False where it was over already; audited."""

    def act(session: Session) -> bool:
        stopped = store.stop(session, errand_id)
        if stopped:
            audit.record(session, at.now, actor, "stop errand", errand_id)
        return stopped

    return ground.sessions.write(act)


def _tell(
    session: Session, kind: str, errand_id: str, asked: Mapping[str, Any], total: int | None, actor: str, at: Moment
) -> None:
    short = {name: value for name, value in asked.items() if name not in ("ids", "rows")}
    audit.record(session, at.now, actor, f"errand {kind}", errand_id, None, {**short, "total": total})


def run(ground: Ground, kinds: Kinds, at: Moment, errand_id: str = "") -> bool:
    """Do one batch of the errand that has waited longest.  False where none waits.

    errand_id: of this one or none.  An errand that fails says why, and holds up no other.
    """
    with ground.sessions.read() as session:
        if not store.any_waits(session, at.machine):
            return False
    errand = ground.sessions.write(lambda session: store.claim(session, at.machine, at.machine + LEASE, errand_id))
    if errand is None:
        return False
    try:
        kind = kinds[errand.kind]
        batch = kind.work(ground, errand, at)
    except Unavailable:
        raise  # the database is away, not the errand at fault: it is taken up again when its lease has passed
    except Exception as error:
        log.exception("an errand failed", errand=errand.id, kind=errand.kind)
        because = f"{type(error).__name__}: {error}"[:500]
        failed = {**errand.result, "failed": because}
        ground.sessions.write(lambda session: store.end(session, errand, "failed", failed, at.machine))
        return True
    ground.sessions.write(lambda session: _write_down(session, errand, batch, at))
    return True


def _write_down(session: Session, errand: Errand, batch: Batch, at: Moment) -> None:
    total = batch.total if batch.total is not None else errand.total
    if store.record(session, errand, batch.done, total, batch.result) and batch.over:
        store.end(session, errand, "done", batch.result, at.machine)
