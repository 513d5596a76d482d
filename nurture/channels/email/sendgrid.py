"""SendGrid: the library's Mail helper writes the body, our own pooled connection posts it.

The library's transport opens a new TLS connection for every letter, knows no timeout and can log the key; its helper
is what its documentation describes, so it stays.
"""

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from socket import socket
from threading import local
from typing import Any

import orjson
from sendgrid.helpers.mail import (
    Category,
    ClickTracking,
    CustomArg,
    From,
    Header,
    Mail,
    OpenTracking,
    ReplyTo,
    SubscriptionTracking,
    To,
    TrackingSettings,
)
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.util import parse_url

from nurture.channels.email.deadline import WATCH, Leash
from nurture.channels.email.letter import Letter
from nurture.channels.email.provider import TOO_LATE, Verdict, late, too_late

SEND = "/v3/mail/send"
CONNECTIONS = 64  # kept open at most; hand-over decides how many letters leave at once
MAX_ANSWER = 65_536  # bytes read of an answer
WAIT_UNTOLD = 60.0  # seconds after a 429 that does not say how long

BREAKERS = {
    401: "the key is not accepted",
    403: "the key may not send, or the account is blocked for a while",
    404: "there is no mail/send at this address",
    405: "mail/send at this address does not take a POST",
    406: "the request was not acceptable",
    451: "refused for legal reasons",
}
REFUSALS = (400, 413, 415)

_here = local()


class _Watched(HTTPConnection):
    """A connection whose socket the current thread's leash can reach, from before TLS on, new or kept."""

    def _new_conn(self) -> socket:
        made = super()._new_conn()
        _here.leash.hold(made)
        return made

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            _here.leash.hold(self.sock)
        super().request(*args, **kwargs)


class _WatchedTls(_Watched, HTTPSConnection):
    pass


class _Plain(HTTPConnectionPool):
    ConnectionCls = _Watched


class _Tls(HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


class TooLate(Exception):
    """The deadline passed before the first byte of a body."""


class Body:
    """The request's body; it remembers whether a byte of it was asked for, which is when it may have left."""

    def __init__(self, content: bytes, give_up_at: float) -> None:
        self.content = content
        self.give_up_at = give_up_at
        self.begun = False

    def __iter__(self) -> Iterator[bytes]:
        if too_late(self.give_up_at):
            raise TooLate
        self.begun = True
        yield self.content


class SendGrid:
    """Posts letters to SendGrid's v3 mail/send, one recipient each, and reads its answer by one table."""

    name = "sendgrid"

    def __init__(self, key: str, base_url: str = "https://api.sendgrid.com") -> None:
        """Name the account and the region.  Raises ValueError where the URL is none."""
        try:
            url = parse_url(base_url)
        except LocationParseError as error:
            raise ValueError(f"no URL for SendGrid: {error}") from error
        if url.scheme not in ("http", "https") or not url.host:
            raise ValueError("SENDGRID_BASE_URL must be an http or https address")
        pool = _Tls if url.scheme == "https" else _Plain
        self._pool = pool(url.host, url.port, maxsize=CONNECTIONS, block=False)
        self._path = (url.path or "").rstrip("/") + SEND
        self._key = key

    def send(self, letter: Letter, *, give_up_at: float) -> Verdict:
        try:
            content = orjson.dumps(body_of(letter))
        except (ValueError, TypeError) as error:
            return Verdict("refused", f"the letter cannot be written for SendGrid: {error}")
        body = Body(content, give_up_at)
        if too_late(give_up_at):
            return late()
        with WATCH.until(give_up_at) as leash:
            try:
                return self._posted(body, leash)
            except TooLate:
                return late()
            except (HTTPError, OSError, ValueError) as error:
                return self._broken(error, body, leash)

    def close(self) -> None:
        self._pool.close()

    def _posted(self, body: Body, leash: Leash) -> Verdict:
        _here.leash = leash
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Content-Type": "application/json",
            "Content-Length": str(len(body.content)),
            "Accept": "application/json",
            "User-Agent": "nurture",
        }
        answer = self._pool.urlopen(
            "POST",
            self._path,
            body=body,
            headers=headers,
            retries=False,
            redirect=False,
            timeout=Timeout(connect=leash.left(), read=leash.left()),
            preload_content=False,
            decode_content=False,
        )
        if answer.status == 202:
            verdict = verdict_of(202, answer.headers, b"")
            _drained(answer)
            return verdict
        said = answer.read(MAX_ANSWER)
        whole = len(said) < MAX_ANSWER
        answer.release_conn() if whole else answer.close()
        return _without(self._key, verdict_of(answer.status, answer.headers, said))

    def _broken(self, error: Exception, body: Body, leash: Leash) -> Verdict:
        said = _without(self._key, Verdict("unknown", f"{type(error).__name__}: {error}"[:200])).because
        if body.begun:
            silent = leash.given_up or isinstance(error, ReadTimeoutError)  # it reads for as long as the leash is long
            when = "the deadline passed" if silent else "the connection broke"
            return Verdict("unknown", f"{when} after the letter had begun to leave ({said})")
        if leash.given_up:
            return Verdict("retry", TOO_LATE)
        if isinstance(error, NameResolutionError):
            return Verdict("retry", f"SendGrid's name does not resolve ({said})")
        if isinstance(error, SSLError):
            return Verdict("retry", f"no secure connection to SendGrid ({said})")
        if isinstance(error, NewConnectionError | ConnectTimeoutError):
            return Verdict("retry", f"no connection to SendGrid ({said})")
        return Verdict("retry", f"the connection broke before the letter began to leave ({said})")


def _drained(answer: Any) -> None:
    """Read what follows a 202, so that the connection can be used again; the letter is accepted whatever it is."""
    try:
        rest = answer.read(MAX_ANSWER)
    except (HTTPError, OSError):
        answer.close()
        return
    answer.release_conn() if len(rest) < MAX_ANSWER else answer.close()


def body_of(letter: Letter) -> dict[str, Any]:
    """Write a letter as the JSON of v3 mail/send.

    nt_send_id stands in the one personalization, not beside it: SendGrid's own specification rejects that.
    Open, click and subscription tracking are off: the links are ours, and so is the way out.
    """
    mail = Mail(
        from_email=From(letter.from_email, letter.from_name or None),
        to_emails=To(letter.to_email, letter.to_name or None),
        subject=letter.subject,
        plain_text_content=letter.text,
        html_content=letter.html,
    )
    mail.personalizations[0].add_custom_arg(CustomArg("nt_send_id", letter.send_id))
    if letter.reply_to:
        mail.reply_to = ReplyTo(letter.reply_to)
    for name, value in letter.headers.items():
        mail.add_header(Header(name, value))
    mail.add_category(Category(letter.category))
    tracking = TrackingSettings()
    tracking.click_tracking = ClickTracking(enable=False, enable_text=False)
    tracking.open_tracking = OpenTracking(enable=False)
    tracking.subscription_tracking = SubscriptionTracking(enable=False)
    mail.tracking_settings = tracking
    body: dict[str, Any] = mail.get()
    return body


def verdict_of(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    """Read a complete answer of mail/send.

    Source: Twilio's "Errors" and "Rate limits" pages; nothing there says that a 5xx was not queued.
    """
    if status == 202:
        return Verdict("accepted", "accepted by SendGrid", headers.get("X-Message-Id"), status)
    said = f": {errors}" if (errors := _errors(body)) else ""
    if status in REFUSALS:
        return Verdict("refused", f"SendGrid refused it{said}", http_status=status)
    if status == 429:
        return Verdict("retry", "SendGrid asks to wait", http_status=status, retry_after=_wait(headers))
    if status in BREAKERS:
        return Verdict("breaker", f"{BREAKERS[status]}{said}", http_status=status)
    if 300 <= status < 400:
        return Verdict("breaker", "SendGrid's address redirects, which is never followed", http_status=status)
    if 400 <= status < 500:
        return Verdict("breaker", f"SendGrid answered {status}{said}", http_status=status)
    if status == 200:
        return Verdict("unknown", "SendGrid answered 200, as in sandbox mode: nothing was sent", http_status=status)
    return Verdict("unknown", f"SendGrid answered {status}{said}", http_status=status)


def _errors(body: bytes) -> str:
    """The sentences of an error answer, or nothing where it holds none."""
    try:
        errors = orjson.loads(body)["errors"]
        return "; ".join(f"{each.get('field') or '-'}: {each['message']}" for each in errors)[:300]
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds to wait after a 429, by the server's own clock: its Date is subtracted from its reset moment."""
    told = headers.get("Retry-After", "")
    if told.isascii() and told.isdigit():
        return float(min(int(told), 3600))
    try:
        reset = int(headers.get("X-RateLimit-Reset", ""))
        return float(min(max(reset - parsedate_to_datetime(headers["Date"]).timestamp(), 1.0), 3600.0))
    except (ValueError, LookupError, TypeError):
        return WAIT_UNTOLD


def _without(secret: str, verdict: Verdict) -> Verdict:
    return verdict._replace(because=verdict.because.replace(secret, "[key]")) if secret in verdict.because else verdict
