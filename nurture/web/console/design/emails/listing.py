"""The list of emails: what each is for, where it is sent from, what is wrong with it; a new one, one put away."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from flask import Blueprint, Response, abort, request

from nurture.engine.email import BASE
from nurture.engine.email_pieces import fold, unfold
from nurture.engine.linting.book import emails_of
from nurture.engine.local import zone_for
from nurture.engine.playbook import Playbook
from nurture.engine.proofreading import LEVELS
from nurture.flow import drafts as desk
from nurture.flow import shelving
from nurture.flow.drafts import Overtaken
from nurture.flow.previewing import Proof, Sketchbook
from nurture.flow.shelving import InUse
from nurture.parts import Parts
from nurture.store import drafts
from nurture.store.documents import Missing
from nurture.store.drafts import Draft
from nurture.store.session import Conflict
from nurture.web.console.access import may, signed_in
from nurture.web.console.cookies import local_path
from nurture.web.console.design.emails.reading import spoken, variant_word
from nurture.web.console.design.emails.starters import STARTERS, starter
from nurture.web.console.frame import Toast
from nurture.web.console.page import Clockface, done, show
from nurture.web.console.words import said

KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Use(NamedTuple):
    """One step that sends an email."""

    journey: str
    name: str
    step: str

    @property
    def address(self) -> str:
        """Where the step is edited."""
        return f"/journeys/{self.journey}/flow?step={self.step}"


class Row(NamedTuple):
    """One email in the list.  runs: its subject as it is told.  counts: of findings, by level."""

    key: str
    name: str
    subject: str
    runs: list[tuple[str, bool]]
    uses: list[Use]
    variants: list[str]
    counts: Mapping[str, int]
    state: str


def add_listing(pages: Blueprint, parts: Parts, book: Sketchbook) -> None:
    """Add `/emails`, `/emails/new`, and putting one away and bringing it back."""

    @pages.get("/emails")
    def emails() -> Response:
        return _list(parts, book)

    @pages.get("/emails/new")
    def email_new() -> Response:
        return _new(parts)

    @pages.post("/emails")
    def email_made() -> Response:
        return _made(parts)

    @pages.post("/emails/<key>/put-away")
    def email_put_away(key: str) -> Response:
        return _put_away(parts, key)

    @pages.post("/emails/<key>/bring-back")
    def email_brought_back(key: str) -> Response:
        try:
            shelving.bring_back(parts.ground, key, signed_in().member.email, parts.look())
        except (Missing, Conflict):
            abort(404)
        return done(parts, f"/emails/{key}/edit", "It is back, as a draft; publish it to have it live again.")


def steps_using(playbook: Playbook) -> dict[str, list[Use]]:
    """List the live steps that send each email."""
    found: dict[str, list[Use]] = {}
    for version in playbook.journeys:
        for step, email in emails_of(version.journey):
            found.setdefault(email, []).append(Use(version.journey.id, version.journey.name, step.id))
    return found


def _list(parts: Parts, book: Sketchbook) -> Response:
    at, sought = parts.look(), request.args.get("q", "").strip()[:100]
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        found = drafts.at_hand(session, "email")
    uses = steps_using(playbook)
    rows = [_row(one, book, playbook, uses.get(one.key, [])) for one in found]
    chosen = [row for row in rows if sought.casefold() in f"{row.key} {row.name} {row.subject}".casefold()]
    return show(
        "design/emails.html",
        parts,
        at,
        nav="emails",
        clock=Clockface(zone_for(playbook.policy.window, None), at.now),
        rows=chosen,
        total=len(rows),
        q=sought,
        levels=LEVELS,
        shared=_shared(playbook),
        starters=STARTERS,
        edits=may(signed_in().member.role, "editor"),
    )


def _row(draft: Draft, book: Sketchbook, playbook: Playbook, uses: list[Use]) -> Row:
    """Say what a list says of one email; a text that differs from what is live is compiled, the others were."""
    look = book.proof if draft.open else book.glance
    proof: Proof = look(playbook, draft.key, draft.text)
    stems = [name.removesuffix(".md") for name in files_of(draft.text) if name.endswith(".md")]
    state = "Draft" if draft.published is None else "Live, with a draft" if draft.open else "Live"
    subject = proof.email.head.subject if proof.email else ""
    return Row(
        draft.key,
        said(draft.key),
        subject,
        spoken(subject),
        uses,
        [variant_word(stem, playbook) for stem in sorted(stems) if stem != BASE],
        proof.counts(),
        state,
    )


def _shared(playbook: Playbook) -> list[tuple[str, list[tuple[str, str]]]]:
    """What several emails are made of, by kind: word and address."""
    kinds = (
        ("Shared texts", "snippet", playbook.snippets),
        ("Survey questions", "survey", playbook.surveys),
        ("Layouts", "layout", playbook.layouts),
    )
    return [
        (word, [(said(key), f"/documents/{kind}/{key}/text") for key in sorted(keys)]) for word, kind, keys in kinds
    ]


def _new(parts: Parts, error: str = "") -> Response:
    at = parts.look()
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        found = drafts.at_hand(session, "email")
    given = request.form if error else request.args
    return show(
        "design/email_new.html",
        parts,
        at,
        422 if error else 200,
        nav="emails",
        clock=Clockface(zone_for(playbook.policy.window, None), at.now),
        starters=STARTERS,
        others=[(one.key, said(one.key)) for one in found],
        name=given.get("name", ""),
        start=given.get("start", next(iter(STARTERS))),
        copy=given.get("copy", ""),
        error=error,
    )


def _made(parts: Parts) -> Response:
    """Make a draft from a starter or from another email, and open it."""
    form = request.form
    key = re.sub(r"[^a-z0-9]+", "-", form.get("name", "").casefold()).strip("-")[:64]
    if not KEY.fullmatch(key):
        return _new(parts, "give it a name with some letters in it, such as “First import”")
    try:
        text = _beginning(parts, form.get("start", ""), form.get("copy", ""))
        desk.save_draft(parts.ground, "email", key, text, None, signed_in().member.email, "began", parts.look().now)
    except Missing:
        return _new(parts, "choose what to begin with")
    except Overtaken:
        return _new(parts, f"there is an email called {said(key)} already; give this one another name")
    return done(parts, f"/emails/{key}/edit", f"{said(key)} is a draft now; nobody gets it before it is published.")


def _beginning(parts: Parts, start: str, copy: str) -> str:
    if start == "copy":
        return desk.read_draft(parts.ground, "email", copy).text
    if start not in STARTERS:
        raise Missing(start)
    with parts.ground.sessions.read() as session:
        policy = parts.ground.shelf.playbook(session).policy
    topic = next((one.id for one in policy.topics if not one.transactional), policy.topics[0].id)
    return fold({"email.md": starter(start, next(iter(policy.senders)), topic)})


def _put_away(parts: Parts, key: str) -> Response:
    """Put an email away that nothing sends; one that is live is a publisher's to take away."""
    member, at = signed_in().member, parts.look()
    here = local_path(request.form.get("here", "")) or f"/emails/{key}/edit"
    try:
        if desk.read_draft(parts.ground, "email", key).published is not None and not may(member.role, "publisher"):
            return done(parts, here, "Nothing was changed: it is live. Ask a publisher to put it away.")
        shelving.put_away(parts.ground, key, member.email, at)
    except Missing:
        abort(404)
    except (InUse, Conflict) as error:
        return done(parts, here, f"Nothing was changed: {error}.")
    return done(parts, "/emails", Toast(f"{said(key)} was put away.", f"/emails/{key}/bring-back", "Bring it back"))


def files_of(text: str) -> dict[str, str]:
    """Take an email's text apart into its files; none where it cannot be read."""
    try:
        return unfold(text)
    except ValueError:
        return {}
