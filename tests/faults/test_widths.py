"""However many workers there are, the same letters go to the same people, and caps hold to the letter."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from nurture.flow import intake, tick
from nurture.flow.intake import Report
from tests.fake_sendgrid import FakeSendGrid
from tests.faults.carriers import a_post, at_once, carries, publishes, signs_up
from tests.faults.test_at_most_once import journeys, policy
from tests.postgres import PostgresServer
from tests.stories.town import Town, founded

WORKERS, JOURNEYS = 16, 50


def hands_over(town: Town) -> int:
    with a_post(town, connections=2) as post:
        return carries(town, post)


def test_a_cap_holds_exactly_under_sixteen_workers_and_fifty_journeys(town: Town) -> None:
    """Fifty letters are queued without a cap; then at most two a day may go, whoever hands them over."""
    publishes(town, {**policy("[]"), **journeys(JOURNEYS)})
    signs_up(town, "ada")
    intake.take_events(town.ground, [Report("said_hello", town.now, "u-ada")], "events", town.look())
    publishes(town, policy("[{per: 1d, at_most: 2}]"))

    at_once([partial(hands_over, town)] * WORKERS)
    first = len(town.sendgrid.ledger)
    town.sleeps(days=1)
    at_once([partial(hands_over, town)] * WORKERS)

    assert (first, len(town.sendgrid.ledger)) == (2, 4)


class Wide(Town):
    """A town in which so many workers settle and hand over at the same time."""

    width = 1

    def beats(self) -> None:
        at_once([partial(self._settles)] * self.width)
        self.carries_the_post()

    def _settles(self) -> None:
        while tick.tick(self.ground, self.look()) or tick.catch_up(self.ground, self.look()):
            pass

    def carries_the_post(self) -> None:
        before = len(self.sendgrid.ledger)
        at_once([partial(hands_over, self)] * self.width)
        for line in self.sendgrid.ledger[before:]:
            self.sent_at.setdefault(line.to, []).append(self.now)


PEOPLE = [
    ("ada", "developer", "Europe/Berlin"),
    ("bo", "boss", "America/New_York"),
    ("cy", "admin", "Asia/Kathmandu"),
    ("di", "sales", None),
]
DID = {
    1: ["ada source_connected", "bo ticket_opened", "cy source_connected"],
    2: ["ada report_created", "cy report_shared"],
    4: ["ada report_shared", "bo ticket_solved"],
    9: ["cy subscription_started", "di trial_cancelled"],
}


@contextmanager
def a_wide_town(url: str, folder: Path, width: int) -> Iterator[Wide]:
    with FakeSendGrid(folder / "ledger") as sendgrid:
        town = Wide(url, sendgrid)
        town.width = width
        yield town
        town.close()


def written(url: str, folder: Path, width: int) -> Counter[Any]:
    """Who gets which letters on which day in twelve days of this town."""
    with a_wide_town(url, folder, width) as town:
        people = {name: town.signs_up(name, zone=zone, role=role) for name, role, zone in PEOPLE}
        for day in range(12):
            for did in DID.get(day, ()):
                name, _, event = did.partition(" ")
                people[name].does(event)
            town.passes(days=1)
        return Counter((line.to, line.categories[0]) for line in town.sendgrid.ledger)


def test_one_two_and_eight_workers_write_the_same_letters(postgres_server: PostgresServer, tmp_path: Path) -> None:
    told = []
    for width in (1, 2, 8):
        (tmp_path / str(width)).mkdir()
        with postgres_server.database(founded) as url:
            told.append(written(url, tmp_path / str(width), width))

    assert told[0] == told[1] == told[2]
    assert len(told[0]) > 15
    assert set(told[0].values()) == {1}
