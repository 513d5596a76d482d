"""Somebody at Harbour who uses the console, by a browser that the test drives."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from nurture.web import console
from tests.web.harbour import PASSWORD, Harbour

EMAIL = "sam@harbour.example"


def app_of(harbour: Harbour) -> Flask:
    """The console of an installation."""
    return harbour.app(console.blueprint)


def hidden(page: str, name: str) -> str:
    """The value of a hidden field on a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, f"no field {name}"
    return found[1]


def foreign_scripts(page: str) -> list[str]:
    """The scripts of a page that are not our own files: those that somebody wrote into it."""
    return re.findall(r'<script(?! src="/assets/console/)[^>]*>', page)


def sign_in(client: FlaskClient, email: str = EMAIL, password: str = PASSWORD, **said: Any) -> TestResponse:
    """Fill in the login form and send it."""
    headers, following = said.pop("headers", {}), said.pop("next", "")
    knock = hidden(client.get("/login").text, "knock")
    form = {"email": email, "password": password, "knock": knock, "next": following, **said}
    return client.post("/login", data=form, headers=headers)


def signed_in(harbour: Harbour, role: str = "viewer", email: str = EMAIL) -> FlaskClient:
    """A browser in which somebody of this role has signed in."""
    harbour.hires(role, email)
    client = app_of(harbour).test_client()
    assert sign_in(client, email).status_code == 303
    return client
