"""A text that would burn minutes is told as a finding, and everybody else is served meanwhile, by a real server."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from urllib.request import urlopen

import pytest
from flask import Flask
from flask.testing import FlaskClient

from nurture.channels.email.cage import WALL
from nurture.engine.email_pieces import unfold
from nurture.engine.problem import Unsound
from nurture.flow import drafts
from nurture.flow.publish import publish
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.product import Product, served
from tests.web.staff import EMAIL, app_of
from tests.web.writing import EDIT, browser, preview, sketch

TOO_MUCH = "takes too long or too much memory"
BOMB = "[" * 60_000
SOON = 2 * WALL + 2  # seconds: a page may look at a text twice, on a busy machine


@pytest.fixture(scope="module")
def harbour(sqlite_files: SqliteFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path_factory.mktemp("bombs")) as opened:
        yield opened


@pytest.fixture(scope="module")
def console(harbour: Harbour) -> Flask:
    return app_of(harbour)


@pytest.fixture(scope="module")
def client(harbour: Harbour, console: Flask) -> FlaskClient:
    return browser(harbour, console, "editor", EMAIL)


def test_others_are_answered_while_a_bomb_is_looked_at(harbour: Harbour, client: FlaskClient) -> None:
    with served(Product(harbour)) as address, ThreadPoolExecutor(1) as typing:
        told = typing.submit(sketch, client, block="0", words=BOMB)
        answers = 0
        while not told.done():
            began = monotonic()
            with urlopen(f"{address}/healthz", timeout=WALL) as answer:
                assert answer.status == 200
            answers += not told.done() and monotonic() - began < 1

    assert TOO_MUCH in told.result()["why"]
    assert answers > 10


def test_a_saved_bomb_is_a_finding_on_every_page(harbour: Harbour, client: FlaskClient) -> None:
    standing = drafts.read_draft(harbour.parts.ground, "email", "welcome")
    was = unfold(standing.text)
    written = {**was, "email.md": was["email.md"] + "\n\n" + BOMB}
    text = json.dumps(written)
    drafts.save_draft(harbour.parts.ground, "email", "welcome", text, standing.n, EMAIL, "", harbour.now)

    for page in (EDIT, "/emails", "/journeys"):
        began = monotonic()
        assert client.get(page).status_code == 200
        assert monotonic() - began < SOON
    assert TOO_MUCH in client.get(EDIT).text
    assert TOO_MUCH in preview(client).text
    assert TOO_MUCH in str(drafts.advice_of(harbour.parts.ground, "email", "welcome", text))
    with pytest.raises(Unsound, match=TOO_MUCH):
        publish(harbour.parts.ground, {("email", "welcome"): text}, EMAIL, "", harbour.look())
