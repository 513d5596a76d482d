"""What a browser fetches besides pages: one style sheet, one script of ours, htmx; each under the hash of its content.

The style sheet is written in one file per part of the console, and so is the script; a browser gets each as one.
"""

import gzip
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Response, abort, request

STATIC = Path(__file__).parent / "static"
A_YEAR = "public, max-age=31536000, immutable"


class Asset(NamedTuple):
    """One file as it is served.  address: with the hash of the content in it."""

    address: str
    kind: str
    content: bytes
    small: bytes  # by gzip


def add_assets(pages: Blueprint) -> None:
    """Add `/assets/console/<name>`: open to everybody, the login page needs it."""

    @pages.get("/assets/console/<name>")
    def asset(name: str) -> Response:
        found = assets().get(name)
        if found is None:
            abort(404)
        small = takes_gzip()
        answer = Response(found.small if small else found.content, content_type=found.kind)
        answer.headers["Cache-Control"] = A_YEAR
        answer.headers["Vary"] = "Accept-Encoding"
        if small:
            answer.headers["Content-Encoding"] = "gzip"
        return answer


@cache
def assets() -> dict[str, Asset]:
    """All there is, by name; read once."""
    htmx = files("js_lib_htmx").joinpath("static/htmx/htmx.min.js").read_bytes()
    return {
        "console.css": _asset("console.css", "text/css; charset=utf-8", _joined("css")),
        "console.js": _asset("console.js", "text/javascript; charset=utf-8", _joined("js")),
        "htmx.js": _asset("htmx.js", "text/javascript; charset=utf-8", htmx),
        "icon.svg": _asset("icon.svg", "image/svg+xml", (STATIC / "icon.svg").read_bytes()),
    }


def takes_gzip() -> bool:
    """Whether this browser can unpack what was made small."""
    return request.accept_encodings.quality("gzip") > 0


def address(name: str) -> str:
    """Where to fetch an asset of this name."""
    return assets()[name].address


def _joined(kind: str) -> bytes:
    """Join the parts of a style sheet or a script, in the order of their names."""
    return b"\n".join(path.read_bytes() for path in sorted((STATIC / kind).glob(f"*.{kind}")))


def _asset(name: str, kind: str, content: bytes) -> Asset:
    short = sha256(content).hexdigest()[:12]
    return Asset(f"/assets/console/{name}?v={short}", kind, content, gzip.compress(content, mtime=0))
