"""A town: one installation with everything real but time, which moves only when told, and SendGrid, which is our own.

ada = town.signs_up("ada", role="developer", zone="Europe/Berlin")
town.passes(days=3)
assert ada.letters == ["welcome"]
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nurture.channels.email import open_provider
from nurture.channels.email.links import Links
from nurture.engine.simulate import TOLD
from nurture.flow import feedback, handover, intake, tick
from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.handover import Post
from nurture.flow.intake import Newcomer, Report
from nurture.flow.letters import Composer
from nurture.flow.publish import go_on, publish, publish_first
from nurture.flow.why import why
from nurture.settings import ROOT
from nurture.store import claims, customers, migrate
from nurture.store.messages import queued
from nurture.store.schema import moment
from nurture.store.session import Sessions
from tests.fake_sendgrid import FakeSendGrid

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
KEYS = ("a secret for the town alone",)
URL = "http://127.0.0.1:8000"
FAR = timedelta(days=100_000)


def founded(url: str) -> None:
    """Bring a database to the newest schema, with the first-run playbook published."""
    migrate.upgrade(url)
    sessions = Sessions(url)
    publish_first(Ground(sessions, Shelf(), Seals(KEYS)), ROOT, Moment(MONDAY, MONDAY))
    sessions.close()


class Person:
    """One customer of the town, as a test speaks of them."""

    def __init__(self, town: "Town", customer_id: str, email: str, user_id: str | None) -> None:
        self.town, self.id, self.email, self.user_id = town, customer_id, email, user_id

    @property
    def row(self) -> customers.Customer:
        with self.town.ground.sessions.read() as session:
            found = customers.find(session, self.id)
        assert found is not None
        return found

    @property
    def stage(self) -> str:
        return self.row.stage

    @property
    def stages(self) -> list[str]:
        with self.town.ground.sessions.read() as session:
            return [change.to for change in customers.stage_history(session, self.id)]

    @property
    def letters(self) -> list[str]:
        """The steps whose letters SendGrid accepted, by its own ledger, in order."""
        return [line.categories[0].split(".")[1] for line in self.town.sendgrid.ledger if line.to == self.email]

    @property
    def texts(self) -> dict[str, str]:
        """The plain text of each letter, by step, links left out: they are everybody's own."""
        lines = [line for line in self.town.sendgrid.ledger if line.to == self.email]
        return {
            line.categories[0].split(".")[1]: re.sub(r"https?://\S+", "", line.body["content"][0]["value"])
            for line in lines
        }

    @property
    def moments(self) -> list[datetime]:
        """When those letters were handed over, in life time."""
        return self.town.sent_at[self.email]

    def does(self, event: str, **properties: Any) -> None:
        self.town.hears(Report(event, self.town.now, self.user_id, self.email, properties=properties))

    def why(self, step: str | None, journey: str | None = None) -> tuple[str, str]:
        told = why(self.town.ground, self.id, journey, step, self.town.now)
        return told.outcome, told.sentence

    def transcript(self, journey: str) -> list[tuple[Any, ...]]:
        """What was decided about them in a journey, as it was written down."""
        with self.town.ground.sessions.read() as session:
            rows = session.rows(
                "SELECT at, body FROM decisions WHERE customer_id = :id ORDER BY at, n", {"id": self.id}
            )
        notes = [(at, note) for at, body in rows for note in json.loads(body)]
        return [
            (moment(at), note.get("step"), note["do"], note["because"], note.get("about"), note.get("until"))
            for at, note in notes
            if note.get("journey") == journey and note["do"] in TOLD
        ]

    def unsubscribes(self, scope: str = feedback.EVERYTHING) -> None:
        assert feedback.unsubscribe(self.town.ground, self.id, scope, "unsubscribed by link", self.town.look())


class Town:
    """One installation whose time moves when told."""

    def __init__(self, url: str, sendgrid: FakeSendGrid, start: datetime = MONDAY) -> None:
        self.now = self.machine = start
        self.sendgrid = sendgrid
        self.url = url
        self.ground = Ground(Sessions(url), Shelf(), Seals(KEYS))
        self.sent_at: dict[str, list[datetime]] = {}
        provider = open_provider("sendgrid:", sendgrid_key=sendgrid.key, sendgrid_base_url=sendgrid.url)
        self.post = Post(provider, Composer(Links(URL, KEYS), URL), "town")

    def look(self) -> Moment:
        return Moment(self.now, self.machine)

    def signs_up(self, name: str, *, zone: str | None = None, locale: str | None = None, **traits: Any) -> Person:
        newcomer = Newcomer(
            f"u-{name}", f"{name}@customer.example", self.now, "signups", f"s-{name}-{self.now}", zone=zone,
            locale=locale, traits={"name": name.title(), **traits},
        )  # fmt: skip
        welcome = intake.sign_up(self.ground, newcomer, self.look())
        self.carries_the_post()
        return Person(self, welcome.customer_id, newcomer.email, newcomer.user_id)

    def hears_of(self, name: str, **traits: Any) -> Person:
        newcomer = Newcomer(None, f"{name}@customer.example", self.now, "leads", "", traits=traits)
        welcome = intake.capture_lead(self.ground, newcomer, self.look())
        self.carries_the_post()
        return Person(self, welcome.customer_id, newcomer.email, None)

    def hears(self, *reports: Report) -> intake.Receipt:
        receipt = intake.take_events(self.ground, reports, "events", self.look())
        self.carries_the_post()
        return receipt

    def publishes(self, texts: Mapping[tuple[str, str], str]) -> None:
        publish(self.ground, texts, "a test", "", self.look())

    def passes(self, **span: float) -> None:
        """Let time pass, stopping at every moment at which something is due."""
        end = self.now + timedelta(**span)
        while (due := self._next()) is not None and due <= end:
            self._moves_to(max(self.now, due))
            self.beats()
        self._moves_to(end)

    def sleeps(self, **span: float) -> None:
        """Let time pass while nothing runs: an outage."""
        self._moves_to(self.now + timedelta(**span))

    def beats(self) -> None:
        """Settle whatever is due now, and hand over whatever is queued."""
        ground, at = self.ground, self.look()
        while tick.tick(ground, at) or go_on(ground, at) or tick.catch_up(ground, at):
            pass
        self.carries_the_post()

    def carries_the_post(self) -> None:
        before = len(self.sendgrid.ledger)
        handover.hand_over(self.ground, self.post, self.look)
        for line in self.sendgrid.ledger[before:]:
            self.sent_at.setdefault(line.to, []).append(self.now)

    def _moves_to(self, moment: datetime) -> None:
        self.machine += moment - self.now
        self.now = moment

    def _next(self) -> datetime | None:
        with self.ground.sessions.read() as session:
            due = claims.oldest_due(session, self.now + FAR)
            waiting = queued(session, self.now + FAR, self.machine + FAR, 1)
        return min((at for at in (due, *(one.not_before for one in waiting)) if at is not None), default=None)

    def close(self) -> None:
        self.post.close()
        self.ground.sessions.close()


@contextmanager
def a_town(url: str, folder: Path, start: datetime = MONDAY) -> Iterator[Town]:
    """Open a town over a prepared database, with a SendGrid of its own."""
    with FakeSendGrid(folder / "ledger") as sendgrid:
        town = Town(url, sendgrid, start)
        yield town
        town.close()
