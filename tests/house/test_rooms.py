"""Every room posts a notice, the map at the entrance names every room, and no room peeps into another."""

import ast
from pathlib import Path

import pytest

import nurture
from tests.house.project import ROOT, files, modules

NOTICE = ("Takes:", "Gives:", "May touch:", "Never:")
HOUSE = ROOT / "nurture"
ROOMS = sorted({file.parent for file in files("nurture", "*.py")} - {HOUSE})
TREES = dict(modules("nurture"))
ON_THE_MAP = sorted(
    {room.name for room in ROOMS if room.parent == HOUSE} | {file.stem for file in HOUSE.glob("[!_]*.py")}
)


def missing_lines(source: str) -> list[str]:
    """The lines of a notice that a module's docstring does not have, or leaves empty."""
    notice = ast.get_docstring(ast.parse(source)) or ""
    lines = [line.strip() for line in notice.splitlines()]
    return [word for word in NOTICE if not any(line.startswith(word) and line != word for line in lines)]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.relative_to(ROOT)))
def test_a_room_posts_its_notice(room: Path) -> None:
    assert missing_lines((room / "__init__.py").read_text(encoding="utf-8")) == []


def test_nothing_stands_at_the_top_but_what_belongs_there() -> None:
    belongs = {"LICENSE", "Makefile", "pyproject.toml", "wsgi.py", "README.md", "CHANGELOG.md"}
    belongs |= {"CONTRIBUTING.md", "requirements.lock", "requirements-dev.lock"}

    assert {file.name for file in files() if file.parent == ROOT and file.name[0] != "."} - belongs == set()


def test_a_notice_with_an_empty_line_is_none() -> None:
    assert missing_lines('"""A room.\n\nTakes: a lamp\nGives:\n"""') == ["Gives:", "May touch:", "Never:"]


@pytest.mark.parametrize("name", ON_THE_MAP)
def test_the_map_names_every_room(name: str) -> None:
    assert name in (nurture.__doc__ or ""), "nurture/__init__.py is the map of the house"


def imported_for_types(tree: ast.Module) -> list[str]:
    """The modules that are imported for the type checker's eyes alone, which import-linter is told not to see."""
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)]
    inside = [node for block in blocks for node in ast.walk(block)]
    names = [one.name for node in inside if isinstance(node, ast.Import) for one in node.names]
    return names + [node.module or "" for node in inside if isinstance(node, ast.ImportFrom)]


def peeps(room: str, name: str) -> bool:
    """Whether importing this module for its types is a way around a contract that holds for the room."""
    if name.startswith("nurture."):
        if room == "nurture.cli":  # at the top of the house every room is below, and the heavy ones wait to be needed
            return False
        return not f"{name}.".startswith(f"{room}.")
    return room == "nurture.engine" or (
        room != "nurture.store" and name.startswith(("alembic", "psycopg", "sqlalchemy"))
    )


@pytest.mark.parametrize("path", TREES)
def test_no_room_peeps_into_another_for_its_types(path: str) -> None:
    room = ".".join(path.removesuffix(".py").split("/")[:2])

    assert [name for name in imported_for_types(TREES[path]) if peeps(room, name)] == []


def test_a_peep_is_seen() -> None:
    assert peeps("nurture.web", "sqlalchemy.orm")
    assert peeps("nurture.web", "nurture.flow.settle")
    assert peeps("nurture.engine", "flask")
    assert not peeps("nurture.store", "alembic.config")
    assert not peeps("nurture.engine", "nurture.engine.steps")


def test_an_import_for_its_type_is_seen() -> None:
    source = "if typing.TYPE_CHECKING:\n    import flask\n    from nurture.store import rows\nimport os\n"

    assert imported_for_types(ast.parse(source)) == ["flask", "nurture.store"]
