"""A scenario: an invented trial customer and what they will do, as a YAML file."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import field_validator

from nurture.engine.document import Document, Key, check, read_yaml
from nurture.engine.duration import Duration
from nurture.engine.lifecycle import EventName
from nurture.engine.local import known_zone
from nurture.engine.problem import Problem, Unsound
from nurture.engine.snapshot import Fact

TRIAL = timedelta(days=14)


class Act(Document):
    """Something they will do, so long after the beginning."""

    after: Duration
    event: EventName
    properties: Mapping[str, Any] = {}


class Scenario(Document):
    """Somebody who begins a trial, and their events.  Without a persona the playbook's own rules tell who they are."""

    persona: Key | None = None
    zone: str | None = None
    traits: Mapping[str, Any] = {}
    trial: Duration = TRIAL
    events: tuple[Act, ...] = ()

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str | None) -> str | None:
        if zone is not None and not known_zone(zone):
            raise ValueError(f"expected an IANA time zone such as Europe/London, found {zone!r}")
        return zone

    def script(self, start: datetime) -> list[Fact]:
        """What they will do, each at its moment."""
        return [Fact(act.event, start + act.after, act.properties) for act in self.events]


def read_scenario(file: Path) -> Scenario:
    """Read a scenario.  Raises Unsound with every problem and its line."""
    text = file.read_bytes().decode("utf-8", errors="replace")
    tree, problems = read_yaml(text, str(file))
    if not problems and not isinstance(tree, Mapping):
        problems = (Problem(str(file), 1, "", "expected the keys of a scenario", "see `nurture simulate --help`"),)
    if not problems:
        scenario, problems = check(Scenario, tree, str(file))
        if scenario is not None:
            return scenario
    raise Unsound(problems)
