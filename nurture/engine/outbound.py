"""Outbound: where a webhook of ours leads."""

from pydantic import Field

from nurture.engine.document import Document, Key


class Outbound(Document):
    """An address that is told things.  secret_env: the environment variable with its `whsec_...` signing secret."""

    id: Key
    name: str = ""
    url: str = Field(pattern=r"^https?://[^\s@]+$", max_length=2000)
    secret_env: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]{0,99}$")
