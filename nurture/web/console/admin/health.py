"""Is it well: what stands between us and our work, how late anybody is, and who was set aside."""

from datetime import datetime

from flask import Blueprint, Response

from nurture.engine.duration import in_words
from nurture.engine.local import zone_for
from nurture.flow.publish import standings
from nurture.parts import Parts
from nurture.store import claims, messages, migrate, today
from nurture.web.console.admin.tabs import tabs
from nurture.web.console.page import Clockface, show
from nurture.web.console.words import Namer


def add_health(pages: Blueprint, parts: Parts) -> None:
    """Add `/settings/health`."""

    @pages.get("/settings/health", endpoint="health")
    def looked() -> Response:
        at = parts.look()
        with parts.ground.sessions.read() as session:
            playbook = parts.ground.shelf.playbook(session)
            due = claims.oldest_due(session, at.now)
            queued = messages.oldest_queued(session, at.machine)
            trouble = today.trouble(session, at.now - today.HOUR * 24)
            badly = [one for one in standings(session, at) if one.level != "fine"]
        return show(
            "admin/health.html",
            parts,
            at,
            nav="settings",
            tabs=tabs("health"),
            clock=Clockface(zone_for(playbook.policy.window, None), at.now),
            due=_late(due, at.now),
            queued=_late(queued, at.machine),
            trouble=trouble,
            badly=[(Namer(playbook).journey(one.journey), one) for one in badly],
            schema=migrate.head(),
            database=parts.ground.sessions.dialect,
            revision=playbook.revision,
        )


def _late(since: datetime | None, until: datetime) -> str:
    """How late, in words; '' where nobody waits, or for less than a minute."""
    late = until - since if since is not None else None
    return in_words(late) if late is not None and late.total_seconds() >= 60 else ""
