"""Every letter: what became of it, and how it looks, exactly as it was sent."""

from pathlib import Path

from flask import Blueprint, Response, abort, request

from nurture.channels.email.sent import Sent, read_sent
from nurture.engine.local import zone_for
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store import customers, timeline
from nurture.store.schema import MESSAGE_STATES
from nurture.web.console.admin.snippets import curl
from nurture.web.console.page import Clockface, show
from nurture.web.console.words import STATES, Namer, letter_title

PAGE = 50
VIEWS = ("letter", "text", "headers")
# The letter's own page, for a frame: no script, nothing fetched from elsewhere, links that lead nowhere.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'; sandbox"
)


def add_outbox(pages: Blueprint, parts: Parts) -> None:
    """Add `/outbox`, `/outbox/<id>` and the letter's own page, `/outbox/<id>/html`."""

    @pages.get("/outbox")
    def outbox() -> Response:
        return _list(parts, parts.look())

    @pages.get("/outbox/<message_id>")
    def letter(message_id: str) -> Response:
        return _one(parts, message_id, parts.look())

    @pages.get("/outbox/<message_id>/html")
    def letter_html(message_id: str) -> Response:
        sent = _sent(parts, message_id)
        if sent is None or not sent.html:
            abort(404)
        return Response(sent.html, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})


def _list(parts: Parts, at: Moment) -> Response:
    state, cursor = request.args.get("state", ""), request.args.get("after") or None
    if state and state not in MESSAGE_STATES:
        abort(404)
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        messages, following = timeline.outbox(session, state=state or None, cursor=cursor, limit=PAGE)
    return show(
        "admin/outbox.html",
        parts,
        at,
        nav="outbox",
        namer=Namer(playbook),
        clock=Clockface(zone_for(playbook.policy.window, None), at.now),
        rows=[(one, letter_title(one), STATES[one.state]) for one in messages],
        state=state,
        states=STATES,
        following=following,
        cursor=cursor,
        curl=curl(parts),
    )


def _one(parts: Parts, message_id: str, at: Moment) -> Response:
    view = request.args.get("view", "letter")
    if view not in VIEWS:
        abort(404)
    with parts.ground.sessions.read() as session:
        message = timeline.message(session, message_id)
        customer = customers.find(session, message.customer_id) if message else None
        if message is None or customer is None:
            abort(404)
        attempts = timeline.attempts_of(session, message.id)
        playbook = parts.ground.shelf.playbook(session)
    return show(
        "admin/letter.html",
        parts,
        at,
        nav="outbox",
        namer=Namer(playbook),
        clock=Clockface(zone_for(playbook.policy.window, customer.zone), at.now),
        message=message,
        title=letter_title(message),
        state=STATES[message.state],
        customer=customer,
        attempts=attempts,
        sent=_sent(parts, message.id),
        view=view,
        dark=request.args.get("dark") == "1",
        narrow=request.args.get("width") == "320",
    )


def _sent(parts: Parts, message_id: str) -> Sent | None:
    """The letter's content, where mail stays on this machine; a provider does not give it back."""
    carrier, _, folder = parts.settings.mail.partition(":")
    return read_sent(Path(folder), message_id) if carrier == "outbox" else None
