"""Variables: of how many people inside an email that changes would say a fallback, and which."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from nurture.channels.email.fallbacks import fallbacks
from nurture.channels.email.links import Links
from nurture.channels.email.words import tamed
from nurture.engine.journey import Version
from nurture.engine.linting.book import emails_of
from nurture.engine.playbook import Playbook
from nurture.flow.letters import context, specimen_of
from nurture.flow.publish.drafting import Draft
from nurture.flow.publish.foreseen import BATCH, SAMPLE, sampled
from nurture.store import photographs, publishing
from nurture.store.photographs import Photograph
from nurture.store.session import Session

NOBODYS = Links("", ("what is foreseen is sent to nobody",))


class Variable(NamedTuple):
    """A word of an email that may be empty.

    fallback: what is read then; '' where it is left out.  empty: for how many of the `asked` people inside, who would
    read a variant that says so, it is.
    """

    email: str
    word: str
    fallback: str
    empty: int
    asked: int


def variables(
    session: Session, drafted: Draft, playbook: Playbook, now: datetime, sample: int = SAMPLE
) -> tuple[Variable, ...]:
    """Look through the emails that change, and those of journeys that do, with the people inside who may get them."""
    writers = _writers(drafted, playbook)
    words = _Words(playbook, now)
    for email in _changed(drafted, playbook).union(*writers.values()):
        words.expect(email)
    if any(words.found.values()):
        people = sampled(publishing.all_inside(session, {journey for journey, _ in writers}), sample)
        for start in range(0, len(people), BATCH):
            for taken in photographs.photographs(session, people[start : start + BATCH]).values():
                walked = ((one.shape, one.revision) for one in taken.snapshot.enrollments)
                words.ask(taken, {email for version in walked for email in writers.get(version, ())})
    return words.told()


def _changed(drafted: Draft, playbook: Playbook) -> set[str]:
    return {key for kind, key in drafted.numbers if kind == "email" and key in playbook.emails}


def _writers(drafted: Draft, playbook: Playbook) -> Mapping[tuple[str, int], Collection[str]]:
    """Say for each walked version of a journey which emails are looked at.

    Those that change and that it writes; where the journey changes, all that its new text writes.
    """
    changed, found = _changed(drafted, playbook), dict[tuple[str, int], Collection[str]]()
    new = {key: _written(version) for key in drafted.journeys if (version := playbook.live(key)) is not None}
    for version in (*playbook.journeys, *playbook.pinned.values()):
        key = version.journey.id
        if emails := (_written(version) & changed) | new.get(key, set()):
            found[key, version.revision] = emails
    return found


def _written(version: Version) -> set[str]:
    return {email for step, email in emails_of(version.journey) if not step.off}


class _Words:
    """What is asked of people, and what came of it."""

    def __init__(self, playbook: Playbook, now: datetime) -> None:
        self.playbook, self.now = playbook, now
        self.found: dict[tuple[str, str], Mapping[str, str]] = {}  # by email and variant: words and their fallbacks
        self._asked: Counter[tuple[str, str, str]] = Counter()
        self._empty: Counter[tuple[str, str, str]] = Counter()

    def expect(self, email: str) -> None:
        """Find the words of every variant of an email."""
        text = self.playbook.emails[email]
        for language in text.languages:
            for persona in (None, *text.personas):
                chosen = text.choose(persona, language)
                said = fallbacks(chosen, self.playbook.snippets)
                self.found[email, chosen.variant] = said
                self._asked.update({(email, word, fallback): 0 for word, fallback in said.items()})

    def ask(self, taken: Photograph, emails: Collection[str]) -> None:
        """Ask which of the words somebody would read are empty for them."""
        if not emails:
            return
        customer = taken.snapshot.customer
        about = tamed(
            context(self.playbook, specimen_of(self.playbook, min(emails), self.now), taken, NOBODYS, self.now)
        )
        for email in emails:
            variant = self.playbook.emails[email].choose(customer.persona, customer.locale).variant
            for word, fallback in self.found[email, variant].items():
                self._asked[email, word, fallback] += 1
                self._empty[email, word, fallback] += not _value(about, word)

    def told(self) -> tuple[Variable, ...]:
        """Say it for each word of each email."""
        return tuple(Variable(*key, self._empty[key], asked) for key, asked in sorted(self._asked.items()))


def _value(about: Mapping[str, Any], word: str) -> Any:
    """Find what a dotted word stands for; None where there is nothing."""
    here: Any = about
    for name in word.split("."):
        here = here.get(name) if isinstance(here, Mapping) else None
    return here
