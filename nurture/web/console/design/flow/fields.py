"""A step's keys as the fields of a form, read off its type; and what somebody typed, as the document holds it.

A step type says itself which keys it has and what belongs there (engine/steps): whatever it gains, the form has.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from pydantic import BaseModel, TypeAdapter, ValidationError

from nurture.engine.condition import LEAVES, Condition
from nurture.engine.document import check, plain, read_yaml
from nurture.engine.duration import PATTERN
from nurture.engine.editing.writing import in_line
from nurture.engine.reading import REFERENCES
from nurture.engine.steps import STEP_TYPES, Step
from nurture.engine.steps.care import Escalate
from nurture.engine.steps.survey import Survey
from nurture.engine.steps.wait_for import Happens
from nurture.web.console.design.flow.sentences import shares_of
from nurture.web.console.design.rules import EXAMPLES
from nurture.web.console.design.spans import read_span, typed
from nurture.web.console.words import said

Picks = Mapping[str, Sequence[tuple[str, str]]]
"""What there is to choose from, by kind of thing: (key, its name)."""

INNER = frozenset({"id", "do", "off", "note", "paths", "arms", "then", "else", "outcomes", "steps", "escalate"})
TYPES: Mapping[str, type[Step]] = {kind.model_fields["do"].default: kind for kind in STEP_TYPES}
CONDITIONS = frozenset(f"#/$defs/{model.__name__}" for model in LEAVES.values())
CONDITION: TypeAdapter[Any] = TypeAdapter(Condition)


class Absent:
    """The value of a key that is to be taken out."""


ABSENT = Absent()


class Input(NamedTuple):
    """One field.

    name: the keys from the step to the value, with dots.  value: as it stands in the field.  options: value and word.
    limits: html attributes.
    kind: span | choose | check | number | words | lines | rule | written (as YAML) | keys (several of the options) |
    names (with commas between) | rules (one a line) | points (sentences, one a line).
    """

    name: str
    label: str
    kind: str
    value: str
    needed: bool = False
    options: Sequence[tuple[str, str]] = ()
    hint: str = ""
    limits: Mapping[str, Any] = {}


class Said(NamedTuple):
    """How a key is called on a form, and what helps to fill it in."""

    label: str
    hint: str = ""


WORDS: Mapping[str, Said] = {
    "wait.for": Said("Wait", "3 days, 12 hours, 1 week: counted from when they arrive here"),
    "message.for": Said("Other words for a persona", "as text: {kevin: {title: Your API key}}"),
    "what": Said("Until", "a condition, or {event: report_shared} for something that happens from now on"),
    "up_to": Said("At most", "then they go on by the other path"),
    "urgent": Said("Urgent: at once, not held by hours or limits"),
    "late": Said("If it could only go late"),
    "unless": Said("Not if", "whoever this holds for is passed by"),
    "due": Said("Due within"),
    "wait_for_outcome": Said("Wait for the outcome at most", "empty: the journey goes on at once"),
    "escalate.after": Said("Hand it on once it is overdue by", "4 hours, 1 day; empty: it stays whose it is"),
    "escalate.to": Said("Then it is the task of"),
    "owner": Said("Whose task"),
    "unless_answered": Said("Not if they answered within"),
    "trial": Said("Until the trial\u2019s"),
    "date": Said("Or until a date we know of them", "the name of the field that holds it"),
    "offset": Said("How long before or after", "2 days before, 12 hours"),
    "days": Said("Or until one of these days", "as text: mon-fri, or [tue, thu]"),
    "at": Said("At what time on their clock", "as text: \u201c09:00\u201d"),
    "survey.email": Said("Asked by this email", "empty: the one named as the survey is"),
    "send": Said("What is sent along", "as text: {rating: warm}"),
    "set.to": Said("To this value"),
    "trait": Said("Which field"),
    "times": Said("At most this often"),
    "until": Said("Not any more once", "asked before each round"),
    "body": Said("Text"),
    "label": Said("Words on its button"),
    "url": Said("Where the button leads"),
    "paths.when": Said("Who takes this path", "the first path that fits is taken"),
    "arms.weight": Said("Weight", "2 is drawn twice as often as 1; a change concerns new arrivals only"),
}
CHOICES: Mapping[str, str] = {
    "skip": "Skip it",
    "send": "Send it, and go on as planned",
    "replan": "Send it, and count what follows from then",
    "start": "start",
    "end": "end",
}
NOT_CHOSEN: Mapping[str, str] = {"late": "As the policy says", "owner": "As the task or the policy says"}


def inputs(step: Mapping[str, Any], picks: Picks) -> list[Input]:
    """Make the fields of a step from its type; none for a kind that is not known."""
    kind = TYPES.get(str(step.get("do")))
    own = [_input(name, shape, step, picks) for name, shape in _shapes(kind)] if kind is not None else []
    note = Input("note", "Note for colleagues", "lines", str(step.get("note") or ""), limits={"maxlength": 500})
    return [*own, *_of_escalation(step, picks), *_of_lanes(step), note]


@cache
def _shapes(kind: type[BaseModel]) -> tuple[tuple[str, "Shape"], ...]:
    schema = kind.model_json_schema(by_alias=True)
    own = schema["$defs"][kind.__name__] if "$ref" in schema else schema
    needed = set(own.get("required", ()))
    return tuple(
        (name, _shape(kind, name, field, needed=name in needed))
        for name, field in own["properties"].items()
        if name not in INNER
    )


class Shape(NamedTuple):
    """What belongs under a key.  refers: the kind of thing that is named there, '' for none."""

    kind: str
    needed: bool
    refers: str = ""
    options: tuple[str, ...] = ()
    limits: tuple[tuple[str, Any], ...] = ()


def _shape(kind: type[BaseModel], name: str, field: Mapping[str, Any], *, needed: bool) -> Shape:
    refers = REFERENCES.get((kind, name), "") or ("email" if (kind, name) == (Survey, "email") else "")
    if refers:
        return Shape("choose", needed, refers)
    several = [one for one in field.get("anyOf") or field.get("oneOf") or [field] if one.get("type") != "null"]
    only = several[0] if len(several) == 1 else {}
    if any(ref in CONDITIONS for ref in _refs(several)):
        return Shape("rule", needed)
    if "enum" in only:
        return Shape("choose", needed, options=tuple(only["enum"]))
    pattern = str(only.get("pattern", "")).strip("^$").removeprefix("-?")
    if pattern == PATTERN:
        return Shape("span", needed)
    if only.get("type") == "boolean":
        return Shape("check", needed)
    if only.get("type") == "integer":
        return Shape("number", needed, limits=(("min", only.get("minimum")), ("max", only.get("maximum"))))
    if only.get("type") == "string" and only.get("format") != "time":
        longest = only.get("maxLength")
        return Shape("lines" if (longest or 0) > 300 else "words", needed, limits=(("maxlength", longest),))
    return Shape("written", needed)


def _refs(several: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for one in several:
        yield str(one.get("$ref", ""))
        yield from _refs(one.get("oneOf", ()))


def _input(name: str, shape: Shape, step: Mapping[str, Any], picks: Picks) -> Input:
    words = WORDS.get(f"{step['do']}.{name}") or WORDS.get(name) or Said(said(name))
    value = shown(shape.kind, step.get(name))
    hint = words.hint + (f". For instance {EXAMPLES[1]}" if shape.kind == "rule" else "")
    limits = {key: limit for key, limit in shape.limits if limit is not None}
    options: list[tuple[str, str]] = []
    if shape.kind == "choose":
        known = list(picks.get(shape.refers, ())) if shape.refers else [(one, CHOICES[one]) for one in shape.options]
        options = [] if shape.needed and value else [("", NOT_CHOSEN.get(name, "Choose" if shape.needed else "None"))]
        options += known
        options += [(value, f"{said(value)} (there is none)")] if value and value not in dict(known) else []
    return Input(name, words.label, shape.kind, value, shape.needed, options, hint, limits)


def _of_escalation(step: Mapping[str, Any], picks: Picks) -> Iterable[Input]:
    """Whose a care task becomes when it is overdue."""
    if step.get("do") == "care":
        told = step.get("escalate")
        inner = {"do": "escalate", **(told if isinstance(told, Mapping) else {})}
        for name, shape in _shapes(Escalate):
            yield _input(name, shape._replace(needed=False), inner, picks)._replace(name=f"escalate.{name}")


def _of_lanes(step: Mapping[str, Any]) -> Iterable[Input]:
    """What a split asks of each path, and how an experiment weighs its arms."""
    match step:
        case {"do": "split", "paths": [*paths]}:
            words = WORDS["paths.when"]
            for n, path in enumerate(paths):
                if isinstance(path, Mapping) and "when" in path:
                    value = shown("rule", path["when"])
                    yield Input(f"paths.{n}.when", f"{words.label}: {n + 1}", "rule", value, True, hint=words.hint)
        case {"do": "experiment", "arms": [*arms]}:
            words = WORDS["arms.weight"]
            for n, (name, share) in enumerate(shares_of(arms)):
                weight = str(arms[n].get("weight", 1)) if isinstance(arms[n], Mapping) else ""
                label = f"{words.label} of {name}, now {share}"
                yield Input(f"arms.{n}.weight", label, "number", weight, True, hint=words.hint, limits={"min": 0})


def shown(kind: str, value: Any) -> str:
    """Write a value as it stands in a field."""
    if kind == "check":
        return "yes" if value is True else ""
    if kind in ("keys", "names") and value is not None:
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    if kind == "points":
        return "\n".join(map(str, value)) if isinstance(value, list) else ""
    if kind == "rules":
        return "\n".join(map(in_line, value)) if isinstance(value, list) else ""
    if value is None:
        return ""
    if kind == "span":
        return typed(value) if isinstance(value, str) else in_line(value)
    if kind in ("rule", "written") or not isinstance(value, str):
        return in_line(value) if kind != "written" or not isinstance(value, str) else value
    return value


def value_of(field: Input, text: str) -> Any:
    """Read what somebody typed into a field; ABSENT where the key is to go.  Raises ValueError with what to do."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        if field.needed:
            raise ValueError("this cannot be empty")
        return ABSENT
    if field.kind == "check":
        return True
    if field.kind == "number":
        if not text.isascii() or not text.isdigit() or len(text) > 6:
            raise ValueError("write a whole number")
        return int(text)
    reads = READS.get(field.kind)
    return reads(text) if reads is not None else text


def _names(text: str) -> Any:
    found = [name for name in (one.strip() for one in text.split(",")) if name]
    return found[0] if len(found) == 1 else found


def _points(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _rules(text: str) -> list[Any]:
    return [read_rule(line) for line in text.split("\n") if line.strip()]


def read_rule(text: str) -> Any:
    """Read a condition, or an event that is waited for.  Raises ValueError with what was expected."""
    tree = _yaml(text)
    if not isinstance(tree, Mapping):
        raise ValueError(f"write a condition, such as {EXAMPLES[0]}")  # noqa: TRY004 - it is what somebody typed
    try:
        Happens.model_validate(tree) if "event" in tree else CONDITION.validate_python(tree)
    except ValidationError:
        kind = LEAVES.get(next((key for key in tree if key in LEAVES), ""), Happens if "event" in tree else None)
        if kind is None:
            raise ValueError(f"{next(iter(tree), text)!s} is no condition; write one such as {EXAMPLES[0]}") from None
        _, problems = check(kind, tree, "")
        told = "; ".join(f"{one.key}: {one.message}" if one.key else one.message for one in problems)
        raise ValueError(told or "this is no condition yet") from None
    return tree


def _yaml(text: str) -> Any:
    tree, problems = read_yaml(text, "")
    if problems:
        raise ValueError(problems[0].message)
    return plain(tree)


READS: Mapping[str, Callable[[str], Any]] = {
    "span": read_span,
    "rule": read_rule,
    "rules": _rules,
    "keys": _names,
    "names": _names,
    "points": _points,
    "written": _yaml,
}
"""How what was typed is read, by the kind of field; anything else stays as it was typed."""
