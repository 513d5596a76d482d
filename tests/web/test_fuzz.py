"""Whatever is sent to any route: never an answer that is our fault, never a late one, and nothing that stays behind."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from structlog.testing import capture_logs

from nurture.channels.email.links import Links
from nurture.errands import KINDS
from nurture.flow import delivery, errands, publish, sealing, tick
from nurture.flow.ground import Shelf
from nurture.flow.letters import Composer
from nurture.meters import Meters
from tests.campaign import Campaign
from tests.conftest import Databases
from tests.sendgrid_events import EventPost
from tests.web.fuzzer import Fuzzer
from tests.web.harbour import KEYS, URL, Harbour, harbour_at, prepare
from tests.web.product import Product, served

A_ROUND = 500  # requests to one installation, before it is looked over


class Round(NamedTuple):
    """What a round of requests came to."""

    asked: int
    broken: list[str]
    unasked: set[str]


def fuzzed(databases: Databases, folder: Path, seed: int, requests: int) -> Round:
    """Ask a new installation so many times, and look it over afterwards."""
    shelf, composer = Shelf(), Composer(Links(URL, KEYS), URL)  # what is published here is nobody else's
    folder.mkdir()
    with (
        databases.database(prepare) as url,
        harbour_at(url, folder, shelf=shelf, composer=composer) as harbour,
        capture_logs(),  # drawing a traceback with all its values takes seconds
    ):
        events = EventPost()
        settings = harbour.parts.settings.model_copy(update={"sendgrid_webhook_public_key": events.public_key})
        harbour.parts = harbour.parts._replace(settings=settings, meters=Meters())
        harbour.signs_up("ada")
        harbour.signs_up("bo")
        harbour.asks("lea")
        harbour.post()
        product = Product(harbour)
        with served(product) as address:
            fuzzer = Fuzzer(product, address, seed, events)
            fuzzer.looks_around()
            for n in range(requests):
                if n % 60 == 59:
                    fuzzer.goes_on(hours=6)
                fuzzer.asks()
            fuzzer.goes_on(hours=1)
            works_off(harbour)
            fuzzer.goes_on(days=2)
            fuzzer.looks_around()
        return Round(fuzzer.asked, [*fuzzer.broken, *left_behind(harbour)], fuzzer.unasked)


def works_off(harbour: Harbour) -> None:
    """Do whatever was asked for, as the clockwork would."""
    ground, look = harbour.parts.ground, harbour.look
    while tick.tick(ground, look()) or publish.go_on(ground, look()) or tick.catch_up(ground, look()):
        pass
    while errands.run(ground, KINDS, look()):
        pass
    delivery.give_up(ground, look())
    publish.pause_by_reputation(ground, look())
    while sealing.seal(ground):
        pass


def left_behind(harbour: Harbour) -> Iterator[str]:
    """Tell of customers who cannot be decided, of work that broke, and of a database that is not whole."""
    with harbour.parts.ground.sessions.read() as session:
        for who, because in session.rows("SELECT id, due_because FROM customers WHERE failures > 0"):
            yield f"{who} is stuck: {because}"
        for errand, told in session.rows("SELECT id, result FROM errands WHERE state = 'failed'"):
            if "Unfit" not in str(told):  # what cannot be done is said; anything else is our fault
                yield f"{errand} failed: {told}"
    if harbour.url.startswith("sqlite"):
        with closing(sqlite3.connect(harbour.url.removeprefix("sqlite:///"))) as file:
            yield from (f"integrity: {row[0]}" for row in file.execute("PRAGMA integrity_check") if row != ("ok",))


def test_no_request_whatever_breaks_anything_or_stays_behind(databases: Databases, tmp_path: Path) -> None:
    found = fuzzed(databases, tmp_path / "round", 1, 200)

    assert found.broken == []
    assert found.unasked == set()


@pytest.mark.campaign
def test_as_many_odd_requests_as_there_is_time_for(databases: Databases, tmp_path: Path, campaign: Campaign) -> None:
    for seed in campaign.seeds():
        one = fuzzed(databases, tmp_path / f"round-{seed}", 1_000 + seed, A_ROUND)
        assert not one.broken, f"seed {seed}: {one.broken}"
        campaign.counted["requests"] += one.asked
