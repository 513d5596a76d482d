"""The project as text: where it lies, its files, the syntax trees of its modules."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MADE = {".git", ".venv", ".hypothesis", "var", "dist", "__pycache__"}  # what is made, installed or git's own


def files(under: str = ".", pattern: str = "*") -> Iterator[Path]:
    """Every file of ours under a folder of the project, sorted; a folder that is not there yet has none."""
    for file in sorted((ROOT / under).rglob(pattern)):
        parts = file.relative_to(ROOT).parts
        if file.is_file() and not any(part in MADE or part.endswith("_cache") for part in parts):
            yield file


def modules(under: str) -> Iterator[tuple[str, ast.Module]]:
    """Every module under a folder: its path from the root, and its syntax tree."""
    for file in files(under, "*.py"):
        yield str(file.relative_to(ROOT)), ast.parse(file.read_text(encoding="utf-8"))
