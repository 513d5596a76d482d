"""Customers brought in from a file; and what is held about one handed out, and forgotten."""

import json
from pathlib import Path

import pytest

from nurture.store import audit, errands
from tests.cli.conftest import Nurture

FILE = """\
email,user_id,stage,company,signed_up_at
ada@example.com,u-1,Adopted,Engines,2025-12-01
bo@example.com,,,Ships,
cy@example.com,u-3,nowhere,Docks,
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "customers.csv"
    written.write_text(FILE, encoding="utf-8")
    return written


def test_a_file_is_tried_before_it_is_brought_in(stocked: Nurture, file: Path) -> None:
    tried = stocked("customers", "import", file, "--dry-run")
    nobody = stocked("customers", "list").stdout
    made = stocked("customers", "import", file)
    again = stocked("customers", "import", file)

    assert (tried.exit_code, made.exit_code, again.exit_code) == (1, 1, 1)
    assert tried.stdout == "2 customers would be brought in; 0 known already, 1 left out.\n"
    assert tried.stderr == made.stderr == "line 4: there is no stage 'nowhere'\n"
    assert nobody == "Nobody.\n"
    assert made.stdout == "2 customers brought in; 0 known already, 1 left out.\n"
    assert again.stdout == "0 customers brought in; 2 known already, 1 left out.\n"
    ada = json.loads(stocked("customers", "show", "u-1", "--json").stdout)
    assert (ada["stage"], ada["traits"], ada["enrollments"]) == ("adopted", {"company": "Engines"}, [])
    with stocked.parts() as parts, parts.ground.sessions.read() as session:
        (errand,) = errands.latest(session)
    assert (errand.kind, errand.state, errand.author, errand.done) == ("import", "done", "command line", 2)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name\nAda\n", "the first line must name the columns, and one of them must be email"),
        (b"email\n\xff\xfe@example.com\n", "this is no text in UTF-8"),
    ],
)
def test_what_is_no_table_of_customers_is_refused(stocked: Nurture, file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)

    told = stocked("customers", "import", file)

    assert (told.exit_code, told.stderr) == (2, f"Error: {file}: {said}\n")
    assert stocked("customers", "import", file.with_name("none.csv")).exit_code == 2


def test_what_is_held_is_printed_and_whoever_is_erased_is_gone(stocked: Nurture, file: Path) -> None:
    stocked("customers", "import", file)
    held = json.loads(stocked("customers", "export", "u-1").stdout)

    unsure = stocked("customers", "erase", "u-1", "--because", "asked", typed="bo@example.com\n")
    still = stocked("customers", "show", "u-1").exit_code
    gone = stocked("customers", "erase", "u-1", "--because", "asked", typed="ADA@example.com\n")
    at_once = stocked("customers", "erase", "email:bo@example.com", "--because", "asked", "--yes")

    assert held["customers"][0]["email"] == "ada@example.com"
    assert (unsure.exit_code, "nobody was erased" in unsure.stderr, still) == (2, True, 0)
    assert (gone.exit_code, gone.stdout) == (0, "They are erased, and 0 letters with them.\n")
    assert at_once.exit_code == 0
    assert stocked("customers", "list").stdout == "Nobody.\n"
    assert stocked("customers", "export", "u-1").exit_code == 2
    with stocked.parts() as parts, parts.ground.sessions.read() as session:
        acts = [one.act for one in audit.entries(session)]
    assert acts[:3] == ["erase", "erase", "export data"]
