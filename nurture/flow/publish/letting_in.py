"""Letting in: people outside who meet the entry of what was published, in batches, and no faster than was asked.

How far it has come, and how many came within the last hour, stands in the playbook's row: a crash forgets nothing.
"""

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from nurture.engine.decide import decide
from nurture.engine.journey import Version
from nurture.engine.learning import STARTED_BY_HAND
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Fact, Snapshot
from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import BY_PUBLISH, Cause, settle
from nurture.store import photographs, publishing
from nurture.store.session import Session

HOUR = timedelta(hours=1)
Body = Mapping[str, Any]
"""What a publish remembers: `lets_in`, its journeys; `entering`, past whom; `per_hour`; `let_in`, who came lately."""


def begin(journeys: Collection[str], per_hour: int | None) -> dict[str, Any]:
    """Say that people outside are to be let into these journeys, so many in any hour, or all at once."""
    return {"entering": "", "lets_in": [*journeys], "per_hour": per_hour}


def room(body: Body, now: datetime) -> int:
    """How many people may still come in now."""
    rate = body.get("per_hour")
    return sys.maxsize if rate is None else max(0, rate - sum(people for _, people in _lately(body, now)))


def _lately(body: Body, now: datetime) -> list[tuple[str, int]]:
    """List when people were let in within the hour before, and how many."""
    return [(at, people) for at, people in body.get("let_in", ()) if datetime.fromisoformat(at) > now - HOUR]


def go_on_letting_in(session: Session, ground: Ground, body: Body, limit: int, at: Moment) -> dict[str, Any]:
    """Look at the next people outside, let in who meet an entry, and give what is to be remembered."""
    playbook = ground.shelf.playbook(session)
    versions = [version for key in body["lets_in"] if (version := playbook.live(key)) is not None]
    ids = publishing.everybody(session, body["entering"], limit, open_stages(playbook, versions))
    photographs.lock(session, ids)
    taken = photographs.photographs(session, ids)
    pins = {(walk.shape, walk.revision) for one in taken.values() for walk in one.snapshot.enrollments}
    whole, most = ground.shelf.whole(session, pins), room(body, at.now)
    last, causes = body["entering"], dict[str, Cause]()
    for key in ids:
        if len(causes) == most:
            break
        if key in taken and (facts := let_in(whole, taken[key].snapshot, versions, at.now)):
            causes[key] = Cause(BY_PUBLISH, facts)
        last = key
    if not ids:
        return _ended(body)
    if not causes:
        return {**body, "entering": last}
    settle(session, ground, causes, at, locked=True)
    return {**body, "entering": last, "let_in": [*_lately(body, at.now), (at.now.isoformat(), len(causes))]}


def end_letting_in(session: Session, journeys: Collection[str]) -> None:
    """Let nobody into these journeys any more by an earlier publish: a newer one decides about its own."""
    for found in publishing.underway(session):
        if "entering" in found.body and not {*found.body["lets_in"]}.isdisjoint(journeys):
            publishing.take_up(session, found.revision)
            published = publishing.publication(session, found.revision)
            assert published is not None
            left = [key for key in published.body["lets_in"] if key not in journeys]
            body = {**published.body, "lets_in": left} if left else _ended(published.body)
            publishing.remember(session, found.revision, body)


def _ended(body: Body) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "entering"}


def let_in(playbook: Playbook, snapshot: Snapshot, versions: Sequence[Version], now: datetime) -> tuple[Fact, ...]:
    """Find which of these journeys somebody outside would enter if staff let them: the facts that do so."""
    asked = {version.journey.id for version in versions if enterable(version)}
    asked -= {one.journey for one in snapshot.enrollments}
    facts = {key: Fact(STARTED_BY_HAND, now, {"journey": key}) for key in sorted(asked)}
    try:
        decision = decide(playbook, snapshot._replace(news=tuple(facts.values())), now)
    except Exception:  # noqa: BLE001 - whoever cannot be decided enters nothing; settle sets them aside by and by
        return ()
    entered = {note.journey for note in decision.notes if note.do == "entered"}
    return tuple(fact for key, fact in facts.items() if key in entered)


def enterable(version: Version) -> bool:
    """Whether people outside can meet the entry of a journey; what is written once is started by hand alone."""
    return version.journey.enter is not None and not version.entry.once


def open_stages(playbook: Playbook, versions: Sequence[Version]) -> list[str]:
    """List the stages in which any of these may be entered."""
    return list(_stages(playbook, [version for version in versions if enterable(version)]))


def _stages(playbook: Playbook, versions: Sequence[Version]) -> Iterator[str]:
    for stage in playbook.lifecycle.stages:
        if any(version.allows(stage.id, playbook.finals) for version in versions):
            yield stage.id
