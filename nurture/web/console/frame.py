"""The frame around every page: where one can go, whether mail goes out, and what was just done."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import orjson
from flask import Response, g, request

from nurture.flow.ground import Moment
from nurture.flow.sending import Sending, sending
from nurture.parts import Parts
from nurture.store.schema import ROLES
from nurture.web.console.cookies import cookie_name, drop_cookie, local_path, set_cookie

TOLD = "-told"  # the cookie that carries what was just done over to the next page
THEME = "-theme"
THEMES: Mapping[str, str] = {"": "As the system", "light": "Light", "dark": "Dark"}
LONGEST = 600  # characters of what was just done


class Place(NamedTuple):
    """One page in the rail.  key: what a page calls itself; least: the least role that may see it."""

    key: str
    word: str
    icon: str
    least: str = "viewer"


RAIL: Mapping[str, tuple[Place, ...]] = {
    "Work": (
        Place("today", "Today", "sun"),
        Place("customers", "Customers", "people"),
        Place("tasks", "Care tasks", "hand"),
        Place("feedback", "Feedback", "chat"),
    ),
    "Design": (
        Place("journeys", "Journeys", "path"),
        Place("emails", "Emails", "mail"),
        Place("lifecycle", "Lifecycle", "flag"),
        Place("personas", "Personas", "person"),
        Place("milestones", "Milestones", "star"),
        Place("policy", "Policy", "clock"),
        Place("segments", "Segments", "list"),
        Place("care-texts", "Care texts", "hand"),
    ),
    "Admin": (
        Place("outbox", "Outbox", "mail"),
        Place("settings", "Settings", "gear"),
        Place("audit", "Audit", "list"),
    ),
}
"""Where one can go, by group; only what works is named."""


class Toast(NamedTuple):
    """What was just done, in a sentence.  undo: the path of the form that takes it back, '' where nothing can.

    fields: what that form carries beside its token.
    """

    text: str
    undo: str = ""
    word: str = "Undo"
    fields: Mapping[str, str] = {}


def tell(parts: Parts, answer: Response, toast: Toast) -> Response:
    """Carry over to the next page what was just done."""
    if toast.text:
        text = toast.text if len(toast.text) <= LONGEST else toast.text[:LONGEST] + "…"
        set_cookie(parts, answer, TOLD, quote(orjson.dumps([*toast._replace(text=text)]).decode()))
    return answer


def told(parts: Parts) -> Toast | None:
    """What was just done, if the page before this one said so."""
    try:
        text, undo, word, fields = orjson.loads(unquote(request.cookies.get(cookie_name(parts, TOLD), "")))
        sound = {str(name): str(value) for name, value in fields.items()}
        return Toast(str(text), local_path(str(undo)) or "", str(word), sound)
    except (ValueError, TypeError, AttributeError):
        return None


def forget(parts: Parts, answer: Response) -> Response:
    """Tell it once only."""
    if request.cookies.get(cookie_name(parts, TOLD)):
        drop_cookie(parts, answer, TOLD)
    return answer


def theme(parts: Parts) -> str:
    """Light, dark, or '' for as the system is."""
    chosen = request.cookies.get(cookie_name(parts, THEME), "")
    return chosen if chosen in THEMES else ""


def rail(role: str) -> dict[str, tuple[Place, ...]]:
    """Where somebody of this role can go; a place that is not theirs is not named."""
    open_to = {
        group: tuple(place for place in places if ROLES.index(role) >= ROLES.index(place.least))
        for group, places in RAIL.items()
    }
    return {group: places for group, places in open_to.items() if places}


def _post(parts: Parts, at: Moment) -> Sending:
    with parts.ground.sessions.read() as session:
        return sending(session, at)


def frame(parts: Parts, at: Moment) -> dict[str, Any]:
    """Everything that the frame's template needs."""
    return {
        "rail": rail(g.signed_in.member.role),
        "signed_in": g.signed_in,
        "toast": told(parts),
        "colours": theme(parts),
        "post": _post(parts, at),
        "may_pause": ROLES.index(g.signed_in.member.role) >= ROLES.index("publisher"),
        "colour_choices": THEMES,
        "here": request.full_path.rstrip("?"),
        "accelerated": parts.settings.accelerated,
        "stays_home": parts.settings.mail.startswith("outbox:"),
    }
