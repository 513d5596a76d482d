"""Sent: what the outbox wrote, read back as it was sent."""

import re
from collections.abc import Iterable
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import NamedTuple

# Ours are `msg_` and a ULID. Anything else names no file of the outbox, and must not name one elsewhere.
MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,180}")


class Sent(NamedTuple):
    """One letter as it left.  headers: name and value in the order of the file; html and text: '' where absent."""

    headers: tuple[tuple[str, str], ...]
    subject: str
    html: str
    text: str


def read_sent(folder: Path, message_id: str) -> Sent | None:
    """Read the letter that the outbox wrote for a message; None where there is none, or no longer.

    folder: the outbox's own, where a letter is `<utc stamp>-<message id>.eml`.
    """
    if not MESSAGE_ID.fullmatch(message_id):
        return None
    found = sorted(folder.glob(f"*-{message_id}.eml"))
    try:
        raw = found[0].read_bytes() if found else None
    except OSError:
        return None
    return None if raw is None else parse_sent(raw)


def parse_sent(raw: bytes) -> Sent | None:
    """Read a letter from its MIME; None where a part is not what its headers say."""
    mime = BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)
    headers = tuple((name, str(value)) for name, value in mime.items())
    try:
        return Sent(headers, str(mime["Subject"] or ""), _part(mime, "html"), _part(mime, "plain"))
    except (MessageError, LookupError, ValueError):
        return None


def _part(mime: EmailMessage, kind: str) -> str:
    part = mime.get_body((kind,))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


def forget_sent(mail: str, message_ids: Iterable[str]) -> None:
    """Remove the copies an outbox kept of these messages; nothing where letters go elsewhere.  mail: the setting."""
    carrier, _, place = mail.partition(":")
    folder = Path(place)
    for message_id in message_ids if carrier == "outbox" else ():
        if MESSAGE_ID.fullmatch(message_id):
            for path in folder.glob(f"*-{message_id}.eml"):
                path.unlink(missing_ok=True)
