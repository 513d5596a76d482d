"""Row 37: a stage rule is changed and it is seen who would move, among 2,000 customers; the playbook's pages."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from werkzeug.serving import make_server

from nurture.engine.leaves import last_heard
from nurture.store import drafts, people, photographs
from nurture.store.drafts import Draft
from nurture.store.wanted import Wanted
from nurture.web import console
from tests.browser.axe import violations
from tests.browser.crowd import crowd_at
from tests.browser.rows import walk
from tests.browser.test_console import Quiet, sideways, sign_in
from tests.web.harbour import Harbour

PLACES = [
    "lifecycle?open=moves/6",
    "personas",
    "personas/wilma",
    "milestones",
    "policy?open=window",
    "segments?show=new",
    "care-texts?show=new",
    "care-texts/look-after-their-question",
]


@pytest.fixture(scope="module")
def crowd(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    with crowd_at(tmp_path_factory.mktemp("crowd"), 2_000, lived) as opened:
        opened.hires("publisher")
        yield opened


@pytest.fixture(scope="module")
def address(crowd: Harbour) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, crowd.app(console.blueprint), threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def lifecycle(crowd: Harbour) -> Draft:
    with crowd.parts.ground.sessions.read() as session:
        found = drafts.standing(session, "lifecycle", "lifecycle")
    assert found is not None
    return found


def silent(crowd: Harbour, days: int) -> set[str]:
    """The addresses of those in trial, and a day there at least, who are silent for so long and not for five days."""
    with crowd.parts.ground.sessions.read() as session:
        ids = people.matching(session, Wanted(stage=("assessing",)), crowd.now, limit=5_000)
        taken = photographs.portraits(session, ids).values()
    seen = [(one.snapshot.customer, (crowd.now - last_heard(one.snapshot)).total_seconds() / 86_400) for one in taken]
    fit = [one for one, quiet in seen if days <= quiet < 5 and (crowd.now - one.stage_since).days >= 1]
    return {one.email for one in fit}


def test_row_37_a_stage_rule_is_changed_and_it_is_seen_who_would_move(page: Page, address: str, crowd: Harbour) -> None:
    sign_in(page, address)
    expected = silent(crowd, 3)

    with walk(page, address, "/lifecycle", row=37, clicks=3) as way:
        way.click(page.locator("#at-moves-6 > summary"))
        page.locator('[name="moves.6.when"]').fill("{silent_for: 3d}")
        way.click(page.locator("#at-moves-6").get_by_role("button", name="Save, and see who would move"))
        assert page.get_by_role("heading", name=f"{len(expected)} would move, of 2,000 customers").is_visible()
        way.click(page.locator("#dry-run").get_by_text("See who"))
        named = page.locator("#dry-run li a").all_inner_texts()

    assert expected
    assert set(named) <= expected
    assert len(named) == min(len(expected), 50)
    assert "to: at_risk, when: {silent_for: 3d}" in lifecycle(crowd).text
    with crowd.parts.ground.sessions.read() as session:
        assert people.count(session, Wanted(stage=("assessing",)), crowd.now) >= len(expected)


def test_a_rule_is_moved_by_keyboard_alone(page: Page, address: str, crowd: Harbour) -> None:
    sign_in(page, address)
    page.goto(f"{address}/lifecycle")
    before = lifecycle(crowd)

    page.locator("#at-moves-7 > summary").focus()
    page.keyboard.press("Enter")
    later = page.locator("#at-moves-7").get_by_role("button", name="Later")
    for _ in range(30):
        page.keyboard.press("Tab")
        if later.evaluate("(one) => one === document.activeElement"):
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")

    assert lifecycle(crowd).n == before.n + 1
    assert lifecycle(crowd).sentence == "moved rule Adopted or Advocate \u2192 At risk down"


@pytest.mark.parametrize("path", PLACES)
def test_nothing_stands_in_anybodys_way(page: Page, address: str, path: str) -> None:
    sign_in(page, address)
    page.goto(f"{address}/{path}")

    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.reload()
    assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert sideways(page) == 0
