"""The text of a journey as plain values, read once for as long as it stays the same."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from nurture.engine.document import plain, read_yaml

KEPT = 512  # texts whose trees are remembered


@lru_cache(maxsize=KEPT)
def tree_of(text: str) -> Mapping[str, Any] | None:
    """Read a text; None where it is no YAML, or no keys and values.  Nobody may change what is returned."""
    tree, problems = read_yaml(text, "")
    return plain(tree) if not problems and isinstance(tree, Mapping) else None
