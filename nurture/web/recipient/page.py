"""What every recipient's page shares: whose it is, in which language, and what their browser may do with it."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from flask import Response, make_response, render_template, request

from nurture.channels.email.links import Meant, Purpose
from nurture.flow.feedback import Reader, reader
from nurture.parts import Parts
from nurture.web.recipient.sentences import ENGLISH, language_of, sentences_in

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # the token stands in the address
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
STYLE = (
    f"/assets/recipient/page.css?v={sha256((Path(__file__).parent / 'static/page.css').read_bytes()).hexdigest()[:12]}"
)
A_YEAR = "public, max-age=31536000, immutable"


class Whose(NamedTuple):
    """A token that holds, and its reader."""

    meant: Meant
    reader: Reader

    @property
    def language(self) -> str:
        return language_of(self.reader.locale)

    @property
    def sentences(self) -> Mapping[str, str]:
        return sentences_in(self.language)


def whose(parts: Parts, purpose: Purpose, token: str) -> Whose | None:
    """Say whom a token belongs to; None for any other, whatever is wrong with it."""
    meant = parts.links.read(purpose, token)
    known = reader(parts.ground, meant.customer_id) if meant is not None else None
    return Whose(meant, known) if meant is not None and known is not None else None


def show(template: str, whom: Whose, status: int = 200, **words: Any) -> Response:
    """Write a page for its reader; `t` are the sentences of their language."""
    page = render_template(
        f"recipient/{template}", t=whom.sentences, lang=whom.language, reader=whom.reader, style=STYLE, **words
    )
    return make_response(page, status)


def unknown() -> Response:
    """Answer a token that means nothing to us: the same page, whatever is wrong with it."""
    return make_response(render_template("recipient/unknown.html", t=ENGLISH, lang="en", style=STYLE), 404)


def dress(response: Response) -> Response:
    """Say what a browser may do with a page of ours; a page that has said so itself is left as it is."""
    if request.endpoint == "recipient.static":
        response.headers["Cache-Control"] = A_YEAR
        return response
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
