"""Every room posts a notice, the map at the entrance names every room, and no room peeps into another."""

import ast
from pathlib import Path

import pytest

import nurture
from tests.house.project import ROOT, files, modules

NOTICE = ("Takes:", "Gives:", "May touch:", "Never:")
HOUSE = ROOT / "nurture"
ROOMS = sorted({file.parent for file in files("nurture", "*.py")} - {HOUSE})
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


def test_what_is_imported_for_its_type_is_in_the_same_room() -> None:
    found = {path: imported_for_types(tree) for path, tree in modules("nurture")}

    for path, names in found.items():
        room = ".".join(path.removesuffix(".py").split("/")[:2])
        assert [name for name in names if not f"{name}.".startswith(f"{room}.")] == [], path


def test_an_import_for_its_type_is_seen() -> None:
    source = "if typing.TYPE_CHECKING:\n    import flask\n    from nurture.store import rows\nimport os\n"

    assert imported_for_types(ast.parse(source)) == ["flask", "nurture.store"]
