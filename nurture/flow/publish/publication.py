"""The publish itself: documents and people in one transaction; and going back to an earlier text by the same way."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nurture.engine.plan import KEEP, Misrouted, check_routes
from nurture.engine.playbook import Playbook
from nurture.engine.problem import Unsound, nearest
from nurture.flow.folder import read_folder
from nurture.flow.ground import Ground, Moment
from nurture.flow.publish import token as tokens
from nurture.flow.publish.drafting import Change, Draft, Name, draft
from nurture.flow.publish.letting_in import begin, end_letting_in
from nurture.flow.publish.moving import Choices, Move, Turns, move_batch
from nurture.store import documents, drafts, publishing
from nurture.store.session import Conflict, Session


def publish(
    ground: Ground,
    texts: Mapping[Name, str],
    actor: str,
    note: str,
    at: Moment,
    *,
    dry_run: bool = False,
    prune: bool = False,
    people: Choices | None = None,
) -> Change:
    """Publish these documents, over what stands, in one transaction.

    prune: archive the published documents that `texts` does not hold.  people: what becomes of them; without it
    everybody inside keeps their version.
    Raises Unsound, Misrouted, Stale where the choice's token no longer holds, or Conflict where somebody else
    published meanwhile; then nothing has changed.
    """
    with ground.sessions.read() as session:
        drafted = draft(session, texts, prune=prune)
    playbook = sound(drafted)
    choices = people or Choices(KEEP)
    check_choices(drafted, playbook, choices)
    if dry_run:
        return drafted.change
    return ground.sessions.write(lambda session: _publish(session, drafted, playbook, choices, actor, note, at))


def sound(drafted: Draft) -> Playbook:
    """Give the playbook that would stand.  Raises Unsound where it must not."""
    if drafted.playbook is None or any(problem.must_fix for problem in drafted.change.advice):
        raise Unsound(drafted.change.advice)
    return drafted.playbook


def check_choices(drafted: Draft, playbook: Playbook, choices: Choices) -> None:
    """Check that people are sent to steps, and cohorts are segments, that are there.  Raises Misrouted."""
    for key in choices.cohorts:
        if key not in playbook.segments:
            raise Misrouted(f"there is no segment {key!r}; {nearest(key, playbook.segments) or 'there is none at all'}")
    for key in drafted.journeys:
        check_routes(playbook.version(key, drafted.numbers["journey", key]), choices.of(key))


def _publish(
    session: Session,
    drafted: Draft,
    playbook: Playbook,
    choices: Choices,
    actor: str,
    note: str,
    at: Moment,
) -> Change:
    change = drafted.change
    publishing.take_up(session, change.revision)  # as an undo does, before anybody's account is locked
    if documents.revision_number(session) != change.revision:
        raise Conflict("somebody else has published meanwhile; look at what they did, then publish again")
    if choices.token is not None:
        tokens.check(session, drafted, choices.token)
    end_letting_in(session, drafted.journeys)
    written = drafts.numbers(session, drafted.texts)
    numbers = {
        (kind, key): documents.save(session, kind, key, text, actor, note, at.now)
        for (kind, key), text in drafted.texts.items()
    }
    if numbers != drafted.numbers:
        raise Conflict("somebody else has saved one of these meanwhile; look at what they did, then publish again")
    revision = documents.publish(session, numbers, actor, note, at.now)
    for kind, key in change.absent if drafted.prune else ():
        revision = documents.archive(session, kind, key, actor, note, at.now)
    if revision != change.revision:
        body = _moved(session, drafted, playbook, revision, choices, at)
        body["drafts"] = [(*name, n) for name, n in written.items() if n == numbers[name]]
        publishing.remember(session, revision, body)
    return change._replace(revision=revision)


def _moved(
    session: Session, drafted: Draft, playbook: Playbook, revision: int, choices: Choices, at: Moment
) -> dict[str, Any]:
    """Move people inside, as many as one transaction should, and say what is left to do."""
    versions = {key: drafted.numbers["journey", key] for key in drafted.journeys}
    body: dict[str, Any] = {
        "before": [(kind, key, n) for (kind, key), n in drafted.before.items()],
        "versions": versions,
        "people": choices.people,
        "reroute": {key: dict(routes) for key, routes in choices.reroute.items()},
        "cohorts": dict(choices.cohorts),
        "enter": choices.enter,
    }
    turns = Turns(at.now, choices.spread) if choices.spread else None
    if versions and choices.moves:
        moves = Move(revision, versions, choices, turns)
        last = move_batch(session, playbook, moves, "", choices.at_once, at)
        if session.dialect == "postgresql":
            body["moving"] = ""  # looked through once more: somebody may be entering the old version at this moment
        elif last is not None and publishing.inside(session, versions, last, 1):
            body["moving"] = last
    if turns is not None and choices.spread is not None:
        body |= {"spread": choices.spread.total_seconds(), "turns": turns.given}
    if versions and choices.enter:
        body |= begin(versions, choices.per_hour)
    return body


def rollback(
    ground: Ground,
    name: Name,
    revision: int,
    actor: str,
    note: str,
    at: Moment,
    *,
    people: Choices | None = None,
) -> Change:
    """Publish an earlier text of a document again.  Raises Missing for one that was never saved; else as publish."""
    with ground.sessions.read() as session:
        text = documents.text_of(session, *name, revision)
    return publish(ground, {name: text}, actor, note, at, people=people)


def publish_first(ground: Ground, root: Path, at: Moment) -> bool:
    """Publish the first-run playbook where nothing was ever published.  Returns whether it did."""
    with ground.sessions.read() as session:
        if documents.revision_number(session):
            return False
    publish(ground, read_folder(root), "nurture", "the first-run playbook", at)
    return True


def export_texts(ground: Ground) -> dict[Name, str]:
    """Give every published document's text, byte for byte as it was applied."""
    with ground.sessions.read() as session:
        return {name: text for name, (_, text) in documents.published(session)[1].items()}
