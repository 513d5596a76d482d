"""Images for emails: uploaded with words for whoever does not see them, drawn anew, and served by their hash."""

from flask import Blueprint, Response, abort, request

from nurture.engine.local import zone_for
from nurture.flow import drawing
from nurture.flow.drawing import NoImage
from nurture.parts import Parts
from nurture.store import images as store
from nurture.store.session import Session
from nurture.web.console.access import may, signed_in
from nurture.web.console.admin.tabs import tabs
from nurture.web.console.page import Clockface, done, show

LONGEST = 200  # characters of a name, and of the words


def add_images(pages: Blueprint, parts: Parts) -> None:
    """Add `/settings/images`, uploading one and dropping one."""

    @pages.get("/settings/images", endpoint="images")
    def listed() -> Response:
        return _page(parts)

    @pages.post("/settings/images")
    def image_uploaded() -> Response:
        upload, alt = request.files.get("image"), request.form.get("alt", "").strip()[:LONGEST]
        decorative = request.form.get("decorative") == "yes"
        if upload is None or not upload.filename:
            return _page(parts, 422, wrong={"image": "Choose a file."}, alt=alt)
        with upload.stream as stream:
            content, name = stream.read(drawing.BYTES + 1), upload.filename[:LONGEST]
        if not alt and not decorative:
            return _page(parts, 422, wrong={"alt": "Say what it shows, or that it only decorates."})
        words = "" if decorative else alt
        try:
            drawing.take_in(parts.ground, content, name, words, signed_in().member.email, parts.look())
        except NoImage as error:
            return _page(parts, 422, wrong={"image": f"Nothing was kept: {error}."}, alt=alt)
        return done(parts, "/settings/images", "The image is kept. Copy its address into an email.")

    @pages.post("/settings/images/<digest>/drop")
    def image_dropped(digest: str) -> Response:
        actor, machine = signed_in().member.email, parts.look().machine

        def act(session: Session) -> bool:
            return store.drop(session, digest, actor, machine)

        if not parts.ground.sessions.write(act):
            abort(404)
        return done(parts, "/settings/images", "The image is dropped; letters that show it show its words.")


def _page(parts: Parts, status: int = 200, *, wrong: dict[str, str] | None = None, alt: str = "") -> Response:
    at = parts.look()
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        found = store.everyone(session)
    return show(
        "admin/images.html",
        parts,
        at,
        status,
        nav="settings",
        tabs=tabs("images"),
        clock=Clockface(zone_for(playbook.policy.window, None), at.machine),
        rows=found,
        base=f"{parts.settings.public_url}/m/",
        wrong=wrong or {},
        alt=alt,
        acts=may(signed_in().member.role, "editor"),
    )
