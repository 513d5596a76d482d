"""An image that a letter shows: open to everybody, the same for ever under its address."""

import re

from flask import Blueprint, Response, abort

from nurture.parts import Parts
from nurture.store import images

DIGEST = re.compile(r"[0-9a-f]{40}")


def add_picture(pages: Blueprint, parts: Parts) -> None:
    """Add `/m`."""

    @pages.get("/m/<digest>")
    def picture(digest: str) -> Response:
        with parts.ground.sessions.read() as session:
            found = images.content(session, digest) if DIGEST.fullmatch(digest) else None
        if found is None:
            abort(404)
        content, kind = found
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return Response(content, content_type=kind, headers=headers)
