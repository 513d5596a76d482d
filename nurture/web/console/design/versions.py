"""Versions of a document: what was live when, by whom, who still walks it; two of them beside each other; and back.

Going back is one more publish: an earlier text becomes the draft, and is looked at like any other before it goes live.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Blueprint, Response, abort, redirect, request

from nurture.flow.drafts import Overtaken
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store import documents, publishing, versions
from nurture.store.documents import Missing
from nurture.store.drafts import Draft
from nurture.store.publishing import GRACE, Publication
from nurture.store.session import Session
from nurture.store.versions import Version, Walked
from nurture.web.console.access import may, signed_in
from nurture.web.console.design.comparing import Compared, compared
from nurture.web.console.design.desk import desk, name_of
from nurture.web.console.design.drafting import PLACES, changed, opened, refused, undoing
from nurture.web.console.page import done, show
from nurture.web.console.words import Namer
from nurture.web.console.zone import clockface

DRAFT = "draft"
"""How an address calls the text that is being written."""
UNPUBLISHED = "an earlier draft"


class Row(NamedTuple):
    """One version in the list.  before: the one that was live before it, None for the first."""

    version: Version
    live: bool
    walked: Walked
    before: Version | None

    @property
    def drains(self) -> bool:
        """Whether it is live no more, and somebody walks it still."""
        return not self.live and self.walked.here > 0


class Beside(NamedTuple):
    """Two texts beside each other.  a, b: what to call them."""

    a: str
    b: str
    compared: Compared


def add_versions(pages: Blueprint, parts: Parts) -> None:
    """Add `/journeys/<key>/versions`, the same for every kind of document, and the way back to an earlier text."""

    @pages.get("/journeys/<key>/versions")
    def journey_versions(key: str) -> Response:
        return _page(parts, "journey", key)

    @pages.get("/documents/<kind>/<key>/versions")
    def document_versions(kind: str, key: str) -> Response:
        if kind == "journey":
            query = request.query_string.decode()
            return redirect(f"/journeys/{key}/versions" + (f"?{query}" if query else ""))  # type: ignore[return-value]
        return _page(parts, kind, key)

    @pages.post("/documents/<kind>/<key>/versions/<int:n>/draft")
    def version_taken_up(kind: str, key: str, n: int) -> Response:
        return _taken_up(parts, kind, key, n)


def versions_of(kind: str, key: str) -> str:
    """The page of a document's versions."""
    return f"/journeys/{key}/versions" if kind == "journey" else f"/documents/{kind}/{key}/versions"


def _page(parts: Parts, kind: str, key: str) -> Response:
    at = parts.look()
    laid = desk(parts, key, at) if kind == "journey" else None
    draft = laid.draft if laid is not None else opened(parts, kind, key).draft
    role = signed_in().member.role
    with parts.ground.sessions.read() as session:
        words = _words(parts, session, draft, at)
    return show(
        "design/versions.html",
        parts,
        at,
        nav={"journey": "journeys", "email": "emails"}.get(kind, kind),
        desk=laid,
        clock=laid.clock if laid is not None else clockface(parts, at),
        draft=draft,
        name=name_of(draft),
        place=PLACES.get(kind, "/documents/{kind}/{key}/text").format(kind=kind, key=key),
        place_here=versions_of(kind, key),
        edits=may(role, "editor"),
        publishes=may(role, "publisher"),
        **words,
    )


def _words(parts: Parts, session: Session, draft: Draft, at: Moment) -> dict[str, Any]:
    namer = Namer(parts.ground.shelf.playbook(session))
    found = versions.versions(session, draft.kind, draft.key)
    walked = versions.walked(session, draft.key, _walkers(namer, draft.key)) if draft.kind == "journey" else {}
    called = {str(one.n): f"v{one.number}" for one in found} | {DRAFT: "the draft"}
    rows = [
        Row(one, one.n == draft.published, walked.get(one.n, Walked()), before)
        for one, before in zip(found, [*found[1:], None], strict=False)  # none of either before the first publish
    ]
    unfinished = publishing.unfinished(session)
    return {
        "rows": rows,
        "choices": [one for one in called.items() if one[0] != DRAFT or draft.open],
        "beside": _beside(session, draft, namer, called),
        "fresh": _fresh(session, draft, at),
        "moving": unfinished is not None and draft.key in unfinished.body.get("versions", {}),
    }


def _walkers(namer: Namer, key: str) -> list[str]:
    """The journeys whose people may walk the steps of this one: itself, and those that take it as a variant."""
    others = (one.journey for one in namer.playbook.pinned.values())
    return [key, *{one.id for one in others if any(variant.journey == key for variant in one.variants)} - {key}]


def _fresh(session: Session, draft: Draft, at: Moment) -> Publication | None:
    """The latest publish, if it concerns this document and can still be undone."""
    latest = publishing.publication(session, documents.revision_number(session))
    if latest is None or latest.revision == 1 or latest.undone_at is not None or at.now > latest.published_at + GRACE:
        return None
    names = {(kind, key) for kind, key, _ in latest.body.get("before", ())}
    return latest if (draft.kind, draft.key) in names else None


def _beside(session: Session, draft: Draft, namer: Namer, called: Mapping[str, str]) -> Beside | None:
    """The two texts that the address asks for by their revisions; None where it asks for none."""
    a, b = request.args.get("a", ""), request.args.get("b", "")
    if not a or not b:
        return None
    old, new = (_text(session, draft, one) for one in (a, b))
    return Beside(
        called.get(a, UNPUBLISHED), called.get(b, UNPUBLISHED), compared(draft.kind, draft.key, old, new, namer)
    )


def _text(session: Session, draft: Draft, which: str) -> str:
    if which == DRAFT:
        return draft.text
    if not which.isascii() or not which.isdigit() or len(which) > 9:
        abort(404)
    try:
        return documents.text_of(session, draft.kind, draft.key, int(which))
    except Missing:
        abort(404)


def _taken_up(parts: Parts, kind: str, key: str, n: int) -> Response:
    """Make an earlier text the draft, and lead on to the page that publishes it."""
    opened(parts, kind, key)
    try:
        with parts.ground.sessions.read() as session:
            text = documents.text_of(session, kind, key, n)
            number = versions.numbers(session, kind, [key]).get((key, n))
        called = f"v{number}" if number else UNPUBLISHED
        draft = changed(parts, kind, key, lambda _: (text, f"made {called} the draft"))
    except (Missing, Overtaken) as error:
        return refused(parts, kind, key, error)
    following = f"/documents/{kind}/{key}/publish" if draft.open else versions_of(kind, key)
    if not draft.open:
        return done(
            parts,
            following,
            f"{called[:1].upper()}{called[1:]} says what is live already; there is nothing to publish.",
        )
    return done(parts, following, undoing(f"The draft says what {called} said; nothing is live yet.", draft))
