"""Who is calling: a program with an API key, or a product that signs its deliveries.

Source: Standard Webhooks 1.0.0 (HMAC-SHA256 over `id.timestamp.body`, headers webhook-id, -timestamp, -signature).
"""

import re
from typing import NamedTuple

from flask import request
from standardwebhooks import Webhook, WebhookVerificationError

from nurture.parts import Parts
from nurture.store import keys
from nurture.web.problems import Forged, Refused

SIGNED_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
MAX_HEADER = 4096
DELIVERY_ID = re.compile(r"[\x21-\x7e]{1,255}")
UNIX_SECONDS = re.compile(r"[0-9]{10}")  # the library alone would also take 1.7e9 and 1700000000.5

NOBODY = (
    "Send `Authorization: Bearer ntk_...` with a key of scope `{scope}`"
    " (`nurture keys add NAME --scope {scope}` makes one)"
)
OR_SIGN = "{}, or sign the delivery: headers " + ", ".join(SIGNED_HEADERS) + "."
UNSIGNED = (
    "This signature cannot be verified. Sign the raw body with the current secret, each header once, and keep the"
    " sender's clock within 5 minutes of real time."
)


class Caller(NamedTuple):
    """Who is calling.  delivery: the id under which a redelivery would come again, '' where there is none."""

    name: str
    delivery: str = ""


class Doorkeeper:
    """Lets callers in by key or by signature."""

    def __init__(self, parts: Parts) -> None:
        self._sessions = parts.ground.sessions
        self._webhooks = [Webhook(secret) for secret in parts.secrets]

    def admit(self, scope: str, *, signed: bool) -> Caller:
        """Let this request in, or raise Forged (401), or Refused (403) for a key of other scopes.

        signed: a Standard Webhooks signature will do instead of a key.
        """
        authorization = request.headers.get("Authorization", "")
        if authorization:
            return self._by_key(authorization, scope)
        if signed and any(name in request.headers for name in SIGNED_HEADERS):
            return self._by_signature()
        nobody = NOBODY.format(scope=scope)
        raise Forged(OR_SIGN.format(nobody) if signed else f"{nobody}.")

    def _by_key(self, authorization: str, scope: str) -> Caller:
        kind, _, secret = authorization.partition(" ")
        if kind.lower() != "bearer" or len(authorization) > MAX_HEADER:
            raise Forged(f"{NOBODY.format(scope=scope)}.")
        with self._sessions.read() as session:
            key = keys.scopes_for(session, secret.strip())
        if key is None:
            raise Forged("This key opens nothing: it is unknown, or it was revoked.")
        if not key.scopes & {scope, "admin"}:
            may = ", ".join(sorted(key.scopes))
            raise Refused(403, f"This key may {may}; this call needs a key of scope `{scope}`.")
        return Caller(key.id, _idempotency_key())

    def _by_signature(self) -> Caller:
        delivery, timestamp, signature = (request.headers.get(name, "") for name in SIGNED_HEADERS)
        if not DELIVERY_ID.fullmatch(delivery) or not UNIX_SECONDS.fullmatch(timestamp) or len(signature) > MAX_HEADER:
            raise Forged(UNSIGNED)
        headers = dict(zip(SIGNED_HEADERS, (delivery, timestamp, signature), strict=True))
        if not any(_verified(webhook, request.get_data(), headers) for webhook in self._webhooks):
            raise Forged(UNSIGNED)
        return Caller("signature", delivery)


def _verified(webhook: Webhook, body: bytes, headers: dict[str, str]) -> bool:
    """Whether this secret signed this body within 300 s of now.

    The library reads the machine's own UTC clock for that: real time, never the accelerated one, and so machine time
    as everything about signatures should be. It raises a plain ValueError on a signature that is no base64, not
    ASCII, or without its comma, and on a body that is not UTF-8: nobody signs those.
    """
    try:
        webhook.verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):
        return False
    return True


def _idempotency_key() -> str:
    key = request.headers.get("Idempotency-Key", "")
    if key and not DELIVERY_ID.fullmatch(key):
        raise Refused(400, "Idempotency-Key must be 1 to 255 visible ASCII characters.")
    return key
