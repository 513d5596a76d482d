"""Undoing: within ten minutes of a publish everything is as it was, before a letter it made due has gone out.

The earlier texts stand again, as a publish of their own, and what was a draft is one again; whoever it moved stands
where they stood, with as much left of a wait; its letters are taken back, to be asked for again in their time. Who has
moved on by themselves is named.
Whom it let in is outside again; who came in by themselves since then goes on in the version they came to.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from nurture.engine.decision import Note
from nurture.engine.snapshot import Touch, message_key
from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import BY_PUBLISH, BY_TIME
from nurture.store import accounts, audit, documents, drafts, messages, photographs, publishing, undoing, versions
from nurture.store.facts import write_facts
from nurture.store.publishing import GRACE, Name, Publication, Shift
from nurture.store.session import Conflict, Session
from nurture.store.undoing import Letter, Standing

BATCH = 500
BY_UNDO = "undo"
OURS = {BY_PUBLISH, BY_TIME.word}


class TooLate(Conflict):
    """This publish cannot be undone any more; roll back instead."""


class Undone(NamedTuple):
    """What an undo did.

    revision: the playbook that stands now.  restored: enrollments that stand as they stood.  ended: people who had
    been let in and are outside again.  letters: taken back.  moved_on: address and journey of those left as they are.
    """

    revision: int
    restored: int
    ended: int
    letters: int
    moved_on: tuple[tuple[str, str], ...]


def undo_publish(ground: Ground, revision: int, actor: str, at: Moment) -> Undone:
    """Take back the latest publish, within ten minutes.  Raises TooLate, and then nothing has changed."""
    return ground.sessions.write(lambda session: _undo(session, revision, actor, at))


def _undo(session: Session, revision: int, actor: str, at: Moment) -> Undone:
    publishing.take_up(session, revision)
    published = publishing.publication(session, revision)
    _check(session, revision, published, at)
    assert published is not None
    moved, newcomers = undoing.moved_ids(session, revision), _newcomers(session, published)
    photographs.lock(session, [*moved, *(one.customer_id for one in newcomers)])
    standing = _texts_back(session, published, actor, at)
    undone = Undone(standing, 0, 0, 0, ())
    for start in range(0, len(moved), BATCH):
        undone = _people_back(session, published, moved[start : start + BATCH], undone, at)
    undone = _newcomers_out(session, published, undone, at)
    publishing.mark_undone(session, revision, at.now)
    told = {"restored": undone.restored, "ended": undone.ended, "letters": undone.letters}
    left = {"moved_on": len(undone.moved_on)}
    audit.record(session, at.now, actor, "undo publish", f"playbook {revision}", None, {**told, **left})
    return undone


def _check(session: Session, revision: int, published: Publication | None, at: Moment) -> None:
    instead = "publish the earlier text again (roll back) instead"
    if published is None or "before" not in published.body:
        raise TooLate(f"playbook {revision} was not published in a way that can be undone; {instead}")
    if revision == 1:
        raise TooLate("nothing stood before the first publish")
    if published.undone_at is not None:
        raise TooLate(f"playbook {revision} was undone already")
    if documents.revision_number(session) != revision:
        raise TooLate(f"something else was published after playbook {revision}; {instead}")
    if at.now > published.published_at + GRACE:
        raise TooLate(f"playbook {revision} was published more than ten minutes ago; {instead}")


def _texts_back(session: Session, published: Publication, actor: str, at: Moment) -> int:
    before = {(kind, key): n for kind, key, n in published.body["before"]}
    note = f"undo of playbook {published.revision}"
    kept = {name: n for name, n in before.items() if n is not None}
    standing = documents.publish(session, kept, actor, note, at.now)
    for kind, key in (name for name, n in before.items() if n is None):
        standing = documents.archive(session, kind, key, actor, note, at.now)
    for kind, key, n in published.body.get("drafts", ()):
        drafts.take_up(session, kind, key, n)
    publishing.remember(session, standing, {"undoes": published.revision})
    return standing


def _people_back(session: Session, published: Publication, ids: Sequence[str], undone: Undone, at: Moment) -> Undone:
    """Have these people stand where they stood, but for those who have moved on since."""
    found = undoing.moved(session, published.revision, ids)
    gone = _gone_on(session, published, found)
    restored = [one for one in found if one.name not in gone]
    because = f"the publish of playbook {published.revision} was undone"
    called = versions.numbers(session, "journey", {one.before.shape for one in restored})
    publishing.shift(session, [_shift(one, because, called) for one in restored], BY_UNDO, at.now)
    waiting = [(one.customer_id, one.before) for one in restored if one.before.memory.get("step", {}).get("opened")]
    undoing.reopen(session, waiting, because)
    undoing.mark_put_back(session, published.revision, (one.name for one in restored), at.now)
    return undone._replace(
        restored=undone.restored + len(restored),
        letters=undone.letters + _take_back(session, published, restored),
        moved_on=(*undone.moved_on, *((one.email, one.before.journey) for one in found if one.name in gone)),
    )


def _gone_on(session: Session, published: Publication, found: Sequence[Standing]) -> set[Name]:
    """Find who has moved on by themselves, or to whom something was done that cannot be taken back."""
    ids, since = sorted({one.customer_id for one in found}), published.published_at
    final = undoing.done_since(session, ids, since)
    by_themselves = {
        (one.customer_id, journey)
        for one in undoing.decided_since(session, ids, since)
        if one.cause not in OURS
        for journey in one.journeys
    }
    return {
        one.name
        for one in found
        if not _same_place(one) and (one.name in final or (one.customer_id, one.before.journey) in by_themselves)
    }


def _same_place(one: Standing) -> bool:
    then, now = one.after, one.now
    return (then.revision, then.state, then.step, then.since) == (now.revision, now.state, now.step, now.since)


def _shift(one: Standing, because: str, called: Mapping[tuple[str, int], int]) -> Shift:
    number = called[one.before.shape, one.before.revision]
    where = f"stands at {one.before.step} of version {number} again"
    note = Note("changed", f"{because}: {where}", journey=one.before.journey, step=one.before.step)
    return Shift(one.customer_id, one.now, one.before, (note,))


def _take_back(session: Session, published: Publication, restored: Sequence[Standing]) -> int:
    """Cancel the letters that the publish asked for, and forget their touches.

    One asked for before somebody was moved, while the publish was still being checked, stays: they are past it.
    """
    acted, ids = {one.name: one.acted for one in restored}, sorted({one.customer_id for one in restored})
    queued = undoing.queued_since(session, ids, published.published_at)
    taken = [one for one in queued if one.name in acted and (one.step, one.pass_) not in acted[one.name]]
    undoing.take_back(session, [letter.id for letter in taken])
    _forget(session, taken)
    return len(taken)


def _forget(session: Session, taken: Iterable[Letter]) -> None:
    """Let the caps forget letters that were taken back: those of their customers, and those of their accounts."""
    keys: dict[str, set[str]] = {}
    for letter in taken:
        customer, journey, entry = letter.name
        keys.setdefault(customer, set()).add(message_key(journey, entry, letter.step, letter.pass_))
    pasts = accounts.pasts(session, sorted(keys))
    facts = {key: past.facts._replace(touches=_without(past.facts.touches, keys[key])) for key, past in pasts.items()}
    messages.put_facts(session, {key: write_facts(known) for key, known in facts.items()})
    shared = {f"{customer}|{key}" for customer, of_theirs in keys.items() for key in of_theirs}
    joined = {past.account_id: past.account for past in pasts.values() if past.account.shared}
    accounts.put(session, {id_: one._replace(touches=_without(one.touches, shared)) for id_, one in joined.items()})


def _without(touches: Iterable[Touch], keys: Collection[str]) -> tuple[Touch, ...]:
    return tuple(touch for touch in touches if touch.key not in keys)


def _newcomers(session: Session, published: Publication) -> list[Standing]:
    """List whom the publish let into its journeys, by its choice or by a journey's own text."""
    return undoing.let_in_since(session, published.body["versions"], published.published_at, BY_PUBLISH)


def _newcomers_out(session: Session, published: Publication, undone: Undone, at: Moment) -> Undone:
    """End what the publish let people into, and take back its letters; those of who is through already too."""
    found = _newcomers(session, published)  # once more, under their locks
    because = f"left: the publish of playbook {published.revision}, which let them in, was undone"
    shifts = []
    for one in (one for one in found if one.now.state == "active"):
        note = Note("left", because, journey=one.now.journey, step=one.now.step)
        ended = one.now._replace(state="left", step=None, due_at=None, because=because, ended_at=at.now, memory={})
        shifts.append(Shift(one.customer_id, one.now, ended, (note,)))
    publishing.shift(session, shifts, BY_UNDO, at.now)
    letters = _take_back(session, published, found)
    return undone._replace(ended=len(shifts), letters=undone.letters + letters)
