"""A letter, read in the browser: rendered again, for its own reader."""

from flask import Blueprint, Response

from nurture.channels.email.compose import Unrenderable
from nurture.flow.letters import reread
from nurture.parts import Parts
from nurture.web.recipient.page import show, unknown, whose

# No script, nothing of ours but pictures. The letter's links open a new tab, which the sandbox alone would forbid.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data: https:; base-uri 'none';"
    " frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


def add_letter(pages: Blueprint, parts: Parts) -> None:
    """Add `/b`."""

    @pages.get("/b/<token>")
    def read(token: str) -> Response:
        whom = whose(parts, "browser", token)
        if whom is None:
            return unknown()
        try:
            html = reread(parts.ground, parts.links, whom.meant.about, parts.look().now)
        except Unrenderable:
            html = None
        if html is None:
            return show("gone.html", whom, 404)
        return Response(html, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})
