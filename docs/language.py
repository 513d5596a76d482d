"""Writes docs/reference/language.md from the language itself: `python -m docs.language`.

tests/cli/test_reference.py holds the page to it.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from inspect import getdoc
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from nurture.engine.condition import LEAVES
from nurture.engine.duration import PATTERN, write_duration
from nurture.engine.journey import Enter, Goal, Variant
from nurture.engine.linting import RULES
from nurture.engine.reading import MANY, SINGLE, file_of
from nurture.engine.steps import STEP_TYPES

PAGE = Path(__file__).parent / "reference" / "language.md"
INTRODUCTION = """\
# The language of a playbook

A playbook is a set of documents. Everything below is written from the code that reads them: what stands here is
accepted, and what does not is refused with its file, line and the nearest valid word. `nurture schema KIND` prints the
same as a JSON Schema for editors; [twelve sequences](../sequences.md) show it at work, and
[the first-run playbook](playbook-walkthrough.md) line by line. Spans of time are written `30m`, `4h`, `2d`, `1w` or
`1d 12h`; emails are Markdown with a head, and have [a chapter of their own](playbook-walkthrough.md).

"""
PLAIN = {"string": "words", "integer": "a number", "number": "a number", "boolean": "true or false"}


def page() -> str:
    """Write the whole page."""
    return INTRODUCTION + "\n".join([*documents(), *steps(), *conditions(), *checks()]) + "\n"


def documents() -> Iterator[str]:
    """Write one section for each kind of document, and for the parts of a journey."""
    yield "## Documents\n"
    for kind, model in {**SINGLE, **{kind: model for kind, (_, model) in MANY.items()}}.items():
        yield section(f"{kind}: `{file_of(kind, 'NAME' if kind in MANY else kind)}`", model)
        if kind == "journey":
            yield section("a journey's `enter`", Enter)
            yield section("a journey's `goal`", Goal)
            yield section("a journey's `variants`", Variant)


def steps() -> Iterator[str]:
    """Write one section for each type of step."""
    yield "## Steps\n\nEvery step has an `id`; `off: true` lets people pass it by, and a `note` is for colleagues.\n"
    for kind in STEP_TYPES:
        do = kind.model_fields["do"].default
        yield section(f"`do: {do}`", kind, f"\n```yaml\n- {kind.example}\n```\n")


def conditions() -> Iterator[str]:
    """Write one section for each thing that can be asked."""
    yield "## Conditions\n\nEach can be explained leaf by leaf, and knows when time alone could change its answer.\n"
    for key, model in LEAVES.items():
        yield section(f"`{key}`", model)


def checks() -> Iterator[str]:
    """Write what is looked for in documents that say nothing wrong each by itself."""
    yield (
        "## What `nurture check` looks for\n\n"
        "Besides words that are not known, references that lead nowhere and letters that do not compile. What would\n"
        "keep somebody from a step or from a letter must be mended before a publish; the rest is advice.\n"
    )
    for rule in RULES:
        yield "- " + (getdoc(rule) or "").partition("\n")[0].removeprefix("Find ")


def section(title: str, model: type[BaseModel], more: str = "") -> str:
    """Write what a model means, which keys it has, and the same of the parts that belong to it alone."""
    schema = model.model_json_schema(by_alias=True)
    parts = schema.get("$defs", {})
    told = TOLD if model in LEAVES.values() else TOLD | OF_LEAVES
    own = parts[model.__name__] if "$ref" in schema else schema
    inner = [part(name, parts[name], parts) for name in sorted(_named(own)) if name in parts and name not in told]
    return f"### {title}\n\n{getdoc(model)}\n{more}{table(own, parts)}" + "".join(inner)


def part(name: str, own: dict[str, Any], parts: dict[str, Any]) -> str:
    """Write what a part of a document means, and which keys it has."""
    return f"\n**{in_words(name)}**: {own.get('description', '')}\n{table(own, parts)}"


def _named(own: dict[str, Any]) -> set[str]:
    """Find what a schema refers to, at any depth of its own."""
    found = {str(own["$ref"]).rpartition("/")[2]} if "$ref" in own else set()
    for value in own.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                found |= _named(one)
    return found


def table(own: dict[str, Any], parts: dict[str, Any]) -> str:
    """Write the keys of a model, what belongs under each, and what holds without it."""
    rows = [
        f"| `{name}` | {words(field, parts)} | {standing(name, field, own)} |"
        for name, field in own.get("properties", {}).items()
        if name not in ("id", "do", "off", "note")
    ]
    return "\n| key | what | |\n|---|---|---|\n" + "\n".join(rows) + "\n" if rows else ""


def standing(name: str, field: dict[str, Any], own: dict[str, Any]) -> str:
    """Say whether a key is needed, or what holds without it."""
    if name in own.get("required", ()):
        return "needed"
    default = field.get("default")
    if isinstance(default, str) and re.fullmatch(r"P\d+D.*|PT.*", default):
        default = write_duration(TypeAdapter(timedelta).validate_python(default))
    if default and isinstance(default, dict):
        return "without it: " + ", ".join(f"`{key}: {value}`" for key, value in default.items())
    return "" if default in (None, "", [], {}) else f"without it: `{str(default).lower()}`"


def in_words(name: str) -> str:
    """Turn the name of a part into words."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name.strip("_")).lower()


def words(field: dict[str, Any], parts: dict[str, Any]) -> str:
    """Say what belongs under a key."""
    several = field.get("anyOf") or field.get("oneOf")
    if several:
        said = [words(one, parts) for one in several if one.get("type") != "null"]
        said = [one for one in said if one not in LEAF_WORDS] + ["a condition"] * any(one in LEAF_WORDS for one in said)
        said = [one for one in said if one not in STEP_WORDS] + ["steps"] * any(one in STEP_WORDS for one in said)
        return " or ".join(dict.fromkeys(said))
    if "$ref" in field:
        return in_words(field["$ref"].rpartition("/")[2])
    if "enum" in field:
        return ", ".join(f"`{one}`" for one in field["enum"])
    if "const" in field:
        return f"`{str(field['const']).lower()}`"
    if field.get("type") == "array":
        inner = words(field.get("items", {}), parts)
        return inner if inner in ("steps", "any value") else f"a list: {inner}"
    if field.get("type") == "object":
        return "keys and values"
    if str(field.get("pattern", "")).strip("^$").startswith(PATTERN[:8]):
        return "a span of time"
    return PLAIN.get(str(field.get("type")), "any value")


LEAF_WORDS = {in_words(model.__name__) for model in LEAVES.values()}
STEP_WORDS = {in_words(model.__name__) for model in STEP_TYPES}
TOLD: set[str] = {model.__name__ for model in (*LEAVES.values(), *STEP_TYPES, Enter, Goal, Variant)}
OF_LEAVES = {"AtLeast", "Count", "Trial"}

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
