"""A provider of company accounts of our own: real HTTP, strict about what it is asked, and a liar on command.

    with FakeOidc(back="http://127.0.0.1:8000/login/oidc/callback") as provider:
        provider.person["email"] = "sam@harbour.example"
        provider.token["aud"] = "somebody else"         # what the next identity tokens say instead

It consents for whoever is at the browser: its page of sign-in leads straight back.
"""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Mapping
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT_ID = "nurture at Harbour"
CLIENT_SECRET = "a secret: of both+sides/"
GONE = object()
KEY = RSAKey.generate_key(2048, {"kid": "first"})


class FakeOidc:
    """Listens on a free port of this machine until it is closed."""

    def __init__(self, back: str, now: datetime) -> None:
        """Begin to listen.  back: the one address it sends people back to.  now: by its clock."""
        self.back, self.now = back, now
        self.person: dict[str, Any] = {"sub": "248289761001", "email": "sam@harbour.example", "email_verified": True}
        self.discovery: dict[str, Any] = {}
        self.token: dict[str, Any] = {}
        self.user_info: dict[str, Any] = {}
        self.answer: dict[str, str] = {}
        self.redirects: dict[str, str] = {}
        self.asked: list[str] = []
        self.faults: list[str] = []
        self.key = KEY
        self.signs_with: Any = self.key
        self.signs_by = "RS256"
        self._codes: dict[str, dict[str, str]] = {}
        self._access = secrets.token_urlsafe(16)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _conversation(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def get(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, Any, str]:
        """Answer one GET: a status, JSON, and where to go instead."""
        if path == "/.well-known/openid-configuration":
            return 200, self._discovered(), ""
        if path == "/keys":
            return 200, KeySet([self.key]).as_dict(private=False), ""
        if path == "/person" and headers.get("Authorization") == f"Bearer {self._access}":
            return 200, {**self.person, **self.user_info}, ""
        if path == "/sign-in" and not self._wrong_in(query):
            code = secrets.token_urlsafe(12)
            self._codes[code] = dict(query)
            back = {"code": code, "state": query["state"], "iss": self.url, **self.answer}
            return 302, None, f"{self.back}?{urlencode(back)}"
        return 400, {"error": "invalid_request"}, ""

    def post(self, path: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, Any, str]:
        """Answer one POST: a code for tokens, once."""
        asked = self._codes.pop(form.get("code", ""), None)
        ours = path == "/token" and asked is not None and self._authenticated(form, headers)
        if not ours or not asked or form.get("redirect_uri") != self.back or not _of(form, asked["code_challenge"]):
            self.faults.append(f"{path} {sorted(form)}")
            return 400, {"error": "invalid_grant"}, ""
        signed = jwt.encode(
            {"alg": self.signs_by, "kid": "first"}, self._claims(asked["nonce"]), self.signs_with, [self.signs_by]
        )
        return 200, {"access_token": self._access, "token_type": "Bearer", "id_token": signed}, ""

    def _discovered(self) -> dict[str, Any]:
        said = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/sign-in",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/person",
        }
        return _without_gone(said | self.discovery)

    def _claims(self, nonce: str) -> dict[str, Any]:
        seconds = int(self.now.timestamp())
        said = {"iss": self.url, "aud": CLIENT_ID, "iat": seconds, "exp": seconds + 300, "nonce": nonce}
        return _without_gone(said | self.person | self.token)

    def _wrong_in(self, query: Mapping[str, str]) -> list[str]:
        expected = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": self.back,
            "scope": "openid email",
            "code_challenge_method": "S256",
        }
        wrong = [name for name, value in expected.items() if query.get(name) != value]
        wrong += [name for name in ("state", "nonce", "code_challenge") if len(query.get(name, "")) < 16]
        self.faults += wrong
        return wrong

    def _authenticated(self, form: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        if self.discovery.get("token_endpoint_auth_methods_supported") == ["client_secret_post"]:
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        given = base64.b64decode(headers.get("Authorization", "").removeprefix("Basic ")).decode()
        client, _, secret = given.partition(":")
        return (unquote(client), unquote(secret)) == (CLIENT_ID, CLIENT_SECRET)


def _of(form: Mapping[str, str], challenge: str) -> bool:
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge


def _without_gone(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not GONE}


def _conversation(provider: FakeOidc) -> type[BaseHTTPRequestHandler]:
    class Conversation(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            split = urlsplit(self.path)
            self._answer(provider.get, split.path, split.query)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(provider.post, self.path, body)

        def _answer(self, ask: Any, path: str, said: str) -> None:
            provider.asked.append(path)
            fields = {name: values[0] for name, values in parse_qs(said).items()}
            status, answer, leads = ask(path, fields, dict(self.headers))
            if path in provider.redirects:
                status, answer, leads = 307, None, provider.redirects[path]
            body = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            if leads:
                self.send_header("Location", leads)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the standard library's
            pass

    return Conversation
