"""Drafting: what a publish would do to the documents, and the playbook that would then stand, checked whole."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

from nurture.channels.email.cage import Shared, looked_through
from nurture.engine.linting import Taken, lint, ordered
from nurture.engine.playbook import Playbook, compile_playbook
from nurture.engine.problem import Problem, Unsound
from nurture.engine.reading import Texts, file_of
from nurture.store import documents, versions
from nurture.store.session import Session

Name = tuple[str, str]
SHARED = ("layout", "snippet", "survey")  # what is written into every email


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


class Draft(NamedTuple):
    """A playbook that does not stand yet.

    playbook: None where the texts are unsound.  before: the revisions that stand of what would change, None for none.
    numbers: the revisions that would stand of what was added or edited.
    """

    change: Change
    playbook: Playbook | None
    before: Mapping[Name, int | None]
    numbers: Mapping[Name, int]
    texts: Mapping[Name, str]
    prune: bool

    @property
    def journeys(self) -> tuple[str, ...]:
        """The journeys whose text would be another one."""
        return tuple(key for kind, key in sorted(self.numbers) if kind == "journey")

    @property
    def digest(self) -> str:
        """Name what would change, and what it would change from."""
        said = [str(self.change.revision), *(f"{kind}/{key}\n{self.texts[kind, key]}" for kind, key in self.numbers)]
        said += [f"without {kind}/{key}" for kind, key in self.change.absent if self.prune]
        return sha256("\0".join(said).encode()).hexdigest()[:24]


def check_texts(
    texts: Mapping[Name, str],
    taken: Taken | None = None,
    heard: Collection[str] | None = None,
    *,
    binding: bool = True,
) -> tuple[Problem, ...]:
    """Find everything wrong with a whole set of documents, emails compiled too; advice included.

    taken, heard, binding: as for `lint`.
    """
    numbered: Texts = {name: (1, text) for name, text in texts.items()}
    try:
        playbook = compile_playbook(1, numbered)
    except Unsound as error:
        return error.problems
    wrong, passed = _looked_through(playbook, None)
    return ordered([*wrong, *(lint(playbook, numbered, taken, heard, binding=binding) if passed else ())])


def check_emails(playbook: Playbook, only: Collection[str] | None = None) -> tuple[Problem, ...]:
    """Compile every email of a playbook, or only these, in every variant, and tell what is wrong, or looks wrong."""
    return _looked_through(playbook, only)[0]


def _looked_through(playbook: Playbook, only: Collection[str] | None) -> tuple[tuple[Problem, ...], bool]:
    """Give what is wrong, and whether each was looked through at all: what was not is read no further here."""
    if "default" not in playbook.layouts:
        return (Problem("templates/emails/_layout/default.mjml", 0, "", "is missing"),), True
    shared = Shared(playbook.layouts["default"], playbook.snippets, playbook.surveys)
    found: list[Problem] = []
    passed = True
    for key, email in playbook.emails.items():
        if only is None or key in only:
            answer = looked_through(email, shared)
            found += answer.told
            passed &= answer.passed
    return tuple(dict.fromkeys(found)), passed


def draft(session: Session, texts: Mapping[Name, str], *, prune: bool) -> Draft:
    """Put these texts over what stands, and compile the whole."""
    revision, standing = documents.published(session)
    absent = tuple(sorted(name for name in standing if name not in texts))
    added = tuple(sorted(name for name in texts if name not in standing))
    edited = tuple(sorted(name for name in texts if name in standing and standing[name][1] != texts[name]))
    archived = absent if prune else ()
    numbers = _numbers(session, {name: texts[name] for name in (*added, *edited)})
    whole = {name: found for name, found in standing.items() if name not in archived}
    whole |= {name: (n, texts[name]) for name, n in numbers.items()}
    walked = documents.all_versions_in_use(session)
    walked |= {(key, n): text for (kind, key), (n, text) in standing.items() if kind == "journey"}
    since = documents.standing_since(session, "journey")
    since = {key: n for key, n in since.items() if ("journey", key) not in numbers}
    called = _called(session, numbers)
    playbook, advice = _compiled(revision + 1, whole, walked, since, called, [*numbers, *archived])
    before = {name: standing[name][0] if name in standing else None for name in (*added, *edited, *archived)}
    change = Change(added, edited, absent, revision, advice)
    return Draft(change, playbook, before, numbers, {name: texts[name] for name in numbers}, prune)


def _affected(changed: Iterable[Name]) -> frozenset[str] | None:
    """Say which emails may read otherwise than before: those that change, or all where what they share does."""
    if any(kind in SHARED for kind, _ in changed):
        return None
    return frozenset(key for kind, key in changed if kind == "email")


def _compiled(
    revision: int,
    texts: Texts,
    walked: Mapping[tuple[str, int], str],
    since: Mapping[str, int],
    called: Mapping[tuple[str, int], int],
    changed: Collection[Name],
) -> tuple[Playbook | None, tuple[Problem, ...]]:
    """Compile what would stand, and look through it; advice about what does not change is not repeated.

    Scenarios are lived anew: any document may break one.
    """
    try:
        playbook = compile_playbook(revision, texts, walked, since, called)
    except Unsound as error:
        return None, error.problems
    scenarios = [("scenario", key) for key in playbook.scenarios]
    files = tuple(file_of(*name) for name in (*changed, *scenarios))
    wrong, passed = _looked_through(playbook, _affected(changed))
    if not passed:
        return playbook, ordered(wrong)
    found = [one for one in lint(playbook, texts, binding=False) if one.must_fix or one.file.startswith(files)]
    return playbook, ordered([*wrong, *found])


def _called(session: Session, numbers: Mapping[Name, int]) -> dict[tuple[str, int], int]:
    """Say what staff call every version of a journey; one that is not live yet by the next number."""
    called = versions.numbers(session, "journey")
    latest = Counter(key for key, _ in called)
    fresh = {(key, n): latest[key] + 1 for (kind, key), n in numbers.items() if kind == "journey"}
    return fresh | called


def _numbers(session: Session, texts: Mapping[Name, str]) -> dict[Name, int]:
    """Foresee under which revisions these texts will stand: the latest where it says the same, else one more."""
    latest = {(one.kind, one.key): one.latest for one in documents.catalogue(session)} if texts else {}
    return {
        (kind, key): _number(session, kind, key, text, latest.get((kind, key), 0))
        for (kind, key), text in sorted(texts.items())
    }


def _number(session: Session, kind: str, key: str, text: str, latest: int) -> int:
    return latest if latest and documents.text_of(session, kind, key, latest) == text else latest + 1
