"""What can be asked of a photograph at a moment, and what an answer is."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, TypeAlias

from nurture.engine.document import Document
from nurture.engine.snapshot import Snapshot

Glance: TypeAlias = tuple[bool, datetime | None]
"""An answer without its words: whether it holds now, and when time alone could change that (None for never)."""


class Answer(NamedTuple):
    """holds: is it so now.  because: why, in words.  flips_at: when time alone could change it; None for never."""

    holds: bool
    because: str
    flips_at: datetime | None = None


class Question(Document):
    """Something that can be asked of a photograph at a moment."""

    def glance(self, snapshot: Snapshot, now: datetime) -> Glance:
        """Answer without words."""
        raise NotImplementedError(type(self).__name__)

    def words(self, snapshot: Snapshot, now: datetime) -> str:
        """Say why the answer is as it is."""
        raise NotImplementedError(type(self).__name__)

    def answer(self, snapshot: Snapshot, now: datetime) -> Answer:
        """Answer in full."""
        holds, flips_at = self.glance(snapshot, now)
        return Answer(holds, self.words(snapshot, now), flips_at)


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """Pick the earliest moment, passing over the absent ones; None if there is none."""
    return min((at for at in moments if at is not None), default=None)
