"""A DNS server on loopback, which answers what a test says: records, nothing, a failure, junk, or never."""

import socketserver
from collections.abc import Mapping, Sequence
from threading import Thread
from types import TracebackType
from typing import Any, Self

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

FAILS, JUNK, SILENCE = "fails", "junk", "silence"
Zone = Mapping[str, Sequence[str] | str]
"""By name: its TXT records, each as a zone file writes it, or one of the words above; other names do not exist."""


class DnsServer:
    """Serves a zone over UDP, between enter and exit."""

    def __init__(self, zone: Zone) -> None:
        answers = self._answers

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                question, socket = self.request
                if (answer := answers(question)) is not None:
                    socket.sendto(answer, self.client_address)

        self.zone = zone
        self.asked: list[str] = []
        self._server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._server.server_address[:2]
        return str(host), int(port)

    def _answers(self, question: bytes) -> bytes | None:
        asked = dns.message.from_wire(question)
        name = asked.question[0].name.to_text().rstrip(".").lower()
        self.asked.append(name)
        held: Any = self.zone.get(name)
        answer = dns.message.make_response(asked)
        if held == SILENCE:
            return None
        if held == JUNK:
            return question[:2] + b"\xff" * 9
        if held == FAILS:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif held is None:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            answer.answer.append(dns.rrset.from_text(asked.question[0].name, 60, "IN", "TXT", *held))
        return answer.to_wire()

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
