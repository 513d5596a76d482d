"""The step that asks a question."""

from datetime import datetime, timedelta
from typing import ClassVar, Literal

from nurture.engine.document import Key
from nurture.engine.duration import Duration, in_words
from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps.base import Letter, Outcome, Step


class Survey(Step):
    """Ask a survey by email, unless they have answered it lately.

    The email is the one named, or else the one with the survey's own key.
    """

    example: ClassVar[str] = "{id: ask, do: survey, survey: mood, email: question}"

    do: Literal["survey"] = "survey"
    survey: Key
    email: Key | None = None
    unless_answered: Duration = timedelta(days=90)
    urgent: bool = False
    late: Literal["skip", "send", "replan"] | None = None

    @property
    def asks_by(self) -> str:
        """The email that carries the question."""
        return self.email or self.survey

    def decide(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Outcome:
        given = snapshot.facts.answers.get(self.survey)
        if given is not None and now - given.at < self.unless_answered:
            because = f"skipped, no need for it: {self.survey} answered {in_words(now - given.at)} ago"
            return Outcome(because, onward=True, skipped=True)
        return Outcome(f"asks {self.survey}", onward=True, effect=Letter(self.asks_by, self.urgent, self.late))
