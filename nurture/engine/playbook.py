"""The playbook: all published documents, compiled together once, immutable, and checked against each other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel

from nurture.engine.care import Task
from nurture.engine.condition import Condition
from nurture.engine.email import EmailText
from nurture.engine.journey import Enter, Goal, Journey, Version, compile_journey
from nurture.engine.leaves import Did, DidNot, SilentFor
from nurture.engine.lifecycle import Lifecycle, Move
from nurture.engine.milestones import Milestone, Milestones
from nurture.engine.outbound import Outbound
from nurture.engine.personas import Personas
from nurture.engine.policy import Policy
from nurture.engine.problem import Unsound
from nurture.engine.reading import MANY, SINGLE, Reading, Texts, models_in, read_document
from nurture.engine.scenario import Scenario
from nurture.engine.steps.wait_for import Happens
from nurture.engine.survey import Survey

ANY = "any"  # the event name that stands for every sign of life


class Ring(NamedTuple):
    """One ring of moments to keep: which event, narrowed by which properties, and how many of the newest."""

    key: str
    event: str
    where: Mapping[str, Any]
    depth: int

    def counts(self, properties: Mapping[str, Any]) -> bool:
        """Whether a fact with these properties belongs in the ring; true is not 1, as in JSON."""
        found = ((properties.get(name), wanted) for name, wanted in self.where.items())
        return all(one == wanted and isinstance(one, bool) == isinstance(wanted, bool) for one, wanted in found)


class Playbook(NamedTuple):
    """Everything the engine knows about what should happen.  `journeys` come in the order in which they may speak."""

    revision: int
    lifecycle: Lifecycle
    personas: Personas
    milestones: Milestones
    policy: Policy
    segments: Mapping[str, Condition]
    surveys: Mapping[str, Survey]
    journeys: tuple[Version, ...]
    pinned: Mapping[tuple[str, int], Version]
    emails: Mapping[str, EmailText]
    snippets: Mapping[str, str]
    layouts: Mapping[str, str]
    since: Mapping[str, int]  # journey -> the playbook revision in which its text first stood
    rings: Mapping[str, tuple[Ring, ...]]
    moves_on: Mapping[str, tuple[Move, ...]]
    moves_when: Mapping[str, tuple[Move, ...]]
    wins: Mapping[str, tuple[Milestone, ...]]  # event -> the milestones it reaches
    finals: frozenset[str]  # stages in which all mail ends
    open_in: Mapping[str, tuple[Version, ...]]  # stage -> the journeys that are entered there without an event
    opened_by: Mapping[str, tuple[Version, ...]]  # event -> the journeys it may start
    holders: frozenset[str]  # journeys that make others rest, in any version somebody walks
    tasks: Mapping[str, Task]
    outbound: Mapping[str, Outbound]
    scenarios: Mapping[str, Scenario]
    farewells: frozenset[str]  # events that end the relation; they are no sign of life
    paused: Mapping[str, str]  # journeys in which everybody stands still -> `freeze` or `count`

    def version(self, journey: str, revision: int) -> Version:
        """Find the version an enrollment is pinned to; KeyError if it was not loaded."""
        return self.pinned[journey, revision]

    def live(self, journey: str) -> Version | None:
        """Find the published version of a journey."""
        return next((version for version in self.journeys if version.journey.id == journey), None)

    def shared_milestone(self, key: str) -> bool:
        """Whether a milestone is reached by all of an account once anyone reached it."""
        return any(milestone.id == key and milestone.account for milestone in self.milestones.milestones)

    def hears(self, event: str) -> bool:
        """Whether any document mentions this event; what none mentions is stored and wakes nobody."""
        if ANY in self.rings and event not in self.farewells:
            return True
        return any(event in known for known in (self.rings, self.moves_on, self.wins, self.opened_by))


def compile_playbook(
    revision: int,
    texts: Texts,
    pinned: Mapping[tuple[str, int], str] | None = None,
    since: Mapping[str, int] | None = None,
    numbers: Mapping[tuple[str, int], int] | None = None,
) -> Playbook:
    """Compile the published texts.  Raises Unsound with every problem found, each with its file and line.

    pinned: older texts of journeys that somebody still walks.
    since: the playbook revision in which each journey's text first stood; one that is not named is new in this one.
    numbers: what staff call the versions of journeys; one that is not named is called by its revision.
    """
    called = numbers or {}
    reading = Reading(texts)
    one = {kind: reading.single(kind, model) for kind, model in SINGLE.items()}
    many = {kind: reading.many(kind, model) for kind, (_, model) in MANY.items()}
    emails = reading.emails()
    if not reading.problems:
        reading.check_references(one, many, emails)
    if any(problem.must_fix for problem in reading.problems):
        raise Unsound(sorted(reading.problems, key=lambda problem: (problem.file, problem.line)))
    versions = {
        (key, n): compile_journey(journey, n, called.get((key, n)))
        for key, journey in many["journey"].items()
        for n in [texts["journey", key][0]]
    }
    older = {
        name: _older(name, text, called.get(name)) for name, text in (pinned or {}).items() if name not in versions
    }
    live = sorted(versions.values(), key=lambda version: (-version.journey.priority, version.journey.id))
    return _assemble(revision, one, many, emails, texts, tuple(live), {**older, **versions}, since or {})


def _assemble(
    revision: int,
    one: Mapping[str, Any],
    many: Mapping[str, Mapping[str, Any]],
    emails: Mapping[str, EmailText],
    texts: Texts,
    live: tuple[Version, ...],
    pinned: Mapping[tuple[str, int], Version],
    since: Mapping[str, int],
) -> Playbook:
    lifecycle: Lifecycle = one["lifecycle"]
    walked = [version.journey for version in pinned.values()]
    finals = frozenset(stage.id for stage in lifecycle.stages if stage.final)
    return Playbook(
        revision=revision,
        **one,
        segments={key: segment.when for key, segment in many["segment"].items()},
        surveys=many["survey"],
        holders=frozenset(journey.id for journey in walked if journey.holds is not None),
        tasks=many["task"],
        outbound=many["outbound"],
        scenarios=many["scenario"],
        journeys=live,
        pinned=pinned,
        emails=emails,
        snippets={key: text for (kind, key), (_, text) in texts.items() if kind == "snippet"},
        layouts={key: text for (kind, key), (_, text) in texts.items() if kind == "layout"},
        since={version.journey.id: since.get(version.journey.id, revision) for version in live},
        rings=_rings([*one.values(), *many["segment"].values(), *walked]),
        moves_on=_grouped((event, move) for move in lifecycle.moves for event in move.on or ()),
        moves_when=_grouped(
            (stage, move) for move in lifecycle.moves if move.when for stage in move.from_ if stage != move.to
        ),
        wins=_grouped((milestone.on, milestone) for milestone in one["milestones"].milestones),
        finals=finals,
        open_in=_grouped(
            (stage.id, version)
            for version in live
            for stage in lifecycle.stages
            if _opens_by_itself(version.entry) and version.allows(stage.id, finals)
        ),
        opened_by=_grouped((event, version) for version in live for event in version.entry.on or ()),
        paused={version.journey.id: version.journey.paused for version in live if version.journey.paused},
        farewells=frozenset(event for move in lifecycle.moves if move.to in finals for event in move.on or ()),
    )


def _opens_by_itself(entry: Enter) -> bool:
    """Whether a change of theirs lets them in, rather than an event, a step or a hand of ours."""
    return entry.on is None and (entry.stage is not None or entry.when is not None) and not entry.once


def _grouped(pairs: Iterator[tuple[str, Any]]) -> dict[str, tuple[Any, ...]]:
    groups: dict[str, list[Any]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in groups.items()}


def _rings(documents: Sequence[BaseModel]) -> dict[str, tuple[Ring, ...]]:
    """Gather which moments any condition may ask for, each ring as deep as the deepest question."""
    rings: dict[str, Ring] = {}
    for document in documents:
        for _, model in models_in(document):
            asked = _asked_of(model)
            if asked is not None:
                known = rings.get(asked.key, asked)
                rings[asked.key] = asked._replace(depth=max(asked.depth, known.depth))
    by_event: dict[str, list[Ring]] = {}
    for ring in rings.values():
        by_event.setdefault(ring.event, []).append(ring)
    return {event: tuple(found) for event, found in by_event.items()}


def _asked_of(model: BaseModel) -> Ring | None:
    if isinstance(model, Happens):
        return Ring(model.ring, model.event, model.where, 1)
    if isinstance(model, Did):
        return Ring(model.ring, model.did, model.where, model.depth)
    if isinstance(model, DidNot):
        return Ring(model.ring, model.did_not, {}, model.depth)
    if isinstance(model, SilentFor):
        return Ring(ANY, ANY, {}, 1)
    if isinstance(model, Goal) and model.did is not None:
        return Ring(model.did, model.did, {}, 1)
    return None


def _older(name: tuple[str, int], text: str, number: int | None) -> Version:
    """Compile a version that somebody still walks; it was sound when it was published."""
    document, _, problems = read_document("journey", name[0], text, Journey)
    if problems:
        raise Unsound(problems)
    return compile_journey(document, name[1], number)
