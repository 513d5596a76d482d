"""What every page of the console shares: how it is dressed, how a moment is written, what its frame needs to know."""

import gzip
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import Response, make_response, redirect, render_template, request
from markupsafe import Markup

from nurture.engine.duration import in_words
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.web.console.assets import address, takes_gzip
from nurture.web.console.frame import Toast, forget, frame, tell
from nurture.web.console.words import because, said

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


def show(template: str, parts: Parts, at: Moment, status: int = 200, **words: Any) -> Response:
    """Write a page inside the console's frame.  words: also `nav`, the page's place in the rail, and a `clock`."""
    page = render_template(
        f"console/{template}", asset=address, at=at, because=_reasons(words), said=said, **frame(parts, at), **words
    )
    return forget(parts, make_response(page, status))


def show_part(template: str, status: int = 200, **words: Any) -> Response:
    """Write a piece of a page, for a request that htmx has made."""
    part = render_template(f"console/{template}", asset=address, because=_reasons(words), said=said, **words)
    return make_response(part, status)


def _reasons(words: Mapping[str, Any]) -> Callable[[str], str]:
    """How this page says a reason: with names for keys, where it has somebody who names them."""
    namer = words.get("namer") or getattr(words.get("desk"), "namer", None)
    return because if namer is None else cast(Callable[[str], str], namer.because)


def show_alone(template: str, status: int = 200, **words: Any) -> Response:
    """Write a page for somebody who is not signed in, or where nothing else works."""
    return make_response(render_template(f"console/{template}", asset=address, **words), status)


def done(parts: Parts, path: str, toast: Toast | str = "") -> Response:
    """Answer a form that did what it was asked for: the next page, which says so, and offers to take it back."""
    answer = cast(Response, redirect(path, 303))
    return tell(parts, answer, toast if isinstance(toast, Toast) else Toast(toast))


def live() -> bool:
    """Whether htmx asks, and a piece of the page will do."""
    return request.headers.get("HX-Request") == "true"


def dress(response: Response) -> Response:
    """Say what a browser may do with a page of ours, and make it small; what a page has said itself is left."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return _small(response)


def _small(response: Response) -> Response:
    """Compress a page.  A cookie of ours rides with no other site's request, so its length betrays no secret."""
    text = (response.mimetype or "").startswith("text/") and not response.headers.get("Content-Encoding")
    if not text or response.is_streamed or not takes_gzip():
        return response
    response.set_data(gzip.compress(response.get_data(), 5))
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding, HX-Request"
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
