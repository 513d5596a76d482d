"""Who may sign in: asked in by a link, given a role, let out; keys; the second factor; whom we must not write to."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nurture.store import audit, invitations, keys, staff, suppressions
from tests.sqlite import SqliteFiles
from tests.web.harbour import PASSWORD, Harbour, harbour_at, prepare
from tests.web.staff import EMAIL, app_of, hidden, sign_in, signed_in
from tests.web.test_console import words

ANA = "ana@harbour.example"
NEW = "a quite new password"
PHONE = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # what a phone makes its codes of


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


def sends(client: FlaskClient, path: str, **form: str) -> TestResponse:
    csrf = hidden(client.get("/settings").text, "csrf")
    return client.post(path, data={"csrf": csrf, **form})


def link_on(page: TestResponse) -> str:
    found = re.search(r"<code>https?://[^/]+(/join/[^<]+)</code>", page.text)
    assert found is not None
    return found[1]


def member(harbour: Harbour, email: str) -> staff.Member:
    with harbour.parts.ground.sessions.read() as session:
        found = staff.by_email(session, email)
    assert found is not None
    return found


def test_somebody_is_asked_in_joins_once_and_signs_in(harbour: Harbour) -> None:
    admin, stranger = signed_in(harbour, "admin"), app_of(harbour).test_client()

    link = link_on(sends(admin, "/settings/staff/invite", email=ANA, role="publisher"))
    shown = stranger.get(link)
    weak = stranger.post(link, data={"name": "Ana", "password": "short"})
    joined = stranger.post(link, data={"name": "Ana", "password": NEW})
    again = stranger.post(link, data={"name": "Eve", "password": NEW})

    assert "has asked you in as publisher" in words(shown.text)
    assert (weak.status_code, joined.status_code, again.status_code) == (422, 303, 404)
    assert (member(harbour, ANA).name, member(harbour, ANA).role) == ("Ana", "publisher")
    assert sign_in(stranger, ANA, NEW).status_code == 303


def test_a_link_opens_nothing_once_withdrawn_replaced_or_old(harbour: Harbour) -> None:
    admin, stranger = signed_in(harbour, "admin"), app_of(harbour).test_client()

    first = link_on(sends(admin, "/settings/staff/invite", email=ANA, role="viewer"))
    second = link_on(sends(admin, "/settings/staff/invite", email=ANA, role="viewer"))
    replaced, open_still = stranger.get(first).status_code, stranger.get(second).status_code
    sends(admin, "/settings/staff/withdraw", email=ANA)
    withdrawn = stranger.get(second).status_code
    third = link_on(sends(admin, "/settings/staff/invite", email=ANA, role="viewer"))
    harbour.machine += invitations.TO_JOIN + timedelta(seconds=1)

    assert (replaced, open_still, withdrawn) == (404, 200, 404)
    assert stranger.get(third).status_code == 404


def test_a_forgotten_password_is_chosen_anew_and_signs_out_everywhere(harbour: Harbour) -> None:
    harbour.hires("editor", ANA)
    admin, ana = signed_in(harbour, "admin"), app_of(harbour).test_client()
    sign_in(ana, ANA)

    link = link_on(sends(admin, f"/settings/staff/{member(harbour, ANA).id}/reset"))
    ana_before = ana.get("/customers").status_code
    app_of(harbour).test_client().post(link, data={"password": NEW})

    assert (ana_before, ana.get("/customers").status_code) == (200, 401)
    assert [sign_in(app_of(harbour).test_client(), ANA, one).status_code for one in (PASSWORD, NEW)] == [401, 303]


def test_the_last_administrator_stays_one_and_nobody_locks_themselves_out(harbour: Harbour) -> None:
    admin = signed_in(harbour, "admin")
    me = member(harbour, EMAIL).id

    demoted = sends(admin, f"/settings/staff/{me}/role", role="viewer")
    locked = sends(admin, f"/settings/staff/{me}/disable")
    harbour.hires("admin", ANA)
    now_allowed = sends(admin, f"/settings/staff/{me}/role", role="viewer")

    assert "somebody must be an administrator" in words(demoted.text)
    assert "you cannot lock yourself out" in words(locked.text)
    assert (now_allowed.status_code, member(harbour, EMAIL).role) == (303, "viewer")


def test_a_role_holds_from_the_next_press(harbour: Harbour) -> None:
    harbour.hires("viewer", ANA)
    admin, ana = signed_in(harbour, "admin"), app_of(harbour).test_client()
    sign_in(ana, ANA)

    before = ana.get("/settings/keys").status_code
    sends(admin, f"/settings/staff/{member(harbour, ANA).id}/role", role="admin")
    after = ana.get("/settings/keys").status_code
    sends(admin, f"/settings/staff/{member(harbour, ANA).id}/disable")
    out = ana.get("/customers").status_code

    assert (before, after, out) == (403, 200, 401)


def test_a_key_is_shown_once_opens_and_is_revoked(harbour: Harbour) -> None:
    admin = signed_in(harbour, "admin")
    csrf = hidden(admin.get("/settings/keys").text, "csrf")

    made = admin.post("/settings/keys", data={"csrf": csrf, "name": "import", "scope": ["ingest", "read"]})
    nothing_chosen = admin.post("/settings/keys", data={"csrf": csrf, "name": "import"})
    secret = re.findall(r"ntk_[\w-]{43}", made.text)[0]
    listed = admin.get("/settings/keys").text
    with harbour.parts.ground.sessions.read() as session:
        key = keys.scopes_for(session, secret)
    assert key is not None
    admin.post(f"/settings/keys/{key.id}/revoke", data={"csrf": csrf})

    assert key.scopes == {"ingest", "read"}
    assert secret not in listed
    assert "Choose what it may do." in words(nothing_chosen.text)
    with harbour.parts.ground.sessions.read() as session:
        assert keys.scopes_for(session, secret) is None
        assert audit.entries(session, about="key")[0].actor == EMAIL


def test_a_second_factor_is_set_up_asked_for_once_per_code_and_taken_off(harbour: Harbour) -> None:
    admin, phone = signed_in(harbour, "admin"), PHONE
    totp = pyotp.TOTP(phone)

    wrong = sends(admin, "/settings/account/factor", secret=phone, code="000000")
    sends(admin, "/settings/account/factor", secret=phone, code=totp.at(harbour.machine))
    browser = app_of(harbour).test_client()
    asked = sign_in(browser)
    half = hidden(asked.text, "half")
    guessed = browser.post("/login/code", data={"half": half, "code": "000000"})
    right = browser.post("/login/code", data={"half": half, "code": totp.at(harbour.machine)})
    reused = app_of(harbour).test_client().post("/login/code", data={"half": half, "code": totp.at(harbour.machine)})

    assert (wrong.status_code, asked.status_code) == (422, 200)
    assert browser.get("/customers").status_code == 200
    assert (guessed.status_code, right.status_code, reused.status_code) == (401, 303, 401)
    removed = sends(admin, "/settings/account/factor", act="remove", old=PASSWORD)
    assert (removed.status_code, sign_in(app_of(harbour).test_client()).status_code) == (303, 303)


def test_an_admin_takes_off_the_second_factor_of_a_lost_phone(harbour: Harbour) -> None:
    harbour.hires("admin", ANA)
    admin, ana = signed_in(harbour, "admin"), app_of(harbour).test_client()
    sign_in(ana, ANA)
    sends(ana, "/settings/account/factor", secret=PHONE, code=pyotp.TOTP(PHONE).at(harbour.machine))
    asked = sign_in(app_of(harbour).test_client(), ANA).status_code

    sends(admin, f"/settings/staff/{member(harbour, ANA).id}/factor")
    again = sends(admin, f"/settings/staff/{member(harbour, ANA).id}/factor")

    assert (asked, sign_in(app_of(harbour).test_client(), ANA).status_code) == (200, 303)
    assert "has set up no second factor" in words(again.text)


def test_a_half_sign_in_is_sealed_and_grows_old(harbour: Harbour) -> None:
    admin, phone = signed_in(harbour, "admin"), PHONE
    totp = pyotp.TOTP(phone)
    sends(admin, "/settings/account/factor", secret=phone, code=totp.at(harbour.machine))
    harbour.machine += timedelta(minutes=1)
    browser = app_of(harbour).test_client()
    half = hidden(sign_in(browser).text, "half")
    eve = half.replace(half.split("~")[0], harbour.hires("viewer", "eve@harbour.example"))

    forged = browser.post("/login/code", data={"half": eve, "code": totp.at(harbour.machine)})
    harbour.machine += timedelta(minutes=6)
    old = browser.post("/login/code", data={"half": half, "code": totp.at(harbour.machine)})

    assert (forged.status_code, old.status_code) == (401, 401)
    assert browser.get("/customers").status_code != 200


def test_an_address_is_suppressed_looked_up_and_lifted(harbour: Harbour) -> None:
    editor = signed_in(harbour, "editor")
    harbour.signs_up("ada")

    sends(editor, "/settings/suppression", address="ada@example.com", scope="all", reason="asked by phone")
    harbour.post()
    found = words(editor.get("/settings/suppression?address=Ada@Example.com").text)
    without = sends(editor, "/settings/suppression/lift", address="ada@example.com", scope="all", reason=" ")
    lifted = sends(editor, "/settings/suppression/lift", address="ada@example.com", scope="all", reason="wrote to us")

    assert not harbour.outbox.exists() or not list(harbour.outbox.glob("*.eml"))
    assert "We do not write to Ada@Example.com" in found
    assert "asked by phone" in found
    assert (without.status_code, lifted.status_code) == (422, 303)
    with harbour.parts.ground.sessions.read() as session:
        assert suppressions.count(session) == 0


def test_health_tells_what_wants_a_look(harbour: Harbour) -> None:
    client = signed_in(harbour)

    well = words(client.get("/settings/health").text)
    harbour.signs_up("ada")
    harbour.machine += timedelta(minutes=20)
    late = words(client.get("/settings/health").text)

    assert "All is well" in well
    assert "the one that waits longest could have gone 20 minutes ago" in late
