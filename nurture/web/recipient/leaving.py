"""Leaving a topic, or everything: `/u` from a letter's foot and the mail program's own button.

Source: RFC 8058 3.1 and 3.2 (one POST, no cookie, no redirect, either form encoding), RFC 2369.
"""

from flask import Blueprint, Response, request

from nurture.engine.policy import Topic
from nurture.flow.feedback import EVERYTHING, unsubscribe
from nurture.parts import Parts
from nurture.store import timeline
from nurture.web.recipient.page import Whose, show, unknown, whose
from nurture.web.recipient.preferences import may_leave, named

ONE_CLICK = ("List-Unsubscribe", "One-Click")


def add_leaving(pages: Blueprint, parts: Parts) -> None:
    """Add `/u`: GET shows, POST does."""

    @pages.get("/u/<token>")
    def leave(token: str) -> Response:
        whom = whose(parts, "unsubscribe", token)
        return _ask(parts, whom) if whom else unknown()

    @pages.post("/u/<token>")
    def leaves(token: str) -> Response:
        whom = whose(parts, "unsubscribe", token)
        if whom is None:
            return unknown()
        if _one_click():
            _leave(parts, whom, EVERYTHING, "unsubscribed by one click in their mail program")
            return Response("", 200, content_type="text/plain; charset=utf-8")
        scope = request.form.get("scope", "")
        if not may_leave(whom, scope):
            return _ask(parts, whom, 400)
        _leave(parts, whom, scope, "unsubscribed on our page")
        return show("left.html", whom, topic=named(whom, scope), preferences=_preferences(parts, whom))


def _one_click() -> bool:
    """Whether a mail program asks, by RFC 8058; also where it forgot to say how its form is encoded."""
    name, value = ONE_CLICK
    raw = request.get_data(cache=True)
    return request.form.get(name, "").strip() == value or raw.strip() == f"{name}={value}".encode()


def _ask(parts: Parts, whom: Whose, status: int = 200) -> Response:
    topic = _topic_of(parts, whom)
    return show("leave.html", whom, status, topic=topic, preferences=_preferences(parts, whom), missing=status == 400)


def _topic_of(parts: Parts, whom: Whose) -> Topic | None:
    """The topic of the letter they come from, if it is one that can be left."""
    with parts.ground.sessions.read() as session:
        message = timeline.message(session, whom.meant.about)
    return named(whom, message.topic) if message is not None else None


def _leave(parts: Parts, whom: Whose, scope: str, because: str) -> None:
    unsubscribe(parts.ground, whom.reader.customer_id, scope, because, parts.look())
    parts.nudge()


def _preferences(parts: Parts, whom: Whose) -> str:
    return f"/p/{parts.links.token('preferences', whom.meant.customer_id, whom.meant.about)}"
