"""The playbook: all published documents, compiled together once, immutable, and checked against each other."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel

from nurture.engine import leaves
from nurture.engine.condition import Condition, InSegment, Segment
from nurture.engine.document import check, line_of, read_yaml
from nurture.engine.email import EmailText, parse_email
from nurture.engine.journey import Enter, Goal, Journey, Version, compile_journey
from nurture.engine.leaves import Did, DidNot, SilentFor
from nurture.engine.lifecycle import Lifecycle, Measure, Move, Stage, Starts
from nurture.engine.milestones import Milestone, Milestones
from nurture.engine.personas import Personas
from nurture.engine.policy import Policy
from nurture.engine.problem import Problem, Unsound, nearest
from nurture.engine.steps.email import Email
from nurture.engine.steps.move import Move as MoveStep
from nurture.engine.survey import Survey

ANY = "any"  # the event name that stands for every sign of life

SINGLE: Mapping[str, type[BaseModel]] = {
    "lifecycle": Lifecycle,
    "personas": Personas,
    "milestones": Milestones,
    "policy": Policy,
}
MANY: Mapping[str, tuple[str, type[BaseModel]]] = {
    "segment": ("segments", Segment),
    "survey": ("surveys", Survey),
    "journey": ("journeys", Journey),
}
KINDS = (*SINGLE, *MANY, "email", "snippet", "layout")

Texts = Mapping[tuple[str, str], tuple[int, str]]
"""The published text of each document: (kind, key) -> (revision, text); an email's text is a JSON map of its files."""


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
    farewells: frozenset[str]  # events that end the relation; they are no sign of life

    def version(self, journey: str, revision: int) -> Version:
        """Find the version an enrollment is pinned to; KeyError if it was not loaded."""
        return self.pinned[journey, revision]

    def live(self, journey: str) -> Version | None:
        """Find the published version of a journey."""
        return next((version for version in self.journeys if version.journey.id == journey), None)

    def hears(self, event: str) -> bool:
        """Whether any document mentions this event; what none mentions is stored and wakes nobody."""
        if ANY in self.rings and event not in self.farewells:
            return True
        return any(event in known for known in (self.rings, self.moves_on, self.wins, self.opened_by))


def file_of(kind: str, key: str) -> str:
    """Tell where a document lives in a checkout, relative to the project's root."""
    if kind in SINGLE:
        return f"config/{kind}.yaml"
    if kind in MANY:
        return f"config/{MANY[kind][0]}/{key}.yaml"
    if kind == "snippet":
        return f"config/snippets/{key}.md"
    return f"templates/emails/_layout/{key}.mjml" if kind == "layout" else f"templates/emails/{key}/"


def compile_playbook(
    revision: int,
    texts: Texts,
    pinned: Mapping[tuple[str, int], str] | None = None,
    since: Mapping[str, int] | None = None,
) -> Playbook:
    """Compile the published texts.  Raises Unsound with every problem found, each with its file and line.

    pinned: older texts of journeys that somebody still walks.
    since: the playbook revision in which each journey's text first stood; one that is not named is new in this one.
    """
    reading = _Reading(texts)
    one = {kind: reading.single(kind, model) for kind, model in SINGLE.items()}
    many = {kind: reading.many(kind, model) for kind, (_, model) in MANY.items()}
    emails = reading.emails()
    if not reading.problems:
        reading.check_references(one, many, emails)
    if any(problem.must_fix for problem in reading.problems):
        raise Unsound(sorted(reading.problems, key=lambda problem: (problem.file, problem.line)))
    versions = {
        (key, texts["journey", key][0]): compile_journey(journey, texts["journey", key][0])
        for key, journey in many["journey"].items()
    }
    older = {name: _older(name, text) for name, text in (pinned or {}).items() if name not in versions}
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
            if version.journey.enter.on is None and version.allows(stage.id, finals)
        ),
        opened_by=_grouped((event, version) for version in live for event in version.journey.enter.on or ()),
        farewells=frozenset(event for move in lifecycle.moves if move.to in finals for event in move.on or ()),
    )


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
    if isinstance(model, Did):
        return Ring(model.ring, model.did, model.where, model.depth)
    if isinstance(model, DidNot):
        return Ring(model.ring, model.did_not, {}, model.depth)
    if isinstance(model, SilentFor):
        return Ring(ANY, ANY, {}, 1)
    if isinstance(model, Goal) and model.did is not None:
        return Ring(model.did, model.did, {}, 1)
    return None


def models_in(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], BaseModel]]:
    """Go through every model inside a document, with the path of keys that leads to it in the text."""
    if isinstance(value, BaseModel):
        yield path, value
        for name, field in type(value).model_fields.items():
            yield from models_in(getattr(value, name), (*path, field.alias or name))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from models_in(inner, (*path, key))
    elif isinstance(value, tuple | list):
        for n, inner in enumerate(value):
            yield from models_in(inner, (*path, n))


REFERENCES: Mapping[tuple[type[BaseModel], str], str] = {
    (leaves.PersonaIs, "persona"): "persona",
    (leaves.StageIs, "stage"): "stage",
    (leaves.StageWas, "stage_was"): "stage",
    (leaves.MilestoneReached, "milestone"): "milestone",
    (leaves.DriverIs, "driver"): "driver",
    (leaves.SurveyAnswered, "survey"): "survey",
    (InSegment, "segment"): "segment",
    (Move, "from_"): "stage",
    (Move, "to"): "stage",
    (Stage, "ask"): "survey",
    (Measure, "milestone"): "milestone",
    (Starts, "lead"): "stage",
    (Starts, "signup"): "stage",
    (Enter, "stage"): "stage",
    (Journey, "stays"): "stage",
    (Goal, "milestone"): "milestone",
    (Email, "email"): "email",
    (MoveStep, "to"): "stage",
}
"""Which fields name something that another document defines."""


def references(document: BaseModel) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """List everything a document names elsewhere, as (path in the text, kind of thing, key)."""
    for path, model in models_in(document):
        for name, field in type(model).model_fields.items():
            kind = REFERENCES.get((type(model), name))
            named = getattr(model, name) if kind else None
            if kind is None or named is None:
                continue
            for key in (named,) if isinstance(named, str) else named:
                yield (*path, field.alias or name), kind, key


class _Reading:
    """The texts on their way to being documents, and the problems met so far."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.trees: dict[tuple[str, str], Any] = {}
        self.problems: list[Problem] = []

    def single(self, kind: str, model: type[BaseModel]) -> Any:
        if (kind, kind) not in self.texts:
            self.problems.append(Problem(file_of(kind, kind), 0, "", "is missing", f"every playbook needs its {kind}"))
            return None
        return self._document(kind, kind, model)

    def many(self, kind: str, model: type[BaseModel]) -> dict[str, Any]:
        keys = sorted(key for found, key in self.texts if found == kind)
        read = {key: self._document(kind, key, model) for key in keys}
        for key, document in read.items():
            if document is not None and document.id != key:
                line = line_of(self.trees[kind, key], ("id",))
                said = f"the id {document.id!r} does not match the file's name"
                self.problems.append(Problem(file_of(kind, key), line, "id", said, f"write id: {key}"))
        return {key: document for key, document in read.items() if document is not None}

    def _document(self, kind: str, key: str, model: type[BaseModel]) -> Any:
        document, tree, problems = read_document(kind, key, self.texts[kind, key][1], model)
        self.trees[kind, key] = tree
        self.problems.extend(problems)
        return document

    def emails(self) -> dict[str, EmailText]:
        read: dict[str, EmailText] = {}
        for (kind, key), (_, text) in self.texts.items():
            if kind == "email":
                email, problems = parse_email(key, json.loads(text))
                self.problems.extend(problems)
                if email is not None:
                    read[key] = email
        return read

    def check_references(
        self, one: Mapping[str, Any], many: Mapping[str, Mapping[str, Any]], emails: Mapping[str, EmailText]
    ) -> None:
        known: dict[str, set[str]] = {
            "stage": {stage.id for stage in one["lifecycle"].stages},
            "persona": {persona.id for persona in one["personas"].personas},
            "milestone": {milestone.id for milestone in one["milestones"].milestones},
            "driver": set(one["milestones"].drivers),
            "survey": set(many["survey"]),
            "segment": set(many["segment"]),
            "email": set(emails),
        }
        documents = {(kind, kind): document for kind, document in one.items()}
        documents |= {(kind, key): document for kind, found in many.items() for key, document in found.items()}
        for (kind, key), document in documents.items():
            for path, wanted, name in references(document):
                if name not in known[wanted]:
                    line = line_of(self.trees[kind, key], path)
                    where = ".".join(map(str, path))
                    said = f"there is no {wanted} {name!r}"
                    self.problems.append(Problem(file_of(kind, key), line, where, said, nearest(name, known[wanted])))
        self._check_finals(one["lifecycle"])
        self._check_heads(one["policy"], emails)
        self._check_variants(known["persona"], emails)
        self._check_circles(many["segment"])

    def _check_finals(self, lifecycle: Lifecycle) -> None:
        for n, move in enumerate(lifecycle.moves):
            final = next((stage for stage in move.from_ if move.when is not None and lifecycle.final(stage)), None)
            if final is not None:
                line = line_of(self.trees["lifecycle", "lifecycle"], ("moves", n, "when"))
                said = f"{final!r} is final: only an event leaves it"
                file, where = file_of("lifecycle", "lifecycle"), f"moves.{n}.when"
                self.problems.append(Problem(file, line, where, said, "write `on: EVENT` instead of `when`"))

    def _check_heads(self, policy: Policy, emails: Mapping[str, EmailText]) -> None:
        topics = {topic.id for topic in policy.topics}
        for key, email in emails.items():
            file = file_of("email", key) + "email.md"
            head = email.head
            for what, named, known in (("sender", head.sender, policy.senders), ("topic", head.topic, topics)):
                if named not in known:
                    line, said = email.lines.get(what, 1), f"there is no {what} {named!r}"
                    self.problems.append(Problem(file, line, what, said, nearest(named, known)))

    def _check_variants(self, personas: set[str], emails: Mapping[str, EmailText]) -> None:
        """Words for a persona that does not exist would never be read, and nobody would notice."""
        for email in emails.values():
            for stem, override in email.overrides.items():
                name = stem.split(".")[0]
                if name in email.personas and name not in personas:
                    said = f"there is no persona {name!r}"
                    self.problems.append(Problem(override.file, 0, "", said, nearest(name, personas)))

    def _check_circles(self, segments: Mapping[str, Segment]) -> None:
        names = {
            key: [model.segment for _, model in models_in(segment) if isinstance(model, InSegment)]
            for key, segment in segments.items()
        }
        for key in segments:
            seen, ahead = set[str](), list(names[key])
            while ahead:
                one = ahead.pop()
                if one == key:
                    said = "a segment cannot be defined by itself"
                    self.problems.append(Problem(file_of("segment", key), 0, "when", said))
                    break
                if one not in seen:
                    seen.add(one)
                    ahead.extend(names.get(one, ()))


def read_document(kind: str, key: str, text: str, model: type[BaseModel]) -> tuple[Any, Any, tuple[Problem, ...]]:
    """Read one YAML document alone, without its references.  Returns (document, tree, problems)."""
    file = file_of(kind, key)
    tree, problems = read_yaml(text, file)
    if problems:
        return None, tree, problems
    if not isinstance(tree, Mapping):
        found = "nothing" if tree is None else "a list" if isinstance(tree, list) else repr(tree)[:60]
        return None, tree, (Problem(file, 1, "", f"expected the keys of a {kind}, found {found}"),)
    document, problems = check(model, tree, file)
    return document, tree, problems


def _older(name: tuple[str, int], text: str) -> Version:
    """Compile a version that somebody still walks; it was sound when it was published."""
    document, _, problems = read_document("journey", name[0], text, Journey)
    if problems:
        raise Unsound(problems)
    return compile_journey(document, name[1])
