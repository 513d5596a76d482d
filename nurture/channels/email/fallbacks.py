"""Fallbacks: what an email says instead of a word that is not known of its reader, read as `naming` reads it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from jinja2 import nodes

from nurture.channels.email.naming import Path, if_false, if_true, may_be_empty, path_of
from nurture.channels.email.sandbox import Fault, faults, parsed
from nurture.channels.email.words import NAMES
from nurture.engine.email import Block, Chosen
from nurture.engine.email_blocks import NextMilestone, SnippetPlace

LONGEST = 60  # characters of a fallback that are shown
NEXT = ("milestones", "next")  # there as a whole, or not at all

Found = tuple[str, str]
"""A word, dotted, and what stands in its place; '' where it is left out."""


def fallbacks(chosen: Chosen, snippets: Mapping[str, str]) -> dict[str, str]:
    """Say for each word of one variant that may be empty what is read then; '' where it is left out.

    What the layout says around every letter is not looked at, nor a text that does not compile.
    """
    parts = [chosen.head.subject, chosen.head.preheader, *(_source(block, snippets) for block in chosen.blocks)]
    tree = parsed("\n".join(parts))
    if isinstance(tree, Fault) or any(faults(tree)):
        return {}
    return dict(reversed([*_read(tree.body)]))  # the first place says it


def _source(block: Block, snippets: Mapping[str, str]) -> str:
    """Give a block as the one template that it comes to."""
    body = block.body
    if isinstance(body, str):
        return body
    if isinstance(body, NextMilestone):
        return f"{{% if milestones.next %}}{{{{ milestones.next.name }}}}{{% else %}}{body.fallback or ''}{{% endif %}}"
    if isinstance(body, SnippetPlace):
        return snippets.get(body.snippet, "")
    return "\n".join(str(value) for value in body.model_dump(exclude_none=True).values())


def _read(body: Sequence[nodes.Node]) -> Iterator[Found]:
    for node in body:
        if isinstance(node, nodes.Output):
            for part in node.nodes:
                yield from _printed(part)
        elif isinstance(node, nodes.If):
            yield from _instead(if_true(node.test), "\u2026" if node.elif_ else _words(node.else_))
            yield from _instead(if_false(node.test), _words(node.body))
            yield from _read([*node.body, *node.elif_, *node.else_])
        elif isinstance(node, nodes.For):
            yield from _read([*node.body, *node.else_])


def _printed(node: nodes.Node) -> Iterator[Found]:
    if isinstance(node, nodes.Filter):
        path = path_of(node.node) if node.node is not None else None
        if node.name in ("default", "d") and path is not None:
            yield from _instead([path], _words(node.args[:1]))
        elif node.node is not None:
            yield from _printed(node.node)
        for one in node.args:
            yield from _printed(one)
    elif isinstance(node, nodes.CondExpr):
        others = [node.expr2] if node.expr2 is not None else []
        yield from _instead(if_true(node.test), _words(others))
        yield from _instead(if_false(node.test), _words([node.expr1]))
        for one in (node.expr1, *others):
            yield from _printed(one)
    elif isinstance(node, nodes.Or):
        yield from _instead(if_true(node.left), _words([node.right]))
        yield from _printed(node.right)


def _instead(there: Iterable[Path], words: str) -> Iterator[Found]:
    """Name those of these words that may be empty; `words` are read then."""
    for path in sorted(there):
        if path == NEXT or may_be_empty(path, NAMES):
            yield ".".join(path), words


def _words(said: Sequence[nodes.Node]) -> str:
    text = " ".join("".join(map(_word, said)).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}\u2026"


def _word(node: nodes.Node) -> str:
    if isinstance(node, nodes.TemplateData):
        return node.data
    if isinstance(node, nodes.Const):
        return str(node.value)
    if isinstance(node, nodes.Output):
        return "".join(map(_word, node.nodes))
    path = path_of(node)
    return f"{{{{ {'.'.join(path)} }}}}" if path is not None else "\u2026"
