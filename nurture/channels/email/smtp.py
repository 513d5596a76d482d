"""SMTP: one conversation for one letter.

Until the final dot has been written a server has nothing; after it, only a complete answer tells what it did.
"""

import re
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from socket import socket
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from nurture.channels.email.deadline import WATCH, Leash
from nurture.channels.email.letter import Letter, mime_of
from nurture.channels.email.provider import Verdict, late, too_late

CRLF = b"\r\n"
FINAL_DOT = b".\r\n"
LOOPBACK = ("localhost", "127.0.0.1", "::1")

_QUEUED = re.compile(r"(?i)queued as (\S+)")
_LEADING_DOT = re.compile(rb"(?m)^\.")


class Address(NamedTuple):
    """Where the server is.  tls: from the first byte (smtps)."""

    host: str
    port: int
    user: str
    password: str
    tls: bool


class _Said(Exception):
    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.because)
        self.verdict = verdict


class Smtp:
    """Hands letters to a mail server; upgrades to TLS where the server offers it, and logs in only over TLS."""

    name = "smtp"

    def __init__(self, address: Address, *, context: ssl.SSLContext | None = None) -> None:
        self._address = address
        self._context = context or ssl.create_default_context()

    @classmethod
    def at(cls, url: str) -> "Smtp":
        """Read `smtp://user:pass@host:port` or `smtps://...`.  Raises ValueError where it is neither."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("expected smtp://user:pass@host:port or smtps://...")
        tls = parts.scheme == "smtps"
        port = parts.port or (465 if tls else 587)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(Address(parts.hostname, port, user, password, tls))

    def send(self, letter: Letter, *, give_up_at: float) -> Verdict:
        try:
            mime = mime_of(letter)
            content = _LEADING_DOT.sub(b"..", mime.as_bytes())
        except ValueError as error:
            return Verdict("refused", f"the letter cannot be written as MIME: {error}")
        if too_late(give_up_at):
            return late()
        with WATCH.until(give_up_at) as leash:
            return self._converse(letter, mime, content, leash)

    def close(self) -> None:
        """Nothing is kept open between letters."""

    def _converse(self, letter: Letter, mime: EmailMessage, content: bytes, leash: Leash) -> Verdict:
        server: smtplib.SMTP | None = None
        dotted = False
        try:
            server = self._opened(leash)
            _expect(server.mail(letter.from_email), 250, "the sender", permanent="breaker")
            _expect(server.rcpt(letter.to_email), 250, "the recipient")
            _expect(server.docmd("DATA"), 354, "the letter")
            if too_late(leash.give_up_at):
                return late()
            server.send(content if content.endswith(CRLF) else content + CRLF)
            if too_late(leash.give_up_at):
                return late()
            dotted = True
            server.send(FINAL_DOT)
            code, said = server.getreply()
            if leash.given_up:
                return Verdict("unknown", "the deadline passed before the mail server's answer was whole")
            _expect((code, said), 250, "the letter")
            queued = _QUEUED.search(said.decode("utf-8", "replace"))
            return Verdict("accepted", "accepted by the mail server", queued[1] if queued else str(mime["Message-ID"]))
        except _Said as answer:
            return answer.verdict
        except (OSError, smtplib.SMTPException, ValueError) as error:
            said_so = f"{type(error).__name__}: {error}"[:200]
            if dotted:
                return Verdict("unknown", f"the conversation broke after the letter had left ({said_so})")
            return late() if leash.given_up else Verdict("retry", f"the conversation broke before the end ({said_so})")
        finally:
            if server is not None:
                _parted(server, leash)

    def _opened(self, leash: Leash) -> smtplib.SMTP:
        """Connect, greet, secure and log in."""
        host, port, user, _, tls = self._address
        server = _WatchedTls(leash, self._context) if tls else _Watched(leash)
        try:
            server.connect(host, port)
            server.ehlo_or_helo_if_needed()
            if not tls and server.has_extn("starttls"):
                server.starttls(context=self._context)
                server.ehlo()
            if user:
                self._log_in(server)
        except BaseException:
            server.close()
            raise
        return server

    def _log_in(self, server: smtplib.SMTP) -> None:
        host, _, user, password, _ = self._address
        if not isinstance(server.sock, ssl.SSLSocket) and host not in LOOPBACK:
            raise _Said(Verdict("breaker", "the server offers no TLS, and a password is not sent in the open"))
        try:
            server.login(user, password)
        except smtplib.SMTPAuthenticationError as error:
            raise _Said(_by_code(error.smtp_code, "the login", permanent="breaker")) from None


class _Watched(smtplib.SMTP):
    """A conversation whose socket the leash holds from before the first word."""

    def __init__(self, leash: Leash) -> None:
        self._leash = leash
        super().__init__(timeout=leash.left())

    def connect(self, host: str = "localhost", port: int = 0, source_address: Any = None) -> tuple[int, bytes]:
        self._host = host  # what TLS checks the certificate against
        answer = super().connect(host, port, source_address)
        if answer[0] != 220:
            raise _Said(_by_code(answer[0], "the connection", permanent="breaker"))
        return answer

    def _get_socket(self, host: str, port: int, timeout: float) -> socket:
        made: socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._leash.hold(made)
        return made


class _WatchedTls(smtplib.SMTP_SSL, _Watched):
    """The same, in TLS from the first byte."""

    def __init__(self, leash: Leash, context: ssl.SSLContext) -> None:
        self._leash = leash
        smtplib.SMTP_SSL.__init__(self, timeout=leash.left(), context=context)


def _parted(server: smtplib.SMTP, leash: Leash) -> None:
    with suppress(OSError, smtplib.SMTPException, ValueError):
        if server.sock is not None and not leash.given_up:
            server.sock.settimeout(min(leash.left(), 1.0))
            server.quit()
    server.close()


def _expect(answer: tuple[int, bytes], code: int, what: str, permanent: str = "refused") -> None:
    if answer[0] == code or (code == 250 and answer[0] == 251):
        return
    raise _Said(_by_code(answer[0], what, permanent))


def _by_code(code: int, what: str, permanent: str) -> Verdict:
    """Read a complete answer: 4xx may pass, 5xx will not.  The server's words may name a person: they stay out.

    Raises ValueError on a code that is neither; what that means depends on how far the letter had come.
    """
    if not 400 <= code < 600:
        raise ValueError(f"the mail server answered {code}, which says nothing")
    if code < 500:
        return Verdict("retry", f"the mail server put {what} off ({code})")
    if permanent == "breaker":
        return Verdict("breaker", f"the mail server refused {what} ({code})")
    return Verdict("refused", f"the mail server refused {what} ({code})")
