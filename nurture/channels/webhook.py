"""Webhooks: one signed call to somebody else's address, which never leads back into our own network.

The name is resolved once, every address it has must be public, and that very address is connected to: a name that
says something else a moment later gains nothing. Redirects are failures. The signature is our own few lines; the tests
verify it with the independent library.
Source: Standard Webhooks 1.0.0 (HMAC-SHA256 over `id.timestamp.body`, headers webhook-id, -timestamp, -signature).
"""

import base64
import hmac
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from socket import AF_INET, SOCK_STREAM, create_connection, gaierror, getaddrinfo, socket
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from nurture.channels.email.deadline import WATCH, Leash
from nurture.channels.email.provider import too_late

MAX_ANSWER = 65_536  # bytes read of an answer; nothing of it is shown
PORTS = (443, 8443)
TRANSLATED = IPv6Network("64:ff9b::/96")  # IPv4 behind IPv6; RFC 6052
INNER = (  # public by their number to Python 3.11, and yet not on the public network, or nobody's there
    ip_network("168.63.129.16/32"),  # a cloud's metadata
    ip_network("192.0.0.0/24"),  # protocols, and another cloud's metadata; RFC 6890
    ip_network("192.88.99.0/24"),  # relays that are no more; RFC 7526
    ip_network("fec0::/10"),  # site-local; RFC 3879
    ip_network("3fff::/20"),  # documentation; RFC 9637
)

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]


class Barred(ValueError):
    """This address is not called; the message says why."""


class Target(NamedTuple):
    """Where to call.  secrets: `whsec_...`, newest first; each signs; with none the call goes unsigned."""

    url: str
    secrets: tuple[str, ...] = ()


class Answer(NamedTuple):
    """What came of one call: accepted, gone (never call again), or failed."""

    outcome: Literal["accepted", "gone", "failed"]
    because: str
    http_status: int | None = None


class Place(NamedTuple):
    """An address taken apart, with what its name resolved to just now."""

    secure: bool
    host: str
    port: int
    netloc: str
    path: str
    addresses: tuple[str, ...]


def look_up(host: str, port: int) -> list[str]:
    """Resolve a name to addresses, IPv4 first.  Raises OSError where it has none."""
    found = getaddrinfo(host, port, type=SOCK_STREAM)
    ordered = sorted(found, key=lambda one: one[0] != AF_INET)
    return list(dict.fromkeys(str(one[4][0]) for one in ordered))


class Webhooks:
    """Makes calls.

    loopback: this machine may be called, also without TLS; for tests and for trying things out.
    abroad: anybody else may be called.
    """

    def __init__(
        self,
        *,
        loopback: bool = False,
        abroad: bool = True,
        resolve: Resolve = look_up,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """Take what may be called, how names are resolved, and whose certificates are believed."""
        self._loopback = loopback
        self._abroad = abroad
        self._resolve = resolve
        self._trust = trust

    @cached_property
    def _believes(self) -> ssl.SSLContext:
        return self._trust or ssl.create_default_context()

    def call(self, target: Target, own_id: str, body: str, at: datetime, give_up_at: float) -> Answer:
        """Post a JSON body once and say what came of it; never raises.

        own_id: the webhook-id, the same at every attempt.  at: machine time.  give_up_at: seconds of the monotonic
        clock, by which the whole conversation is over.
        """
        raw = body.encode()
        try:
            headers = _headers(target, own_id, raw, at)
            place = self._place(target.url)
            if too_late(give_up_at):
                return Answer("failed", "its name took too long to resolve")
            with WATCH.until(give_up_at) as leash:
                return self._posted(place, headers, raw, leash)
        except Barred as barred:
            return Answer("failed", f"not called: {barred}")
        except gaierror:
            return Answer("failed", "its name does not resolve")
        except (OSError, HTTPException, ValueError) as error:
            return Answer("failed", f"not called: {type(error).__name__}: {error}"[:200])

    def _place(self, url: str) -> Place:
        """Take an address apart and resolve it.  Raises Barred where it must not be called, OSError, ValueError."""
        split = urlsplit(url)
        if split.scheme not in ("http", "https") or not split.hostname or "@" in split.netloc:
            raise Barred("it is no plain https address")
        secure, host = split.scheme == "https", split.hostname.rstrip(".")
        port = (443 if secure else 80) if split.port is None else split.port
        found = tuple(self._resolve(host, port))
        addresses = [ip_address(one) for one in found]
        if not addresses:
            raise Barred("its name has no address")
        if not (self._loopback and all(_itself(one) for one in addresses)):
            if not self._abroad:
                raise Barred("while time is sped up, only this machine is")
            if not secure:
                raise Barred("only https is")
            if port not in PORTS:
                raise Barred(f"only port 443 or 8443 is, not {port}")
            if inner := [one for one in addresses if not public(one)]:
                raise Barred(f"it leads to {inner[0]}, which is not on the public network")
        path = (split.path or "/") + (f"?{split.query}" if split.query else "")
        return Place(secure, host, port, split.netloc, path, found)

    def _posted(self, place: Place, headers: dict[str, str], raw: bytes, leash: Leash) -> Answer:
        sock = None
        try:
            sock = self._connected(place, leash)
            speaks = HTTPConnection(place.host, place.port)
            speaks.sock = sock
            speaks.request("POST", place.path, body=raw, headers={"Host": place.netloc, **headers})
            with speaks.getresponse() as answered:
                return _read(answered)
        except ssl.SSLError as error:
            return Answer("failed", _broken(leash, f"no secure connection ({error.reason or error})"[:200]))
        except (OSError, HTTPException, ValueError) as error:
            said = f"the connection broke ({type(error).__name__}: {error})"[:200]
            return Answer("failed", "no answer in time" if isinstance(error, TimeoutError) else _broken(leash, said))
        finally:
            if sock is not None:
                sock.close()

    def _connected(self, place: Place, leash: Leash) -> socket:
        """Connect to the address that was looked at, whatever the name says by now; TLS is for the name."""
        for left in range(len(place.addresses), 0, -1):
            address = place.addresses[-left]
            try:
                plain = create_connection((address, place.port), timeout=leash.left() / left)
                break
            except OSError:
                if left == 1:
                    raise
        plain.settimeout(leash.left())
        leash.hold(plain)
        return self._believes.wrap_socket(plain, server_hostname=place.host) if place.secure else plain


def public(address: Address) -> bool:
    """Whether an address, and whatever IPv4 address is written inside it, is on the public network."""
    inside = address if isinstance(address, IPv4Address) else _inside(address)
    if inside is not None and inside != address:
        return public(inside)
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    return address.is_global and not special and not any(address in network for network in INNER)


def _inside(address: IPv6Address) -> IPv4Address | None:
    if address in TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _itself(address: Address) -> bool:
    return address.is_loopback


def _headers(target: Target, own_id: str, raw: bytes, at: datetime) -> dict[str, str]:
    """Say who calls, and sign it.  Raises Barred where a secret is none."""
    seconds = str(int(at.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "nurture",
        "webhook-id": own_id,
        "webhook-timestamp": seconds,
    }
    signatures = [
        _signature(secret, b"%s.%s.%s" % (own_id.encode(), seconds.encode(), raw)) for secret in target.secrets
    ]
    return {**headers, "webhook-signature": " ".join(signatures)} if signatures else headers


def _signature(secret: str, said: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not key:
        raise Barred("its secret is not of the form whsec_...")
    return "v1," + base64.b64encode(hmac.digest(key, said, "sha256")).decode()


def _read(answered: HTTPResponse) -> Answer:
    """Read an answer by its status; what else it says is taken off the wire, within reason, and forgotten."""
    status = answered.status
    with suppress(OSError, HTTPException):
        answered.read(MAX_ANSWER)
    if 200 <= status < 300:
        return Answer("accepted", f"accepted with {status}", status)
    if status == 410:
        return Answer("gone", "the other side answers 410: it wants no more of these", status)
    if 300 <= status < 400:
        return Answer("failed", f"the other side redirects ({status}), which is never followed", status)
    return Answer("failed", f"the other side answers {status}", status)


def _broken(leash: Leash, said: str) -> str:
    return "no answer in time" if leash.given_up else said
