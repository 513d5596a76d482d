"""Every route for everybody: nobody, whoever is too late, each role, each scope; a new route without an entry fails."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations
from pathlib import Path

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nurture.store import audit, keys, staff
from nurture.store.schema import ROLES
from nurture.store.schema import SCOPES as EVERY_SCOPE
from nurture.web import build
from nurture.web.console.access import LEAST_ROLE, OPEN
from tests.sqlite import SqliteFiles
from tests.web.harbour import PASSWORD, Harbour, harbour_at, prepare
from tests.web.places import PLACES
from tests.web.product import Product, signed
from tests.web.staff import hidden, sign_in

SCOPES = {
    "ingest": ["POST /signups", "POST /leads", "POST /events"],
    "read": [
        *("GET /customers", "GET /customers/u-ada", "GET /customers/u-ada/timeline", "GET /customers/u-ada/next"),
        *("GET /customers/u-ada/why", "GET /customers/u-ada/inbox", "GET /customers/u-ada/notes"),
        *("GET /documents/journey", "GET /documents/journey/first-win/draft"),
        *("GET /documents/journey/first-win/revisions", "POST /documents/journey/first-win/check"),
        *("POST /documents/journey/first-win/impact", "POST /simulations"),
    ],
    "write": [
        *("PATCH /customers/u-ada", "POST /customers/u-ada/stage", "POST /customers/u-ada/trial"),
        *("POST /customers/u-ada/hold", "POST /customers/u-ada/release", "POST /customers/u-ada/skip"),
        *("POST /customers/u-ada/send-now", "POST /customers/u-ada/start", "POST /customers/u-ada/remove"),
        *("POST /customers/u-ada/take-over", "POST /customers/u-ada/owner", "POST /customers/u-ada/notes"),
        *("POST /customers/u-ada/inbox/not_1/seen", "POST /documents/journey/first-win/start"),
        *("PUT /documents/journey/first-win/draft", "POST /documents/journey/first-win/draft/edit"),
        *("POST /documents/journey/first-win/draft/undo", "POST /documents/journey/first-win/draft/redo"),
        "POST /documents/journey/first-win/draft/discard",
    ],
    "admin": [
        *("DELETE /customers/u-ada", "GET /customers/u-ada/held", "POST /documents/journey/first-win/publish"),
        "POST /playbook/undo",
    ],
}
"""What a key of each scope is for, written down once more: the API's own table must say the same."""
SIGNED = {"POST /signups", "POST /events"}
ANOTHER_WAY = {
    "health.alive": "tells nothing about anybody",
    "health.ready": "tells nothing about anybody",
    "health.metrics": "numbers without names",
    "hooks.sendgrid": "the provider's signature",
    **dict.fromkeys(("recipient.leave", "recipient.leaves"), "a signed link"),
    **dict.fromkeys(("recipient.prefer", "recipient.prefers"), "a signed link"),
    **dict.fromkeys(("recipient.ask", "recipient.answers", "recipient.read"), "a signed link"),
    **dict.fromkeys(("recipient.static", "reference.static"), "a style and an icon"),
    **dict.fromkeys(("reference.docs", "reference.document"), "the same for every installation"),
    "recipient.picture": "a hash that nobody guesses",
}
NAMED = ("customer", "message", "task", "answer", "member", "key", "image", "errand")
COOKIE = "nurture"


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        opened.signs_up("ada")
        yield opened


@pytest.fixture
def app(harbour: Harbour) -> Flask:
    return build(harbour.parts)


def places(unsafe: bool = False) -> dict[str, tuple[str, str]]:
    """Where each route of the console is; what its address names need not be there."""
    named = dict.fromkeys(NAMED, "x")
    found = {name: (method, path.format(**named)) for name, (method, path) in PLACES.items()}
    return {name: one for name, one in found.items() if not unsafe or one[0] == "POST"}


def session_of(app: Flask, harbour: Harbour, role: str) -> tuple[str, str]:
    """Sign a member of this role in: the cookie, and the token of their forms."""
    email = f"{role}-{harbour.machine:%H%M}@harbour.example"
    harbour.hires(role, email)
    client = app.test_client()
    assert sign_in(client, email).status_code == 303
    cookie = client.get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value, hidden(client.get("/settings").text, "csrf")


def shown(client: FlaskClient, token: str, method: str, path: str, **said: str) -> TestResponse:
    """Open an address with this cookie, whatever an earlier answer did to it."""
    client.set_cookie(COOKIE, token)
    return client.open(path, method=method, data=said or None)


def acts(harbour: Harbour) -> list[str]:
    """What is in the audit by now: every write of staff and keys is."""
    with harbour.parts.ground.sessions.read() as session:
        return [one.id for one in audit.entries(session, 1_000)]


def test_every_route_there_is_asks_somehow_who_is_there(app: Flask) -> None:
    api = {f"{method} {path}" for path, method in _api(app)}
    others = {rule.endpoint for rule in app.url_map.iter_rules() if not rule.rule.startswith("/v1")}
    console = {f"console.{name}" for name in LEAST_ROLE.keys() | OPEN}

    assert others == console | ANOTHER_WAY.keys()
    assert api == {one for routes in SCOPES.values() for one in routes}


def _api(app: Flask) -> list[tuple[str, str]]:
    named = {"reference": "u-ada", "notice_id": "not_1", "kind": "journey", "key": "first-win"}
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/v1")]
    return [
        (_filled(rule.rule.removeprefix("/v1"), named), method)
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    ]


def _filled(path: str, named: dict[str, str]) -> str:
    for name, value in named.items():
        path = path.replace(f"<{name}>", value)
    return path


def test_each_place_leads_to_the_route_it_is_named_for(app: Flask) -> None:
    where = app.url_map.bind("localhost")

    led = {
        name: where.match(path.partition("?")[0], method=method)[0].removeprefix("console.")
        for name, (method, path) in places().items()
    }

    assert led == {name: name for name in LEAST_ROLE}


def test_nobody_is_let_in_and_nothing_is_written(app: Flask, harbour: Harbour) -> None:
    client, before = app.test_client(), acts(harbour)
    for name, (method, path) in places().items():
        asked, made_up = client.open(path, method=method), shown(client, "x" * 43, method, path)
        headed = client.open(path, method="HEAD")
        client.delete_cookie(COOKIE)

        assert asked.status_code == (303 if method == "GET" else 401), name
        assert made_up.status_code == 401, name
        assert headed.status_code in (303, 401, 405), name
        assert "ada@example.com" not in asked.text + made_up.text
    assert acts(harbour) == before


@pytest.mark.parametrize("role", ROLES)
def test_whoever_is_too_late_is_let_in_nowhere(app: Flask, harbour: Harbour, role: str) -> None:
    client = app.test_client()
    resting = session_of(app, harbour, role)
    harbour.machine += timedelta(minutes=1)
    busy = session_of(app, harbour, role)
    for _ in range(36):
        harbour.machine += timedelta(minutes=20)
        shown(client, busy[0], "GET", "/settings")
    before = acts(harbour)

    for ended in (resting, busy):
        for name, (method, path) in places().items():
            answer = shown(client, ended[0], method, path, csrf=ended[1])
            assert answer.status_code == 401, name
            assert "ada@example.com" not in answer.text
    assert acts(harbour) == before


def test_an_end_of_any_kind_is_one_everywhere(app: Flask, harbour: Harbour) -> None:
    client, sessions = app.test_client(), harbour.parts.ground.sessions
    out, locked, changed = (session_of(app, harbour, role) for role in ("viewer", "editor", "admin"))
    shown(client, out[0], "POST", "/logout", csrf=out[1])
    with sessions.read() as session:
        members = {one.role: one.id for one in staff.everybody(session)}
    sessions.write(lambda session: staff.disable(session, members["editor"], harbour.machine))
    hashed = staff.hash_password(PASSWORD + " anew")
    sessions.write(
        lambda session: staff.change_password(session, members["admin"], hashed, harbour.machine, actor="a test")
    )

    for ended in (out, locked, changed):
        for name, (method, path) in places().items():
            assert shown(client, ended[0], method, path, csrf=ended[1]).status_code == 401, name


@pytest.mark.parametrize("role", ROLES)
def test_no_form_is_taken_without_the_token_of_this_very_session(app: Flask, harbour: Harbour, role: str) -> None:
    client = app.test_client()
    token, csrf = session_of(app, harbour, role)
    harbour.hires(role, "another@harbour.example")
    other = app.test_client()
    sign_in(other, "another@harbour.example")
    wrong = ["", csrf[:-1], csrf + "A", csrf.swapcase(), token, hidden(other.get("/settings").text, "csrf")]
    before = acts(harbour)

    for name, (method, path) in places(unsafe=True).items():
        refused = 400 if ROLES.index(role) >= ROLES.index(LEAST_ROLE[name]) else 403
        answers = [shown(client, token, method, path, csrf=one).status_code for one in wrong]
        client.set_cookie(COOKIE, token)
        by_the_side = client.post(f"{path}?csrf={csrf}", headers={"X-CSRF-Token": csrf, "X-CSRFToken": csrf})
        abroad = client.post(path, data={"csrf": csrf}, headers={"Origin": "https://evil.example"})

        assert [*answers, by_the_side.status_code, abroad.status_code] == [refused] * 8, name
    assert acts(harbour) == before


@pytest.fixture
def product(harbour: Harbour) -> Product:
    return Product(harbour)


def asked(product: Product, route: str, headers: dict[str, str] | None) -> int:
    method, path = route.split()
    return product.client.open(f"/v1{path}", method=method, data=b"{}", headers=headers).status_code


def test_a_key_opens_what_its_scopes_are_for_and_nothing_else(product: Product) -> None:
    mixes = [mix for many in range(1, 4) for mix in combinations(EVERY_SCOPE, many)]
    shown = {mix: product.key(*mix) for mix in mixes}

    for scope, routes in SCOPES.items():
        for route in sorted(routes, key=lambda one: one.startswith("DELETE")):
            for mix, headers in shown.items():
                status = asked(product, route, headers)
                opened = status < 500 and status not in (401, 403)
                assert opened if {scope, "admin"} & set(mix) else status == 403, (route, mix, status)


def test_no_key_that_is_none_opens_anything(product: Product) -> None:
    sessions, admin = product.harbour.parts.ground.sessions, product.key("admin")
    secret = admin["Authorization"].removeprefix("Bearer ")
    with sessions.read() as session:
        (key,) = keys.all_keys(session)
    almost = [secret[:-1], secret + "0", secret.swapcase(), secret.removeprefix("ntk_"), key.id, "", "x"]
    sessions.write(lambda session: keys.revoke(session, key.id, product.harbour.machine))
    refused = [admin, None, *({"Authorization": f"Bearer {one}"} for one in almost), {"Cookie": f"nurture={secret}"}]
    before = acts(product.harbour)

    for route in (one for routes in SCOPES.values() for one in routes):
        assert [asked(product, route, headers) for headers in refused] == [401] * len(refused), route
        assert asked(product, f"{route}?key={secret}&access_token={secret}", None) == 401
    assert acts(product.harbour) == before


def test_a_signature_opens_the_two_signed_doors_alone(product: Product) -> None:
    body = orjson.dumps({})
    for route in (one for routes in SCOPES.values() for one in routes):
        assert (asked(product, route, signed(body, "msg_1")) != 401) == (route in SIGNED), route


def test_a_role_that_was_taken_away_is_gone_at_the_next_press(app: Flask, harbour: Harbour) -> None:
    client, sessions = app.test_client(), harbour.parts.ground.sessions
    token, _ = session_of(app, harbour, "admin")
    with sessions.read() as session:
        (member,) = staff.everybody(session)
    sessions.write(lambda session: staff.change_role(session, member, "viewer", harbour.machine, actor="a test"))

    for name, (method, path) in places().items():
        if LEAST_ROLE[name] != "viewer":
            assert shown(client, token, method, path).status_code == 403, name
