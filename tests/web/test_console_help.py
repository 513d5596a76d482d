"""Help: ten things, each a link to a page that opens, and only those that somebody may do."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nurture.store.schema import ROLES
from nurture.web import console
from nurture.web.console.help import KEYS
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import signed_in


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


def things(page: str) -> list[str]:
    """The places that the list of things leads to."""
    return re.findall(
        r'<li>.*?<a href="([^"]+)">', page[page.index('<ol class="steps">') : page.index("</ol>")], re.DOTALL
    )


def test_there_are_ten_things_to_do_and_each_leads_to_its_place(harbour: Harbour) -> None:
    client = signed_in(harbour, "admin")

    listed = things(client.get("/help").text)

    assert len(listed) == 10
    assert all(client.get(path).status_code == 200 for path in listed)


def test_nobody_is_told_of_what_is_not_theirs_to_do(harbour: Harbour) -> None:
    counted = {}
    for role in ROLES:
        page = signed_in(harbour, role, f"{role}@harbour.example").get("/help").text
        counted[role] = (len(things(page)), "Ask a publisher" in page)

    assert counted == {"viewer": (5, True), "editor": (8, True), "publisher": (9, False), "admin": (10, False)}


def test_help_is_in_everybodys_menu(harbour: Harbour) -> None:
    page = signed_in(harbour).get("/outbox").text

    assert re.search(r'<details class="me">.*<a href="/help">Help</a>', page, re.DOTALL)


def test_each_key_of_the_flow_that_the_page_listens_to_is_told() -> None:
    script = (Path(console.__file__).parent / "static" / "js" / "20-flow.js").read_text(encoding="utf-8")
    words = {"ArrowDown": "↑ ↓", "ArrowUp": "↑ ↓", "ArrowRight": "← →", "ArrowLeft": "← →", "Delete": "Delete"}

    heard = re.findall(r"^  (\w+): (?:\(card|press)", script, re.MULTILINE)

    assert len(heard) == 5
    assert {words[key] for key in heard} <= KEYS.keys()
    assert ("MOVES" in script) == ("Alt+↑ ↓" in KEYS)
    assert ('event.key === "F8"' in script) == ("F8" in KEYS)
    assert ('event.key === "Escape"' in script) == ("Esc" in KEYS)
    assert ('event.key === "z"' in script) == ("Ctrl+Z" in KEYS)
