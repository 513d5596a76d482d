"""A town whose SendGrid tells what became of its letters, on both databases."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from nurture.channels.email.links import Links
from nurture.flow.ground import Shelf
from nurture.flow.letters import Composer
from nurture.parts import Parts
from nurture.settings import Settings
from nurture.web import build
from tests.fake_sendgrid import Line
from tests.postgres import Prepare
from tests.sendgrid_events import EventPost
from tests.stories.town import KEYS, URL, Person, Town, a_town, founded


@pytest.fixture(scope="session")
def prepare_database() -> Prepare:
    return founded


@pytest.fixture(scope="session")
def first_playbook() -> tuple[Shelf, Composer]:
    return Shelf(), Composer(Links(URL, KEYS), URL)


@pytest.fixture
def town(database_url: str, tmp_path: Path, first_playbook: tuple[Shelf, Composer]) -> Iterator[Town]:
    with a_town(database_url, tmp_path) as opened:
        shelf, opened.post.composer = first_playbook
        opened.ground = opened.ground._replace(shelf=shelf)
        yield opened


class Hook:
    """The door for SendGrid's events, and SendGrid before it."""

    def __init__(self, town: Town) -> None:
        self.town, self.events = town, EventPost()
        self.client = app_of(town, self.events.public_key).test_client()

    def of(self, person: Person, event: str, **more: Any) -> dict[str, Any]:
        """Tell something, of now, of the newest letter to somebody."""
        return self.events.of(self.letter(person), event, self.town.machine, **more)

    def letter(self, person: Person) -> Line:
        return [line for line in self.town.sendgrid.ledger if line.to == person.email][-1]

    def hears(self, *events: dict[str, Any]) -> TestResponse:
        return self.events.posts(self.client, self.town.machine, *events)


def app_of(town: Town, public_key: str) -> Flask:
    settings = Settings.load({"SENDGRID_WEBHOOK_PUBLIC_KEY": public_key, "NURTURE_PUBLIC_URL": URL})
    secret = "whsec_dGhpcyBpcyBubyByZWFsIHNlY3JldCBhdCBhbGw="
    return build(Parts(settings, town.ground, Links(URL, KEYS), town.look, (secret,), lambda: None))


@pytest.fixture
def hook(town: Town) -> Hook:
    return Hook(town)


def standing(person: Person) -> tuple[Any, ...]:
    """What stands of somebody: how often all was made void, how often they were decided, what their past comes to."""
    with person.town.ground.sessions.read() as session:
        [row] = session.rows(
            "SELECT gen, (SELECT count(*) FROM decisions d WHERE d.customer_id = c.id), facts FROM customers c"
            " WHERE id = :id",
            {"id": person.id},
        )
    return row
