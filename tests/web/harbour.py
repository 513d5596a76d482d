"""Harbour with its doors open: a database with the first-run playbook, a clock that moves when told, real letters."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask

from nurture.channels.email.letter import Letter
from nurture.channels.email.links import Links, Purpose
from nurture.channels.email.outbox import Outbox
from nurture.channels.email.provider import Verdict
from nurture.engine.snapshot import Fact
from nurture.flow import feedback
from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.handover import Post, hand_over, send_test
from nurture.flow.intake import Newcomer, Report, Welcome, capture_lead, sign_up, take_events
from nurture.flow.letters import Composer
from nurture.flow.publish import publish_first
from nurture.flow.tick import any_due, tick
from nurture.parts import Parts
from nurture.settings import ROOT, Settings
from nurture.store import customers, migrate, staff, timeline
from nurture.store import feedback as said
from nurture.store.claims import set_aside
from nurture.store.feedback import Answer
from nurture.store.session import Sessions
from nurture.store.timeline import Message

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
URL = "http://127.0.0.1:8000"
KEYS = ["a secret for tests alone"]
SIGNUP_SECRET = "whsec_dGhpcyBpcyBubyByZWFsIHNlY3JldCBhdCBhbGw="
PASSWORD = "a long enough password"
# Every installation here has the same playbook, so that it is compiled once; one that has another brings its own two.
SHELF = Shelf()
COMPOSER = Composer(Links(URL, KEYS), URL)


def prepare(url: str) -> None:
    """Bring a database to the newest schema, with the repository's own playbook published."""
    migrate.upgrade(url)
    sessions = Sessions(url)
    publish_first(Ground(sessions, Shelf(), Seals(KEYS)), ROOT, Moment(MONDAY, MONDAY))
    sessions.close()


@cache
def password_hash() -> str:
    """The hash of the PASSWORD: slow by design, so made once."""
    return staff.hash_password(PASSWORD)


class Harbour:
    """One installation, and what a test does to it."""

    def __init__(
        self,
        url: str,
        folder: Path,
        public_url: str = URL,
        mail: str | None = None,
        *,
        shelf: Shelf = SHELF,
        composer: Composer = COMPOSER,
    ) -> None:
        self.composer, self.url = composer, url
        self.now = self.machine = MONDAY
        self.nudges = 0
        self.outbox = folder / "outbox"
        said = {"PUBLIC_URL": public_url, "MAIL": mail or f"outbox:{self.outbox}", "VAR": str(folder)}
        settings = Settings.load({f"NURTURE_{name}": value for name, value in said.items()})
        ground = Ground(Sessions(url), shelf, Seals(KEYS))
        self.parts = Parts(settings, ground, Links(public_url, KEYS), self.look, (SIGNUP_SECRET,), self._nudged)
        self.parts = self.parts._replace(carry=self._carried)

    def look(self) -> Moment:
        return Moment(self.now, self.machine)

    def _nudged(self) -> None:
        self.nudges += 1

    def _carried(self, letter: Letter) -> Verdict:
        post = Post(Outbox(self.outbox), self.composer, "test")
        try:
            return send_test(post, letter)
        finally:
            post.close()

    def app(self, *blueprints: Any) -> Flask:
        """Open these doors."""
        app = Flask("harbour", static_folder=None)
        for blueprint in blueprints:
            app.register_blueprint(blueprint(self.parts))
        return app

    def signs_up(self, name: str, **said: Any) -> Welcome:
        """Sign somebody up as the product would: `ada` is u-ada, ada@example.com."""
        traits = {"name": name.title(), "company": f"{name.title()} Ltd", **said.pop("traits", {})}
        newcomer = Newcomer(f"u-{name}", f"{name}@example.com", self.now, "product", traits=traits, **said)
        return sign_up(self.parts.ground, newcomer, self.look())

    def asks(self, name: str) -> Welcome:
        """Somebody asks about Harbour, without signing up: a lead."""
        lead = Newcomer(None, f"{name}@example.com", self.now, "product", traits={"name": name.title()})
        return capture_lead(self.parts.ground, lead, self.look())

    def sets_aside(self, customer_id: str, because: str) -> None:
        """Have the engine fail on a customer."""
        until = self.now + timedelta(minutes=1)
        self.parts.ground.sessions.write(lambda session: set_aside(session, customer_id, until, because))

    def does(self, name: str, *events: str) -> None:
        """Tell of something that a customer did."""
        reports = [Report(event, self.now, user_id=f"u-{name}") for event in events]
        take_events(self.parts.ground, reports, "product", self.look())
        self.post()

    def answers(self, name: str, survey: str, value: str) -> None:
        """Somebody answers a survey, by the link in a letter."""
        assert feedback.answer(self.parts.ground, self._id(name), survey, value, self.look())

    def answered(self, name: str) -> list[Answer]:
        """What somebody has answered, newest first."""
        with self.parts.ground.sessions.read() as session:
            found = said.answers(session, said.Wanted(), limit=1000).answers
        return [one for one in found if one.customer_id == self._id(name)]

    def _id(self, name: str) -> str:
        with self.parts.ground.sessions.read() as session:
            customer = customers.find(session, f"u-{name}")
        assert customer is not None
        return customer.id

    def pass_time(self, **span: float) -> None:
        """Let time go by hour by hour: whatever becomes due is settled and handed over."""
        end = self.now + timedelta(**span)
        self.post()
        while self.now < end:
            self.now = self.machine = min(self.now + timedelta(hours=1), end)
            while any_due(self.parts.ground, self.look()):
                tick(self.parts.ground, self.look())
            self.post()

    def post(self) -> None:
        """Hand over what is queued, to the outbox."""
        post = Post(Outbox(self.outbox), self.composer, "test")
        hand_over(self.parts.ground, post, self.look)
        post.close()

    def hires(self, role: str, email: str = "sam@harbour.example", name: str = "Sam Field") -> str:
        """Add a member of staff with the PASSWORD of all tests."""
        hashed = password_hash()
        return self.parts.ground.sessions.write(
            lambda session: staff.add(session, email, role, hashed, self.machine, name=name)
        )

    def token(self, purpose: Purpose, customer_id: str, about: str = "") -> str:
        return self.parts.links.token(purpose, customer_id, about)

    def letters(self, customer_id: str) -> list[Message]:
        """The messages of a customer, newest first."""
        with self.parts.ground.sessions.read() as session:
            return timeline.messages_of(session, customer_id)

    def told(self, customer_id: str) -> list[Fact]:
        """What happened to a customer, newest first."""
        with self.parts.ground.sessions.read() as session:
            told = timeline.timeline(session, customer_id, 500)
        return [Fact(entry.what, entry.at, entry.properties) for entry in told.entries if entry.kind == "event"]


@contextmanager
def harbour_at(url: str, folder: Path, **said: Any) -> Iterator[Harbour]:
    """Open an installation, and close it after use."""
    opened = Harbour(url, folder, **said)
    yield opened
    opened.parts.ground.sessions.close()
