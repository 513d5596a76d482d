"""Email: from an author's words to a letter, and from a letter to a verdict.

Takes: an email's text, a layout, snippets and surveys once per revision; then plain words about one recipient.
Gives: a rendered letter, or the reason why it must not go; from a provider, one verdict for one letter.
May touch: Jinja in its sandbox, MJML, one connection to one provider, the outbox folder, the monotonic clock.
Never: a template's file or database row by itself, a link it was not given, a letter that `unfit` speaks against.
"""

from pathlib import Path

from nurture.channels.email.provider import Provider


def open_provider(mail: str, *, sendgrid_key: str | None = None, sendgrid_base_url: str | None = None) -> Provider:
    """Open the provider that `mail` names: `outbox:PATH`, `smtp://...`, `smtps://...` or `sendgrid:`.

    Raises ValueError, with a sentence for the operator, where the words name none.
    """
    scheme, _, rest = mail.partition(":")
    if scheme == "outbox" and rest:
        from nurture.channels.email.outbox import Outbox

        return Outbox(Path(rest))
    if scheme in ("smtp", "smtps"):
        from nurture.channels.email.smtp import Smtp

        return Smtp.at(mail)
    if scheme == "sendgrid":
        from nurture.channels.email.sendgrid import SendGrid

        if not sendgrid_key:
            raise ValueError("sendgrid: needs a key; set SENDGRID_API_KEY or SENDGRID_API_KEY_FILE")
        return SendGrid(sendgrid_key, sendgrid_base_url or "https://api.sendgrid.com")
    raise ValueError("expected outbox:PATH, smtp://user:pass@host:port, smtps://... or sendgrid:")
