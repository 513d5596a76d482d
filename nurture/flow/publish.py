"""Publish: from texts to a new immutable playbook, checked whole before anything changes.

People inside keep their version, or are moved to the new one where the publish says so.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from nurture.channels.email.compose import compile_email
from nurture.engine.playbook import Playbook, compile_playbook
from nurture.engine.problem import Problem, Unsound
from nurture.engine.reading import Texts
from nurture.flow.folder import read_folder
from nurture.flow.ground import Ground, Moment
from nurture.store import documents
from nurture.store.session import Conflict, Session

Name = tuple[str, str]


class Change(NamedTuple):
    """What a publish would do, or did.

    added, edited: documents by kind and key.  absent: published ones that the texts do not hold; they stay unless
    pruned.  revision: the playbook's, 0 while nothing was published.  advice: problems that need not stop it.
    """

    added: tuple[Name, ...]
    edited: tuple[Name, ...]
    absent: tuple[Name, ...]
    revision: int
    advice: tuple[Problem, ...]


def check_texts(texts: Mapping[Name, str]) -> tuple[Problem, ...]:
    """Find everything wrong with a whole set of documents, emails compiled too; advice included."""
    numbered: Texts = {name: (1, text) for name, text in texts.items()}
    try:
        return check_emails(compile_playbook(1, numbered))
    except Unsound as error:
        return error.problems


def check_emails(playbook: Playbook) -> tuple[Problem, ...]:
    """Compile every email of a playbook, in every variant, and tell what is wrong."""
    if "default" not in playbook.layouts:
        return (Problem("templates/emails/_layout/default.mjml", 0, "", "is missing"),)
    layout = playbook.layouts["default"]
    return tuple(
        problem
        for email in playbook.emails.values()
        for problem in compile_email(email, layout, playbook.snippets, playbook.surveys).problems
    )


def publish(
    ground: Ground,
    texts: Mapping[Name, str],
    actor: str,
    note: str,
    at: Moment,
    *,
    dry_run: bool = False,
    prune: bool = False,
) -> Change:
    """Publish these documents, over what stands, in one transaction.

    prune: archive the published documents that `texts` does not hold.
    Raises Unsound, or Conflict where somebody else published meanwhile; then nothing has changed.
    """
    with ground.sessions.read() as session:
        plan = _plan(session, texts, prune=prune)
    if any(problem.must_fix for problem in plan.advice):
        raise Unsound(plan.advice)
    if dry_run:
        return plan

    def act(session: Session) -> Change:
        if documents.revision_number(session) != plan.revision:
            raise Conflict("somebody else has published meanwhile; look at what they did, then publish again")
        numbers = {
            (kind, key): documents.save(session, kind, key, texts[kind, key], actor, note, at.now)
            for kind, key in (*plan.added, *plan.edited)
        }
        revision = documents.publish(session, numbers, actor, note, at.now)
        for kind, key in plan.absent if prune else ():
            revision = documents.archive(session, kind, key, actor, note, at.now)
        return plan._replace(revision=revision)

    return ground.sessions.write(act)


def _plan(session: Session, texts: Mapping[Name, str], *, prune: bool) -> Change:
    revision, standing = documents.published(session)
    absent = tuple(sorted(name for name in standing if name not in texts))
    kept = {name: text for name, (_, text) in standing.items() if not (prune and name in absent)}
    return Change(
        added=tuple(sorted(name for name in texts if name not in standing)),
        edited=tuple(sorted(name for name in texts if name in standing and standing[name][1] != texts[name])),
        absent=absent,
        revision=revision,
        advice=check_texts({**kept, **texts}),
    )


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
