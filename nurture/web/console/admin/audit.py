"""Who changed what, and when: every act of a person or a key, the newest first; nothing here is ever rewritten."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from nurture.engine.local import instant, zone_for
from nurture.parts import Parts
from nurture.store import audit
from nurture.store.audit import Entry
from nurture.store.session import Session
from nurture.web.console.page import Clockface, show
from nurture.web.console.spreadsheet import table

PAGE = 50
EXPORTED = 10_000  # rows in one file
FILTERS = ("who", "about", "since")
PLACES: Mapping[str, str] = {"cus_": "/customers/{}"}
"""The page of a subject, by how its name begins."""


class Row(NamedTuple):
    """One act, in words.  href: the page of what it was done to, '' where there is none."""

    entry: Entry
    href: str
    before: str
    after: str


def add_audit(pages: Blueprint, parts: Parts) -> None:
    """Add `/audit`, and the same as a file."""

    @pages.get("/audit", endpoint="audited")
    def listed() -> Response:
        return _page(parts)

    @pages.get("/audit.csv")
    def audit_file() -> Response:
        chosen = _chosen()
        with parts.ground.sessions.read() as session:
            since = _since(parts, session, chosen["since"])
            found = audit.entries(session, EXPORTED, who=chosen["who"], about=chosen["about"], since=since)
        return Response(
            _written(found),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
        )


def _page(parts: Parts) -> Response:
    at, chosen, after = parts.look(), _chosen(), request.args.get("after") or None
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        since = _since(parts, session, chosen["since"])
        found = audit.entries(session, PAGE + 1, after, who=chosen["who"], about=chosen["about"], since=since)
        actors = audit.actors(session)
    shown = found[:PAGE]
    more = urlencode({**_said(chosen), "after": shown[-1].id}) if len(found) > PAGE else ""
    return show(
        "admin/audit.html",
        parts,
        at,
        nav="audit",
        clock=Clockface(zone_for(playbook.policy.window, None), at.now),
        rows=[Row(entry, _href(entry.subject), _words(entry.before), _words(entry.after)) for entry in shown],
        chosen=chosen,
        pairs=[(actor, actor) for actor in actors],
        following=f"/audit?{more}" if more else "",
        file=f"/audit.csv?{urlencode(_said(chosen))}",
        narrowed=bool(_said(chosen)),
    )


def _chosen() -> dict[str, str]:
    return {name: request.args.get(name, "").strip()[:200] for name in FILTERS}


def _said(chosen: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in chosen.items() if value}


def _since(parts: Parts, session: Session, day: str) -> datetime | None:
    """The beginning of a day where we are; None where no day was given, or none that there is."""
    try:
        zone = zone_for(parts.ground.shelf.playbook(session).policy.window, None)
        return instant(datetime.fromisoformat(day).date(), time(), zone) if day else None
    except (ValueError, OverflowError):
        return None


def _href(subject: str) -> str:
    """The page of what an act was done to, as far as its name says."""
    return next((place.format(subject) for start, place in PLACES.items() if subject.startswith(start)), "")


def _words(value: Any) -> str:
    """Say what stood before or after: `role: editor`, a list by its words."""
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_words(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(_words(one) for one in value) or "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value is None else str(value)


def _written(entries: Iterable[Entry]) -> str:
    """Write the acts as a file."""
    rows: list[tuple[str, ...]] = [("at", "who", "did", "to", "before", "after")]
    for one in entries:
        told = ("" if value is None else _words(value) for value in (one.before, one.after))
        rows.append((one.at.isoformat(), one.actor, one.act, one.subject, *told))
    return table(rows)
