"""What somebody chooses before a publish: read from an address or a form, and said as an address again."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from nurture.engine.plan import KEEP, MOVE
from nurture.flow.publish import Choices

ROUTE = "to:"
"""Begins the name of a field that says where those go who stand at a step: `to:<journey>:<step>`."""


class Chosen(NamedTuple):
    """One choice as a whole.

    documents: `journey/first-win`, where several are published together.  reroute: journey, step and where to.
    """

    documents: tuple[str, ...] = ()
    people: str = MOVE
    enter: bool = False
    reroute: tuple[tuple[str, str, str], ...] = ()

    def choices(self, token: str | None = None) -> Choices:
        """The same as the station takes it.  token: of the preview that was shown."""
        routes: dict[str, dict[str, str]] = {}
        for journey, step, to in self.reroute:
            routes.setdefault(journey, {})[step] = to
        return Choices(self.people, routes, enter=self.enter, token=token)

    def to(self, journey: str, step: str) -> str:
        """Where those who stand at a step go by this choice; '' as planned."""
        return next((to for one, at, to in self.reroute if (one, at) == (journey, step)), "")

    @property
    def said(self) -> str:
        """The choice as an address says it; two that choose the same say the same."""
        pairs = [("document", name) for name in self.documents]
        pairs += [("people", KEEP)] if self.people == KEEP else []
        pairs += [("enter", "enter")] if self.enter else []
        return urlencode([*pairs, *((f"{ROUTE}{journey}:{step}", to) for journey, step, to in self.reroute)])


def read_chosen(said: Mapping[str, str], documents: tuple[str, ...] = ()) -> Chosen:
    """Read a choice; what it does not say is as it usually is: everybody inside moves, nobody outside is let in."""
    routes = ((name.removeprefix(ROUTE).partition(":"), to) for name, to in said.items() if name.startswith(ROUTE))
    return Chosen(
        tuple(sorted(set(documents))),
        KEEP if said.get("people") == KEEP else MOVE,
        said.get("enter") == "enter",
        tuple(sorted((journey, step, to) for (journey, _, step), to in routes if to and step)),
    )
