"""A product as the doors for machines know it: it signs with the real library, or shows a key."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from threading import Thread
from typing import Any
from wsgiref import simple_server

import orjson
from standardwebhooks import Webhook
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import TestResponse

from nurture.app import Clock
from nurture.store import keys
from nurture.web import build
from tests.web.harbour import SIGNUP_SECRET, Harbour

ADA: dict[str, Any] = {
    "user_id": "u-ada",
    "email": "ada@example.com",
    "name": "Ada Byron",
    "company": "Engines Ltd",
    "role": "developer",
    "timezone": "Europe/London",
    "locale": "en-GB",
    "plan": "pro",
    "trial_days": 14,
    "driver": "save_time",
    "account": {"id": "a-engines", "name": "Engines", "seats": 5},
    "traits": {"team": "analysis"},
    "consent": {"basis": "contract", "source": "https://harbour.example/signup", "at": "2026-01-05T08:59:00Z"},
    "at": "2026-01-05T09:00:00Z",
}


def signed(body: bytes, delivery: str, secret: str = SIGNUP_SECRET, late: float = 0) -> dict[str, str]:
    """Sign as Standard Webhooks has it.  late: seconds that the sender's clock is behind real time."""
    at = Clock().machine() - timedelta(seconds=late)
    return {
        "webhook-id": delivery,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(delivery, at, body.decode()),
        "Content-Type": "application/json",
    }


class Product:
    """Whoever calls; every signed delivery has an id of its own unless one is given."""

    def __init__(self, harbour: Harbour) -> None:
        self.harbour = harbour
        self.app = build(harbour.parts)
        self.client = self.app.test_client()
        self._numbers = count(1)

    def key(self, *scopes: str) -> dict[str, str]:
        """Have a key made, and show it."""
        sessions = self.harbour.parts.ground.sessions
        secret = sessions.write(lambda session: keys.add(session, "product", scopes, self.harbour.machine))
        return {"Authorization": f"Bearer {secret}"}

    def signs(self, path: str, content: Any, delivery: str = "") -> TestResponse:
        """Deliver, signed."""
        raw = content if isinstance(content, bytes) else orjson.dumps(content)
        headers = signed(raw, delivery or f"msg_{next(self._numbers)}")
        return self.client.post(f"/v1/{path}", data=raw, headers=headers)

    def signs_up(self, delivery: str = "", **said: Any) -> TestResponse:
        """Report a sign-up: Ada, unless said otherwise."""
        return self.signs("signups", {**ADA, **said}, delivery)

    def asks(self, path: str, **query: str) -> Any:
        """Ask with a key that may read, and expect to be told."""
        return told(self.client.get(f"/v1/{path}", headers=self.key("read"), query_string=query))

    def count(self, table: str) -> int:
        """Count what was stored."""
        with self.harbour.parts.ground.sessions.read() as session:
            number: int = session.rows(f"SELECT COUNT(*) FROM {table}")[0][0]
            return number


def told(answer: TestResponse, status: int = 200) -> Any:
    """What an answer says, having checked that it is the one expected."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/json"
    return orjson.loads(answer.data)


def refusal(answer: TestResponse, status: int) -> dict[str, Any]:
    """What a problem document says, having checked that it is one."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    document: dict[str, Any] = orjson.loads(answer.data)
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    return document


class Quiet(WSGIRequestHandler):
    """Answers without a line for each request: a fuzzer sends thousands."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - as werkzeug names it
        pass


@contextmanager
def served(product: Product, *, bare: bool = False) -> Iterator[str]:
    """Serve the doors on a port of their own; yields the address.

    bare: by a server that hangs up on whatever the doors have left unread.
    """
    where = ("127.0.0.1", 0, product.app)
    server = simple_server.make_server(*where) if bare else make_server(*where, threaded=True, request_handler=Quiet)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
