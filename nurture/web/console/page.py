"""What every page of the console shares: how it is dressed, how a moment is written, what its frame needs to know."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, g, make_response, render_template, request
from markupsafe import Markup

from nurture.engine.duration import in_words
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.web.console.words import because

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",  # not `no-referrer`: a browser would then hide a form's origin from us
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
MINUTE = timedelta(minutes=1)
A_YEAR = "public, max-age=31536000, immutable"
STATIC = Path(__file__).parent / "static"
STYLE = f"/assets/console/console.css?v={sha256((STATIC / 'console.css').read_bytes()).hexdigest()[:12]}"


def show(template: str, parts: Parts, at: Moment, status: int = 200, **words: Any) -> Response:
    """Write a page inside the console's frame."""
    page = render_template(
        f"console/{template}",
        style=STYLE,
        signed_in=g.signed_in,
        at=at,
        accelerated=parts.settings.accelerated,
        because=because,
        stays_home=parts.settings.mail.startswith("outbox:"),
        **words,
    )
    return make_response(page, status)


def show_alone(template: str, status: int = 200, **words: Any) -> Response:
    """Write a page for somebody who is not signed in, or where nothing else works."""
    return make_response(render_template(f"console/{template}", style=STYLE, **words), status)


def dress(response: Response) -> Response:
    """Say what a browser may do with a page of ours; a page that has said so itself is left as it is."""
    if request.endpoint == "console.static":
        response.headers["Cache-Control"] = A_YEAR
        return response
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


class Clockface:
    """Writes moments as one reader wants them: in a zone, the year only where it is another, UTC beneath."""

    def __init__(self, zone: ZoneInfo, now: datetime) -> None:
        self.zone = zone
        self.now = now

    def when(self, at: datetime) -> Markup:
        """`Wed 7 Jan 09:00`, with the moment in UTC where the mouse rests."""
        local = at.astimezone(self.zone)
        return self._time(at, f"{self.day(at)} {local:%H:%M}")

    def clock(self, at: datetime) -> Markup:
        """`09:00`, under a heading that names the day."""
        return self._time(at, f"{at.astimezone(self.zone):%H:%M}")

    def day(self, at: datetime) -> str:
        """`Wed 7 Jan`."""
        local, now = at.astimezone(self.zone), self.now.astimezone(self.zone)
        year = "" if local.year == now.year else f" {local.year}"
        return f"{local:%a} {local.day} {local:%b}{year}"

    def dated(self, at: datetime) -> Markup:
        """`Wed 7 Jan` as a moment."""
        return self._time(at, self.day(at))

    def span(self, at: datetime) -> str:
        """How long ago, or how long until: `3 days`, `2 hours`, rounded to its largest unit."""
        span = abs(self.now - at)
        return " ".join(in_words(span).split()[:2]) if span >= MINUTE else "a moment"

    def ahead(self, at: datetime) -> str:
        """`in 3 days`, `now` where it is due already."""
        return f"in {self.span(at)}" if at > self.now else "now"

    def _time(self, at: datetime, text: str) -> Markup:
        utc = at.astimezone(UTC)
        return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
            utc.strftime("%Y-%m-%dT%H:%M:%SZ"), utc.strftime("%a %d %b %Y %H:%M:%S"), text
        )
