"""The engine touches nothing: no file, no clock, no lot; and the order of its sets does not matter."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator

from tests.house.project import ROOT, modules

ALLOWED = {
    "__future__",
    "bisect",
    "collections",
    "collections.abc",
    "copy",
    "datetime",
    "difflib",
    "functools",
    "hashlib",
    "io",
    "itertools",
    "json",
    "pydantic",
    "re",
    "ruamel.yaml",
    "typing",
    "zoneinfo",
}
IMPURE = {"now", "utcnow", "today", "open", "print", "input", "eval", "exec", "getenv", "urandom"}

LIFE = """
import hashlib, sys
from nurture.engine.simulate import simulate
from tests.engine.builders import NOON, OFFICE, ada, journey, newborn, playbook, policy
from tests.engine.test_steps import SPLIT, WAIT_FOR

book = playbook(
    journey(WAIT_FOR, key="one"), journey(SPLIT, "{stage: assessing, when: {silent_for: 1d}}", "two"),
    policy=policy(OFFICE, "[{per: 20h, at_most: 1}]"),
)
simulate(book, newborn(ada()), NOON, 30)  # a zone's file is read once, when it is first asked for
touched = []
sys.addaudithook(lambda event, args: touched.append(event))
life = simulate(book, newborn(ada()), NOON, 30)
seen = sorted(set(touched))
print(hashlib.sha256(repr((life.lines, [one.orders for _, one in life.beats])).encode()).hexdigest(), seen)
"""


def imports(tree: ast.Module) -> Iterator[str]:
    """The modules that a module imports from outside the engine."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def calls(tree: ast.Module) -> Iterator[str]:
    """The names of what a module calls."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            yield called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def outside(name: str) -> bool:
    """Whether the engine has no business with this module."""
    return not any(name == known or name.startswith(f"{known}.") for known in {*ALLOWED, "nurture.engine"})


def test_every_module_imports_and_calls_only_what_is_pure() -> None:
    found = {
        path: [*filter(outside, imports(tree)), *IMPURE.intersection(calls(tree))]
        for path, tree in modules("nurture/engine")
    }

    assert len(found) > 20
    assert {path: names for path, names in found.items() if names} == {}


def test_what_is_impure_is_seen() -> None:
    tree = ast.parse("import os\nfrom nurture.store import x\nfrom datetime import datetime\ndatetime.now()\nopen('x')")

    assert [name for name in imports(tree) if outside(name)] == ["os", "nurture.store"]
    assert IMPURE.intersection(calls(tree)) == {"now", "open"}


def test_a_life_touches_nothing_and_is_the_same_whatever_the_order_of_sets() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", LIFE],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(told) == 1
    assert told.pop().split(" ", 1)[1] == "[]\n"
