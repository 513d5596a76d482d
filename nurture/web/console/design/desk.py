"""One journey on the desk: what its header says on each of its tabs."""

from typing import NamedTuple

from nurture.engine.problem import Problem
from nurture.flow.drafts import Judged, Reach, judge
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store.drafts import Draft
from nurture.web.console.access import may, signed_in
from nurture.web.console.design.drafting import opened
from nurture.web.console.design.trees import title_of, tree_of
from nurture.web.console.page import Clockface
from nurture.web.console.zone import clockface


class Desk(NamedTuple):
    """A journey as it is being edited, and what the reader may do with it.

    judged: what the draft would be, were it published now.
    """

    key: str
    name: str
    draft: Draft
    reach: Reach
    judged: Judged
    clock: Clockface
    edits: bool
    publishes: bool

    @property
    def advice(self) -> tuple[Problem, ...]:
        """What is wrong with the draft, or looks wrong; what must be mended comes first."""
        return self.judged.problems

    @property
    def paused(self) -> str:
        """How it is paused, by the draft, which says so as soon as what is live does; '' where it is not."""
        return paused_in(self.draft.text)

    @property
    def stops(self) -> int:
        """How many problems stop a publish."""
        return sum(problem.must_fix for problem in self.advice)


def desk(parts: Parts, key: str, at: Moment) -> Desk:
    """Lay a journey out; 404 where there is none."""
    draft, reach = opened(parts, "journey", key)
    role = signed_in().member.role
    return Desk(
        key,
        name_of(draft),
        draft,
        reach,
        judge(parts.ground, "journey", key, draft.text),
        clockface(parts, at),
        may(role, "editor"),
        may(role, "publisher"),
    )


def name_of(draft: Draft) -> str:
    """What to call a document that is being edited."""
    return title_of(draft.key, draft.text)


def paused_in(text: str) -> str:
    """How a journey's text says that it is paused: `freeze` or `count`; '' where it is not."""
    way = (tree_of(text) or {}).get("paused")
    return way if isinstance(way, str) and way in ("freeze", "count") else ""
