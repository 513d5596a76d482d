"""The fields of one part of a document, as they stand in the draft, with what is wrong beside each."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from nurture.engine.problem import Problem
from nurture.store.session import Session
from nurture.web.console.design.flow.acts import at
from nurture.web.console.design.flow.around import Pairs, picks_of, rules_of
from nurture.web.console.design.flow.fields import Input, Picks, shown
from nurture.web.console.design.playbook.shapes import OPTIONAL, SHAPES, TASK, Field, Shape
from nurture.web.console.design.playbook.sheet import Sheet, items
from nurture.web.console.words import said

Path = tuple[str | int, ...]
NEW = "new"  # stands for the position of a part that is not there yet


class Failed(NamedTuple):
    """A form that was not accepted.  place: of its part.  wrongs: by field, '' for what concerns none of them."""

    place: str
    wrongs: Mapping[str, str]
    typed: Mapping[str, str]


class Part(NamedTuple):
    """One part of a document as a form.

    place: `moves/6`, `window`, '' for the document itself.  there: it stands in the document.  fixed: it always will,
    where it is.  optional: there is one at most, or none.
    wrongs: by field.  problems: what is wrong and has no field.  open: its form is to be seen.
    """

    place: str
    shape: Shape
    fields: list[Input]
    there: bool = True
    first: bool = False
    last: bool = False
    fixed: bool = False
    optional: bool = False
    wrongs: Mapping[str, str] = {}
    typed: Mapping[str, str] = {}
    problems: tuple[Problem, ...] = ()
    open: bool = False

    @property
    def id(self) -> str:
        """What its form is called in the page."""
        return f"at-{self.place.replace('/', '-') or 'all'}"


class Forms:
    """Every form of one document."""

    def __init__(self, sheet: Sheet, picks: Picks, failed: Failed | None = None, opened: str = "") -> None:
        self.sheet, self.picks, self.failed, self.opened = sheet, picks, failed, opened

    @property
    def rules(self) -> Pairs:
        """Conditions to begin with: as one would write them, and what each says."""
        return rules_of(self.picks)

    def part(self, place: str) -> Part:
        """Make the form of the part at a place; of one that is not there, with nothing in it."""
        path = path_of(place)
        key = str(path[0]) if path else ""
        shape, root = SHAPES[self.sheet.kind][key], self.sheet.root or {}
        value = at(root, path)
        fields = inputs(shape, place, value, self.picks)
        failed = self.failed if self.failed is not None and self.failed.place == place else None
        wrongs, left = self._wrongs(path, fields)
        there = items(root, key) if path and isinstance(path[-1], int) else []
        return Part(
            place,
            shape,
            fields,
            value is not None,
            first=path[-1:] == (0,),
            last=bool(there) and path[-1] == len(there) - 1 - shape.last,
            fixed=bool(there) and int(path[-1]) >= len(there) - shape.last,
            optional=key in OPTIONAL,
            wrongs={**wrongs, **(failed.wrongs if failed else {})},
            typed=failed.typed if failed else {},
            problems=left,
            open=failed is not None or (bool(place) and self.opened == place),
        )

    def parts(self, key: str) -> list[Part]:
        """Make the form of each part under a key."""
        there = (self.sheet.root or {}).get(key)
        return [self.part(f"{key}/{one}") for one in (there if isinstance(there, Mapping) else range(_size(there)))]

    def new(self, key: str) -> Part:
        """Make the form that adds a part under a key."""
        return self.part(f"{key}/{NEW}")

    def _wrongs(self, path: Path, fields: list[Input]) -> tuple[dict[str, str], tuple[Problem, ...]]:
        """What is wrong with the draft here, beside the fields it is about; and what is about none of them."""
        wrongs: dict[str, str] = {}
        left: list[Problem] = []
        for problem in self.sheet.advice:
            if problem.file != self.sheet.file or not _within(problem.key, path):
                continue
            name = next((field.name for field in fields if _within(problem.key, path_of(field.name, "."))), "")
            if problem.must_fix and name:
                wrongs.setdefault(name, f"{problem.message} {problem.suggestion}".strip())
            elif path or name:
                left.append(problem)
        return wrongs, tuple(left)


def forms_of(session: Session, sheet: Sheet, failed: Failed | None = None, opened: str = "") -> Forms:
    """Make the forms of a document; the stages and personas to choose from are the draft's own."""
    picks = dict(picks_of(session, sheet.playbook))
    if sheet.kind == "lifecycle":
        picks["stage"] = [(str(one.get("id")), _called(one)) for one in items(sheet.root, "stages")]
    return Forms(sheet, picks, failed, opened)


def inputs(shape: Shape, place: str, value: Any, picks: Picks) -> list[Input]:
    """Make the fields of a part from what stands there."""
    fields = list(shape.fields)
    if shape is TASK:
        fields += [field for persona in picks.get("persona", ()) for field in _for_one(*persona)]
    if place.startswith("milestones/"):
        weights = "how much we want it next for them: 1, 2, 3 ..."
        fields += [
            Field(f"weight.{key}", f"Weight for {name}", "number", weights) for key, name in picks.get("persona", ())
        ]
    if isinstance(value, Mapping) and value.get("otherwise"):
        fields = [field for field in fields if field.name != "when"]
    prefix = place.replace("/", ".") + "." if place else ""
    return [_input(prefix, field, at(value, path_of(field.name, ".")), picks) for field in fields]


def _for_one(key: str, name: str) -> list[Field]:
    """What is different for one persona; what is left empty stays as it is for everybody."""
    return [
        Field(f"for.{key}.brief", f"Brief for {name}", "lines", "empty: as for everybody"),
        Field(
            f"for.{key}.talking_points", f"Talking points for {name}", "points", "one a line; empty: as for everybody"
        ),
    ]


def _input(prefix: str, field: Field, value: Any, picks: Picks) -> Input:
    text = shown("names" if field.kind == "list" else field.kind, value)
    options = list(field.choices) or list(picks.get(field.refers, ()))
    if field.kind == "choose":
        options = [*([] if field.needed and text else [("", "Choose" if field.needed else "None")]), *options]
        options += [(text, f"{said(text)} (there is none)")] if text and text not in dict(options) else []
    return Input(prefix + field.name, field.label, field.kind, text, field.needed, options, field.hint)


def path_of(place: str, between: str = "/") -> Path:
    """Read a place, or the name of a field, as the keys that lead there."""
    return tuple(int(part) if part.isdigit() else part for part in place.split(between) if part)


def _within(key: str, path: Path) -> bool:
    """Whether the dotted key of a problem lies at a place, or inside it."""
    return path_of(key, ".")[: len(path)] == path


def _called(stage: Mapping[str, Any]) -> str:
    return str(stage.get("name") or said(str(stage.get("id", ""))))


def _size(value: Any) -> int:
    return len(value) if isinstance(value, list) else 0
