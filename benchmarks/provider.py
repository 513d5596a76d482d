"""A provider that takes everything: a process of its own, so that its CPU is nobody's, and quick, so that we are slow.

How a provider may misbehave is the business of tests/fake_sendgrid.py; here it only counts what it accepts.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.request import urlopen

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: accepted\r\nContent-Length: 0\r\n\r\n"
LENGTH = b"content-length:"


class Conversation(asyncio.Protocol):
    """One connection.  Posts are answered and counted; a GET is told the count."""

    count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.heard = b""

    def data_received(self, data: bytes) -> None:
        self.heard += data
        while True:
            head, blank, rest = self.heard.partition(b"\r\n\r\n")
            length = _length(head)
            if not blank or len(rest) < length:
                return
            self.heard = rest[length:]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        if head.startswith(b"POST"):
            Conversation.count += 1
            self.transport.write(ACCEPTED)
            return
        told = str(Conversation.count).encode()
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(told), told))


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(LENGTH):
            return int(line.removeprefix(LENGTH))
    return 0


class Provider(NamedTuple):
    """The provider as its customers see it."""

    url: str

    @property
    def accepted(self) -> int:
        """How many letters it has taken."""
        with urlopen(self.url, timeout=10) as answer:  # noqa: S310
            return int(answer.read())


@contextmanager
def provider() -> Iterator[Provider]:
    """Run one until the end of the block."""
    started = [sys.executable, "-m", "benchmarks.provider"]
    with subprocess.Popen(started, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        yield Provider(running.stdout.readline().strip())
        running.stdin.close()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Conversation, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
