"""The text of a document as plain values, read once for as long as it stays the same; and the name it gives itself."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from nurture.engine.document import plain, read_yaml
from nurture.web.console.words import said

KEPT = 512  # texts whose trees are remembered


@lru_cache(maxsize=KEPT)
def tree_of(text: str) -> Mapping[str, Any] | None:
    """Read a text; None where it is no YAML, or no keys and values.  Nobody may change what is returned."""
    tree, problems = read_yaml(text, "")
    return plain(tree) if not problems and isinstance(tree, Mapping) else None


def title_of(key: str, text: str) -> str:
    """What to call a document: the name that its text gives it, or its key said as words."""
    name = (tree_of(text) or {}).get("name")
    return name.strip() if isinstance(name, str) and name.strip() else said(key)
