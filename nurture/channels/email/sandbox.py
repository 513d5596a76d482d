"""The sandbox: the little of Jinja that an email may use, checked before it is compiled and bounded when it runs.

Nothing may be called, nothing multiplied, nothing set; an attribute is an item of a plain dict and nothing else.
So there is no way out to look for, and no expression that grows.  Still: no globals, no loader, no folding of
constants at compile time, a short list of filters and tests, and a cap on what comes out.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import TemplateRuntimeError, TemplateSyntaxError
from jinja2.filters import do_join
from jinja2.nodes import EvalContext
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_eval_context

from nurture.engine.problem import nearest

MAX_SOURCE = 262_144  # characters of one compiled template, the layout's mark-up included
MAX_OUTPUT = 1_000_000  # characters of one rendered part
MAX_DEPTH = 50

FILTERS = (
    *("abs", "capitalize", "count", "d", "default", "first", "float", "int", "join", "last", "length", "lower"),
    *("round", "string", "title", "trim", "truncate", "upper", "urlencode", "wordcount"),
)
TESTS = (
    *("defined", "divisibleby", "eq", "equalto", "even", "ge", "gt", "in", "le", "lt", "ne", "none", "number"),
    *("odd", "string", "undefined"),
)
LOOP_WORDS = ("first", "last", "index", "index0", "revindex", "length")

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.For,
    nodes.Name,
    nodes.Const,
    nodes.Tuple,
    nodes.List,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Filter,
    nodes.Test,
    nodes.Keyword,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Neg,
)
_WORDS: dict[type[nodes.Node], str] = {
    nodes.Call: "a call",
    nodes.Mul: "`*`",
    nodes.Pow: "`**`",
    nodes.Mod: "`%`",
    nodes.Concat: "`~`",
    nodes.Add: "`+`",
    nodes.Sub: "`-`",
    nodes.Div: "`/`",
    nodes.FloorDiv: "`//`",
    nodes.Dict: "a dictionary",
    nodes.Slice: "a slice",
    nodes.Assign: "{% set %}",
    nodes.AssignBlock: "{% set %}",
    nodes.Macro: "{% macro %}",
    nodes.CallBlock: "{% call %}",
    nodes.FilterBlock: "{% filter %}",
    nodes.Include: "{% include %}",
    nodes.Import: "{% import %}",
    nodes.FromImport: "{% from %}",
    nodes.Extends: "{% extends %}",
    nodes.Block: "{% block %}",
    nodes.With: "{% with %}",
    nodes.ScopedEvalContextModifier: "{% autoescape %}",
}


class Fault(NamedTuple):
    """One thing that a template may not do.  line: in the source that was checked, from 1."""

    line: int
    message: str
    suggestion: str = ""


class Overlong(TemplateRuntimeError):
    """A rendered part is larger than any letter may be."""


class Nothing(TemplateRuntimeError):
    """An expression came out as None and would have been printed so."""


class _Unfolded(CodeGenerator):
    """Leaves every expression to render time, where it is bounded: saving a template must not run it."""

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        if isinstance(node, nodes.TemplateData):
            return super()._output_child_to_const(node, frame, finalize)
        raise nodes.Impossible


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja, less everything that a letter does not need."""

    code_generator_class = _Unfolded

    def __init__(self, *, escape: bool) -> None:
        super().__init__(
            undefined=StrictUndefined,
            autoescape=escape,
            optimized=False,
            finalize=_something,
            trim_blocks=not escape,
            lstrip_blocks=not escape,
            cache_size=0,
        )
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in FILTERS} | {"join": _join}
        self.tests = {name: self.tests[name] for name in TESTS}

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, dict):
            try:
                return obj[attribute]
            except KeyError:
                return self.undefined(obj=obj, name=attribute)
        if isinstance(obj, LoopContext) and attribute in LOOP_WORDS:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, dict | list | tuple):
            try:
                return obj[argument]
            except (LookupError, TypeError):
                return self.undefined(obj=obj, name=argument)
        return self.undefined(obj=obj, name=str(argument))


def _something(value: Any) -> Any:
    if value is None:
        raise Nothing("an expression came out empty; give it a fallback")
    return value


@pass_eval_context
def _join(context: EvalContext, value: Any, between: str = ", ", attribute: str | None = None) -> str:
    """Join a list as Jinja does, but never a text: its letters joined again and again would grow without end."""
    if not isinstance(value, list | tuple):
        raise TemplateRuntimeError("join needs a list")
    joined: str = do_join(context, value, between, attribute)
    return joined


HTML = Sandbox(escape=True)
TEXT = Sandbox(escape=False)


def compiled(source: str, sandbox: Sandbox) -> Callable[[Mapping[str, Any]], str]:
    """Compile a template that `faults` found nothing in; gives a function from words to text.

    The function raises jinja2.TemplateError, or the TypeError or ValueError of an operator.
    A source without any Jinja costs nothing to render.
    """
    if "{{" not in source and "{%" not in source:
        return lambda _: source
    tree = parsed(source, sandbox)
    if isinstance(tree, Fault) or next(faults(tree), None) is not None:
        raise TemplateError("not a template that an email may use")
    return _bounded(sandbox.from_string(tree))


def _bounded(template: Template) -> Callable[[Mapping[str, Any]], str]:
    def render(words: Mapping[str, Any]) -> str:
        pieces = template.root_render_func(template.new_context(dict(words)))
        text = ""
        while batch := list(islice(pieces, 1000)):
            text += "".join(batch)
            if len(text) > MAX_OUTPUT:
                raise Overlong(f"the letter grows over {MAX_OUTPUT:,} characters")
        return text

    return render


def parsed(source: str, sandbox: Sandbox = TEXT) -> nodes.Template | Fault:
    """Read a template without running any of it."""
    if len(source) > MAX_SOURCE:
        return Fault(1, f"is larger than {MAX_SOURCE // 1024} KiB")
    try:
        return sandbox.parse(source)
    except TemplateSyntaxError as error:
        return Fault(error.lineno, str(error.message), _for_unknown_tag(str(error.message)))
    except RecursionError:
        return Fault(1, "is nested too deeply")
    except ValueError:  # Python reads no number of thousands of digits
        return Fault(1, "holds a number that is too long")


def _for_unknown_tag(message: str) -> str:
    return "if, elif, else and for are allowed" if "unknown tag" in message else ""


def faults(tree: nodes.Template) -> Iterator[Fault]:
    """Find what a template may not do: tags, operators, calls, filters, tests, depth."""
    yield from _faults(tree, 0, 0)


def _faults(node: nodes.Node, depth: int, loops: int) -> Iterator[Fault]:
    if depth > MAX_DEPTH:
        yield Fault(node.lineno, "is nested too deeply")
        return
    if not isinstance(node, _ALLOWED):
        word = _WORDS.get(type(node), f"{type(node).__name__}")
        line = node.lineno or 1  # Jinja numbers no {% autoescape %}
        yield Fault(line, f"{word} is not allowed in an email", "expressions, if and for are")
        return
    yield from _own_faults(node)
    if isinstance(node, nodes.For):
        loops += 1
        if loops > 2:
            yield Fault(node.lineno, "a third loop inside a loop is not allowed")
    for child in node.iter_child_nodes():
        yield from _faults(child, depth + 1, loops)


def _own_faults(node: nodes.Node) -> Iterator[Fault]:
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        yield Fault(node.lineno, f"unknown filter {node.name!r}", nearest(node.name, FILTERS))
    elif isinstance(node, nodes.Test) and node.name not in TESTS:
        yield Fault(node.lineno, f"unknown test {node.name!r}", nearest(node.name, TESTS))
    elif isinstance(node, nodes.For) and (node.recursive or node.test is not None):
        yield Fault(node.lineno, "a loop may be neither recursive nor filtered", "use an if inside the loop")
    elif isinstance(node, nodes.Getattr | nodes.Getitem) and _item(node).startswith("_"):
        yield Fault(node.lineno, f"unknown word {_item(node)!r}")


def _item(node: nodes.Getattr | nodes.Getitem) -> str:
    if isinstance(node, nodes.Getattr):
        return node.attr
    return str(node.arg.value) if isinstance(node.arg, nodes.Const) else ""
