"""What staff take away holds no formula: not at the start of a cell, not in disguise, not behind another separator."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nurture.store import audit
from nurture.web.console.spreadsheet import harmless, table
from tests.house.project import files
from tests.sqlite import SqliteFiles
from tests.web.harbour import MONDAY, Harbour, harbour_at, prepare
from tests.web.staff import signed_in

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"
BEFORE = ["", " ", "  ", "\u00a0", "\u3000", "\u200b", "\ufeff", '"', "'", '""', ' " ', "\0", "\t", "\r", "\n", "\r\n"]
FORMULAS = [f"{before}{sign}cmd|' /C calc'!A0" for before in BEFORE for sign in SIGNS]
LEADING = ["\tx", "\rx", "\nx", "\0x"]
PLAIN = ["", "Ada", "Ada-Lovelace", "a=b", "ada@example.com", "1 + 1", "Zoë", "“quoted”", "'tis", "a: 1; b: 2", "5 - 3"]


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


def formulas(text: str) -> list[str]:
    """The cells of a file that a spreadsheet would take for formulas, whichever separator its country uses."""
    comma, semicolon, tab = (
        [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=by) for cell in row] for by in ",;\t"
    )
    starts = re.compile(rf"[\t\r\n\0]|[\s\"'\0\u200b\ufeff]*[{re.escape(SIGNS)}]")
    cells = [*comma, *semicolon, *tab, *(line for cell in comma for line in re.split("[\r\n]", cell))]
    return [cell for cell in cells if starts.match(cell) and not cell.startswith("'")]


def test_no_cell_is_a_formula_however_it_is_dressed() -> None:
    cells = [*FORMULAS, *LEADING]

    read = [row[0] for row in csv.reader(io.StringIO(table([cell] for cell in cells), newline=""))]

    assert read == [harmless(cell) for cell in cells]
    assert [cell for cell in read if not cell.startswith("'")] == []


@pytest.mark.parametrize("by", [";", "\t", "\n", "\r"])
def test_no_formula_hides_behind_what_another_spreadsheet_splits_at(by: str) -> None:
    assert formulas(table([[f"a{by}=cmd()", f'b{by} "\uff1dcmd()']])) == []


def test_what_is_no_formula_is_left_alone() -> None:
    written = table([[*PLAIN, -5, 0.5, None]])

    assert next(csv.reader(io.StringIO(written))) == [*PLAIN, "-5", "0.5", ""]


def test_every_file_of_the_console_is_written_there(harbour: Harbour) -> None:
    harbour.signs_up("ada", traits={"name": "=1+1", "company": " \uff1d1", "value": "a;@SUM(1)"})
    harbour.parts.ground.sessions.write(lambda session: audit.record(session, MONDAY, "\0=x", '"+1', "a\t-1", {"-": 1}))
    client = signed_in(harbour, "admin")

    taken = [client.get(path).text for path in ("/customers.csv", "/audit.csv", "/journeys/first-win/results.csv")]

    assert [formulas(text) for text in taken] == [[], [], []]
    assert all(",".join(row) in taken[0] for row in (["'=1+1"], ["' \uff1d1"], ["a;'@SUM(1)"]))


def test_nothing_else_writes_such_a_file() -> None:
    writing = [file.name for file in files("nurture", "*.py") if "csv.writer" in file.read_text(encoding="utf-8")]

    assert writing == ["spreadsheet.py"]
