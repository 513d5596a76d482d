"""A SendGrid of our own: real TCP, strict about what it takes, honest in its ledger, and rude on command.

Whatever it accepts is written to the ledger, and to the disk, before it misbehaves; so the ledger, not anybody's
database, is what a test believes.

    with FakeSendGrid(tmp_path / "ledger") as sendgrid:
        sendgrid.misbehaves("accept-then-reset")       # for the next request; later ones are served well again
        ... SendGrid(sendgrid.key, sendgrid.url) ...
        assert [line.send_id for line in sendgrid.ledger] == [...]
"""

import gzip
import json
import os
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, NamedTuple, Self

from tests.sendgrid_rules import faults

CRLF = b"\r\n"
KEY = "SG.a-key-that-must-never-be-seen"

REASONS = {
    200: "OK",
    202: "Accepted",
    301: "Moved Permanently",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    413: "Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    451: "Legal",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}

BEFORE_BODY = ("reset-before-body",)
MID_BODY = ("reset-mid-body",)
NOT_ACCEPTED = ("hang",)
"""Faults in which nothing is accepted; a status such as "503" accepts nothing either, "503-accepted" does."""
ACCEPTED = (
    *("accept-then-reset", "accept-then-hang", "202-without-id", "truncated-status", "100-continue", "slow-loris"),
    *("gzip-garbage", "short-body", "malformed"),
)


FAULTS = ("well", "gzip", *BEFORE_BODY, *MID_BODY, *NOT_ACCEPTED, *ACCEPTED)


class Line(NamedTuple):
    """One letter that was accepted.  at: seconds of the machine's monotonic clock.  body: as it was posted."""

    send_id: str
    to: str
    subject: str
    categories: tuple[str, ...]
    at: float
    body: dict[str, Any]


class FakeSendGrid:
    """Listens on a free port of this machine until it is closed."""

    def __init__(
        self, ledger: Path, *, key: str = KEY, tls: ssl.SSLContext | None = None, latency: float = 0.0
    ) -> None:
        """Begin to listen.  latency: seconds between a request's last byte and its answer."""
        self.key = key
        self.latency = latency
        self.requests = 0
        self.connections = 0
        self.refusals: list[list[tuple[str, str]]] = []
        self._path = ledger
        self._ledger = ledger.open("ab")
        self._plan: deque[tuple[str, tuple[str, ...]]] = deque()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._open: set[socket.socket] = set()
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._accept, name="fake-sendgrid", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def ledger(self) -> list[Line]:
        """Everything accepted so far, as the disk has it."""
        lines = (json.loads(line) for line in self._path.read_text("utf-8").splitlines())
        return [Line(**{**line, "categories": tuple(line["categories"])}) for line in lines]

    def misbehaves(self, *plan: str, headers: tuple[str, ...] = ()) -> None:
        """Do this to the next requests, one word each: a status ("503", "503-accepted"), a fault, or "well"."""
        for word in plan:
            if word not in FAULTS and not (word.partition("-")[0].isdigit() and int(word.partition("-")[0]) in REASONS):
                raise ValueError(f"no such misbehaviour: {word}")
        with self._lock:
            self._plan.extend((word, headers) for word in plan)

    def behaves(self) -> None:
        """Forget every misbehaviour that is still to come."""
        with self._lock:
            self._plan.clear()

    def close(self) -> None:
        """Stop listening and drop every connection."""
        self._closed.set()
        with self._lock:
            conversations = list(self._open)
        for each in (self._listener, *conversations):
            _drop(each, rudely=False)
        self._thread.join(5)
        self._ledger.close()

    def _accept(self) -> None:
        while not self._closed.is_set():
            try:
                conversation, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(conversation)
                self.connections += 1
            threading.Thread(target=self._converse, args=(conversation,), daemon=True).start()

    def _converse(self, raw: socket.socket) -> None:
        conversation = raw
        try:
            if self._tls is not None:
                conversation = self._tls.wrap_socket(raw, server_side=True)
            conversation.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with conversation.makefile("rb") as reader:
                while self._serve(conversation, reader):
                    pass
        except (OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._open.discard(raw)
            _drop(conversation, rudely=False)

    def _serve(self, conversation: socket.socket, reader: Any) -> bool:
        """Answer one request; False where the connection ends with it."""
        asked = reader.readline(8192).decode("latin-1").split()
        if len(asked) != 3:
            return False
        headers: dict[str, str] = {}
        while (line := reader.readline(65536).strip()) != b"":
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        if asked[0] == "HEAD":
            return _say(conversation, 404, b"", f"Date: {formatdate(usegmt=True)}")
        with self._lock:
            self.requests += 1
            fault, extra = self._plan.popleft() if self._plan else ("well", ())
        length = int(headers.get("content-length", "0"))
        if fault in BEFORE_BODY:
            return _drop(conversation, rudely=True)
        if fault in MID_BODY:
            reader.read(length // 2)
            return _drop(conversation, rudely=True)
        content = reader.read(length)
        if self.latency:
            self._closed.wait(self.latency)
        return self._answer(conversation, asked, headers, content, (fault, extra))

    def _answer(
        self,
        conversation: socket.socket,
        asked: list[str],
        headers: dict[str, str],
        content: bytes,
        planned: tuple[str, tuple[str, ...]],
    ) -> bool:
        fault, extra = planned
        status = self._checked(asked, headers, content)
        if status is not None:
            return _say(conversation, status[0], status[1])
        word, _, accepted = fault.partition("-")
        if word.isdigit() and int(word) in REASONS and fault != "202-without-id":
            if accepted == "accepted":
                self._write_down(content)
            return _say(conversation, int(word), _errors(("", f"planned {word}")) if int(word) >= 400 else b"", *extra)
        if fault in NOT_ACCEPTED:
            self._closed.wait(60)
            return False
        identity = self._write_down(content)
        return self._after_accepting(fault, conversation, identity)

    def _checked(self, asked: list[str], headers: dict[str, str], content: bytes) -> tuple[int, bytes] | None:
        """What is wrong with a request, as SendGrid would answer; None if nothing is."""
        if asked[1] != "/v3/mail/send":
            return 404, _errors(("", "not found"))
        if asked[0] != "POST":
            return 405, _errors(("", "method not allowed"))
        if headers.get("authorization") != f"Bearer {self.key}":
            return 401, _errors(("", "The provided authorization grant is invalid, expired, or revoked"))
        if headers.get("content-type") != "application/json":
            return 415, _errors(("", "unsupported media type"))
        if len(content) > 30_000_000:
            return 413, _errors(("", "too large"))
        try:
            found = list(faults(json.loads(content)))
        except ValueError:
            found = [("", "Bad Request: not JSON")]
        if found:
            with self._lock:
                self.refusals.append(found)
            return 400, _errors(*found)
        return None

    def _write_down(self, content: bytes) -> str:
        """Accept a letter: into the ledger and onto the disk, before anything is answered."""
        body = json.loads(content)
        person = body["personalizations"][0]
        line = Line(
            person["custom_args"]["nt_send_id"],
            person["to"][0]["email"],
            body["subject"],
            tuple(body.get("categories", ())),
            monotonic(),
            body,
        )
        with self._lock:
            self._ledger.write(json.dumps(line._asdict()).encode() + b"\n")
            self._ledger.flush()
            os.fsync(self._ledger.fileno())
        return f"id-{line.send_id[:20]}"

    def _after_accepting(self, fault: str, conversation: socket.socket, identity: str) -> bool:
        """Answer a letter that is in the ledger, well or otherwise."""
        head = f"HTTP/1.1 202 Accepted\r\nX-Message-Id: {identity}\r\n".encode()
        empty = b"Content-Length: 0\r\n\r\n"
        answers: dict[str, Callable[[], bytes]] = {
            "well": lambda: head + empty,
            "202-without-id": lambda: b"HTTP/1.1 202 Accepted\r\n" + empty,
            "100-continue": lambda: b"HTTP/1.1 100 Continue\r\n\r\n" + head + empty,
            "gzip-garbage": lambda: head + b"Content-Encoding: gzip\r\nContent-Length: 7\r\n\r\ngarbage",
            "gzip": lambda: head + _gzipped(),
        }
        if fault in answers:
            conversation.sendall(answers[fault]())
            return True
        if fault == "short-body":
            conversation.sendall(head + b"Content-Length: 100\r\n\r\nshort")
        elif fault == "truncated-status":
            conversation.sendall(b"HTTP/1.1 2")
        elif fault == "malformed":
            conversation.sendall(b"%$& what?\r\n\r\n")
        elif fault == "accept-then-hang":
            self._closed.wait(60)
        elif fault == "slow-loris":
            for n in range(len(head)):
                conversation.sendall(head[n : n + 1])
                if self._closed.wait(0.05):
                    break
        else:
            _drop(conversation, rudely=fault == "accept-then-reset")
        return False


def _say(conversation: socket.socket, status: int, body: bytes, *headers: str) -> bool:
    lines = [f"HTTP/1.1 {status} {REASONS[status]}", f"Content-Length: {len(body)}", *headers]
    if 300 <= status < 400:
        lines.append("Location: /v3/mail/send")
    conversation.sendall("\r\n".join(lines).encode() + CRLF + CRLF + body)
    return True


def _errors(*found: tuple[str, str]) -> bytes:
    return json.dumps(
        {"errors": [{"message": said, "field": field or None, "help": None} for field, said in found]}
    ).encode()


def _gzipped() -> bytes:
    body = gzip.compress(b"{}")
    return f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _drop(conversation: socket.socket, *, rudely: bool) -> bool:
    """End a connection; rudely is with a reset, as a crashed machine would.  Gives False."""
    try:
        if rudely:
            conversation.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            conversation.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    conversation.close()
    return False
