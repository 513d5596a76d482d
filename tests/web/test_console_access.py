"""Who may come in: nobody unknown, nobody without the form's token, nobody above their role, nobody too late."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from nurture.flow import errands
from nurture.store import audit, images, keys, staff
from nurture.store.images import Drawn
from nurture.store.schema import ROLES
from nurture.store.session import Session
from nurture.web.console.access import LEAST_ROLE, OPEN, may
from nurture.web.console.cookies import local_path
from tests.sqlite import SqliteFiles
from tests.store.rows import put
from tests.web.harbour import MONDAY, PASSWORD, SIGNUP_SECRET, Harbour, harbour_at, prepare
from tests.web.places import FORMS, PLACES
from tests.web.roles import ADMINS, ANYBODY, PUBLISHERS
from tests.web.staff import EMAIL, app_of, foreign_scripts, hidden, sign_in, signed_in

GRANTED = (200, 303, 409, 422)  # seen, done, or understood and not done


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


def session_cookie(client: FlaskClient, name: str = "nurture") -> str:
    cookie = client.get_cookie(name)
    return cookie.value if cookie else ""


def place(harbour: Harbour, endpoint: str) -> tuple[str, str]:
    """The method and the address of a route, about Ada and what its address names: made for it, each time anew."""
    ada = harbour.signs_up("ada").customer_id
    made: Mapping[str, Callable[[], str]] = {
        "customer": lambda: ada,
        "message": lambda: letter_of(harbour, ada),
        "task": lambda: task_of(harbour, f"tsk_{endpoint}", ada),
        "answer": lambda: answer_of(harbour),
        "member": lambda: harbour.hires("viewer", f"{endpoint}@harbour.example"),
        "key": lambda: key_of(harbour),
        "image": lambda: image_of(harbour),
        "errand": lambda: errands.ask(harbour.parts.ground, "suppress", {"ids": []}, EMAIL, harbour.look()),
    }
    method, path = PLACES[endpoint]
    return method, path.format(**{name: make() for name, make in made.items() if f"{{{name}}}" in path})


def letter_of(harbour: Harbour, customer_id: str) -> str:
    """Their welcome, handed over."""
    harbour.post()
    return harbour.letters(customer_id)[0].id


def answer_of(harbour: Harbour) -> str:
    """What Ada has answered."""
    harbour.answers("ada", "driver", "save_time")
    return harbour.answered("ada")[0].id


def task_of(harbour: Harbour, task_id: str, customer_id: str) -> str:
    """A task that no journey waits for."""
    harbour.parts.ground.sessions.write(lambda session: open_task(session, task_id, customer_id))
    return task_id


def key_of(harbour: Harbour) -> str:
    """A key that a program has."""
    harbour.parts.ground.sessions.write(lambda session: keys.add(session, "a program", ["read"], MONDAY))
    with harbour.parts.ground.sessions.read() as session:
        return keys.all_keys(session)[0].id


def image_of(harbour: Harbour) -> str:
    """An image that is kept."""
    drawn = Drawn(b"a few pixels", "image/png", 1, 1)
    return harbour.parts.ground.sessions.write(lambda session: images.keep(session, drawn, "x", "", "ana", MONDAY))


def open_task(session: Session, task_id: str, customer_id: str) -> None:
    """Open a task that no journey waits for."""
    said = {"journey": "path", "entry": 1, "step": task_id, "pass": 1, "task": "call", "because": "a test"}
    put(session, "tasks", id=task_id, customer_id=customer_id, state="open", opened_at=MONDAY, due_at=MONDAY, **said)


def test_every_route_has_a_least_role_or_is_open(harbour: Harbour) -> None:
    routes = {rule.endpoint.removeprefix("console.") for rule in app_of(harbour).url_map.iter_rules()}

    assert routes == LEAST_ROLE.keys() | OPEN
    assert PLACES.keys() == LEAST_ROLE.keys()


def test_each_route_is_for_whom_it_was_meant() -> None:
    meant = {"viewer": ANYBODY.split(), "publisher": PUBLISHERS.split(), "admin": ADMINS.split()}

    for role, routes in meant.items():
        assert sorted(routes) == sorted(name for name, least in LEAST_ROLE.items() if least == role), role


def test_what_is_open_without_a_session_is_the_login_alone() -> None:
    signing_in = {"login", "sign_in", "sign_in_code", "sign_in_elsewhere", "sign_in_back"}
    assert {"asset", "join", "joined"} | signing_in == OPEN


def test_a_stranger_sees_nothing(harbour: Harbour, stranger: FlaskClient) -> None:
    for endpoint in PLACES:
        method, path = place(harbour, endpoint)
        answer = stranger.open(path, method=method)

        assert answer.status_code == (303 if method == "GET" else 401), endpoint
        assert answer.headers.get("Location", "/login").startswith("/login")
        assert "ada@example.com" not in answer.text


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_what_it_may_and_nothing_above(harbour: Harbour, role: str) -> None:
    client = signed_in(harbour, role)
    csrf = hidden(client.get("/settings").text, "csrf")

    for endpoint in PLACES:
        method, path = place(harbour, endpoint)
        form = {"csrf": csrf, **FORMS.get(endpoint, {})} if method == "POST" else None
        answer = client.open(path, method=method, data=form)
        allowed = ROLES.index(role) >= ROLES.index(LEAST_ROLE[endpoint])
        assert (answer.status_code in GRANTED) if allowed else (answer.status_code == 403), (
            endpoint,
            answer.status_code,
        )


def test_a_route_without_a_role_is_open_to_nobody(harbour: Harbour) -> None:
    app = app_of(harbour)
    app.add_url_rule("/forgotten", "console.forgotten", lambda: "inside")
    harbour.hires("admin")
    client = app.test_client()
    sign_in(client)

    assert may("admin", LEAST_ROLE.get("forgotten")) is False
    assert client.get("/forgotten").status_code == 403


def test_an_unsafe_method_needs_the_forms_own_token(harbour: Harbour) -> None:
    client = signed_in(harbour, "admin")

    for path in [path for method, path in PLACES.values() if method == "POST"]:
        for form in ({}, {"csrf": ""}, {"csrf": "x"}, {"csrf": "\u00e9"}):
            answer = client.post(path, data=form)
            assert answer.status_code == 400
            assert SIGNUP_SECRET not in answer.text
    assert client.get("/customers").status_code == 200


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


def test_a_form_of_another_site_is_refused_token_or_not(harbour: Harbour) -> None:
    client = signed_in(harbour, "admin")
    csrf = hidden(client.get("/settings").text, "csrf")

    for headers in FOREIGN:
        assert client.post("/settings", data={"csrf": csrf}, headers=headers).status_code == 400
        assert sign_in(app_of(harbour).test_client(), headers=headers).status_code == 400


def test_our_own_form_is_taken_by_either_of_our_names(harbour: Harbour) -> None:
    client = signed_in(harbour, "admin")
    csrf = hidden(client.get("/settings").text, "csrf")

    for origin in ("http://localhost", "http://127.0.0.1:8000"):
        headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        assert client.post("/settings", data={"csrf": csrf}, headers=headers).status_code == 200


def test_the_cookie_is_out_of_reach(stranger: FlaskClient) -> None:
    answer = sign_in(stranger)

    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("nurture="))
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_over_https_the_browser_binds_the_cookie_to_the_host(sqlite_files: SqliteFiles, tmp_path: Path) -> None:
    with (
        sqlite_files.database(prepare) as url,
        harbour_at(url, tmp_path, public_url="https://nurture.example.com") as harbour,
    ):
        harbour.hires("viewer")
        client = app_of(harbour).test_client()
        knock = hidden(client.get("/login", base_url="https://localhost").text, "knock")
        form = {"email": EMAIL, "password": PASSWORD, "knock": knock}
        answer = client.post("/login", data=form, base_url="https://localhost")

    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("__Host-nurture="))
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_a_login_form_is_tied_to_the_browser_it_was_shown_to(harbour: Harbour, stranger: FlaskClient) -> None:
    another = app_of(harbour).test_client()
    knock = hidden(another.get("/login").text, "knock")

    answer = stranger.post("/login", data={"email": EMAIL, "password": PASSWORD, "knock": knock})

    assert answer.status_code == 400


def test_signing_in_opens_a_new_session_each_time(stranger: FlaskClient) -> None:
    stranger.set_cookie("nurture", "chosen-by-somebody-else")
    sign_in(stranger)
    first = session_cookie(stranger)
    sign_in(stranger)

    assert first not in ("", "chosen-by-somebody-else")
    assert session_cookie(stranger) not in ("", first)


def test_a_session_that_is_signed_out_opens_nothing_any_more(stranger: FlaskClient) -> None:
    sign_in(stranger)
    token = session_cookie(stranger)
    out = stranger.post("/logout", data={"csrf": hidden(stranger.get("/customers").text, "csrf")})
    stranger.set_cookie("nurture", token)

    assert (out.status_code, out.headers["Location"]) == (303, "/login")
    assert stranger.get("/customers").status_code == 401


def test_a_session_ends_after_half_an_hour_without_use(harbour: Harbour, stranger: FlaskClient) -> None:
    sign_in(stranger)
    for _ in range(3):
        harbour.machine += timedelta(minutes=29)
        assert stranger.get("/customers").status_code == 200

    harbour.machine += timedelta(minutes=31)
    answer = stranger.get("/customers?stage=adopted")

    assert answer.status_code == 401
    assert 'href="/login?next=/customers%3Fstage%3Dadopted"' in answer.text


def test_a_session_ends_after_twelve_hours_in_any_case(harbour: Harbour, stranger: FlaskClient) -> None:
    sign_in(stranger)
    for _ in range(36):
        harbour.machine += timedelta(minutes=20)
        answer = stranger.get("/customers")

    assert harbour.machine - MONDAY == timedelta(hours=12)
    assert answer.status_code == 401


def test_a_member_who_is_locked_out_is_out_at_once(harbour: Harbour) -> None:
    client = app_of(harbour).test_client()
    member = harbour.hires("admin")
    sign_in(client)

    harbour.parts.ground.sessions.write(lambda session: staff.disable(session, member, harbour.machine))

    assert client.get("/customers").status_code == 401
    assert sign_in(client).status_code == 401


def test_after_signing_in_one_is_where_one_wanted_to_be(stranger: FlaskClient) -> None:
    asked = stranger.get("/customers?stage=adopted")
    following = hidden(stranger.get(asked.headers["Location"]).text, "next")

    assert sign_in(stranger, next=following).headers["Location"] == "/customers?stage=adopted"


ELSEWHERE = [
    *("//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)"),
    *("/a\r\nSet-Cookie: x=y", "/\t/evil.example", "@evil.example", "", "/" + "a" * 3_000),
]


def test_nobody_is_sent_to_another_site(stranger: FlaskClient) -> None:
    assert [local_path(path) for path in ELSEWHERE] == [None] * len(ELSEWHERE)
    assert sign_in(stranger, next=ELSEWHERE[0]).headers["Location"] == "/today"


def test_an_admin_is_shown_the_secret_and_it_is_written_down(harbour: Harbour) -> None:
    client = signed_in(harbour, "admin")
    before = client.get("/settings").text

    after = client.post("/settings", data={"csrf": hidden(before, "csrf")})

    assert SIGNUP_SECRET not in before
    assert SIGNUP_SECRET in after.text
    assert after.headers["Cache-Control"] == "no-store"
    with harbour.parts.ground.sessions.read() as session:
        entries = audit.entries(session)
    assert [entry.actor for entry in entries if entry.act == "reveal sign-up secret"] == [EMAIL]
    assert SIGNUP_SECRET not in repr(entries)


def test_a_viewer_is_told_whom_to_ask(harbour: Harbour) -> None:
    page = signed_in(harbour, "viewer").get("/settings").text

    assert "Ask an administrator" in page
    assert "Show the secret" not in page


def test_every_page_says_what_a_browser_may_do(harbour: Harbour) -> None:
    client = signed_in(harbour, "admin")

    for path in ("/login", "/customers", "/tasks", "/outbox", "/settings", "/customers/nobody", "/outbox/nothing"):
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert foreign_scripts(answer.text) == []
        assert " style=" not in answer.text
        assert answer.text.count("<h1") == 1


def test_a_zero_byte_is_refused_before_it_reaches_the_database(harbour: Harbour) -> None:
    client = signed_in(harbour)

    for path in ("/customers?q=%00", "/customers?q=a&q=%00", "/customers/%00", "/outbox/a%00b", "/login?next=%00"):
        assert client.get(path).status_code == 400


def test_a_field_without_a_name_is_refused(harbour: Harbour) -> None:
    client = signed_in(harbour, "editor")
    part = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    told = part % (b"csrf", hidden(client.get("/settings").text, "csrf").encode()) + part % (b"draft", b"9")
    nameless = part.replace(b'; name="%s"', b"") % b"x"

    answer = client.post(
        "/documents/survey/driver/redo", data=told + nameless + b"--b--", content_type="multipart/form-data; boundary=b"
    )

    assert answer.status_code == 400


def test_nothing_on_a_page_has_the_id_of_something_else(harbour: Harbour) -> None:
    client = signed_in(harbour, "admin")
    twice = {}
    for endpoint in (one for one, (method, _) in PLACES.items() if method == "GET"):
        answer = client.get(place(harbour, endpoint)[1])
        if answer.mimetype == "text/html":
            ids = re.findall(r'<[^>]* id="([^"]+)"', answer.text)
            twice[endpoint] = sorted({one for one in ids if ids.count(one) > 1})

    assert {endpoint: ids for endpoint, ids in twice.items() if ids} == {}
    assert len(twice) > 40
