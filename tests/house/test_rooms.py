"""Every room posts a notice, and the map at the entrance names every room."""

import ast
from pathlib import Path

import pytest

import nurture
from tests.house.project import ROOT, files

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
