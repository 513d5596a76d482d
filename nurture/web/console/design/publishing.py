"""Publish, from the console: what it would do, with every choice shown before it is made; and ten minutes to undo it.

One page for every kind of document, and for several together.  A form carries `token`, what was seen, and `shown`, the
choice it was seen for: nobody publishes something else than they were shown.
"""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote

from flask import Blueprint, Response, request

from nurture.engine.plan import Misrouted
from nurture.engine.problem import Problem, Unsound
from nurture.flow.drafts import companions
from nurture.flow.ground import Moment
from nurture.flow.publish import Choices, Impact, TooLate, Undone, impact, publish, undo_publish
from nurture.parts import Parts
from nurture.store import documents, drafts, publishing
from nurture.store.drafts import Draft
from nurture.store.session import Conflict
from nurture.web.console.access import signed_in
from nurture.web.console.cookies import local_path
from nurture.web.console.design.choosing import PER_HOUR, SPREADS, Chosen, read_chosen
from nurture.web.console.design.desk import name_of
from nurture.web.console.design.drafting import PLACES, opened
from nurture.web.console.design.effects import scaled
from nurture.web.console.design.outcome import meanwhile, moved_since, page_of
from nurture.web.console.design.trees import title_of
from nurture.web.console.frame import Toast
from nurture.web.console.page import done, show
from nurture.web.console.zone import clockface

Name = tuple[str, str]
SEVERAL = "/publish"
LONGEST_NOTE = 2000
QUICK, THOROUGH = 120, 600  # people who are asked while somebody waits for the page; all of fewer
AT_ONCE = 500  # people who are moved while somebody waits for the page; the others follow, batch by batch
NAMED = 5  # people who are called by name in one sentence


class Bundle(NamedTuple):
    """What is to go live together.

    drafts: those asked for.  texts: theirs, and those of new documents that they name.  action: the page's address.
    """

    drafts: tuple[Draft, ...]
    texts: Mapping[Name, str]
    action: str
    back: str

    @property
    def names(self) -> tuple[str, ...]:
        """The documents asked for, as an address names them; none where the address does so by itself."""
        return tuple(f"{one.kind}/{one.key}" for one in self.drafts) if self.action == SEVERAL else ()


def add_publishing(pages: Blueprint, parts: Parts) -> None:
    """Add `/documents/<kind>/<key>/publish`, `/publish` for several, and `/playbook/<n>/undo`."""

    @pages.get("/documents/<kind>/<key>/publish")
    def publish_seen(kind: str, key: str) -> Response:
        return _seen(parts, _single(parts, kind, key))

    @pages.post("/documents/<kind>/<key>/publish")
    def published(kind: str, key: str) -> Response:
        return _published(parts, _single(parts, kind, key))

    @pages.get("/publish")
    def several_seen() -> Response:
        return _seen(parts, _several(parts, request.args.getlist("document")))

    @pages.post("/publish")
    def several_published() -> Response:
        return _published(parts, _several(parts, request.form.getlist("document")))

    @pages.post("/playbook/<int:n>/undo")
    def publish_undone(n: int) -> Response:
        return _undone(parts, n)


def _single(parts: Parts, kind: str, key: str) -> Bundle:
    draft, _ = opened(parts, kind, key)
    place = PLACES.get(kind, "/documents/{kind}/{key}/text").format(kind=kind, key=key)
    return _bundle(parts, (draft,), f"/documents/{kind}/{key}/publish", place)


def _several(parts: Parts, asked: list[str]) -> Bundle:
    with parts.ground.sessions.read() as session:
        found = drafts.being_written(session)
    return _bundle(parts, tuple(one for one in found if f"{one.kind}/{one.key}" in asked), SEVERAL, "/journeys")


def _bundle(parts: Parts, chosen: tuple[Draft, ...], action: str, back: str) -> Bundle:
    texts = {(one.kind, one.key): one.text for one in chosen}
    with parts.ground.sessions.read() as session:
        for one in chosen:
            texts = companions(session, one.kind, one.key, one.text) | texts
    return Bundle(chosen, texts, action, back)


def _seen(parts: Parts, bundle: Bundle) -> Response:
    chosen = read_chosen(request.args, bundle.names)
    return _shown(parts, bundle, chosen, parts.look(), note=request.args.get("note", "")[:LONGEST_NOTE])


def _shown(
    parts: Parts,
    bundle: Bundle,
    chosen: Chosen,
    at: Moment,
    status: int = 200,
    *,
    note: str = "",
    error: str = "",
    news: tuple[str, ...] | None = None,
) -> Response:
    """Show what a publish would do, by this choice.  news: what has changed since it was looked at, if that is why."""
    found, problems = _looked(parts, bundle, chosen.choices(), at)
    page = page_of(parts, bundle.drafts, bundle.texts, chosen, found, problems)
    if news is not None:
        news = (*news, *moved_since(page, request.form.get("token", "")))
    return show(
        "design/publish.html",
        parts,
        at,
        status,
        nav=page.nav,
        clock=clockface(parts, at),
        bundle=bundle,
        chosen=chosen,
        page=page,
        several=bundle.action == SEVERAL,
        per_hour=PER_HOUR,
        spreads=SPREADS,
        scaled=scaled,
        name_of=name_of,
        note=note,
        error=error,
        news=news,
    )


def _looked(parts: Parts, bundle: Bundle, choices: Choices, at: Moment) -> tuple[Impact | None, tuple[Problem, ...]]:
    """Ask what a publish would do; None where it must not be, and why."""
    if not any(one.open for one in bundle.drafts):
        return None, ()
    try:
        walked = any(kind == "journey" for kind, _ in bundle.texts)
        found = impact(parts.ground, bundle.texts, choices, at, sample=QUICK if walked else THOROUGH)
    except Unsound as error:
        return None, error.problems
    except Misrouted:  # the step somebody was to go to is gone from the draft: as it would be without a choice
        return _looked(parts, bundle, choices._replace(reroute={}), at)
    return found, found.change.advice


def _published(parts: Parts, bundle: Bundle) -> Response:
    """Publish what was shown; where something else was chosen since, or has changed, show that first."""
    at, form = parts.look(), request.form
    chosen, note = read_chosen(form, bundle.names), form.get("note", "").strip()[:LONGEST_NOTE]
    if form.get("look") or chosen.said != form.get("shown"):
        return _look_first(parts, bundle, chosen, note)
    if not note:
        return _shown(parts, bundle, chosen, at, 422, error="Say in a few words what is different, for your colleagues")
    actor, people = signed_in().member.email, chosen.choices(form.get("token", ""))._replace(at_once=AT_ONCE)
    try:
        change = publish(parts.ground, bundle.texts, actor, note, at, people=people)
    except Conflict:
        news = meanwhile(parts, bundle.drafts, form)
        return _shown(parts, bundle, chosen, at, 409, note=note, news=news)
    except (Unsound, Misrouted):
        return _shown(parts, bundle, chosen, at, 422, note=note)
    return done(parts, bundle.back, _told(parts, bundle, change.revision))


def _look_first(parts: Parts, bundle: Bundle, chosen: Chosen, note: str) -> Response:
    query = "&".join(part for part in (chosen.said, f"note={quote(note)}" if note else "") if part)
    address = f"{bundle.action}?{query}" if query else bundle.action
    asked = (
        ""
        if request.form.get("look")
        else "You chose otherwise since: this is what it would do. Nothing was published."
    )
    return done(parts, address, asked)


def _told(parts: Parts, bundle: Bundle, revision: int) -> Toast:
    """Say what was published, and offer to take it back."""
    named = [f"{name_of(one)} v{one.becomes}" for one in bundle.drafts]
    with parts.ground.sessions.read() as session:
        moved, found = publishing.moved_by(session, revision), publishing.publication(session, revision)
    body = found.body if found is not None else {}
    text = f"Published: {', '.join(named)}."
    text += f" {moved:,} inside {_by(moved, 'walks', 'walk')} the new version now." if moved else ""
    text += " The others follow in the next minutes." if "moving" in body else ""
    text += f" Those outside come in {_pace(body.get('per_hour'))}." if "entering" in body else ""
    fields = {"here": bundle.back}
    return Toast(f"{text} For ten minutes it can be undone.", f"/playbook/{revision}/undo", "Undo publish", fields)


def _by(number: int, one: str, many: str) -> str:
    """Choose the words for one, or for more."""
    return one if number == 1 else many


def _pace(per_hour: int | None) -> str:
    return "in the next minutes" if per_hour is None else f"from now on, at most {per_hour:,} an hour"


def _undone(parts: Parts, n: int) -> Response:
    at, here = parts.look(), local_path(request.form.get("here", "")) or "/journeys"
    try:
        undone = undo_publish(parts.ground, n, signed_in().member.email, at)
    except TooLate as error:
        return show(
            "design/too_late.html",
            parts,
            at,
            409,
            nav="",
            clock=clockface(parts, at),
            error=error,
            back=here,
            documents=_published_in(parts, n),
        )
    return done(parts, here, _taken_back(undone))


def _published_in(parts: Parts, n: int) -> list[tuple[str, str, str]]:
    """The documents of a publish, by kind, key and name, for whoever would roll them back."""
    with parts.ground.sessions.read() as session:
        found = publishing.publication(session, n)
        _, texts = documents.published(session)
    names = [(kind, key) for kind, key, _ in found.body.get("before", ())] if found is not None else []
    return [(*name, title_of(name[1], texts[name][1] if name in texts else "")) for name in names]


def _taken_back(undone: Undone) -> str:
    parts = ["The publish is undone: the text before it is live again, and what you wrote is a draft."]
    if undone.restored:
        parts.append(f"{undone.restored:,} {_by(undone.restored, 'stands', 'stand')} where they stood.")
    if undone.ended:
        parts.append(f"{undone.ended:,} who {_by(undone.ended, 'was let in is', 'were let in are')} outside again.")
    if undone.letters:
        parts.append(f"{undone.letters:,} {_by(undone.letters, 'letter was', 'letters were')} taken back in time.")
    if undone.moved_on:
        named = ", ".join(email for email, _ in undone.moved_on[:NAMED])
        more = f" and {len(undone.moved_on) - NAMED} more" if len(undone.moved_on) > NAMED else ""
        parts.append(f"Moved on by themselves since, and left as they are: {named}{more}.")
    return " ".join(parts)
