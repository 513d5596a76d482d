"""Milestones: the early wins, then an ongoing increase in value; and the drivers customers name."""

from collections.abc import Mapping

from pydantic import Field

from nurture.engine.document import Document, Key


class Milestone(Document):
    """Something worth reaching, reached once, on a product event.

    weight: how much it matters to a persona; the next-milestone block offers the weightiest not yet reached.
    account: reached by anyone of the account, it is reached by all.
    url, label: where the block's button leads.
    """

    id: Key
    name: str
    on: str
    weight: Mapping[str, int] = {}
    moment_of_truth: bool = False
    account: bool = False
    url: str = ""
    label: str = ""


class Milestones(Document):
    """All milestones in the order a customer would meet them, and the drivers they may state."""

    milestones: tuple[Milestone, ...] = Field(min_length=1)
    drivers: tuple[Key, ...] = ()

    def next_for(self, persona: str | None, reached: Mapping[str, object]) -> Milestone | None:
        """Pick the weightiest milestone that this persona has not reached; earlier ones win a tie."""
        open_ = [milestone for milestone in self.milestones if milestone.id not in reached]
        return max(open_, key=lambda milestone: milestone.weight.get(persona or "", 0), default=None)
