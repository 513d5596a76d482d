"""The leaves that ask what came of our own acts: of a letter, of a person's task, of an experiment."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from nurture.engine.document import Key
from nurture.engine.question import Glance, Question
from nurture.engine.snapshot import Snapshot

StepName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*\.[a-z0-9][a-z0-9_-]*$")]
"""A step of a journey, as `journey.step`."""


class MessageWas(Question):
    """An email reached them, or they clicked or answered it; whether it was opened is not known and never asked."""

    message: Key
    was: Literal["delivered", "clicked", "replied", "bounced"]

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        return self.was in snapshot.facts.mail.get(self.message, {}), None

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        return f"{self.message} was {'' if self.glance(snapshot, now)[0] else 'not '}{self.was}"


class CareGave(Question):
    """A person of ours recorded an outcome of a care task; the latest counts."""

    care: Key
    outcome: Key | None = None

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        given = self._latest(snapshot)
        return given is not None and self.outcome in (None, given), None

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        return f"{self.care}: {self._latest(snapshot) or 'no outcome'}"

    def _latest(self, snapshot: Snapshot) -> str | None:
        given = [cared for cared in snapshot.facts.care.values() if cared.task == self.care]
        return max(given, key=lambda cared: cared.at).outcome if given else None


class ArmIs(Question):
    """They are in this arm of an experiment; its step is named as `journey.step`."""

    arm: StepName
    is_: Key = Field(alias="is")

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        return snapshot.facts.arms.get(self.arm) == self.is_, None

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        return f"{self.arm} is {snapshot.facts.arms.get(self.arm, 'not drawn')}"
