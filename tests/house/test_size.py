"""No cellar: a function is at most 60 lines, a file at most 400. Aim at 25 and 200."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.project import ROOT, files, modules

FUNCTION_LINES, FILE_LINES = 60, 400


def functions(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every function in a tree, nested ones too: its name and its lines, docstring included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield node.name, node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("under", ["nurture", "tests", "benchmarks"])
def test_no_function_is_too_long(under: str) -> None:
    long = {
        f"{path}:{name}": lines
        for path, tree in modules(under)
        for name, lines in functions(tree)
        if lines > FUNCTION_LINES
    }

    assert long == {}


@pytest.mark.parametrize("under", ["nurture", "tests", "benchmarks"])
def test_no_file_is_too_long(under: str) -> None:
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in files(under, "*.py")
    }

    assert {path: lines for path, lines in lengths.items() if lines > FILE_LINES} == {}


def test_the_lines_of_a_function_are_counted() -> None:
    tree = ast.parse("@once\ndef knock():\n    '''Knock.'''\n\n    def door():\n        return 1\n    return door\n")

    assert list(functions(tree)) == [("knock", 6), ("door", 2)]
