"""All sending, paused and taken up again, from whatever page one is on."""

from collections.abc import Callable

from flask import Blueprint, Response, request

from nurture.flow import sending
from nurture.flow.ground import Ground, Moment
from nurture.parts import Parts
from nurture.web.console.access import signed_in
from nurture.web.console.cookies import local_path
from nurture.web.console.page import done


def add_sending(pages: Blueprint, parts: Parts) -> None:
    """Add `/sending/hold` and `/sending/resume`."""

    @pages.post("/sending/hold")
    def sending_hold() -> Response:
        return _acted(parts, sending.hold, "All sending is paused. Letters wait; nothing is lost.")

    @pages.post("/sending/resume")
    def sending_resume() -> Response:
        return _acted(parts, sending.resume, "Sending goes on. What is too late is skipped, as the policy says.")


def _acted(parts: Parts, act: Callable[[Ground, str, Moment], bool], sentence: str) -> Response:
    act(parts.ground, signed_in().member.email, parts.look())
    parts.nudge()
    return done(parts, local_path(request.form.get("here", "")) or "/", sentence)
