"""Deliveries as the world really makes them, over real sockets: many at once, broken, forged, endless."""

import json
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
import pytest
import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.product import ADA, Product, served, signed

BODY = orjson.dumps(ADA)
AT_ONCE = 64
Headers = dict[str, str]


def post(address: str, body: bytes, headers: Headers) -> tuple[int, Any]:
    """Deliver over a connection of its own: the status, and what the answer says."""
    with urllib3.PoolManager() as pool:
        answer = pool.request("POST", address, body=body, headers=headers, retries=False, redirect=False, timeout=60)
    return answer.status, orjson.loads(answer.data)


def at_once(act: Callable[[int], Any], times: int = AT_ONCE) -> list[Any]:
    """Do it in as many threads, none starting before the last is there."""
    line = Barrier(times)

    def start(n: int) -> Any:
        line.wait()
        return act(n)

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(start, range(times)))


def of_a_kind(product: Product, table: str, column: str) -> list[str]:
    with product.harbour.parts.ground.sessions.read() as session:
        return sorted(row[0] for row in session.rows(f"SELECT {column} FROM {table}"))


@pytest.mark.parametrize("ids", ["one delivery, again and again", "deliveries of their own"])
def test_the_same_sign_up_64_times_at_once_makes_one_customer_and_one_welcome(product: Product, ids: str) -> None:
    own = ids == "deliveries of their own"

    with served(product) as address:
        answers = at_once(lambda n: post(f"{address}/v1/signups", BODY, signed(BODY, f"msg_{n if own else 0}")))

    assert sorted(status for status, _ in answers) == [200] * (AT_ONCE - 1) + [201]
    assert len({told["customer_id"] for _, told in answers}) == 1
    assert {told["stage"] for _, told in answers} == {"assessing"}
    assert (product.count("customers"), product.count("accounts")) == (1, 1)
    assert of_a_kind(product, "messages", "email") == ["welcome"]
    assert of_a_kind(product, "enrollments", "journey") == ["first-win", "trial-ending"]
    assert product.count("events") == (AT_ONCE if own else 1)


def test_leads_and_the_sign_up_at_once_are_one_person(product: Product) -> None:
    ingest = product.key("ingest")
    lead = orjson.dumps({"email": "ada@example.com"})

    def deliver(n: int) -> Any:
        if n % 2:
            return post(f"{address}/v1/signups", BODY, signed(BODY, f"msg_{n}"))
        return post(f"{address}/v1/leads", lead, ingest)

    with served(product) as address:
        answers = at_once(deliver, 32)

    assert {status for status, _ in answers} <= {200, 201}
    assert len({told["customer_id"] for _, told in answers}) == 1
    assert of_a_kind(product, "customers", "stage") == ["assessing"]
    assert of_a_kind(product, "messages", "email").count("welcome") == 1


def test_a_sign_up_and_its_events_at_once_lose_none(product: Product) -> None:
    events = [orjson.dumps({"user_id": "u-ada", "event": "report_shared", "id": f"e-{n % 8}"}) for n in range(32)]

    def deliver(n: int) -> Any:
        body = BODY if n == 0 else events[n]
        return post(f"{address}/v1/{'events' if n else 'signups'}", body, signed(body, f"msg_{n}"))

    with served(product) as address:
        answers = at_once(deliver, 32)
        told = post(f"{address}/v1/events", events[0], signed(events[0], "msg_last"))

    assert {status for status, _ in answers} == {201, 202}
    assert told == (202, {"accepted": 0, "duplicates": 1, "held": 0, "rejected": []})
    assert product.count("milestones") == 1
    assert product.count("events") == 1 + 8
    with product.harbour.parts.ground.sessions.read() as session:
        assert session.rows("SELECT COUNT(*) FROM events WHERE customer_id IS NULL") == [(0,)]


def signed_again(body: bytes) -> tuple[bytes, Headers]:
    return body, signed(body, "msg_1")


def said(**more: Any) -> tuple[bytes, Headers]:
    return signed_again(orjson.dumps({**ADA, **more}))


def hostile() -> dict[str, tuple[tuple[bytes, Headers], int, str]]:
    """What is delivered, and the status and the word it deserves."""
    good = signed(BODY, "msg_1")
    return {
        "a bad signature": ((BODY, good | {"webhook-signature": "v1,AAAA"}), 401, "cannot be verified"),
        "another body": ((BODY + b" ", good), 401, "cannot be verified"),
        "a stale timestamp": ((BODY, signed(BODY, "msg_1", late=301)), 401, "5 minutes"),
        "a malformed body": (signed_again(b'{"user_id": "u-ada", '), 400, "not JSON"),
        "a NaN": (signed_again(BODY[:-1] + b',"traits":{"x":NaN}}'), 400, "NaN"),
        "an infinity": (signed_again(BODY[:-1] + b',"more":1e999}'), 400, "too large"),
        "a duplicate key": (signed_again(BODY[:-1] + b',"email":"eve@example.com"}'), 400, "'email' stands twice"),
        "two mebibytes": (said(traits={"pad": "x" * (2 << 20)}), 413, "1 MiB"),
        "two mebibytes of brackets": (signed_again(b"[" * (2 << 20)), 413, "1 MiB"),
        "a mebibyte of brackets": (signed_again(b"[" * (1 << 20)), 400, "nested"),
        "an unknown zone": (said(timezone="Europe/Atlantis"), 422, "no IANA time zone"),
        "half a surrogate pair": (signed_again(BODY[:-1] + b',"locale2":"\\ud800"}'), 400, "surrogate"),
        "a NUL": (said(user_id="u\x00ada"), 400, "NUL"),
        "a list": (signed_again(b"[" + BODY + b"]"), 400, "one JSON object"),
        "nothing": (signed_again(b""), 400, "empty"),
        "UTF-16": (signed_again(b"\xef\xbb\xbf" + BODY), 400, "byte order mark"),
        "gzip": ((BODY, good | {"Content-Encoding": "gzip"}), 415, "Content-Encoding"),
        "what would promote itself": (said(stage="adopted", persona="wilma"), 422, "stage: is not known here"),
    }


@pytest.mark.parametrize("name", hostile())
def test_each_hostile_delivery_is_a_clear_problem_and_leaves_nothing_behind(product: Product, name: str) -> None:
    (body, headers), status, word = hostile()[name]

    with served(product) as address:
        answer, told = post(f"{address}/v1/signups", body, headers)
        alive = post(f"{address}/v1/signups", BODY, signed(BODY, "msg_2"))

    assert (answer, told["status"]) == (status, status)
    assert word in told["detail"]
    assert alive[0] == 201
    assert (product.count("customers"), product.count("accounts"), product.count("events")) == (1, 1, 1)


def spoken(address: str, text: bytes) -> bytes:
    """Say these very bytes, nothing more, and hear the status line."""
    where = urlsplit(address)
    assert where.hostname is not None
    with socket.create_connection((where.hostname, where.port or 0), timeout=30) as wire:
        wire.sendall(text)
        wire.shutdown(socket.SHUT_WR)
        return wire.makefile("rb").readline()


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        (b"Content-Length: 9999", b'{"user_id":'),
        (b"Content-Length: 2", b'{}{"user_id":"u-ada"}'),
        (b"Content-Length: nine", b"{}"),
        (b"Content-Length: -1", b"{}"),
        (b"Transfer-Encoding: chunked", b"2\r\n{}\r\n0\r\n\r\n"),
        (b"Transfer-Encoding: chunked", b"ffffffffff\r\n{"),
        (b"Content-Length: 2\r\nwebhook-id: \xff\xfe", b"{}"),
        (b"Content-Length: 2\r\nX-Long: " + b"x" * 50_000, b"{}"),
    ],
)
def test_a_broken_request_is_the_senders_fault_not_ours(product: Product, lines: bytes, body: bytes) -> None:
    (shown,) = product.key("ingest").values()
    head = b"POST /v1/signups HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\n%s\r\n\r\n" % (shown.encode(), lines)

    with served(product) as address:
        status = spoken(address, head + body).split(b" ")[1:2]

    assert status[0][:1] == b"4"
    assert product.count("customers") == 0


def test_a_client_that_listens_only_after_its_last_byte_hears_why_too(product: Product) -> None:
    (shown,) = product.key("ingest").values()
    head = b"POST /v1/signups HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\n" % shown.encode()

    with served(product, bare=True) as address:
        status = spoken(address, head + b"Content-Length: %d\r\n\r\n" % (8 << 20) + b"x" * (8 << 20))

    assert b" 413 " in status


ODD = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=80)
    | st.sampled_from(["", " ", "\x00", "\ud800", "9" * 400, "a@b.c", "\u202e", "UTC", "0001-01-01T00:00:00Z", "ntk_"])
)
ODDER = st.recursive(
    ODD, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
)
FIELDS = sorted(
    {
        *ADA,
        "event",
        "events",
        "properties",
        "id",
        "account_id",
        "trial_ends_at",
        "lead_id",
        "journey",
        "from",
        "first_name",
    }
)
WHOLE = {
    "signups": ADA,
    "leads": {"email": "ada@example.com"},
    "events": {"user_id": "u-ada", "event": "x"},
    "simulations": {"journey": "first-win"},
}
FUZZ = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FUZZ
@given(
    path=st.sampled_from(sorted(WHOLE)),
    odd=st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=9), ODDER, max_size=4),
    cut=st.integers(0, 400),
)
def test_no_body_whatever_breaks_anything(product: Product, path: str, odd: dict[str, Any], cut: int) -> None:
    raw = json.dumps({**WHOLE[path], **odd}).encode()
    headers = product.key("ingest", "read")

    for body in (raw, raw[:-cut] if cut else raw, raw[cut:]):
        answer = product.client.post(f"/v1/{path}", data=body, headers=headers)
        assert answer.status_code < 500, answer.text
        assert answer.content_type == ("application/json" if answer.status_code < 300 else "application/problem+json")


@FUZZ
@given(
    name=st.text(max_size=40),
    about=st.sampled_from(["", "/timeline", "/next", "/why"]),
    query=st.dictionaries(
        st.sampled_from(["stage", "persona", "journey", "cursor", "step", "before"]) | st.text(max_size=5),
        st.text(max_size=20),
        max_size=3,
    ),
)
def test_no_address_whatever_breaks_anything(product: Product, name: str, about: str, query: dict[str, str]) -> None:
    product.signs_up("msg_1")
    read = product.key("read")
    asked = "&".join(
        f"{quote(key, errors='surrogatepass')}={quote(value, errors='surrogatepass')}" for key, value in query.items()
    )

    for where in (
        "customers",
        f"customers/{quote(name, safe='', errors='surrogatepass')}{about}",
        f"customers/u-ada{about}",
    ):
        answer = product.client.get(f"/v1/{where}?{asked}", headers=read)
        assert answer.status_code < 500, answer.text
        assert answer.content_type.startswith("application/")
