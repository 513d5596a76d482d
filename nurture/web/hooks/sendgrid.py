"""SendGrid's event webhook: what became of letters, in batches, signed.

Source: Twilio's "Event Webhook Reference" and "Getting Started with the Event Webhook Security Features" (ECDSA P-256
over the timestamp and the raw body).  Nothing there bounds the age of a delivery; a signature older than five minutes
is refused here, and a redelivery is signed anew.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, request

from nurture.flow.delivery import DeliveryEvent, Was, take_delivery
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.settings import BadSetting
from nurture.store.schema import moment
from nurture.web.problems import Forged, Malformed, Refused
from nurture.web.strict_json import MEBIBYTE

if TYPE_CHECKING:
    from sendgrid.helpers.eventwebhook import EventWebhook

SOURCE = "sendgrid"
SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
UNIX_SECONDS = re.compile(r"[0-9]{10}")
BASE64 = re.compile(r"[A-Za-z0-9+/]{64,128}={0,2}")  # the library alone would leave out whatever is none
TOLERANCE = timedelta(minutes=5)
LONGEST = 300  # characters kept of what it says in words

EVENTS: Mapping[str, Was] = {
    "processed": "taken",
    "delivered": "delivered",
    "click": "clicked",
    "bounce": "bounced",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
}
DROPPED: Mapping[str, Was] = {  # by the reason that it gives
    "bounced address": "bounced",
    "invalid": "bounced",
    "spam reporting address": "complained",
    "unsubscribed address": "unsubscribed",
}


def add_sendgrid(hooks: Blueprint, parts: Parts) -> None:
    """Add `/hooks/sendgrid`; 403 as long as no key is known."""
    keys = read_keys(parts.settings.sendgrid_webhook_public_key)

    @hooks.post("/sendgrid")
    def sendgrid() -> Response:
        if not keys:
            raise Refused(403, "Set SENDGRID_WEBHOOK_PUBLIC_KEY to the verification key that SendGrid shows.")
        request.max_content_length = 4 * MEBIBYTE
        at, raw = parts.look(), request.get_data()
        _verify(keys, raw, at)
        take_delivery(parts.ground, SOURCE, [event_of(one, at, parts.speed) for one in _batch(raw)], at)
        parts.nudge()
        return Response(status=204)


def read_keys(setting: str) -> "tuple[EventWebhook, ...]":
    """Read the verification keys, comma-separated while one replaces another.  Raises BadSetting where one is none."""
    if not setting:
        return ()
    from sendgrid.helpers.eventwebhook import EventWebhook

    try:
        return tuple(EventWebhook(key.strip()) for key in setting.split(","))
    except ValueError:
        raise BadSetting("SENDGRID_WEBHOOK_PUBLIC_KEY: this is no key on the curve P-256; copy it once more") from None


def _verify(keys: "tuple[EventWebhook, ...]", raw: bytes, at: Moment) -> None:
    """Raise Forged unless one of the keys signed this body within five minutes of now."""
    stamp, signature = request.headers.get(TIMESTAMP, ""), request.headers.get(SIGNATURE, "")
    # Timestamp and body are signed without anything between: only their shapes say where one ends.
    whole = UNIX_SECONDS.fullmatch(stamp) and BASE64.fullmatch(signature) and raw.startswith(b"[")
    if not whole or abs(at.machine.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        told = f"{TIMESTAMP} within 5 minutes of now, and {SIGNATURE}, each once"
        raise Forged(f"Sign the raw body, an array, with SendGrid's key: {told}.")
    if not any(_signed(key, raw, signature, stamp) for key in keys):
        raise Forged("This signature is not of the key in SENDGRID_WEBHOOK_PUBLIC_KEY.")


def _signed(key: "EventWebhook", raw: bytes, signature: str, stamp: str) -> bool:
    try:
        return bool(key.verify_signature(raw.decode(), signature, stamp))
    except ValueError:  # not UTF-8, or base64 of a wrong length
        return False


def _batch(raw: bytes) -> list[dict[str, Any]]:
    """Read the events of a batch; what is no event is nobody's loss."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise Malformed("The body is not JSON.") from None
    return [one for one in found if isinstance(one, dict)]


def event_of(told: Mapping[str, Any], at: Moment, speed: float) -> DeliveryEvent:
    """Say one event of SendGrid's in our words.  speed: of life time, which its clock knows nothing of."""
    was = _was(told)
    said = [_word(told, name) for name in ("event", "type", "reason")]
    return DeliveryEvent(
        id=_fingerprint(told),
        was=was,
        at=_life(told.get("timestamp"), at, speed),
        send_id=_word(told, "nt_send_id"),
        address=_word(told, "email"),
        said=": ".join(word for word in said if word)[:LONGEST],
        link=_word(told, "url"),
    )


def _was(told: Mapping[str, Any]) -> Was:
    """Say what an event means; a bounce of type `blocked` is the server's no to this letter, not to the address."""
    event = told.get("event")
    if event == "dropped":
        return DROPPED.get(_word(told, "reason").casefold(), "other")
    if event == "bounce" and told.get("type") == "blocked":
        return "other"
    return EVENTS.get(event, "other") if isinstance(event, str) else "other"


def _word(told: Mapping[str, Any], name: str) -> str:
    """Read a field as words that can be kept: printable, and not too many."""
    found = told.get(name)
    if not isinstance(found, str):
        return ""
    return "".join(character if character.isprintable() else " " for character in found[:2_000]).strip()


def _fingerprint(told: Mapping[str, Any]) -> str:
    """Name an event by what it says: `sg_event_id` was seen to change when the same event came again."""
    said = {name: value for name, value in told.items() if name != "sg_event_id"}
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:40]


def _life(stamp: Any, at: Moment, speed: float) -> datetime:
    """Turn its seconds since 1970 into life time; now where it says none."""
    try:
        return at.now - (at.machine - moment(int(stamp) * 1_000_000)) * speed
    except (TypeError, ValueError, OverflowError):
        return at.now
