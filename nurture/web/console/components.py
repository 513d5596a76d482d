"""Every component of the console in every state, on one page: for whoever builds the next page."""

from flask import Blueprint, Response
from markupsafe import Markup

from nurture.engine.local import zone_for
from nurture.parts import Parts
from nurture.web.console.frame import Toast
from nurture.web.console.page import Clockface, show
from nurture.web.console.words import STATES, Label

PHASES = ("learn", "buy", "use", "return", "recommend", "leave")
ICONS = (
    *("people", "mail", "unsent", "gear", "clock", "flag", "star", "person", "path", "dot", "end", "search", "hand"),
    *("leaf", "more", "plus", "up", "down", "copy", "bin", "pencil", "undo", "redo", "split", "check", "cross", "warn"),
    *("chat", "sun", "globe", "list", "key", "flask", "repeat"),
)
BARS = Markup(
    '<svg viewBox="0 0 120 40" role="img" aria-label="Two bars: 12 and 30">'
    '<rect class="c1" x="0" y="24" width="40" height="16"/><rect class="c2" x="60" y="0" width="40" height="40"/></svg>'
)


def add_components(pages: Blueprint, parts: Parts) -> None:
    """Add `/components`."""

    @pages.get("/components", endpoint="components")
    def shown() -> Response:
        at = parts.look()
        with parts.ground.sessions.read() as session:
            zone = zone_for(parts.ground.shelf.playbook(session).policy.window, None)
        return show(
            "components.html",
            parts,
            at,
            nav="",
            clock=Clockface(zone, at.now),
            stages=[Label(phase.capitalize(), phase) for phase in PHASES],
            states=list(STATES.values()),
            drawings=ICONS,
            bars=BARS,
            sample=Toast("Saved: wait 3 days -> 5 days.", "/components"),
        )
