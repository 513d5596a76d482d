"""Drafts: a document while it is being edited, by several people, without a word lost.

Every edit is a revision, made from the one that its author saw; whoever saw an older one is told who changed what
meanwhile.  Undo and redo are the previous text as a new revision, so they survive whatever the rows survive.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import BaseModel

from nurture.channels.email.cage import Shared, looked_through
from nurture.engine.journey import Journey
from nurture.engine.linting import lint, ordered
from nurture.engine.playbook import Playbook, compile_playbook
from nurture.engine.problem import Problem, Unsound
from nurture.engine.reading import MANY, SINGLE, file_of, read_document, references
from nurture.flow.ground import Ground
from nurture.store import documents, drafts
from nurture.store.drafts import Draft, Edit, Made
from nurture.store.session import Conflict, Session

FARTHEST = 200  # edits that can be taken back
Name = tuple[str, str]
NAMED_IN_EMAILS = ("survey", "snippet")
WORDED_AS_EMAIL = ("email", "layout", "snippet", "survey", "policy")  # kinds whose texts a letter is made of


class Overtaken(Conflict):
    """Somebody has changed the document since it was looked at.

    now: what stands, None where nothing does.  meanwhile: the edits since, newest first.
    """

    def __init__(self, now: Draft | None, meanwhile: Iterable[Edit]) -> None:
        self.now, self.meanwhile = now, tuple(meanwhile)
        told = "; ".join(f"{edit.author}: {edit.note or 'a new text'}" for edit in self.meanwhile[:5])
        super().__init__(f"changed meanwhile by {told}" if told else "there is no such revision to change any more")


class SomebodyElses(Exception):
    """What would be undone or redone is a colleague's; it must be asked for.  edit: theirs."""

    def __init__(self, edit: Edit) -> None:
        self.edit = edit
        super().__init__(f"the latest change is by {edit.author}: {edit.note or 'a new text'}")


class NothingLeft(Exception):
    """There is nothing to undo, redo or discard."""


class Reach(NamedTuple):
    """What undo and redo would do now: the edit taken back, the edit brought back and who undid it."""

    undo: Edit | None
    redo: Edit | None
    undone_by: Edit | None


class Judged(NamedTuple):
    """What a text would be, were it published now.  playbook: None where it could not be."""

    problems: tuple[Problem, ...]
    playbook: Playbook | None


def read_draft(ground: Ground, kind: str, key: str) -> Draft:
    """Give what is being edited; the published text while nobody edits it.  Raises documents.Missing."""
    with ground.sessions.read() as session:
        return _standing(session, kind, key)


def opened(ground: Ground, kind: str, key: str) -> tuple[Draft, Reach]:
    """Give what is being edited, and what undo and redo would do now.  Raises documents.Missing."""
    with ground.sessions.read() as session:
        draft = _standing(session, kind, key)
        return draft, _reach(session, draft)


def save_draft(
    ground: Ground, kind: str, key: str, text: str, expected: int | None, actor: str, note: str, at: datetime
) -> Draft:
    """Make a text the draft, sound or not.  The same text as stands is no new revision.

    expected: the revision it was made from, None for a document that does not exist yet.  Raises Overtaken.
    """

    def act(session: Session) -> Draft:
        now = _expected(session, kind, key, expected)
        if now is not None and now.text == text:
            return now
        return _put(session, kind, key, Made(text, actor, note, now.n if now else None), at)

    return _written(ground, kind, key, expected, act)


def edit_draft(
    ground: Ground,
    kind: str,
    key: str,
    edit: Callable[[str], tuple[str, str]],
    expected: int,
    actor: str,
    at: datetime,
) -> Draft:
    """Change the draft by a function from its text to the next one and what was done (engine.editing).

    Raises Overtaken, and whatever the function raises.
    """
    with ground.sessions.read() as session:
        now = _expected(session, kind, key, expected)
    assert now is not None
    text, sentence = edit(now.text)
    return save_draft(ground, kind, key, text, expected, actor, sentence, at)


def undo(
    ground: Ground, kind: str, key: str, expected: int, actor: str, at: datetime, *, anybodys: bool = False
) -> Draft:
    """Take the latest edit back: the text before it, as a new revision.

    anybodys: even where it is a colleague's.  Raises NothingLeft, SomebodyElses, Overtaken.
    """

    def act(session: Session) -> Draft:
        now = _expected(session, kind, key, expected)
        assert now is not None
        gone = _reach(session, now).undo
        if gone is None or gone.parent is None:
            raise NothingLeft("there is nothing to undo")
        if gone.author != actor and not anybodys:
            raise SomebodyElses(gone)
        text = documents.text_of(session, kind, key, gone.parent)
        note = f"undid: {gone.note}" if gone.note else "undid the latest change"
        return _put(session, kind, key, Made(text, actor, note, now.n, gone.n), at)

    return _written(ground, kind, key, expected, act)


def redo(
    ground: Ground, kind: str, key: str, expected: int, actor: str, at: datetime, *, anybodys: bool = False
) -> Draft:
    """Bring back what was undone last, as a new revision.

    anybodys: even where a colleague undid it.  Raises NothingLeft, SomebodyElses, Overtaken.
    """

    def act(session: Session) -> Draft:
        now = _expected(session, kind, key, expected)
        assert now is not None
        found = _reach(session, now)
        if found.redo is None or found.undone_by is None:
            raise NothingLeft("there is nothing to redo")
        if found.undone_by.author != actor and not anybodys:
            raise SomebodyElses(found.undone_by)
        text = documents.text_of(session, kind, key, found.redo.n)
        note = f"redid: {found.redo.note}" if found.redo.note else "redid the latest change"
        return _put(session, kind, key, Made(text, actor, note, now.n, found.redo.n), at)

    return _written(ground, kind, key, expected, act)


def discard(ground: Ground, kind: str, key: str, expected: int, actor: str, at: datetime) -> Draft:
    """Return to the published text, as a new revision that can be undone.  Raises NothingLeft, Overtaken."""

    def act(session: Session) -> Draft:
        now = _expected(session, kind, key, expected)
        assert now is not None
        if now.published is None or not now.open:
            raise NothingLeft("there is no draft beside the published text")
        text = documents.text_of(session, kind, key, now.published)
        return _put(session, kind, key, Made(text, actor, "discarded the draft", now.n), at)

    return _written(ground, kind, key, expected, act)


def problems_of(ground: Ground, kind: str, key: str, text: str) -> tuple[Problem, ...]:
    """Say what is wrong with a text, were it published now; of letters too, where letters are made of it."""
    with ground.sessions.read() as session:
        revision, texts = documents.published(session)
    try:
        playbook = compile_playbook(revision + 1, {**texts, (kind, key): (0, text)})
    except Unsound as error:
        return error.problems
    return tuple(_letter_problems(playbook, kind, key)) if kind in WORDED_AS_EMAIL else ()


def advice_of(ground: Ground, kind: str, key: str, text: str) -> tuple[Problem, ...]:
    """Say what is wrong, or looks wrong, with a text: the problems of `judge`."""
    return judge(ground, kind, key, text).problems


def judge(ground: Ground, kind: str, key: str, text: str, *, letters: bool = True) -> Judged:
    """Judge a text as if it were published now, with the new documents that it names.

    What must be mended comes first; of documents that would not change, only what this text breaks is told.
    letters: compile the emails that are made of it too, which takes seconds where all of them are.
    """
    with ground.sessions.read() as session:
        revision, texts = documents.published(session)
        new = companions(session, kind, key, text)
    named = {(kind, key): text, **new}
    joined = {**texts, **{name: (0, said) for name, said in named.items()}}
    try:
        playbook = compile_playbook(revision + 1, joined)
    except Unsound as error:
        return Judged(ordered(error.problems), None)
    emails = [name for name in named if name[0] == "email"]
    unfit = [problem for name in emails for problem in _letter_problems(playbook, *name, unfit=True)]
    if unfit:
        return Judged(ordered(unfit), None)
    files = tuple(file_of(*name) for name in named)
    found = [one for one in lint(playbook, joined, binding=False) if one.must_fix or one.file.startswith(files)]
    worded = [name for name in named if name[0] in WORDED_AS_EMAIL] if letters else []
    found += [problem for name in worded for problem in _letter_problems(playbook, *name)]
    return Judged(ordered(found), playbook)


def not_passed(playbook: Playbook, keys: Collection[str]) -> frozenset[str]:
    """Say which of these emails take too much to be looked through: nobody should look at them here either."""
    there = [key for key in keys if key in playbook.emails]
    return frozenset(key for key in there if any(_letter_problems(playbook, "email", key, unfit=True)))


def companions(session: Session, kind: str, key: str, text: str) -> dict[Name, str]:
    """Give the documents that are not live yet and that a text names, and what these name in turn.

    They go live with it or not at all.  Of a journey, also the scenarios that live it, and where it has no entry of its
    own those journeys that lead into it.
    """
    waiting = documents.newcomers(session)
    found: dict[Name, str] = {}
    ahead = [((kind, key), text)]
    while ahead:
        name, said = ahead.pop()
        for other in _named_by(name, said, waiting):
            if other in waiting and other not in found and other != (kind, key):
                found[other] = waiting[other]
                ahead.append((other, waiting[other]))
    return found


def _named_by(name: Name, text: str, waiting: Mapping[Name, str]) -> Iterable[Name]:
    """Every document that one names; of a journey, also its scenarios, and the journeys by which alone it is entered.

    Nothing of a text that cannot be read yet.
    """
    if name[0] == "email":
        yield from (other for other in waiting if other[0] in NAMED_IN_EMAILS and _says(text, other[1]))
    document = _read(name, text)
    if document is None:
        return
    yield from ((wanted, key) for _, wanted, key in references(document))
    if isinstance(document, Journey):
        kinds = ("scenario",) if document.enter is not None else ("scenario", "journey")
        for other, said in waiting.items():
            if other[0] in kinds and _names(_read(other, said), name):
                yield other


def _says(text: str, key: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", text) is not None


def _names(document: BaseModel | None, name: Name) -> bool:
    return document is not None and any((wanted, key) == name for _, wanted, key in references(document))


def _read(name: Name, text: str) -> Any:
    kind, key = name
    model = SINGLE.get(kind) or (MANY[kind][1] if kind in MANY else None)
    return read_document(kind, key, text, model)[0] if model is not None else None


def _letter_problems(playbook: Playbook, kind: str, key: str, *, unfit: bool = False) -> Iterable[Problem]:
    """Say what is wrong with the letters that are made of a text; unfit: only of those that did not pass the cage."""
    layout = playbook.layouts.get("default")
    if layout is None:
        return
    for name, email in playbook.emails.items():
        if kind != "email" or name == key:
            answer = looked_through(email, Shared(layout, playbook.snippets, playbook.surveys))
            if not (unfit and answer.passed):
                yield from answer.told


def _standing(session: Session, kind: str, key: str) -> Draft:
    now = drafts.standing(session, kind, key)
    if now is None:
        raise documents.Missing(f"there is no {kind} {key!r}")
    return now


def _expected(session: Session, kind: str, key: str, expected: int | None) -> Draft | None:
    now = drafts.standing(session, kind, key)
    if (now.n if now else None) != expected:
        raise _overtaken(session, kind, key, expected)
    return now


def _overtaken(session: Session, kind: str, key: str, expected: int | None) -> Overtaken:
    since = [edit for edit in drafts.edits(session, kind, key) if expected is None or edit.n > expected]
    return Overtaken(drafts.standing(session, kind, key), since)


def _put(session: Session, kind: str, key: str, made: Made, at: datetime) -> Draft:
    drafts.put(session, kind, key, made, at)
    return _standing(session, kind, key)


def _written(ground: Ground, kind: str, key: str, expected: int | None, act: Callable[[Session], Draft]) -> Draft:
    try:
        return ground.sessions.write(act)
    except Overtaken:
        raise
    except Conflict as same_time:  # two saved one document in the same moment: the other one was first
        with ground.sessions.read() as session:
            raise _overtaken(session, kind, key, expected) from same_time


def _reach(session: Session, now: Draft) -> Reach:
    """Walk from the first edit to the latest, and see what is done and what is undone by now."""
    by_number = {edit.n: edit for edit in drafts.edits(session, now.kind, now.key)}
    way: list[Edit] = []
    here = by_number.get(now.n)
    while here is not None:
        way.append(here)
        here = by_number.get(here.parent) if here.parent is not None else None
    done: list[Edit] = []
    undone: list[tuple[Edit, Edit]] = []
    for edit in reversed(way):
        if edit.undoes is None:
            done.append(edit)
            undone.clear()
        elif done and done[-1].n == edit.undoes:
            undone.append((done.pop(), edit))
        elif undone and undone[-1][0].n == edit.undoes:
            done.append(undone.pop()[0])
    able = bool(done) and done[-1].parent is not None and len(undone) < FARTHEST
    last = undone[-1] if undone else (None, None)
    return Reach(done[-1] if able else None, *last)
