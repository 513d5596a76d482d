"""Somebody at Harbour who writes an email, and what stands in the database when they have."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nurture.engine.email_pieces import unfold
from nurture.flow.drafts import discard
from nurture.store import documents, drafts
from tests.web.harbour import Harbour
from tests.web.staff import EMAIL, hidden, sign_in

EDIT = "/emails/welcome/edit"
TEST = "/emails/welcome/test-send"


def tidy(house: Harbour) -> None:
    """Have the welcome read as it was published, and the outbox empty."""
    with house.parts.ground.sessions.read() as session:
        draft = drafts.standing(session, "email", "welcome")
    if draft is not None and draft.open:
        discard(house.parts.ground, "email", "welcome", draft.n, EMAIL, house.now)
    for path in house.outbox.glob("*.eml"):
        path.unlink()


def browser(house: Harbour, console: Flask, role: str, email: str) -> FlaskClient:
    """A browser in which somebody of this role has signed in."""
    house.hires(role, email)
    client = console.test_client()
    sign_in(client, email)
    return client


def form(client: FlaskClient, **said: str) -> dict[str, str]:
    """A form of the editor, made from the draft as it stands."""
    page = client.get(f"{EDIT}?variant={said.get('variant', 'email')}").text
    draft = re.findall(r'name="draft" value="(\d+)"', page)[-1]  # an earlier one may stand in what was said last
    return {"csrf": hidden(page, "csrf"), "draft": draft, "variant": "email", **said}


def change(client: FlaskClient, **said: str) -> TestResponse:
    """Send one form of the editor, made from the draft as it stands."""
    return client.post(EDIT, data=form(client, **said))


def files(harbour: Harbour, key: str = "welcome") -> dict[str, str]:
    """The files of an email as it is being written."""
    with harbour.parts.ground.sessions.read() as session:
        draft = drafts.standing(session, "email", key)
    assert draft is not None
    return unfold(draft.text)


def published(harbour: Harbour) -> dict[str, str]:
    with harbour.parts.ground.sessions.read() as session:
        return unfold(documents.published(session)[1]["email", "welcome"][1])


def preview(client: FlaskClient, word: str = "saved", **look: str) -> TestResponse:
    return client.get(f"/emails/welcome/preview/{word}", query_string=look)


def sketch(client: FlaskClient, **said: str) -> dict[str, Any]:
    told: dict[str, Any] = client.post("/emails/welcome/preview", data=form(client, **said)).get_json()
    return told
