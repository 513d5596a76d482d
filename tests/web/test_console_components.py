"""The components: each macro stands on the developers' page, says its name to a screen reader, and hides no markup."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nurture.web import console
from nurture.web.console.assets import assets
from nurture.web.console.components import ICONS
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.staff import signed_in

TEMPLATES = Path(console.__file__).parent / "templates" / "console"
SHOWN_WITH = {"area": "field", "combo": "choose", "radios": "check", "tabs": "segmented", "state": "stage"}
"""Macros that stand beside a kindred one."""
KILOBYTE = 1024


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


def test_every_component_is_on_the_page(harbour: Harbour) -> None:
    macros = re.findall(r"{% macro ([a-z]\w*)\(", (TEMPLATES / "_components.html").read_text(encoding="utf-8"))
    page = signed_in(harbour).get("/components").text

    named = set(re.findall(r'<h2 id="c-(\w+)">', page))
    assert {SHOWN_WITH.get(name, name) for name in macros} - {"form"} <= named


def test_every_icon_is_drawn(harbour: Harbour) -> None:
    drawn = set(re.findall(r'<symbol id="icon-([\w-]+)"', (TEMPLATES / "_icons.html").read_text(encoding="utf-8")))
    templates = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html"))
    used = set(re.findall(r'icon\("([\w-]+)"\)|mark="([\w-]+)"', templates))

    assert {one for pair in used for one in pair if one} | set(ICONS) <= drawn
    assert signed_in(harbour).get("/components").text.count("<symbol") == len(drawn)


def test_what_a_browser_fetches_stays_within_its_budget() -> None:
    sizes = {name: len(asset.small) for name, asset in assets().items()}

    assert sizes["console.css"] <= 20 * KILOBYTE
    assert sizes["console.js"] <= 12 * KILOBYTE
    assert sizes["console.js"] + sizes["htmx.js"] <= 35 * KILOBYTE


def test_an_asset_is_small_where_the_browser_can_unpack_it_and_for_ever(harbour: Harbour) -> None:
    client = harbour.app(console.blueprint).test_client()

    small = client.get(assets()["console.css"].address, headers={"Accept-Encoding": "gzip"})
    whole = client.get(assets()["console.css"].address, headers={"Accept-Encoding": "identity"})

    assert (small.headers["Content-Encoding"], whole.headers.get("Content-Encoding")) == ("gzip", None)
    assert len(small.data) < len(whole.data) / 2
    assert "immutable" in whole.headers["Cache-Control"]
    assert client.get("/assets/console/nothing.css").status_code == 404
