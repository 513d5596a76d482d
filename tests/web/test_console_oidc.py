"""Signing in by company accounts: whoever the provider proves to be one of us comes in, and nobody else."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import OctKey, RSAKey
from werkzeug.test import TestResponse

from nurture.app import create_parts
from nurture.channels.oidc import IdentityProvider, Registered, safe
from nurture.settings import BadSetting, Settings
from nurture.store import migrate, staff
from nurture.web.console import second_factor
from tests.fake_oidc import CLIENT_ID, CLIENT_SECRET, GONE, FakeOidc
from tests.sqlite import SqliteFiles
from tests.web.harbour import MONDAY, URL, Harbour, harbour_at, prepare
from tests.web.staff import EMAIL, app_of, hidden

BACK = f"{URL}/login/oidc/callback"


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


@pytest.fixture
def provider(harbour: Harbour) -> Iterator[FakeOidc]:
    with FakeOidc(BACK, MONDAY) as listening:
        registered = Registered(listening.url, CLIENT_ID, CLIENT_SECRET, BACK, "Harbour's accounts")
        harbour.parts = harbour.parts._replace(identity=IdentityProvider(registered))
        yield listening


@pytest.fixture
def browser(harbour: Harbour, provider: FakeOidc) -> FlaskClient:  # noqa: ARG001 - opens the doors once it is known
    return app_of(harbour).test_client()


class Stays(HTTPRedirectHandler):
    """Follows nothing: the test itself carries a browser over."""

    def redirect_request(self, *_: Any) -> Request | None:
        return None

    def http_error_302(self, req: Request, fp: Any, code: int, msg: str, headers: Any) -> Any:
        return fp


def sent_away(browser: FlaskClient, following: str = "") -> str:
    """Press the button; gives where the page leads."""
    knock = hidden(browser.get("/login").text, "knock")
    page = browser.post("/login/oidc", data={"knock": knock, "next": following})
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.text)
    assert found is not None, page.text
    return unescape(found[1])


def at_the_provider(address: str) -> str:
    """Sign in there; gives the path that a browser is sent back to."""
    with build_opener(Stays).open(address, timeout=5) as answered:
        location = urlsplit(answered.headers["Location"])
    return f"{location.path}?{location.query}"


def comes_back(browser: FlaskClient, following: str = "") -> TestResponse:
    return browser.get(at_the_provider(sent_away(browser, following)))


def test_a_colleague_comes_in_by_their_company_account(harbour: Harbour, provider: FakeOidc) -> None:
    harbour.hires("viewer")
    browser = app_of(harbour).test_client()

    answer = comes_back(browser, "/customers?stage=active")

    assert (answer.status_code, answer.location) == (303, "/customers?stage=active")
    assert browser.get("/today").status_code == 200
    assert browser.get_cookie("nurture-away") is None
    assert provider.faults == []


def test_the_button_is_there_where_a_provider_is(harbour: Harbour, browser: FlaskClient) -> None:
    page = browser.get("/login?next=/tasks").text

    assert "Sign in with Harbour&#39;s accounts" in page
    assert page.count('name="next" value="/tasks"') == 2

    harbour.parts = harbour.parts._replace(identity=None)
    without = app_of(harbour).test_client()
    knock = hidden(without.get("/login").text, "knock")
    assert "Sign in with" not in without.get("/login").text
    assert without.post("/login/oidc", data={"knock": knock}).status_code == 404
    assert without.get("/login/oidc/callback?code=a&state=b").status_code == 404


def test_nobody_becomes_a_colleague_by_an_account(browser: FlaskClient) -> None:
    answer = comes_back(browser)

    assert answer.status_code == 403
    assert "Ask an administrator to invite you" in answer.text
    assert browser.get("/today").status_code == 303


def test_a_disabled_colleague_stays_out(harbour: Harbour, browser: FlaskClient) -> None:
    member = harbour.hires("viewer")
    harbour.parts.ground.sessions.write(lambda session: staff.disable(session, member, MONDAY))

    assert comes_back(browser).status_code == 403


def test_the_second_factor_is_still_asked_for(harbour: Harbour, browser: FlaskClient) -> None:
    member, secret = harbour.hires("admin"), second_factor.new_secret()
    harbour.parts.ground.sessions.write(
        lambda session: staff.set_second_factor(session, member, secret, MONDAY, actor=EMAIL)
    )

    answer = comes_back(browser, "/tasks")

    assert answer.status_code == 200
    assert "Six digits" in answer.text
    assert 'name="next" value="/tasks"' in answer.text
    assert browser.get("/today").status_code == 303


@pytest.mark.parametrize("email", ["\u017fam@harbour.example", "sam@harbour.example.", "SAM@harbour.examp\u2113e"])
def test_an_address_that_only_looks_like_a_colleagues_is_nobody(
    harbour: Harbour, provider: FakeOidc, browser: FlaskClient, email: str
) -> None:
    harbour.hires("admin")
    provider.person["email"] = email

    assert comes_back(browser).status_code == 403


def test_an_address_is_known_in_whatever_case_it_is_written(
    harbour: Harbour, provider: FakeOidc, browser: FlaskClient
) -> None:
    harbour.hires("viewer")
    provider.person["email"] = "Sam@Harbour.Example"

    assert comes_back(browser).status_code == 303


LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://accounts.example.com"},
    "another audience": {"aud": "somebody else"},
    "another audience, asked for by us": {"aud": "somebody else", "azp": CLIENT_ID},
    "several, and not for us": {"aud": [CLIENT_ID, "somebody else"], "azp": "somebody else"},
    "several, and for nobody named": {"aud": [CLIENT_ID, "somebody else"]},
    "another question": {"nonce": "of another question"},
    "no question": {"nonce": GONE},
    "too old": {"exp": int((MONDAY - timedelta(minutes=2)).timestamp())},
    "for ever": {"exp": GONE},
    "of nobody": {"sub": GONE},
    "not verified": {"email_verified": False},
    "verified, says a word": {"email_verified": "true"},
    "no word of verifying": {"email_verified": GONE},
    "an address that is none": {"email": ["sam@harbour.example"]},
    "of another access": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_an_identity_token_that_proves_nothing_lets_nobody_in(
    harbour: Harbour, provider: FakeOidc, browser: FlaskClient, lie: dict[str, Any]
) -> None:
    harbour.hires("admin")
    provider.token |= lie

    answer = comes_back(browser)

    assert answer.status_code == 502
    assert "did not tell us who you are" in answer.text
    assert browser.get("/today").status_code == 303


def test_a_token_must_be_signed_by_a_key_of_the_provider(
    harbour: Harbour, provider: FakeOidc, browser: FlaskClient
) -> None:
    harbour.hires("admin")
    ours = provider.key

    provider.signs_with = RSAKey.generate_key(2048)
    assert comes_back(browser).status_code == 502

    provider.signs_with, provider.signs_by = OctKey.import_key(CLIENT_SECRET), "HS256"
    assert comes_back(browser).status_code == 502

    provider.signs_with, provider.signs_by = ours, "none"
    assert comes_back(browser).status_code == 502

    provider.signs_by = "PS256"
    assert comes_back(browser).status_code == 303


WRONG_ANSWERS = {
    "another state": {"state": "of another browser"},
    "another provider": {"iss": "https://accounts.example.com"},
    "a code that is none": {"code": "made up"},
}


@pytest.mark.parametrize("answer", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_an_answer_to_another_question_lets_nobody_in(
    harbour: Harbour, provider: FakeOidc, browser: FlaskClient, answer: dict[str, str]
) -> None:
    harbour.hires("admin")
    provider.answer = answer

    assert comes_back(browser).status_code == 502


def test_a_refusal_at_the_provider_is_told(harbour: Harbour, browser: FlaskClient) -> None:
    harbour.hires("viewer")
    state = parse_qs(urlsplit(sent_away(browser, "/tasks")).query)["state"][0]

    answer = browser.get(f"/login/oidc/callback?error=access_denied&state={state}")

    assert answer.status_code == 502
    assert 'name="next" value="/tasks"' in answer.text


def test_an_answer_counts_once_soon_and_in_its_own_browser(harbour: Harbour, browser: FlaskClient) -> None:
    harbour.hires("viewer")
    other = app_of(harbour).test_client()
    path = at_the_provider(sent_away(browser))

    assert other.get(path).status_code == 401
    assert browser.get(path).status_code == 303
    assert browser.get(path).status_code == 401

    late = at_the_provider(sent_away(other))
    harbour.machine += timedelta(minutes=10)
    assert other.get(late).status_code == 401


def test_what_a_browser_keeps_may_be_anything(harbour: Harbour, browser: FlaskClient) -> None:
    harbour.hires("viewer")
    soon = (MONDAY + timedelta(minutes=5)).isoformat()

    for kept in ("", "~", "~~~~", f"~~~{soon}~", f"a~b~c~{soon[:19]}~", "a~b~c~soon~", "\x80~b~c~d~e"):
        browser.set_cookie("nurture-away", kept)
        assert browser.get("/login/oidc/callback?state=&code=x").status_code == 401
    browser.set_cookie("nurture-away", f"a~b~c~{soon}~https%3A%2F%2Felsewhere.example")
    assert "elsewhere" not in browser.get("/login/oidc/callback?state=a&error=x").text


def test_the_button_works_only_where_we_showed_it(provider: FakeOidc, browser: FlaskClient) -> None:
    knock = hidden(browser.get("/login").text, "knock")

    assert browser.post("/login/oidc", data={"knock": "made up"}).status_code == 400
    elsewhere = browser.post("/login/oidc", data={"knock": knock}, headers={"Origin": "https://elsewhere.example"})
    assert elsewhere.status_code == 400
    assert provider.asked == []


UNSAFE: dict[str, dict[str, Any]] = {
    "calls itself another": {"issuer": "https://accounts.example.com"},
    "a token without TLS": {"token_endpoint": "http://accounts.example.com/token"},
    "keys without TLS": {"jwks_uri": "http://accounts.example.com/keys"},
    "a page that is a script": {"authorization_endpoint": "javascript:alert(1)"},
    "nothing": {"authorization_endpoint": GONE},
    "a number": {"token_endpoint": 7},
}


@pytest.mark.parametrize("said", UNSAFE.values(), ids=UNSAFE)
def test_a_provider_that_leads_nowhere_safe_is_not_followed(
    provider: FakeOidc, browser: FlaskClient, said: dict[str, Any]
) -> None:
    provider.discovery = said
    knock = hidden(browser.get("/login").text, "knock")

    answer = browser.post("/login/oidc", data={"knock": knock})

    assert answer.status_code == 502
    assert "use your password" in answer.text


def test_the_secret_follows_no_redirect(harbour: Harbour, provider: FakeOidc, browser: FlaskClient) -> None:
    harbour.hires("viewer")
    with FakeOidc(BACK, MONDAY) as thief:
        provider.redirects = {"/token": f"{thief.url}/token"}

        answer = comes_back(browser)

        assert (answer.status_code, thief.asked) == (502, [])


def test_a_provider_that_is_away_is_told(provider: FakeOidc, browser: FlaskClient) -> None:
    provider.__exit__(None, None, None)
    knock = hidden(browser.get("/login").text, "knock")

    assert browser.post("/login/oidc", data={"knock": knock}).status_code == 502


def test_an_address_may_come_with_the_user_info_of_the_same_person(
    harbour: Harbour, provider: FakeOidc, browser: FlaskClient
) -> None:
    harbour.hires("viewer")
    provider.token = {"email": GONE, "email_verified": GONE}
    assert comes_back(browser).status_code == 303

    provider.user_info = {"sub": "somebody else"}
    assert comes_back(browser).status_code == 502


def test_a_provider_may_want_the_secret_in_the_form(harbour: Harbour, provider: FakeOidc, browser: FlaskClient) -> None:
    harbour.hires("viewer")
    provider.discovery = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}

    assert comes_back(browser).status_code == 303


def test_asking_again_and_again_becomes_slow(provider: FakeOidc, browser: FlaskClient) -> None:
    knock = hidden(browser.get("/login").text, "knock")

    answers = [browser.post("/login/oidc", data={"knock": knock}).status_code for _ in range(30)]

    assert (answers.count(200), answers[-1]) == (21, 429)
    assert len(provider.asked) == 21


def test_settings_name_a_provider_whole_or_not_at_all(tmp_path: Path) -> None:
    whole = {
        "NURTURE_OIDC_ISSUER": "https://accounts.example.com",
        "NURTURE_OIDC_CLIENT_ID": "nurture",
        "NURTURE_OIDC_CLIENT_SECRET": "hush",
    }
    here = {"NURTURE_VAR": str(tmp_path), "NURTURE_DATABASE_URL": f"sqlite:///{tmp_path / 'n.db'}"}
    migrate.upgrade(here["NURTURE_DATABASE_URL"])

    parts = create_parts(Settings.load({**whole, **here}))

    assert parts.identity is not None
    assert parts.identity.name == "your company account"
    parts.ground.sessions.close()
    for left_out in whole:
        with pytest.raises(BadSetting, match=f"^{left_out}: .* together$"):
            Settings.load({name: value for name, value in whole.items() if name != left_out})
    with pytest.raises(BadSetting, match=r"^NURTURE_OIDC_ISSUER: expected https"):
        Settings.load({**whole, "NURTURE_OIDC_ISSUER": "http://accounts.example.com"})


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("https://accounts.example.com/token", True),
        ("http://127.0.0.1:9/token", True),
        ("http://localhost:9/token", True),
        ("http://[::1]:9/token", True),
        ("http://accounts.example.com/token", False),
        ("http://127.0.0.1.example.com/", False),
        ("javascript:alert(1)", False),
        ("https:///token", False),
        ("", False),
    ],
)
def test_a_secret_goes_by_tls_or_stays_on_this_machine(address: str, fine: bool) -> None:
    assert safe(address) is fine
