"""What surrounds a step: everything it may name, by kind, with the names that staff know it by."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nurture.engine.linting.letters import asks
from nurture.engine.playbook import Playbook
from nurture.store import documents
from nurture.store.session import Session
from nurture.web.console.design.flow.acts import ids_of
from nurture.web.console.design.flow.beginning import Surroundings
from nurture.web.console.design.flow.fields import Picks
from nurture.web.console.words import Namer, said

Pairs = Sequence[tuple[str, str]]


def picks_of(session: Session, playbook: Playbook) -> Picks:
    """List what there is to choose from: what is live, and new documents that are being written."""
    namer = Namer(playbook)
    new: dict[str, list[str]] = {}
    for kind, key in documents.newcomers(session):
        new.setdefault(kind, []).append(key)
    journeys = [version.journey.id for version in playbook.journeys]
    stages = [stage.id for stage in playbook.lifecycle.stages]
    return {
        "email": _named([*playbook.emails, *new.get("email", ())], said),
        "survey": _named([*playbook.surveys, *new.get("survey", ())], said),
        "segment": _named([*playbook.segments, *new.get("segment", ())], said),
        "outbound": _named([*playbook.outbound, *new.get("outbound", ())], said),
        "task": _named([*playbook.tasks, *new.get("task", ())], namer.task),
        "journey": _named([*journeys, *new.get("journey", ())], namer.journey),
        "stage": [(key, namer.stage(key).word) for key in stages],
        "persona": [(persona.id, namer.persona(persona.id)) for persona in playbook.personas.personas],
        "milestone": [(one.id, one.name) for one in playbook.milestones.milestones],
        "driver": [(key, said(key)) for key in playbook.milestones.drivers],
        "owner": [(owner.id, owner.name) for owner in playbook.policy.owners],
    }


def _named(keys: Iterable[str], name: Any) -> Pairs:
    return sorted(((key, name(key)) for key in dict.fromkeys(keys)), key=lambda pair: (pair[1].lower(), pair[0]))


def rules_of(picks: Picks) -> Pairs:
    """Conditions to begin with, as one would write them, and what each says."""
    return [
        *((f"{{persona: {key}}}", f"is {name}") for key, name in picks.get("persona", ())),
        *((f"{{stage: {key}}}", f"is in stage {name}") for key, name in picks.get("stage", ())),
        *((f"{{milestone: {key}}}", f"reached {name}") for key, name in picks.get("milestone", ())),
        *((f"{{segment: {key}}}", f"is in {name}") for key, name in picks.get("segment", ())),
        *((f"{{driver: {key}}}", f"wants to {name.lower()}") for key, name in picks.get("driver", ())),
        ("{silent_for: 5d}", "is silent for 5 days"),
        ("{trial: {ends_within: 3d}}", "trial ends within 3 days"),
        ("{did: any, within: 2d}", "did anything within 2 days"),
    ]


def surroundings(playbook: Playbook, picks: Picks, root: Mapping[str, Any]) -> Surroundings:
    """What a new step of this journey may lean on."""
    enter = root.get("enter")
    stays = root.get("stays") or (enter.get("stage") if isinstance(enter, Mapping) else None) or ()
    asked = {survey: key for survey in playbook.surveys for key, text in playbook.emails.items() if asks(text, survey)}
    return Surroundings(
        picks,
        ids_of(root.get("steps")),
        _emails(root.get("steps")),
        [stays] if isinstance(stays, str) else [str(stage) for stage in stays],
        asked,
    )


def _emails(value: Any) -> set[str]:
    """Every email that these steps write already."""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    found = {one for part in inner for one in _emails(part)}
    if isinstance(value, Mapping) and isinstance(value.get("email"), str):
        found.add(value["email"])
    return found
