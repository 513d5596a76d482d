"""Links that need no login: each names a purpose, a customer and a subject, and is signed by us.

A token is base64url of `key id | HMAC-SHA256, 18 bytes | purpose | customer | about`; purposes are not exchangeable.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Literal, NamedTuple

Purpose = Literal["unsubscribe", "preferences", "survey", "browser"]
PATHS: dict[Purpose, str] = {"unsubscribe": "u", "preferences": "p", "survey": "s", "browser": "b"}
MAC_BYTES = 18


class Meant(NamedTuple):
    """What a valid token means.  about: the message's id, the survey's key, or ''."""

    purpose: Purpose
    customer_id: str
    about: str


class Links:
    """Makes links and reads their tokens back."""

    def __init__(self, public_url: str, keys: Sequence[str]) -> None:
        """Take where links lead and the secrets: the first signs, every one is believed."""
        self.site = public_url.rstrip("/")
        self._keys = [sha256(b"nurture links " + key.encode()).digest() for key in keys]

    def url(self, purpose: Purpose, customer_id: str, about: str = "") -> str:
        """Build an absolute link."""
        return f"{self.site}/{PATHS[purpose]}/{self.token(purpose, customer_id, about)}"

    def token(self, purpose: Purpose, customer_id: str, about: str = "") -> str:
        """Sign what a link means."""
        said = f"{PATHS[purpose]}|{customer_id}|{about}".encode()
        return urlsafe_b64encode(_mac(self._keys[0], said) + said).decode().rstrip("=")

    def read(self, purpose: Purpose, token: str) -> Meant | None:
        """Read a token back; None unless it is ours, whole, and of this purpose."""
        try:
            raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        except (ValueError, UnicodeError):
            return None
        mac, said = raw[:MAC_BYTES], raw[MAC_BYTES:]
        ours = any(hmac.compare_digest(_mac(key, said), mac) for key in self._keys)
        canonical = urlsafe_b64encode(raw).decode().rstrip("=") == token
        if not ours or not canonical:
            return None
        path, customer_id, about = said.decode().split("|", 2)
        return Meant(purpose, customer_id, about) if path == PATHS[purpose] else None


def _mac(key: bytes, said: bytes) -> bytes:
    return hmac.new(key, said, sha256).digest()[:MAC_BYTES]
