"""Health: whether the process is alive and ready for work, how late it is, and what it has counted."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort

from nurture.flow.ground import Moment
from nurture.meters import CONTENT_TYPE_LATEST, Lateness
from nurture.parts import Parts
from nurture.store import claims, documents, house, messages, migrate
from nurture.store.session import Unavailable
from nurture.web import strict_json


def blueprint(parts: Parts) -> Blueprint:
    """Build /healthz, /readyz and /metrics; they need no key and tell nothing about anybody."""
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def alive() -> Response:
        return strict_json.answer({"status": "alive"})

    @health.get("/readyz")
    def ready() -> Response:
        state = readiness(parts, parts.look())
        return strict_json.answer(state, 200 if state["ready"] else 503)

    @health.get("/metrics")
    def metrics() -> Response:
        if parts.meters is None:
            abort(404)
        return Response(parts.meters.text(lateness(parts, parts.look())), content_type=CONTENT_TYPE_LATEST)

    return health


def lateness(parts: Parts, at: Moment) -> Lateness:
    """Say how the installation stands, in numbers."""
    state = readiness(parts, at)
    try:
        with parts.ground.sessions.read() as session:
            held, clock = house.held(session), house.clock(session)[0]
    except Unavailable:
        held, clock = False, None
    return Lateness(
        state["ready"], state.get("oldest_due_seconds"), state.get("oldest_queued_seconds"), held, clock is not None
    )


def readiness(parts: Parts, at: Moment) -> dict[str, Any]:
    """Say what stands between us and our work.  Lateness in seconds: customers' in life time, mail's in real."""
    try:
        if not migrate.is_current(parts.ground.sessions):
            return _not_ready("the schema is older than this version; run `nurture db upgrade`", database="reachable")
        with parts.ground.sessions.read() as session:
            playbook = documents.revision_number(session)
            due = claims.oldest_due(session, at.now)
            queued = messages.oldest_queued(session, at.machine)
    except Unavailable:
        return _not_ready("the database cannot be reached", database="unreachable")
    state = {
        "database": "reachable",
        "migrations": migrate.head(),
        "playbook": playbook,
        "oldest_due_seconds": _seconds(due, at.now),
        "oldest_queued_seconds": _seconds(queued, at.machine),
    }
    if not playbook:
        return _not_ready("nothing is published; run `nurture apply config templates`", **state)
    return {"ready": True, **state}


def _not_ready(because: str, **state: Any) -> dict[str, Any]:
    return {"ready": False, "because": because, **state}


def _seconds(since: datetime | None, until: datetime) -> float:
    return 0.0 if since is None else max(0.0, (until - since).total_seconds())
