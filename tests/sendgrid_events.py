"""SendGrid's event webhook as it really comes: signed batches, events twice, in disorder, without their ids.

events = EventPost()
bounce = events.of(line, "bounce", now, type="bounce", reason="550 no such user")
events.posts(client, now, bounce, events.again(bounce))
"""

import base64
import json
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.fake_sendgrid import Line

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


class EventPost:
    """Whoever posts events to us, with a key of its own."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._told = 0

    @property
    def public_key(self) -> str:
        """The verification key as SendGrid's settings page shows it: base64 of its DER."""
        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def of(self, line: Line, event: str, at: datetime, **more: Any) -> dict[str, Any]:
        """Tell something of a letter that was accepted, in the shape of the "Event Webhook Reference"."""
        self._told += 1
        told = {
            "email": line.to,
            "timestamp": int(at.timestamp()),
            "smtp-id": f"<{line.send_id[:8]}@ismtpd-1>",
            "event": event,
            "category": list(line.categories),
            "sg_event_id": f"event-{self._told}",
            "sg_message_id": f"{line.send_id[:8]}.filter0001",
            "nt_send_id": line.send_id,
        }
        return {name: value for name, value in (told | more).items() if value is not None}

    def again(self, event: dict[str, Any]) -> dict[str, Any]:
        """The same event once more, under another id, as was seen to happen."""
        self._told += 1
        return {**event, "sg_event_id": f"event-{self._told}"}

    def sign(self, body: bytes, stamp: str) -> str:
        """Sign the timestamp and the raw body."""
        return base64.b64encode(self._key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))).decode()

    def posts(self, client: FlaskClient, at: datetime, *events: dict[str, Any]) -> TestResponse:
        """Deliver a batch, signed at this moment."""
        body, stamp = json.dumps(events).encode(), str(int(at.timestamp()))
        return client.post("/hooks/sendgrid", data=body, headers={TIMESTAMP: stamp, SIGNATURE: self.sign(body, stamp)})
