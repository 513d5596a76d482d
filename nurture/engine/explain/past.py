"""Everything written down about one customer, one journey and one step, as it was written then."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from nurture.engine.journey import Journey, Version, compile_journey
from nurture.engine.reading import read_document


class PastNote(NamedTuple):
    """What was once noted: engine/decision.py's Note, and when."""

    at: datetime
    do: str
    because: str
    journey: str | None
    step: str | None
    until: datetime | None = None


class Deed(NamedTuple):
    """What came of a step's letter, task, notice or call.

    kind: one of those words.  at: when it was decided.  ended_at: when it was handed over, done or seen.
    until: a letter goes not before then; a task is due.  about: the email, task, title or outbound meant.
    told: a letter's variant, a task's outcome.
    """

    kind: str
    journey: str
    entry: int
    step: str
    pass_: int
    at: datetime
    ended_at: datetime | None
    state: str
    because: str
    until: datetime
    attempt: int
    about: str
    told: str


class PastWalk(NamedTuple):
    """The latest enrollment in the journey.  number: what staff call the version that they walk, or walked."""

    journey: str
    entry: int
    revision: int
    variant: str | None
    state: str
    step: str | None
    because: str
    entered_at: datetime
    entered_because: str
    due_at: datetime | None
    ended_at: datetime | None
    number: int

    @property
    def shape(self) -> str:
        """The journey whose steps they walked."""
        return self.variant or self.journey

    @property
    def active(self) -> bool:
        """Whether they walk it still."""
        return self.state == "active"


class Edition(NamedTuple):
    """One published text of a journey that mentions the step asked about."""

    journey: str
    revision: int
    published_at: datetime
    text: str

    @property
    def version(self) -> Version | None:
        """The journey as it then stood; None where its text is not sound by today's rules."""
        return _compiled(self.journey, self.revision, self.text)


class Past(NamedTuple):
    """Everything written down about one customer, one journey and one step.

    deeds: of the step; notes: of the journey; both newest first.  editions: newest first.
    held: why no letter leaves the house now; '' where they do.  stuck: why nobody decides about them now.
    """

    walk: PastWalk | None = None
    deeds: Sequence[Deed] = ()
    notes: Sequence[PastNote] = ()
    editions: Sequence[Edition] = ()
    held: str = ""
    stuck: str = ""


@lru_cache(maxsize=64)
def _compiled(journey: str, revision: int, text: str) -> Version | None:
    document, _, problems = read_document("journey", journey, text, Journey)
    return None if problems else compile_journey(document, revision)
