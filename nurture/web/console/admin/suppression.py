"""Whom we must not write to: looked up by address, added by hand, lifted with a reason; addresses are kept as seals."""

from collections.abc import Mapping

from flask import Blueprint, Response, request

from nurture.engine.local import zone_for
from nurture.flow import feedback
from nurture.flow.settle import StillSending
from nurture.parts import Parts
from nurture.store import suppressions
from nurture.store.suppressions import ALL
from nurture.web.console.access import may, signed_in
from nurture.web.console.admin.tabs import tabs
from nurture.web.console.page import Clockface, done, show


def add_suppression(pages: Blueprint, parts: Parts) -> None:
    """Add `/settings/suppression`, and the forms that add and lift one."""

    @pages.get("/settings/suppression", endpoint="suppressed")
    def looked() -> Response:
        return _page(parts, request.args.get("address", "").strip()[:320])

    @pages.post("/settings/suppression")
    def suppression_added() -> Response:
        address, scope = request.form.get("address", "").strip()[:320], request.form.get("scope", ALL)
        reason, at, actor = request.form.get("reason", "").strip()[:200], parts.look(), signed_in().member.email
        try:
            if not reason:
                return _page(parts, address, 422, wrong={"reason": "Say why."})
            feedback.stop_writing(parts.ground, address, scope, reason, actor, at)
        except ValueError as error:
            return _page(parts, address, 422, wrong={"address": f"{error}".capitalize()})
        except StillSending:  # in effect; a letter that was on its way already has not had its answer
            pass
        return done(parts, f"/settings/suppression?address={address}", "We write to this address no more.")

    @pages.post("/settings/suppression/lift")
    def suppression_lifted() -> Response:
        address, scope = request.form.get("address", "").strip()[:320], request.form.get("scope", "")
        reason, at, actor = request.form.get("reason", "").strip()[:200], parts.look(), signed_in().member.email
        if not reason:
            return _page(parts, address, 422, wrong={"lift": "Say who asked for it, and how."})
        try:
            feedback.write_again(parts.ground, address, scope, reason, actor, at)
        except ValueError as error:
            return _page(parts, address, 422, wrong={"address": f"{error}".capitalize()})
        return done(parts, f"/settings/suppression?address={address}", "This address may be written to again.")


def _page(parts: Parts, address: str, status: int = 200, wrong: Mapping[str, str] | None = None) -> Response:
    at, wrong = parts.look(), dict(wrong or {})
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        found: dict[str, str] | None = None
        if address:
            try:
                found = suppressions.reasons(session, parts.ground.seals.email_hash(address))
            except ValueError as error:
                wrong.setdefault("address", f"{error}".capitalize())
        number = suppressions.count(session)
    topics = [(ALL, "Everything")] + [(topic.id, topic.name) for topic in playbook.policy.topics]
    return show(
        "admin/suppression.html",
        parts,
        at,
        status,
        nav="settings",
        tabs=tabs("suppressed"),
        clock=Clockface(zone_for(playbook.policy.window, None), at.now),
        address=address,
        found=found,
        number=number,
        topics=topics,
        names=dict(topics),
        found_topics=[(key, word) for key, word in topics if found and key in found],
        wrong=wrong,
        acts=may(signed_in().member.role, "editor"),
    )
