"""From the text of a document to a checked value, and from a mistake in it to its line.

ruamel.yaml reads YAML 1.2 (so `on` and `12:30` stay words), refuses duplicate keys and keeps the line of every node.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from io import StringIO
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent

from nurture.engine.problem import Problem, nearest

MAX_TEXT = 262_144  # bytes of one document
MAX_DEPTH = 40
DAY = timedelta(days=1)

_KEY = r"^[a-z0-9][a-z0-9_-]{0,63}$"
Key = Annotated[str, StringConstraints(pattern=_KEY)]
"""The name of a document, step, stage or milestone: lower case, digits, `-` and `_`."""


SAID = {
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "expected a whole number"),
    **dict.fromkeys(("float_parsing", "float_type"), "expected a number"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "expected true or false"),
    **dict.fromkeys(("tuple_type", "list_type"), "expected a list"),
    **dict.fromkeys(("dict_type", "model_type"), "expected `key: value` pairs"),
    "string_type": "expected words",
    "string_too_short": "expected words",
    "too_short": "expected at least {min_length}",
    "greater_than_equal": "expected at least {ge}",
    "less_than_equal": "expected at most {le}",
}
"""How a mistake is told to an author, where the checker's own words are a programmer's."""


class Document(BaseModel):
    """A piece of a document: frozen, and strict about words it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


Refusal = tuple[int, str, str, str]
"""A problem of a text, whatever file it stands in: line, key, message, suggestion."""
M = TypeVar("M", bound=BaseModel)


def read_yaml(text: str, file: str) -> tuple[Any, tuple[Problem, ...]]:
    """Parse YAML into plain values that remember their lines.  Returns (tree, problems); the tree is None if broken.

    The same text is parsed once, as an edit and whoever looks at it read it several times.  Nobody may change the tree.
    """
    if len(text.encode()) > MAX_TEXT:
        return None, (Problem(file, 0, "", f"the document is larger than {MAX_TEXT // 1024} KiB"),)
    tree, refusal = _parsed(text)
    return tree, (Problem(file, *refusal),) if refusal else ()


@lru_cache(maxsize=32)
def _parsed(text: str) -> tuple[Any, Refusal | None]:
    try:
        refusal = _refusal(text)
        return (None, refusal) if refusal else (YAML().load(text), None)
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        said = str(error.problem).split("with value")[0].strip()
        return None, (line, "", said, "keep one of the two")
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        return None, (line, "", f"not valid YAML: {error.problem}", "check indentation and quotes")
    except (YAMLError, RecursionError, ValueError) as error:
        return None, (0, "", f"not valid YAML: {error}", "")


def _refusal(text: str) -> Refusal | None:
    """Look through a text before it is built: what is too deep costs minutes, what refers to itself costs memory."""
    depth = 0
    for event in YAML().parse(StringIO(text)):
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor is not None):
            return line, "", "anchors and aliases are not supported", ""
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            return line, "", "nested too deeply", ""
    return None


def check(model: type[M], tree: Any, file: str) -> tuple[M | None, tuple[Problem, ...]]:
    """Hold a parsed tree against a kind of document.  Every mistake becomes a problem with its line and key."""
    try:
        return model.model_validate(plain(tree)), ()
    except ValidationError as error:
        items = [item for item in error.errors(include_url=False) if not _echo(item)]
        found = [_problem(model, tree, file, item) for item in items]
        return None, tuple(dict.fromkeys(found))
    except RecursionError:
        return None, (Problem(file, 0, "", "nested too deeply"),)


def _echo(item: Any) -> bool:
    """Whether a list is called too short only because what it holds is wrong, which is told by itself."""
    return bool(item["type"] == "too_short" and len(item["input"]) >= item["ctx"]["min_length"])


def plain(tree: Any, depth: int = 0) -> Any:
    """Strip the line marks: dicts, lists and scalars remain."""
    if depth > MAX_DEPTH:
        raise RecursionError
    if isinstance(tree, Mapping):
        return {str(key): plain(value, depth + 1) for key, value in tree.items()}
    if isinstance(tree, list):
        return [plain(value, depth + 1) for value in tree]
    if isinstance(tree, str):
        return str(tree)
    if isinstance(tree, bool) or tree is None:
        return tree
    if isinstance(tree, datetime):
        return datetime.combine(tree.date(), tree.timetz())  # ruamel's own kind loses its zone when it is copied
    if isinstance(tree, int):
        return int(tree)
    return float(tree) if isinstance(tree, float) else tree


def line_of(tree: Any, path: Sequence[str | int]) -> int:
    """Find the line, from 1, of the deepest node on `path` that exists; 0 if the tree carries no lines."""
    line = 0
    for part in path:
        marks = getattr(tree, "lc", None)
        try:
            if isinstance(tree, Mapping):
                line = marks.key(part)[0] + 1 if marks is not None else line
            elif isinstance(tree, list) and isinstance(part, int):
                line = marks.item(part)[0] + 1 if marks is not None else line
            tree = tree[part]
        except (KeyError, IndexError, TypeError):
            break
    if line == 0 and getattr(tree, "lc", None) is not None:
        line = tree.lc.line + 1
    return line


def _problem(model: type[BaseModel], tree: Any, file: str, error: Any) -> Problem:
    path = _real_path(tree, error["loc"], absent=error["type"] == "missing")
    key = ".".join(str(part) for part in path)
    line = line_of(tree, path)
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        known = _keys_at(model, error["loc"][:-1])
        unknown = path[-1] if path else error["loc"][-1]  # a key that is a number is not found by what it is called
        return Problem(file, line, key, f"unknown key {unknown!r}", nearest(str(unknown), known))
    if kind == "missing":
        return Problem(file, line_of(tree, path[:-1]) or line, key, "is missing", f"add {error['loc'][-1]!r}")
    if kind in ("literal_error", "enum"):
        expected = str(context.get("expected", "")).replace("True", "true").replace("False", "false")
        words = [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
        return Problem(
            file, line, key, f"found {error['input']!r}, expected {expected}", nearest(str(error["input"]), words)
        )
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        words = [word.strip(" '") for word in str(context.get("expected_tags", "")).split(",")]
        found = context.get("tag", "")
        return Problem(file, line, key, f"unknown kind {found!r}", nearest(str(found), words))
    if kind == "value_error":
        return Problem(file, line, key, str(error["msg"]).removeprefix("Value error, "))
    said = SAID[kind].format(**context) if kind in SAID else str(error["msg"])
    if kind == "string_pattern_mismatch" and context["pattern"] == _KEY:
        said = "expected lower case letters, digits, - and _"
    return Problem(file, line, key, f"{said}, found {str(error['input'])[:60]!r}")


def _real_path(tree: Any, loc: Sequence[str | int], *, absent: bool) -> list[str | int]:
    """Drop the parts of a pydantic location that name a union's branch rather than a key of the text.

    absent: the last part is a key that the text does not have.
    """
    path: list[str | int] = []
    here: Any = tree
    for position, part in enumerate(loc):
        last = position == len(loc) - 1
        if isinstance(here, Mapping) and part == here.get("do") and isinstance(loc[position - 1], int):
            continue  # a step of kind `email` has a key `email` too; right after a number it is the kind
        inside = part in here if isinstance(here, Mapping) else isinstance(part, int) and part in range(_size(here))
        if inside:
            here = here[part]
        elif not (last and absent):
            continue
        path.append(part)
    return path


def _size(tree: Any) -> int:
    return len(tree) if isinstance(tree, list) else 0


def _keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """List the keys that are valid at a pydantic location, by following the models it passes through."""
    here: list[type[BaseModel]] = [model]
    for part in loc:
        found = [inner for outer in here for inner in _models_under(outer, part)]
        here = found or [m for m in here if _tag(m) == part] or here
    return [field.alias or name for m in here for name, field in m.model_fields.items()]


def _models_under(model: type[BaseModel], part: str | int) -> Iterator[type[BaseModel]]:
    for name, field in model.model_fields.items():
        if part in (name, field.alias):
            yield from _models_in(field.annotation)
            for extra in field.metadata:
                yield from _models_in(extra)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    annotation = getattr(annotation, "__value__", annotation)
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _tag(model: type[BaseModel]) -> str:
    field = model.model_fields.get("do")
    return str(field.default) if field else model.__name__
