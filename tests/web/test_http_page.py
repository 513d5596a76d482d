"""The page about the API says what the table of routes says."""

import re
from pathlib import Path

from nurture.web.api import ROUTES
from nurture.web.reference.openapi import document

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "http.md"
ROW = re.compile(r"^\| ([A-Z]+) \| `(\S+)` \| (\w+)(, or signed)? \| \[[^]]+\]\(#(\S+)\) \|$", re.MULTILINE)


def test_every_route_stands_on_the_page_with_its_scope() -> None:
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))

    told = [(method, path, scope, bool(signed)) for method, path, scope, signed, _ in rows]
    table = [(one.method, "/v1" + re.sub(r"<(\w+)>", r"{\1}", one.path), one.scope, one.signed) for one in ROUTES]
    assert told == table


def test_every_other_door_for_machines_is_named() -> None:
    text = PAGE.read_text(encoding="utf-8")

    others = [path for path in document()["paths"] if not path.startswith("/v1")]
    assert len(others) == 5
    assert [path for path in others if f"{path}`" not in text] == []


def test_every_row_leads_to_a_chapter_with_an_example() -> None:
    text = PAGE.read_text(encoding="utf-8")

    chapters = {
        re.sub(r"[^a-z -]", "", title.lower()).replace(" ", "-"): words
        for title, _, words in (part.partition("\n") for part in text.split("\n## ")[1:])
    }
    bare = [path for _, path, _, _, anchor in ROW.findall(text) if "curl" not in chapters.get(anchor, "")]
    assert bare == []
