"""Who may come in: the session behind the cookie, the least role of every route, the token of every form.

Deny by default: a route that `LEAST_ROLE` does not name is open to nobody.
"""

from collections.abc import Callable, Mapping
from hmac import compare_digest
from typing import cast
from urllib.parse import quote, urlsplit

from flask import Response, abort, g, redirect, request

from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store import staff
from nurture.store.schema import ROLES
from nurture.store.staff import SignedIn
from nurture.web.console.cookies import cookie_name, drop_cookie
from nurture.web.console.page import show_alone

LEAST_ROLE: Mapping[str, str] = {
    "home": "viewer",
    "today": "viewer",
    "today_seen": "viewer",
    "customers": "viewer",
    "customer": "viewer",
    "why_not": "viewer",
    "customer_stage": "editor",
    "customer_persona": "editor",
    "customer_traits": "editor",
    "steer_hold": "editor",
    "steer_release": "editor",
    "steer_take_over": "editor",
    "steer_skip": "editor",
    "steer_send_now": "editor",
    "steer_start": "editor",
    "steer_remove": "editor",
    "steer_owner": "editor",
    "steer_notes": "editor",
    "their_file": "admin",
    "customer_erase": "admin",
    "customers_file": "editor",
    "import_new": "editor",
    "import_read": "editor",
    "segment_new": "editor",
    "segment_saved": "editor",
    "bulk": "editor",
    "bulk_done": "editor",
    "errands": "viewer",
    "errand": "viewer",
    "errand_stop": "editor",
    "errand_begin": "editor",
    "tasks": "viewer",
    "task_claim": "editor",
    "task_snooze": "editor",
    "task_done": "editor",
    "task": "viewer",
    "feedback": "viewer",
    "feedback_tag": "editor",
    "outbox": "viewer",
    "letter": "viewer",
    "letter_html": "viewer",
    "settings": "viewer",
    "reveal": "admin",
    "health": "viewer",
    "staff": "admin",
    "staff_invite": "admin",
    "staff_reset": "admin",
    "staff_role": "admin",
    "staff_disable": "admin",
    "staff_enable": "admin",
    "staff_factor": "admin",
    "staff_withdraw": "admin",
    "images": "viewer",
    "image_uploaded": "editor",
    "image_dropped": "editor",
    "keys": "admin",
    "key_made": "admin",
    "key_revoked": "admin",
    "suppressed": "viewer",
    "suppression_added": "editor",
    "suppression_lifted": "editor",
    "account": "viewer",
    "account_password": "viewer",
    "account_factor": "admin",
    "sign_out": "viewer",
    "audited": "viewer",
    "audit_file": "viewer",
    "sending_hold": "publisher",
    "sending_resume": "publisher",
    "components": "viewer",
    "themed": "viewer",
    "help": "viewer",
    "emails": "viewer",
    "email_new": "editor",
    "email_made": "editor",
    "email_edit": "viewer",
    "email_changed": "editor",
    "email_put_away": "editor",
    "email_brought_back": "editor",
    "email_readers": "viewer",
    "email_sketched": "editor",
    "email_preview": "viewer",
    "email_tested": "editor",
    "undone": "editor",
    "redone": "editor",
    "discarded": "editor",
    "publish_seen": "editor",
    "published": "publisher",
    "several_seen": "editor",
    "several_published": "publisher",
    "publish_undone": "publisher",
    "journey_versions": "viewer",
    "document_versions": "viewer",
    "version_taken_up": "editor",
    "journey_people": "viewer",
    "journey_way": "viewer",
    "journey_results": "viewer",
    "results_file": "viewer",
    "simulated": "viewer",
    "scenario_kept": "editor",
    "pause_seen": "publisher",
    "paused": "publisher",
    "test_seen": "editor",
    "test_sent": "editor",
    "flow": "viewer",
    "flow_edited": "editor",
    "step_saved": "editor",
    "step_copied": "editor",
    "journeys": "viewer",
    "journey_made": "editor",
    "journey_settings": "viewer",
    "journey_set": "editor",
    "text": "viewer",
    "text_saved": "editor",
    "document_edited": "editor",
    "dry_run_asked": "viewer",
    "lifecycle": "viewer",
    "personas": "viewer",
    "persona": "viewer",
    "milestones": "viewer",
    "policy": "viewer",
    "segments": "viewer",
    "segment_made": "editor",
    "segment": "viewer",
    "segment_put_away": "editor",
    "segment_brought_back": "editor",
    "care_texts": "viewer",
    "care_text_made": "editor",
    "care_text": "viewer",
    "care_text_put_away": "editor",
    "care_text_brought_back": "editor",
}
"""The least role that each route asks for; every greater one may use it too."""

OPEN = frozenset({"asset", "login", "sign_in", "sign_in_code", "sign_in_elsewhere", "sign_in_back", "join", "joined"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def guard(parts: Parts) -> Callable[[], Response | None]:
    """Make what is asked before every page: who is this, may they, and does the form come from us."""

    def let_in() -> Response | None:
        if "\0" in request.path or not all(_is_words(*field) for field in request.values.lists()):
            abort(400)
        endpoint = (request.endpoint or "").removeprefix("console.")
        if endpoint in OPEN:
            return None
        token = request.cookies.get(cookie_name(parts), "")
        found = _behind(parts, token, parts.look()) if token else None
        if found is None:
            return _ask(parts, ended=bool(token))
        g.signed_in = found
        if not may(found.member.role, LEAST_ROLE.get(endpoint)):
            abort(403)
        if request.method not in SAFE and not _ours(parts, found.csrf):
            abort(400)
        return None

    return let_in


def _is_words(name: str | None, texts: list[str]) -> bool:
    """Whether a field has a name, which a part of a multipart body need not have, and can be kept: there is no NUL."""
    return name is not None and "\0" not in "".join((name, *texts))


def signed_in() -> SignedIn:
    """Who is behind this request; only on pages that `guard` has let them in to."""
    return cast(SignedIn, g.signed_in)


def may(role: str, least: str | None) -> bool:
    """Whether a role is at least this one; for a route that names none, nobody's is."""
    return least is not None and ROLES.index(role) >= ROLES.index(least)


def foreign(parts: Parts) -> bool:
    """Whether a browser says that another site sent this form.

    A browser always tells the origin of a form; what tells none is no browser, and no cookie rides with it.
    """
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin != parts.settings.public_url and (urlsplit(origin).netloc or "?") != request.host
    return request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none")


def _behind(parts: Parts, token: str, at: Moment) -> SignedIn | None:
    sessions = parts.ground.sessions
    with sessions.read() as session:
        found = staff.staff_for(session, token, at.machine)
    if found is not None and found.unnoticed:
        sessions.write(lambda session: staff.noticed(session, token, at.machine))
    return found


def _ours(parts: Parts, csrf: str) -> bool:
    return not foreign(parts) and compare_digest(request.form.get("csrf", "").encode(), csrf.encode())


def _ask(parts: Parts, *, ended: bool) -> Response:
    """Send a stranger to the login; tell somebody whose session has ended that it has."""
    here = request.full_path.rstrip("?") if request.method in SAFE else "/"
    if ended or request.method not in SAFE:
        answer = show_alone("signed_out.html", 401, login=f"/login?next={quote(here)}")
        drop_cookie(parts, answer, "")
        return answer
    return cast(Response, redirect(f"/login?next={quote(here)}" if here != "/" else "/login", 303))
