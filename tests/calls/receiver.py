"""A receiver of webhooks on loopback: it answers by a script, remembers what it heard, and can keep one waiting."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from threading import Event, Thread
from typing import Any, NamedTuple

HANG = "hang"  # never answers, until the test lets go
DRIP = "drip"  # begins to answer, and sends a sign at a time
LONG = "long"  # answers at great length
SILENT = "silent"  # hangs up without a word

A_LOT = 64 << 20  # bytes: more than the network between us holds


class Heard(NamedTuple):
    """One request as it came."""

    path: str
    headers: Message
    body: bytes


class Receiver:
    """Answers each request by the next line of its script for that path, and 200 when there is none."""

    port = 0

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget everything."""
        self.heard: list[Heard] = []
        self.script: dict[str, deque[int | str]] = {}
        self.sent = 0  # bytes of a long answer
        self.called = Event()  # somebody has called
        self.let_go = Event()

    def answers(self, path: str, *answers: int | str) -> str:
        """Say how a path answers; returns its address."""
        self.script[path] = deque(answers)
        return f"http://127.0.0.1:{self.port}{path}"

    def bodies(self, path: str) -> list[bytes]:
        return [one.body for one in self.heard if one.path == path]

    def next_for(self, path: str) -> int | str:
        planned = self.script.get(path)
        return planned.popleft() if planned else 200


class Answering(BaseHTTPRequestHandler):
    """One request."""

    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.receiver.heard.append(Heard(self.path, self.headers, body))
        answer = self.receiver.next_for(self.path)
        self.receiver.called.set()
        with suppress(OSError):
            self._answer(answer)

    def _answer(self, answer: int | str) -> None:
        receiver = self.receiver
        if answer == HANG:
            receiver.let_go.wait(30)
        elif answer == DRIP:
            self.wfile.write(b"HTTP/1.1 2")
            while not receiver.let_go.wait(0.02):
                self.wfile.write(b"0")
        elif answer == LONG:
            self.send_response(500)
            self.end_headers()
            while not receiver.let_go.is_set() and receiver.sent < A_LOT:
                self.wfile.write(b"x" * 65_536)
                receiver.sent += 65_536
        elif answer != SILENT:
            self.send_response(int(answer))
            if 300 <= int(answer) < 400:
                self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing on the console."""


@contextmanager
def a_receiver(tls: SSLContext | None = None) -> Iterator[Receiver]:
    """Open a receiver, and let everybody go at the end."""
    receiver = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Answering,), {"receiver": receiver}))
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()


def tls_of(certificate: Any) -> SSLContext:
    """Speak TLS with this certificate and key."""
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context
