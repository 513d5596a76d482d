"""The step that waits for something to happen, but not for ever."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from nurture.engine.condition import Condition
from nurture.engine.document import Document
from nurture.engine.duration import Duration, in_words
from nurture.engine.leaves import ring_key
from nurture.engine.question import Answer, earliest
from nurture.engine.snapshot import Enrollment, Snapshot
from nurture.engine.steps.base import Outcome, Step

if TYPE_CHECKING:
    from nurture.engine.steps import AnyStep


class Happens(Document):
    """A product event that happens from now on, not one that happened before."""

    event: str = Field(min_length=1, max_length=200)
    where: Mapping[str, str | int | float | bool] = {}

    @property
    def ring(self) -> str:
        """The key of the ring of moments that answers this."""
        return ring_key(self.event, self.where)


def _event_or_condition(tree: Any) -> str:
    return "event" if isinstance(tree, Happens) or (isinstance(tree, Mapping) and "event" in tree) else "condition"


class WaitFor(Step):
    """Wait until a condition holds or an event happens, at most so long; then take one of two paths, which rejoin.

    An event counts only if it happens once they have arrived here; a condition may hold already.
    """

    example: ClassVar[str] = "{id: started, do: wait_for, what: {milestone: first_project}, up_to: 2d}"

    do: Literal["wait_for"] = "wait_for"
    what: Annotated[
        Annotated[Happens, Tag("event")] | Annotated[Condition, Tag("condition")], Discriminator(_event_or_condition)
    ]
    up_to: Duration
    then: tuple["AnyStep", ...] = ()
    else_: tuple["AnyStep", ...] = Field(default=(), alias="else")

    def decide(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Outcome:
        answer = self._answer(snapshot, walk, now)
        if answer.holds:
            return Outcome(f"it happened: {answer.because}", onward=True, path="then")
        limit = walk.since + self.up_to
        if now < limit:
            waits = f"waits up to {in_words(self.up_to)}: {answer.because}"
            return Outcome(waits, due_at=earliest((limit, answer.flips_at)))
        return Outcome(f"{in_words(self.up_to)} are over: {answer.because}", onward=True, path="else", planned=limit)

    def _answer(self, snapshot: Snapshot, walk: Enrollment, now: datetime) -> Answer:
        if not isinstance(self.what, Happens):
            return self.what.answer(snapshot, now)
        newest = next(iter(snapshot.facts.rings.get(self.what.ring, ())), None)
        since = newest is not None and newest >= walk.arrived
        return Answer(since, f"{self.what.event} {'happened' if since else 'has not happened yet'}")

    def sequences(self) -> Mapping[str, Sequence["AnyStep"]]:
        return {"then": self.then, "else": self.else_}
