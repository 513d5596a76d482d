"""What a template names: only words that exist, and none that may be empty without saying what then.

A path is a tuple of names: `customer.traits.role` is ("customer", "traits", "role").
"""

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import nodes

from nurture.channels.email.sandbox import LOOP_WORDS, Fault
from nurture.channels.email.words import LOOPED
from nurture.engine.problem import nearest

Path = tuple[str, ...]
Paths = frozenset[Path]
NONE: Paths = frozenset()
LOOP = dict.fromkeys(LOOP_WORDS, 0)


def naming_faults(tree: nodes.Template, names: Mapping[str, Any]) -> Iterator[Fault]:
    """Find unknown words and missing fallbacks; `names` is shaped as `words.NAMES`."""
    yield from _Reader(names).read(tree.body, NONE)


class _Reader:
    """Reads a template from top to bottom, remembering what is known not to be empty where it stands."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names

    def read(self, body: list[nodes.Node], safe: Paths) -> Iterator[Fault]:
        for node in body:
            if isinstance(node, nodes.Output):
                for part in node.nodes:
                    yield from self._printed(part, safe)
            elif isinstance(node, nodes.If):
                yield from self._choice(node, safe)
            elif isinstance(node, nodes.For):
                yield from self._loop(node, safe)

    def _choice(self, node: nodes.If, safe: Paths) -> Iterator[Fault]:
        yield from self._asked(node.test)
        yield from self.read(node.body, safe | if_true(node.test))
        safe |= if_false(node.test)
        for other in node.elif_:
            yield from self._asked(other.test)
            yield from self.read(other.body, safe | if_true(other.test))
            safe |= if_false(other.test)
        yield from self.read(node.else_, safe)

    def _loop(self, node: nodes.For, safe: Paths) -> Iterator[Fault]:
        path = path_of(node.iter)
        if path is None or ".".join(path) not in LOOPED:
            yield Fault(node.lineno, "a loop may run over milestones.done alone")
            return
        if not isinstance(node.target, nodes.Name):
            yield Fault(node.lineno, "a loop names one thing at a time")
            return
        inner = _Reader({**self.names, node.target.name: self.names[path[0]][path[1]][0], "loop": LOOP})
        yield from inner.read(node.body, safe)
        yield from self.read(node.else_, safe)

    def _printed(self, node: nodes.Node, safe: Paths) -> Iterator[Fault]:
        """Faults of an expression whose value the recipient sees."""
        path = path_of(node)
        if path is not None:
            fault = self._unknown(path, node.lineno)
            if fault is not None:
                yield fault
            elif may_be_empty(path, self.names) and not any(path[: len(known)] == known for known in safe):
                word = ".".join(path)
                mended = f"{{{{ {word} | default('...', true) }}}}"
                yield Fault(node.lineno, f"{word} may be empty and has no fallback", mended)
        elif isinstance(node, nodes.Filter) and node.node is not None:
            yield from self._filtered(node, safe)
        elif isinstance(node, nodes.CondExpr):
            yield from self._asked(node.test)
            yield from self._printed(node.expr1, safe | if_true(node.test))
            if node.expr2 is None:
                yield Fault(node.lineno, "an inline if needs an else")
            else:
                yield from self._printed(node.expr2, safe | if_false(node.test))
        elif isinstance(node, nodes.Or):
            yield from self._asked(node.left)
            yield from self._printed(node.right, safe)
        elif not isinstance(node, nodes.TemplateData):
            yield from self._asked(node)

    def _filtered(self, node: nodes.Filter, safe: Paths) -> Iterator[Fault]:
        inner = node.node
        path = path_of(inner) if inner is not None else None
        if node.name in ("default", "d") and inner is not None and path is not None:
            yield from self._asked(inner)
            if may_be_empty(path, self.names) and not _replaces_empty(node):
                yield Fault(node.lineno, f"{'.'.join(path)} may be empty, not only absent", "default('...', true)")
        elif inner is not None:
            yield from self._printed(inner, safe)
        for argument in node.args:
            yield from self._printed(argument, safe)

    def _asked(self, node: nodes.Node) -> Iterator[Fault]:
        """Faults of an expression that is only asked about: unknown words."""
        path = path_of(node)
        if path is None:
            for child in node.iter_child_nodes():
                yield from self._asked(child)
        else:
            fault = self._unknown(path, node.lineno)
            if fault is not None:
                yield fault

    def _unknown(self, path: Path, line: int) -> Fault | None:
        here: Any = self.names
        for n, name in enumerate(path):
            if here == "*":
                return None
            if not isinstance(here, Mapping):
                return Fault(line, f"{'.'.join(path[:n])} has no parts", "")
            if name not in here:
                above = ".".join(path[:n])
                return Fault(line, f"unknown word {name!r}" + (f" in {above}" if above else ""), nearest(name, here))
            here = here[name]
        return None


def may_be_empty(path: Path, names: Mapping[str, Any]) -> bool:
    """Whether what a path names can be missing for somebody; `names` is shaped as `words.NAMES`."""
    here: Any = names
    for name in path:
        if here == "*":
            return True
        here = here.get(name) if isinstance(here, Mapping) else None
    return here is None


def path_of(node: nodes.Node) -> Path | None:
    """The dotted name that an expression is, or None if it is anything else."""
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        above = path_of(node.node)
        return None if above is None else (*above, node.attr)
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        above = path_of(node.node)
        return None if above is None else (*above, node.arg.value)
    return None


def _replaces_empty(node: nodes.Filter) -> bool:
    """Whether a default also stands in for None and "", not for what is absent alone."""
    given = [*node.args[1:2], *(word.value for word in node.kwargs if word.key == "boolean")]
    return any(isinstance(each, nodes.Const) and each.value is True for each in given)


def if_true(test: nodes.Node) -> Paths:
    """The paths that are surely not empty where `test` holds."""
    path = path_of(test)
    if path is not None:
        return frozenset((path,))
    if isinstance(test, nodes.And):
        return if_true(test.left) | if_true(test.right)
    if isinstance(test, nodes.Or):
        return if_true(test.left) & if_true(test.right)
    if isinstance(test, nodes.Not):
        return if_false(test.node)
    if isinstance(test, nodes.Compare) and not any(each.op in ("ne", "notin") for each in test.ops):
        return if_true(test.expr)
    if isinstance(test, nodes.Test) and test.name not in ("defined", "undefined", "none", "ne"):
        return if_true(test.node)
    return NONE


def if_false(test: nodes.Node) -> Paths:
    """The paths that are surely not empty where `test` does not hold."""
    if isinstance(test, nodes.Not):
        return if_true(test.node)
    if isinstance(test, nodes.Or):
        return if_false(test.left) | if_false(test.right)
    if isinstance(test, nodes.And):
        return if_false(test.left) & if_false(test.right)
    if isinstance(test, nodes.Test) and test.name == "none":
        return if_true(test.node)
    return NONE
