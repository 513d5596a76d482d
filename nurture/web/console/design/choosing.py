"""What somebody chooses before a publish: read from an address or a form, and said as an address again."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from nurture.engine.duration import parse_duration
from nurture.engine.plan import KEEP, MOVE
from nurture.flow.publish import Choices

ROUTE = "to:"
"""Begins the name of a field that says where those go who stand at a step: `to:<journey>:<step>`."""

PER_HOUR: Mapping[str, str] = {"": "all at once", **{str(n): f"{n:,} an hour" for n in (50, 200, 1000)}}
"""How fast people outside are let in, as offered."""
SPREADS: Mapping[str, str] = {"": "at once", **{f"{n}h": f"spread over {n} hours" for n in (2, 6, 24)}}
"""Over how long those go on whose wait is over already, as offered."""


class Chosen(NamedTuple):
    """One choice as a whole.

    documents: `journey/first-win`, where several are published together.  reroute: journey, step and where to.
    per_hour: one of PER_HOUR; spread: one of SPREADS; '' for all at once.
    """

    documents: tuple[str, ...] = ()
    people: str = MOVE
    enter: bool = False
    reroute: tuple[tuple[str, str, str], ...] = ()
    per_hour: str = ""
    spread: str = ""

    def choices(self, token: str | None = None) -> Choices:
        """The same as the station takes it.  token: of the preview that was shown."""
        routes: dict[str, dict[str, str]] = {}
        for journey, step, to in self.reroute:
            routes.setdefault(journey, {})[step] = to
        return Choices(
            self.people,
            routes,
            enter=self.enter,
            token=token,
            per_hour=int(self.per_hour) if self.per_hour and self.enter else None,
            spread=parse_duration(self.spread) if self.spread else None,
        )

    def to(self, journey: str, step: str) -> str:
        """Where those who stand at a step go by this choice; '' as planned."""
        return next((to for one, at, to in self.reroute if (one, at) == (journey, step)), "")

    @property
    def said(self) -> str:
        """The choice as an address says it; two that choose the same say the same."""
        pairs = [("document", name) for name in self.documents]
        pairs += [("people", KEEP)] if self.people == KEEP else []
        pairs += [("enter", "enter")] if self.enter else []
        pairs += [(name, value) for name, value in (("per_hour", self.per_hour), ("spread", self.spread)) if value]
        return urlencode([*pairs, *((f"{ROUTE}{journey}:{step}", to) for journey, step, to in self.reroute)])


def read_chosen(said: Mapping[str, str], documents: tuple[str, ...] = ()) -> Chosen:
    """Read a choice; what it does not say is as it usually is: everybody inside moves, nobody outside is let in."""
    routes = ((name.removeprefix(ROUTE).partition(":"), to) for name, to in said.items() if name.startswith(ROUTE))
    return Chosen(
        tuple(sorted(set(documents))),
        KEEP if said.get("people") == KEEP else MOVE,
        said.get("enter") == "enter",
        tuple(sorted((journey, step, to) for (journey, _, step), to in routes if to and step)),
        _one_of(PER_HOUR, said.get("per_hour", "")),
        _one_of(SPREADS, said.get("spread", "")),
    )


def _one_of(options: Mapping[str, str], value: str) -> str:
    return value if value in options else ""
