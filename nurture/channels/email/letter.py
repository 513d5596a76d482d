"""A letter: everything that a provider needs, and nothing it would have to look up."""

from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import NamedTuple

UNSUBSCRIBE = "List-Unsubscribe"
ONE_CLICK = "List-Unsubscribe-Post"
SEND_ID = "X-Nurture-Send-Id"

HEADERS = frozenset(
    (
        UNSUBSCRIBE,
        ONE_CLICK,
        "List-Id",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "Feedback-ID",
    )
)
"""The only headers of our own that a letter may carry."""


class Letter(NamedTuple):
    """One letter to one person, rendered and addressed.

    date: when it was written, aware; it stands in its Date header.  send_id: the same for every attempt at this
    message, opaque.  message_id: ours, as the message's row has it; it names the outbox file.
    category: journey and step, no personal data.  transactional: has no unsubscribe link, by law and by topic.
    postal_address: what must stand in both parts.
    """

    to_email: str
    to_name: str
    from_email: str
    from_name: str
    reply_to: str
    subject: str
    html: str
    text: str
    headers: Mapping[str, str]
    send_id: str
    message_id: str
    category: str
    date: datetime
    postal_address: str
    transactional: bool = False


def headers_for(
    *,
    list_host: str,
    feedback: tuple[str, str, str],
    unsubscribe_url: str | None,
    unsubscribe_mailto: str | None = None,
) -> dict[str, str]:
    """Build the headers that mailbox providers ask of mail nobody typed by hand.

    list_host: our public host.  feedback: journey, step and sender, opaque words without a colon.
    unsubscribe_url: where one POST is enough; None on transactional mail.  unsubscribe_mailto: an address, only where
    inbound mail is read.
    Source: RFC 2369, 8058, 2919, 3834; MS-OXCMAIL; Google's Feedback-ID.
    """
    journey, step, sender = (word.replace(":", "-") for word in feedback)
    headers = {
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "Feedback-ID": f"{journey}:{step}:nurture:{sender}",
        "List-Id": f"<nurture.{list_host}>",
    }
    if unsubscribe_url is not None:
        mailto = f", <mailto:{unsubscribe_mailto}>" if unsubscribe_mailto else ""
        headers[UNSUBSCRIBE] = f"<{unsubscribe_url}>{mailto}"
        headers[ONE_CLICK] = "List-Unsubscribe=One-Click"
    return headers


def mime_of(letter: Letter) -> EmailMessage:
    """Write a letter as MIME: plain text first, then HTML.  Raises ValueError on a header that breaks its line."""
    mime = EmailMessage(policy=SMTP.clone(max_line_length=76))  # of quoted-printable, RFC 2045
    mime.set_content(letter.text, cte="quoted-printable")
    mime.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    # A line of 78 would fold a long link in List-Unsubscribe into encoded words, which no mailbox provider follows.
    mime.policy = SMTP.clone(max_line_length=998)
    mime["Date"] = format_datetime(letter.date)
    mime["Message-ID"] = f"<{letter.send_id}@{letter.from_email.rpartition('@')[2]}>"
    mime["From"] = formataddr((letter.from_name, letter.from_email))
    mime["To"] = formataddr((letter.to_name, letter.to_email))
    if letter.reply_to:
        mime["Reply-To"] = letter.reply_to
    mime["Subject"] = letter.subject
    for name, value in letter.headers.items():
        mime[name] = value
    mime[SEND_ID] = letter.send_id
    return mime
