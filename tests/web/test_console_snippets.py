"""What the console offers to copy really works: it is run, and the library that the service verifies with agrees."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from nurture.web.console.admin.snippets import curl, python
from tests.sqlite import SqliteFiles
from tests.web.harbour import SIGNUP_SECRET, Harbour, harbour_at, prepare

needs_openssl = pytest.mark.skipif(
    not (shutil.which("openssl") and shutil.which("curl")), reason="no openssl or curl here to copy the snippet into"
)


class Verifier(BaseHTTPRequestHandler):
    """Takes a sign-up as the service would: the signature first."""

    taken: list[Any]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append((self.path, Webhook(SIGNUP_SECRET).verify(body, dict(self.headers.items()))))
        self.send_response(201)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name for it
        """Say nothing."""


@pytest.fixture
def taken() -> list[Any]:
    return []


@pytest.fixture
def address(taken: list[Any]) -> Iterator[str]:
    verifier = type("TakingVerifier", (Verifier,), {"taken": taken})
    with ThreadingHTTPServer(("127.0.0.1", 0), verifier) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path, address: str) -> Iterator[Harbour]:
    (tmp_path / "signup_secret").write_text(f"{SIGNUP_SECRET}\n", encoding="utf-8")
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path, public_url=address) as opened:
        yield opened


def set_in_the_environment(harbour: Harbour) -> None:
    """Let the secret come from a setting, with an older one behind it, instead of from the file."""
    settings = harbour.parts.settings.model_copy(update={"signup_secret": f"{SIGNUP_SECRET},whsec_b2xkZXI="})
    harbour.parts = harbour.parts._replace(settings=settings)


@needs_openssl
@pytest.mark.parametrize("where", ["file", "environment"])
def test_the_sign_up_by_curl_is_signed_as_the_service_asks(harbour: Harbour, taken: list[Any], where: str) -> None:
    if where == "environment":
        set_in_the_environment(harbour)
    environment = {**os.environ, "NURTURE_SIGNUP_SECRET": harbour.parts.settings.signup_secret}
    run = subprocess.run(["/bin/sh", "-euc", curl(harbour.parts)], env=environment, capture_output=True, check=False)

    assert (run.returncode, run.stdout) == (0, b"{}"), run.stderr
    assert [(path, body["user_id"]) for path, body in taken] == [("/v1/signups", "u-2")]


@pytest.mark.parametrize("where", ["file", "environment"])
def test_the_sign_up_by_python_is_signed_as_the_service_asks(harbour: Harbour, taken: list[Any], where: str) -> None:
    if where == "environment":
        set_in_the_environment(harbour)
    environment = {**os.environ, "NURTURE_SIGNUP_SECRET": harbour.parts.settings.signup_secret}
    run = subprocess.run(
        [sys.executable, "-c", python(harbour.parts)], env=environment, capture_output=True, check=False
    )

    assert (run.returncode, run.stdout) == (0, b"201 {}\n"), run.stderr
    assert [(path, body["user_id"]) for path, body in taken] == [("/v1/signups", "u-2")]
