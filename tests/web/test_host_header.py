"""What a request says about its own host or about who forwarded it is believed nowhere: not in a page, nor a letter."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from nurture.web import build
from tests.sqlite import SqliteFiles
from tests.web.harbour import URL, Harbour, harbour_at, prepare
from tests.web.places import FORMS
from tests.web.product import Product
from tests.web.staff import EMAIL, hidden, sign_in
from tests.web.test_matrix import COOKIE, places

EVIL = {
    "Host": "evil.example.com",
    "X-Forwarded-Host": "evil.example.com",
    "X-Forwarded-Server": "evil.example.com",
    "X-Forwarded-For": "evil.example.com, 203.0.113.66",
    "X-Forwarded-Proto": "evil.example.com",
    "X-Forwarded-Port": "6666",
    "X-Forwarded-Prefix": "/evil.example.com",
    "X-Original-URL": "/evil.example.com",
    "X-Rewrite-URL": "/evil.example.com",
    "X-Real-IP": "203.0.113.66",
    "Forwarded": 'for=203.0.113.66;host="evil.example.com";proto=evil.example.com',
}


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        opened.signs_up("ada")
        yield opened


@pytest.fixture
def app(harbour: Harbour) -> Flask:
    return build(harbour.parts)


def believed(answer: TestResponse) -> bool:
    """Whether an answer repeats any of it, or leads away from here."""
    said = f"{answer.headers}\n{answer.text if (answer.mimetype or '').startswith(('text', 'application/')) else ''}"
    away = not answer.headers.get("Location", "/").startswith("/")
    return away or re.search(r"evil|203\.0\.113\.66|6666", said) is not None


def test_no_page_of_staff_repeats_it(harbour: Harbour, app: Flask) -> None:
    harbour.hires("admin")
    browser = app.test_client()
    sign_in(browser)
    cookie = browser.get_cookie(COOKIE)
    assert cookie is not None
    form = {"csrf": hidden(browser.get("/settings").text, "csrf")}
    shown = {**EVIL, "Cookie": f"{COOKIE}={cookie.value}"}
    client = app.test_client(use_cookies=False)
    last = ("sign_out", "customer_erase")
    answers = {
        name: client.open(path, method=method, headers=shown, data={**form, **FORMS.get(name, {})})
        for name, (method, path) in sorted(places().items(), key=lambda one: one[0] in last)
        if method == "POST" or name not in last
    }

    assert [name for name, answer in answers.items() if believed(answer)] == []
    assert {answer.status_code for answer in answers.values()} <= {200, 303, 404, 409, 422}
    assert f"{URL}/join" in answers["staff_invite"].text


def test_no_page_for_anybody_else_repeats_it(harbour: Harbour, app: Flask) -> None:
    ada = harbour.signs_up("ada").customer_id
    harbour.post()
    welcome, client = harbour.letters(ada)[0].id, app.test_client(use_cookies=False)
    tokens = {
        "u": harbour.token("unsubscribe", ada, welcome),
        "p": harbour.token("preferences", ada, welcome),
        "s": harbour.token("survey", ada, "driver"),
        "b": harbour.token("browser", ada, welcome),
    }
    places = [f"/{page}/{token}" for page, token in tokens.items()]
    places += [
        "/login",
        "/login?next=/tasks",
        "/healthz",
        "/readyz",
        "/metrics",
        "/tasks",
        "/tasks/",
        "//tasks",
        "/v1/x",
    ]
    places += [
        "/nothing",
        "/assets/console/nothing",
        "/m/nothing",
        "/v1/customers",
        "/hooks/sendgrid",
        "/u/x",
        "/join/x",
    ]

    answers = [(path, client.open(path, method=by, headers=EVIL)) for path in places for by in ("GET", "POST", "HEAD")]

    assert [path for path, answer in answers if believed(answer)] == []


def test_no_letter_and_no_line_of_the_log_repeats_it(
    harbour: Harbour, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    product = Product(harbour)
    product.app = app
    said = {"user_id": "u-bo", "email": "bo@example.com", "name": "Bo"}
    headers = {**product.key("ingest"), **EVIL}
    answer = app.test_client(use_cookies=False).post("/v1/signups", json=said, headers=headers)
    harbour.pass_time(days=4)

    letters = [file.read_bytes() for file in harbour.outbox.glob("*.eml")]
    assert answer.status_code == 201
    assert not believed(answer)
    assert len(letters) > 2
    assert [letter for letter in letters if b"evil" in letter or b"203.0.113.66" in letter] == []
    assert "evil" not in caplog.text


def test_another_forwarder_does_not_buy_more_tries(harbour: Harbour, app: Flask) -> None:
    harbour.hires("viewer")
    client = app.test_client()

    tries = [
        sign_in(
            client, EMAIL, "not the password", headers={**EVIL, "Host": "localhost", "X-Forwarded-For": f"10.0.0.{n}"}
        )
        for n in range(8)
    ]

    assert [one.status_code for one in tries][-1] == 429
