"""The one route that every form of the playbook goes to: a part is set, added, removed, or moved, as a draft."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flask import Blueprint, Response, abort, request

from nurture.engine import editing
from nurture.engine.editing import CannotEdit, words
from nurture.engine.problem import Problem
from nurture.engine.reading import MANY, SINGLE, read_document
from nurture.flow.drafts import Overtaken
from nurture.parts import Parts
from nurture.store import documents
from nurture.store.documents import Missing
from nurture.web.console.design.drafting import PLACES, back, changed, refused, undoing
from nurture.web.console.design.flow.acts import at, root_of
from nurture.web.console.design.flow.around import picks_of
from nurture.web.console.design.flow.beginning import unique
from nurture.web.console.design.flow.fields import ABSENT, Input, Picks
from nurture.web.console.design.flow.saving import read_form
from nurture.web.console.design.playbook import edits
from nurture.web.console.design.playbook.dry import DRY
from nurture.web.console.design.playbook.forms import Failed, inputs, path_of
from nurture.web.console.design.playbook.shapes import LISTED, SHAPES, Shape
from nurture.web.console.design.rules import rule
from nurture.web.console.page import done
from nurture.web.console.words import Namer, said

Path = tuple[str | int, ...]
Edited = tuple[str, str]
Shown = Callable[[Parts, str, int, Failed], Response]
"""Writes the page of a document again, with a form that was not accepted."""
LONGEST = 120  # characters of one value, where it is told


class NotAccepted(Exception):
    """What was typed cannot stand.  wrongs: by field, '' for what concerns none of them."""

    def __init__(self, wrongs: Mapping[str, str]) -> None:
        self.wrongs = wrongs
        super().__init__("; ".join(wrongs.values()))


class Asked(NamedTuple):
    """What a form asks for.  base: the text that its page was made from, as plain values."""

    kind: str
    key: str
    place: str
    shape: Shape
    base: Any
    picks: Picks
    namer: Namer

    @property
    def path(self) -> Path:
        """The keys that lead to the part, as its author saw it."""
        return path_of(self.place)

    @property
    def fields(self) -> list[Input]:
        """The fields that the form has."""
        return inputs(self.shape, self.place, at(self.base, self.path), self.picks)


def add_doing(pages: Blueprint, parts: Parts, shown: Mapping[str, Shown]) -> None:
    """Add `/documents/<kind>/<key>/edit`: POST with `do`, `at`, the fields, and the revision that was seen."""

    @pages.post("/documents/<kind>/<key>/edit")
    def document_edited(kind: str, key: str) -> Response:
        return _edited(parts, kind, key, shown)


def _edited(parts: Parts, kind: str, key: str, shown: Mapping[str, Shown]) -> Response:
    asked = _asked(parts, kind, key)
    act = ACTS.get(request.form.get("do", "set"))
    if act is None:
        abort(400)
    try:
        draft = changed(parts, kind, key, lambda text: act(asked, text))
    except NotAccepted as error:
        return shown[kind](parts, key, 422, Failed(asked.place, error.wrongs, request.form))
    except (Missing, CannotEdit, Overtaken) as error:
        return refused(parts, kind, key, error)
    return done(parts, _following(kind, key), undoing(draft.sentence, draft))


def _following(kind: str, key: str) -> str:
    """Where one wants to be next: at who would move, if asked; else where one was, if that is still there."""
    if request.form.get("dry") and kind in DRY:
        return f"/{kind}?show=dry-run"
    return PLACES[kind].format(key=key) if request.form.get("do") == "remove" else back(kind, key)


def _asked(parts: Parts, kind: str, key: str) -> Asked:
    """Read which part a form is about; 404 for a document that has no parts, 400 for a part that it does not have."""
    place, base = request.form.get("at", ""), request.form.get("base", "") or request.form.get("draft", "")
    if kind not in SHAPES:
        abort(404)
    first = place.partition("/")[0]
    if first not in SHAPES[kind] or not base.isascii() or not base.isdigit() or len(base) > 9:
        abort(400)
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        try:
            root = root_of(documents.text_of(session, kind, key, int(base)))
        except (Missing, CannotEdit):
            abort(404)
        return Asked(kind, key, place, SHAPES[kind][first], root, picks_of(session, playbook), Namer(playbook))


def _set(asked: Asked, text: str) -> Edited:
    values, fields = _values(asked)
    if not values:
        return text, "nothing changed"
    root = root_of(text)
    place = edits.located(asked.base, root, asked.path)
    new = edits.with_keys(text, place, {path[len(asked.path) :]: value for path, value in values.items()})
    _check(asked, text, new, place)
    changes = []
    for path, value in values.items():
        field = fields[path]
        old, now = at(root, (*place, *path[len(asked.path) :])), value
        changes.append(f"{field.label.lower()} {_said(field, old, asked)} \u2192 {_said(field, now, asked)}")
    return new, f"{called(asked, at(root, place))}: {'; '.join(changes)}"


def _add(asked: Asked, text: str) -> Edited:
    values, _ = _values(asked)
    key, root = str(asked.path[0]), root_of(text)
    node = edits.nested({path[len(asked.path) :]: value for path, value in values.items()})
    there = at(root, (key,))
    place: Path
    if asked.shape.keyed:
        own = unique(_slug(str(node.get(asked.shape.keyed, ""))) or asked.shape.word, _ids(there))
    if isinstance(there, Mapping):
        new, place = editing.set_value(text, (key, own), node)[0], (key, own)
    else:
        node = {"id": own, **node} if asked.shape.keyed else node
        new = edits.added(text, key, node, asked.shape.last)
        place = (key, max(0, len(there or ()) - asked.shape.last))
    _check(asked, text, new, place)
    return new, f"added {called(asked, node)}"


def _remove(asked: Asked, text: str) -> Edited:
    root = root_of(text)
    place = edits.located(asked.base, root, asked.path)
    new, _ = editing.remove(text, place)
    _refuse(asked, text, new)
    return new, f"removed {called(asked, at(root, place))}"


def _move(by: int) -> Callable[[Asked, str], Edited]:
    def act(asked: Asked, text: str) -> Edited:
        root = root_of(text)
        place = edits.located(asked.base, root, asked.path)
        new = edits.moved(text, place, by, asked.shape.last)
        _refuse(asked, text, new)
        return new, f"moved {called(asked, at(root, place))} {'up' if by < 0 else 'down'}"

    return act


ACTS: Mapping[str, Callable[[Asked, str], Edited]] = {
    "set": _set,
    "add": _add,
    "remove": _remove,
    "up": _move(-1),
    "down": _move(1),
}
"""What a form asks for under `do`."""


def _values(asked: Asked) -> tuple[dict[Path, Any], dict[Path, Input]]:
    """Read what was typed; only what differs from what stood there.  Raises NotAccepted."""
    fields = {path_of(field.name, "."): field for field in asked.fields}
    typed = read_form(fields.values())
    if typed.wrongs:
        raise NotAccepted(typed.wrongs)
    values = {path: _several(one) if fields[path].kind == "list" else one for path, one in typed.values.items()}
    return values, fields


def _several(text: Any) -> Any:
    return [one.strip() for one in text.split(",") if one.strip()] if isinstance(text, str) else text


def _check(asked: Asked, before: str, after: str, place: Path) -> None:
    """Refuse what makes a document unsound that was not so, with the reason beside its field."""
    wrongs: dict[str, str] = {}
    for problem in _new_problems(asked, before, after):
        told = f"{problem.message} {problem.suggestion}".strip()
        inside = path_of(problem.key, ".")
        own = inside[len(place) :] if inside[: len(place)] == place else None
        names = (field.name for field in asked.fields if own is not None and _meets(field, asked, own))
        wrongs.setdefault(next(names, ""), told)
    if wrongs:
        raise NotAccepted(wrongs)


def _meets(field: Input, asked: Asked, own: Path) -> bool:
    keys = path_of(field.name, ".")[len(asked.path) :]
    return bool(own) and own[: len(keys)] == keys


def _refuse(asked: Asked, before: str, after: str) -> None:
    for problem in _new_problems(asked, before, after):
        raise CannotEdit(f"{problem.message} {problem.suggestion}".strip())


def _new_problems(asked: Asked, before: str, after: str) -> list[Problem]:
    model = SINGLE.get(asked.kind) or MANY[asked.kind][1]
    was = Counter(problem.message for problem in read_document(asked.kind, asked.key, before, model)[2])
    found = []
    for problem in read_document(asked.kind, asked.key, after, model)[2]:
        was[problem.message] -= 1
        if was[problem.message] < 0:
            found.append(problem)
    return found


def called(asked: Asked, node: Any) -> str:
    """Say which part is meant: `rule Assessing -> At risk`, `persona Wilma`, `the window`."""
    word = asked.shape.word
    if not isinstance(node, Mapping) or not asked.path or str(asked.path[0]) not in LISTED:
        return f"the {word}"
    if "from" in node and "to" in node:
        several = node["from"] if isinstance(node["from"], list) else [node["from"]]
        return f"{word} {' or '.join(_stage(asked, one) for one in several)} \u2192 {_stage(asked, node['to'])}"
    name = str(node.get("name") or said(str(node.get("id", "")))).partition(",")[0]
    return f"{word} {name}".strip()


def _stage(asked: Asked, key: Any) -> str:
    return asked.namer.stage(str(key)).word


def _said(field: Input, value: Any, asked: Asked) -> str:
    """Say a value for whoever reads what was done."""
    if field.kind == "check":
        return "yes" if value is True else "no"
    if value is None or value is ABSENT:
        return "nothing"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    told = rule(value, asked.namer) if isinstance(value, Mapping) else words(value)
    return told if len(told) <= LONGEST else told[: LONGEST - 1].rstrip() + "\u2026"


def _ids(there: Any) -> list[str]:
    if isinstance(there, Mapping):
        return list(map(str, there))
    return [str(one.get("id")) for one in there or () if isinstance(one, Mapping)]


def _slug(name: str) -> str:
    """Make a key of a name: `Wilma, the Occasional Browser` -> `wilma`."""
    return re.sub(r"[^a-z0-9]+", "_", name.partition(",")[0].casefold()).strip("_")[:58]
