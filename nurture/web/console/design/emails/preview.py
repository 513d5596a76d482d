"""Previews: an email as one reader would get it, saved or not; and a test letter to whoever asks."""

from datetime import datetime
from html import escape

import orjson
from flask import Blueprint, Response, abort, request

from nurture.channels.email.compose import Rendered, Unrenderable
from nurture.engine.editing import CannotEdit
from nurture.engine.local import zone_for
from nurture.engine.playbook import Playbook
from nurture.engine.policy import Sender
from nurture.flow import drafts, testing
from nurture.flow.letters import Composer, Reader, specimen
from nurture.flow.previewing import Sketchbook, drafted
from nurture.flow.testing import NotSent
from nurture.parts import Parts
from nurture.store import customers as people
from nurture.store.documents import Missing
from nurture.web.console.access import signed_in
from nurture.web.console.cookies import local_path
from nurture.web.console.design.emails.forms import typed
from nurture.web.console.design.emails.looks import Look, look_of, moment_of, reader, shown_as, tall
from nurture.web.console.page import done, live, show_part
from nurture.web.console.words import Namer

SAVED = "saved"  # the word for the text as it was saved last
FOUND = 8  # customers to choose from
# The letter's own page, for a frame: no script, nothing fetched from elsewhere, links that lead nowhere.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'; sandbox"
)


def add_preview(pages: Blueprint, parts: Parts, book: Sketchbook) -> None:
    """Add `/emails/readers`, `/emails/<key>/preview` (POST: keep what is typed), `.../<word>` and `.../test-send`."""

    @pages.post("/emails/<key>/preview")
    def email_sketched(key: str) -> Response:
        return _sketched(parts, book, key)

    @pages.get("/emails/<key>/preview/<word>")
    def email_preview(key: str, word: str) -> Response:
        return _preview(parts, book, key, word)

    @pages.get("/emails/readers")
    def email_readers() -> Response:
        sought = request.args.get("q", "").strip()[:200]
        with parts.ground.sessions.read() as session:
            found = people.page(session, search=sought or None, limit=FOUND).customers
        return show_part("design/_email_readers.html", found=found, chosen=found[0].id if sought and found else "")

    @pages.post("/emails/<key>/test-send")
    def email_tested(key: str) -> Response:
        return _tested(parts, book, key)


def saved_text(parts: Parts, key: str) -> str:
    """Give an email's text as it was saved last; 404 where there is none."""
    try:
        return drafts.read_draft(parts.ground, "email", key).text
    except Missing:
        abort(404)


def inbox_row(rendered: Rendered, sender: Sender | None) -> dict[str, str]:
    """What an inbox shows of a letter before it is opened."""
    return {"from": sender.name if sender else "", "subject": rendered.subject, "preheader": rendered.preheader}


def _sketched(parts: Parts, book: Sketchbook, key: str) -> Response:
    """Keep what is being typed, and say by which word it can be looked at; or why it cannot."""
    text = saved_text(parts, key)
    try:
        text, _ = typed(request.form)(text)
        word = book.keep(key, text)
        rendered, sender, look = _rendered(parts, book, key, text)
    except (CannotEdit, Unrenderable, ValueError) as error:
        return _json({"why": str(error)})
    return _json({"word": word, "tall": tall(rendered.text, look.width), **inbox_row(rendered, sender)})


def _preview(parts: Parts, book: Sketchbook, key: str, word: str) -> Response:
    text = saved_text(parts, key) if word == SAVED else book.sketch(word)
    if text is None:
        return _framed("<p>This preview is kept no longer. Change something, and it is made anew.</p>", 404)
    try:
        rendered, _, look = _rendered(parts, book, key, text)
    except Unrenderable as error:
        return _framed(f"<h1>It cannot be shown yet</h1><p>{escape(str(error))}</p>")
    if look.part == "text":
        return _framed(rendered.text, kind="text/plain")
    return _framed(shown_as(rendered.html, look), whole=True)


def _rendered(parts: Parts, book: Sketchbook, key: str, text: str) -> tuple[Rendered, Sender | None, Look]:
    """Render a text as the request's form or address asks.  Raises Unrenderable."""
    playbook, wanted, now, look = _asked(parts)
    rendered = book.render(playbook, parts.links, key, text, wanted, now)
    email, _ = book.read(key, text)
    return rendered, playbook.policy.senders.get(email.head.sender) if email else None, look


def _asked(parts: Parts) -> tuple[Playbook, Reader, datetime, Look]:
    args = request.form if request.method == "POST" else request.args
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        look = look_of(args, args.get("variant", ""), playbook)
        wanted, customer = reader(session, look)
    zone = zone_for(playbook.policy.window, customer.zone if customer else None)
    return playbook, wanted, moment_of(look, zone, parts.look().now), look


def _tested(parts: Parts, book: Sketchbook, key: str) -> Response:
    """Send what is on the page to whoever asks for it, as the chosen reader would get it."""
    text = book.sketch(request.form.get("sketch", "")) or saved_text(parts, key)
    member, at = signed_in().member, parts.look()
    playbook, wanted, now, _ = _asked(parts)
    namer = Namer(playbook)
    try:
        whole = drafted(playbook, key, text)
        composer = Composer(parts.links, parts.settings.public_url)
        letter = specimen(composer, whole, key, member.email, wanted, now)
        topic = whole.emails[key].head.topic
        verdict = testing.send_test(parts.ground, parts.carry, letter, topic, f"email {key}", member.email, at)
    except Unrenderable as error:
        wrong = [one.message for one in book.proof(playbook, key, text).findings if one.level == "must"]
        return _told(parts, key, f"No test was sent: {wrong[0] if wrong else error}.", fine=False)
    except (NotSent, ValueError) as error:
        return _told(parts, key, f"No test was sent: {error}.", fine=False)
    if verdict.outcome != "accepted":
        return _told(parts, key, f"The test did not go out: {verdict.because}.", fine=False)
    like = wanted.customer.snapshot.customer.email if wanted.customer else ""
    as_whom = like or (namer.persona(wanted.persona) if wanted.persona else "")
    return _told(parts, key, f"Sent to {member.email}{f', as {as_whom} would get it' if as_whom else ''}.")


def _told(parts: Parts, key: str, text: str, *, fine: bool = True) -> Response:
    if live():
        return show_part("design/_email_tested.html", text=text, fine=fine)
    here = local_path(request.form.get("here", "")) or f"/emails/{key}/edit"
    return done(parts, here, text)


def _framed(body: str, status: int = 200, kind: str = "text/html", *, whole: bool = False) -> Response:
    if kind == "text/html" and not whole:
        body = f'<!doctype html><html lang="en"><title>Preview</title><body style="font:1rem sans-serif">{body}</body>'
    headers = {"Content-Security-Policy": POLICY}
    return Response(body, status, content_type=f"{kind}; charset=utf-8", headers=headers)


def _json(said: dict[str, object]) -> Response:
    return Response(orjson.dumps(said), content_type="application/json")
