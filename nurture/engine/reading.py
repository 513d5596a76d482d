"""Reading: the texts of documents become checked values, and what they name in each other is found."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from pydantic import BaseModel

from nurture.engine import leaves, told
from nurture.engine.care import Task
from nurture.engine.condition import InSegment, Segment
from nurture.engine.document import check, line_of, read_yaml
from nurture.engine.email import EmailText, parse_email
from nurture.engine.journey import ALL, Enter, Goal, Journey, Variant, walk
from nurture.engine.lifecycle import Lifecycle, Measure, Move, Stage, Starts
from nurture.engine.milestones import Milestones
from nurture.engine.outbound import Outbound
from nurture.engine.personas import Personas
from nurture.engine.policy import Policy
from nurture.engine.problem import Problem, nearest
from nurture.engine.scenario import Happening, Scenario
from nurture.engine.steps.care import Care, Escalate
from nurture.engine.steps.email import Email
from nurture.engine.steps.experiment import Experiment
from nurture.engine.steps.move import Move as MoveStep
from nurture.engine.steps.start import StartAnother
from nurture.engine.steps.survey import Survey as SurveyStep
from nurture.engine.steps.webhook import Webhook
from nurture.engine.survey import Survey

SINGLE: Mapping[str, type[BaseModel]] = {
    "lifecycle": Lifecycle,
    "personas": Personas,
    "milestones": Milestones,
    "policy": Policy,
}
MANY: Mapping[str, tuple[str, type[BaseModel]]] = {
    "segment": ("segments", Segment),
    "survey": ("surveys", Survey),
    "task": ("tasks", Task),
    "outbound": ("outbound", Outbound),
    "scenario": ("scenarios", Scenario),
    "journey": ("journeys", Journey),
}
KINDS = (*SINGLE, *MANY, "email", "snippet", "layout")
KEPT = 1024  # texts whose documents are remembered
PLAIN = (str, int, float, bool, type(None), timedelta, datetime)  # values with nothing inside

Texts = Mapping[tuple[str, str], tuple[int, str]]
"""The published text of each document: (kind, key) -> (revision, text); an email's text is a JSON map of its files."""


def file_of(kind: str, key: str) -> str:
    """Tell where a document lives in a checkout, relative to the project's root."""
    if kind in SINGLE:
        return f"config/{kind}.yaml"
    if kind in MANY:
        return f"config/{MANY[kind][0]}/{key}.yaml"
    if kind == "snippet":
        return f"config/snippets/{key}.md"
    return f"templates/emails/_layout/{key}.mjml" if kind == "layout" else f"templates/emails/{key}/"


def models_in(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], BaseModel]]:
    """Go through every model inside a document, with the path of keys that leads to it in the text."""
    ahead: list[tuple[tuple[str | int, ...], Any]] = [(path, value)]
    while ahead:  # no recursion: every rule of the linter goes through every document
        here, one = ahead.pop()
        inner: Iterable[tuple[str | int, Any]] = ()
        if isinstance(one, BaseModel):
            yield here, one
            inner = [(key, getattr(one, name)) for name, key in _fields(type(one))]
        elif isinstance(one, Mapping):
            inner = one.items()
        elif isinstance(one, tuple | list):
            inner = enumerate(one)
        ahead += reversed([((*here, key), each) for key, each in inner if not isinstance(each, PLAIN)])


@cache
def _fields(model: type[BaseModel]) -> tuple[tuple[str, str], ...]:
    """The fields of a model, each with its key in the text."""
    return tuple((name, field.alias or name) for name, field in model.model_fields.items())


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
    (Variant, "stage"): "stage",
    (Variant, "persona"): "persona",
    (Variant, "journey"): "journey",
    (Journey, "holds"): "journey",
    (Enter, "segment"): "segment",
    (Email, "email"): "email",
    (MoveStep, "to"): "stage",
    (SurveyStep, "survey"): "survey",
    (SurveyStep, "asks_by"): "email",
    (Care, "task"): "task",
    (Care, "owner"): "owner",
    (Escalate, "to"): "owner",
    (Task, "owner"): "owner",
    (Webhook, "to"): "outbound",
    (StartAnother, "journey"): "journey",
    (told.MessageWas, "message"): "email",
    (told.CareGave, "care"): "task",
    (Scenario, "journey"): "journey",
    (Scenario, "persona"): "persona",
    (Scenario, "stage"): "stage",
    (Happening, "answers"): "survey",
    (Happening, "care"): "task",
}
"""Which fields name something that another document defines."""

BY_MODEL: Mapping[type[BaseModel], tuple[tuple[str, str], ...]] = {
    model: tuple((name, kind) for (owner, name), kind in REFERENCES.items() if owner is model)
    for model, _ in REFERENCES
}


def references(document: BaseModel) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """List everything a document names elsewhere, as (path in the text, kind of thing, key)."""
    for path, model in models_in(document):
        for name, kind in BY_MODEL.get(type(model), ()):
            named = getattr(model, name)
            field = type(model).model_fields.get(name)
            for key in (named,) if isinstance(named, str) else named or ():
                if (name, key) != ("holds", ALL):
                    yield (*path, (field.alias if field else None) or name), kind, key


class Reading:
    """The texts on their way to being documents, and the problems met so far."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.trees: dict[tuple[str, str], Any] = {}
        self.problems = list(_misnamed(texts))

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
                email, problems = _email(key, text)
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
            **{kind: set(many[kind]) for kind in ("journey", "task", "outbound")},
            "owner": {owner.id for owner in one["policy"].owners},
        }
        documents = {(kind, kind): document for kind, document in one.items()}
        documents |= {(kind, key): document for kind, found in many.items() for key, document in found.items()}
        for (kind, key), document in documents.items():
            for path, wanted, name in references(document):
                if name not in known[wanted]:
                    self._blame((kind, key), path, f"there is no {wanted} {name!r}", nearest(name, known[wanted]))
        self._check_arms(documents, many["journey"])
        self._check_personas_named(known["persona"], documents)
        self._check_finals(one["lifecycle"])
        self._check_heads(one["policy"], emails)
        self._check_variants(known["persona"], emails)
        self._check_circles(many["segment"])

    def _blame(self, name: tuple[str, str], path: tuple[str | int, ...], said: str, hint: str) -> None:
        """Write down a problem at the place in the text that a path of keys leads to."""
        line, where = line_of(self.trees[name], path), ".".join(map(str, path))
        self.problems.append(Problem(file_of(*name), line, where, said, hint))

    def _check_arms(self, documents: Mapping[tuple[str, str], Any], journeys: Mapping[str, Journey]) -> None:
        """An arm that no experiment has would never be anybody's."""
        arms = {
            f"{key}.{step.id}": {arm.id for arm in step.arms}
            for key, journey in journeys.items()
            for step in walk(journey.steps)
            if isinstance(step, Experiment)
        }
        for name, document in documents.items():
            for path, model in models_in(document):
                if isinstance(model, told.ArmIs) and model.is_ not in arms.get(model.arm, ()):
                    hint = nearest(model.is_, arms[model.arm]) if model.arm in arms else nearest(model.arm, arms)
                    self._blame(name, path, f"there is no arm {model.is_!r} of an experiment {model.arm!r}", hint)

    def _check_personas_named(self, personas: set[str], documents: Mapping[tuple[str, str], Any]) -> None:
        """Words for a persona that does not exist would never be said, and nobody would notice."""
        for name, document in documents.items():
            for path, model in models_in(document):
                for persona in getattr(model, "for_", {}):
                    if persona not in personas:
                        hint = nearest(persona, personas)
                        self._blame(name, (*path, "for", persona), f"there is no persona {persona!r}", hint)

    def _check_finals(self, lifecycle: Lifecycle) -> None:
        for n, move in enumerate(lifecycle.moves):
            final = next((stage for stage in move.from_ if move.when is not None and lifecycle.final(stage)), None)
            if final is not None:
                said, hint = f"{final!r} is final: only an event leaves it", "write `on: EVENT` instead of `when`"
                self._blame(("lifecycle", "lifecycle"), ("moves", n, "when"), said, hint)

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


def _misnamed(names: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """A document that nothing would ever read is a mistake in its name."""
    for kind, key in sorted(names):
        if kind not in KINDS:
            yield Problem(f"{kind}/{key}", 0, "", f"there is no kind of document {kind!r}", nearest(kind, KINDS))
        elif kind in SINGLE and key != kind:
            said = f"there is one {kind}, and its key is {kind!r}"
            yield Problem(f"{kind}/{key}", 0, "", said, f"write it into {file_of(kind, kind)}")


@lru_cache(maxsize=KEPT)
def _email(key: str, text: str) -> tuple[EmailText | None, tuple[Problem, ...]]:
    """Read an email's files; the same text is read once."""
    return parse_email(key, json.loads(text))


@lru_cache(maxsize=KEPT)
def read_document(kind: str, key: str, text: str, model: type[BaseModel]) -> tuple[Any, Any, tuple[Problem, ...]]:
    """Read one YAML document alone, without its references.  Returns (document, tree, problems).

    The same text is read once: a publish changes few documents of many. Nobody may change what is returned.
    """
    file = file_of(kind, key)
    tree, problems = read_yaml(text, file)
    if problems:
        return None, tree, problems
    if not isinstance(tree, Mapping):
        found = "nothing" if tree is None else "a list" if isinstance(tree, list) else repr(tree)[:60]
        return None, tree, (Problem(file, 1, "", f"expected the keys of a {kind}, found {found}"),)
    document, problems = check(model, tree, file)
    return document, tree, problems
