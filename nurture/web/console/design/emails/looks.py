"""How one looks at a preview: for which reader, on which day, how wide, in which colours; all of it in the address."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from nurture.engine.playbook import Playbook
from nurture.flow.letters import Reader
from nurture.store import customers, photographs
from nurture.store.customers import Customer
from nurture.store.session import Session
from nurture.web.console.design.emails.reading import reader_of

WIDTHS = ("320", "375", "600", "800")
COLOURS = {"": "Light", "own": "Dark, as written", "forced": "Dark, forced"}
PARTS = {"": "HTML", "text": "Plain text", "bare": "Images off"}
NOBODY = "nobody"  # the worst case: of whom nothing is known
TALLEST = 6_000  # pixels

_SOURCE = re.compile(r"(<img\b[^>]*?)\ssrc=\"[^\"]*\"", re.IGNORECASE)
_DARK = re.compile(r"\(\s*prefers-color-scheme:\s*dark\s*\)")
_LIGHT = re.compile(r"\(\s*prefers-color-scheme:\s*light\s*\)")
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"
_FORCED = (
    "<style>html{filter:invert(1) hue-rotate(180deg);background:#fff}img{filter:invert(1) hue-rotate(180deg)}</style>"
)


class Look(NamedTuple):
    """One way to look at an email.  customer: an id, NOBODY, or '' for somebody invented; date: `2026-12-03` or ''."""

    persona: str
    language: str
    customer: str
    date: str
    width: str
    dark: str
    part: str

    @property
    def address(self) -> str:
        """As a query, without what is as usual."""
        return urlencode({name: value for name, value in self._asdict().items() if value})


def look_of(args: Mapping[str, str], stem: str, playbook: Playbook) -> Look:
    """Read how to look from an address; what it does not say is as the variant's own readers have it."""
    personas = [persona.id for persona in playbook.personas.personas]
    persona, language = reader_of(stem, personas)
    asked = args.get("persona", persona)
    return Look(
        asked if asked in personas else "",
        args.get("language", language) if re.fullmatch(r"[a-z]{2}|", args.get("language", language)) else "",
        args.get("customer", "")[:80],
        args.get("date", "") if re.fullmatch(r"\d{4}-\d{2}-\d{2}", args.get("date", "")) else "",
        args.get("width", "") if args.get("width") in WIDTHS else "600",
        args.get("dark", "") if args.get("dark") in COLOURS else "",
        args.get("part", args.get("as", "")) if args.get("part", args.get("as", "")) in PARTS else "",
    )


def reader(session: Session, look: Look) -> tuple[Reader, Customer | None]:
    """Fetch the reader of a look; somebody invented where the customer is no longer there."""
    persona, language = look.persona or None, look.language or None
    if look.customer == NOBODY:
        return Reader(persona, language, known=False), None
    found = customers.find(session, look.customer) if look.customer else None
    taken = photographs.portraits(session, [found.id]).get(found.id) if found else None
    return Reader(persona, language, taken), found


def moment_of(look: Look, zone: ZoneInfo, now: datetime) -> datetime:
    """The moment at which a preview is read: at noon of its day, or now."""
    if not look.date:
        return now
    try:
        return datetime.fromisoformat(look.date).replace(tzinfo=zone) + timedelta(hours=12)
    except (ValueError, OverflowError):
        return now


def shown_as(html: str, look: Look) -> str:
    """Show the HTML without its images, or as a mail program that turns every colour around would; roughly.

    In the light or in the dark that is asked for, whichever this browser is set to.
    """
    if look.part == "bare":
        html = _SOURCE.sub(r"\1", html)
    dark = look.dark == "own"
    html = _LIGHT.sub(_NEVER if dark else _ALWAYS, _DARK.sub(_ALWAYS if dark else _NEVER, html))
    scheme = f"<style>:root{{color-scheme:{'dark' if dark else 'light'}!important}}</style>"
    html = html.replace("</head>", f"{scheme}</head>", 1)
    return html.replace("</head>", f"{_FORCED}</head>", 1) if look.dark == "forced" else html


def tall(text: str, width: str) -> int:
    """Guess how tall a letter is, in pixels, so that its frame need not scroll: from its plain text, generously."""
    a_line = max(20, (int(width) - 60) // 9)  # characters
    lines = sum(ceil(len(line) / a_line) or 1 for line in text.splitlines())
    return min(TALLEST, 300 + lines * 32)


def onward(here: str, block: str = "", anchor: str = "", **changed: str) -> str:
    """Lead on to the page that a form came from, with another block open, at a place of it."""
    parts = urlsplit(here)
    query = {name: value for name, value in parse_qsl(parts.query) if name not in ("block", *changed)}
    query |= {name: value for name, value in {"block": block, **changed}.items() if value}
    return f"{parts.path}{'?' if query else ''}{urlencode(query)}{f'#{anchor}' if anchor else ''}"
