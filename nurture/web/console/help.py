"""Help: what one can do here, each with the place where it is done, and the keys that save a hand."""

from collections.abc import Mapping
from typing import NamedTuple

from flask import Blueprint, Response

from nurture.engine.local import zone_for
from nurture.parts import Parts
from nurture.web.console.access import may, signed_in
from nurture.web.console.page import Clockface, show


class Thing(NamedTuple):
    """One thing that one can do.  path: where it is done; least: the least role that may do it."""

    title: str
    path: str
    how: str
    icon: str
    least: str = "viewer"


THINGS: tuple[Thing, ...] = (
    Thing("See what needs you", "/today", "Your care tasks, who is in trouble, and what changed.", "sun"),
    Thing("Find a customer", "/customers", "By name, or by what they did. Their page says what comes next.", "search"),
    Thing(
        "Find out why an email did not come",
        "/customers",
        "Open the customer, choose the email under Why not…?, and press Say why.",
        "unsent",
    ),
    Thing("Answer a care task", "/tasks", "Take it, call, and say what came of it.", "hand", "editor"),
    Thing("Read what customers say", "/feedback", "Every answer, and the themes your team reads in them.", "chat"),
    Thing(
        "Change the words of an email",
        "/emails",
        "Open one and choose whose words: those of everybody, or of one persona. What a reader sees stands beside.",
        "mail",
        "editor",
    ),
    Thing(
        "Change a journey",
        "/journeys",
        "Open one, press a + between two steps, choose what comes there. It is a draft until it is published.",
        "path",
        "editor",
    ),
    Thing(
        "Try it before anybody lives it",
        "/journeys",
        "Open one and press Simulate: the next weeks of a persona, or of a real customer. Nothing is sent.",
        "flask",
    ),
    Thing(
        "Publish, and take it back",
        "/journeys",
        "Open one that has a draft and press Publish…; it first says what becomes of everybody inside. For ten minutes"
        " Undo publish stands under Versions.",
        "check",
        "publisher",
    ),
    Thing("Ask in a colleague", "/settings/staff", "By a link; you choose what they may do.", "people", "admin"),
)
"""What one can do, in the order in which somebody new comes to it."""

KEYS: Mapping[str, str] = {
    "/": "on every page: to the search for a customer",
    "Tab": "to the next link, button or field",
    "↑ ↓": "in a flow, on a step: to the step before or after",
    "← →": "in a flow, on a step of a split: to the path beside",
    "Alt+↑ ↓": "in a flow, on a step: move it up or down",
    "F8": "in a flow: to the next problem; with Shift to the one before",
    "Enter": "in a flow, on a step: open it",
    "Esc": "in the settings of a step: back to the step",
    "Delete": "in a flow, on a step: delete it; Undo brings it back",
    "Ctrl+Z": "in a flow, on a step: take back the latest change",
}
"""What each key does."""


def add_help(pages: Blueprint, parts: Parts) -> None:
    """Add `/help`."""

    @pages.get("/help", endpoint="help")
    def told() -> Response:
        at = parts.look()
        with parts.ground.sessions.read() as session:
            playbook = parts.ground.shelf.playbook(session)
        role = signed_in().member.role
        return show(
            "help.html",
            parts,
            at,
            nav="",
            clock=Clockface(zone_for(playbook.policy.window, None), at.now),
            things=[one for one in THINGS if may(role, one.least)],
            keys=KEYS,
        )
