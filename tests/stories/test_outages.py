"""A disk that fills up, a PostgreSQL that crashes: what cannot be kept is refused, and it all mends by itself."""

import resource
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from nurture.store import customers
from nurture.store.session import Session, Sessions
from tests.campaign import Campaign
from tests.fake_sendgrid import FakeSendGrid
from tests.postgres import PostgresServer, find_binaries
from tests.sqlite import SqliteFiles
from tests.stories.service import Answer, Service
from tests.stories.town import founded

SPEED = 3_600.0
AT_ONCE = 6
LATENCY_SECONDS = 0.25  # so that letters are on their way when the ground goes
SOON_SECONDS = 10.0  # nobody who asks in an outage waits longer for an answer
Break = Callable[[Service], Callable[[], None]]  # breaks something, and gives what mends it


def full_disk(service: Service) -> Callable[[], None]:
    """No file of the worker can grow any more: its database, its journal, its log."""
    worker, (_, hard) = service.worker, resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (1, hard))

    def mend() -> None:
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (hard, hard))

    return mend


class Day:
    """A service, its product, and everybody who signed up: who was answered how."""

    def __init__(self, service: Service, sendgrid: FakeSendGrid) -> None:
        self.service, self.sendgrid = service, sendgrid
        self.taken: list[str] = []

    def sign_up(self, name: str) -> Answer:
        answer = self.service.told("/v1/signups", self._body(name), f"s-{name}")
        if answer.status == 202:
            self.taken.append(name)
        return answer

    def signs_up(self, name: str) -> None:
        self.service.insists("/v1/signups", self._body(name))
        self.taken.append(name)

    def goes_through(self, outage: Break, name: str, seconds: float) -> None:
        """Lose the ground for a while, with people signing up before it, in it and after it."""
        for n in range(AT_ONCE):
            self.signs_up(f"{name}-before-{n}")
        mend = outage(self.service)
        Event().wait(0.5)  # what was claimed before may still leave
        known, refused, give_up_at = len(self.sendgrid.ledger), 0, monotonic() + seconds
        try:
            while monotonic() < give_up_at:
                asked = monotonic()
                answer = self.sign_up(f"{name}-in-{refused}")
                assert answer.status == 503, answer
                assert answer.at - asked < SOON_SECONDS
                refused += 1
                Event().wait(0.05)
            assert len(self.sendgrid.ledger) == known, "a letter left that was not claimed"
        finally:
            mend()
        for n in range(refused):
            self.signs_up(f"{name}-in-{n}")
        self.signs_up(f"{name}-after")

    def ends_well(self, session: Session) -> None:
        """Everybody who was told yes is known and was welcomed, once, without anybody having mended anything."""
        self.service.until(lambda: {f"{name}@customer.example" for name in self.taken[-3:]} <= self._welcomed().keys())
        assert self.service.asks("/readyz").status == 200
        assert [name for name in self.taken if customers.find(session, name) is None] == []
        twice = [
            send_id for send_id, times in Counter(line.send_id for line in self.sendgrid.ledger).items() if times > 1
        ]
        assert twice == []
        assert max(self._welcomed().values()) == 1
        states = dict(session.rows("SELECT state, COUNT(*) FROM messages GROUP BY state"))
        assert not states.keys() & {"refused", "blocked"}, states
        assert len(self.taken) - len(self._welcomed()) <= states.get("handing", 0) + states.get("unknown", 0)

    def _welcomed(self) -> Counter[str]:
        return Counter(line.to for line in self.sendgrid.ledger if line.categories[0] == "first-win.welcome")

    def _body(self, name: str) -> dict[str, str]:
        return {"user_id": name, "email": f"{name}@customer.example"}


@contextmanager
def a_day(url: str, folder: Path) -> Iterator[Day]:
    with FakeSendGrid(folder / "ledger", latency=LATENCY_SECONDS) as sendgrid:
        service = Service(url, folder, sendgrid, SPEED)
        service.starts()
        try:
            yield Day(service, sendgrid)
        finally:
            service.stops()


def outlived(url: str, folder: Path, outage: Break, times: Iterator[int], seconds: float) -> int:
    """Go through so many outages of one kind, and see that it ends well; returns how many they were."""
    count = 0
    with a_day(url, folder) as day:
        for n in times:
            day.goes_through(outage, f"o{n}", seconds)
            count += 1
        with closing(Sessions(url)) as sessions, sessions.read() as session:
            day.ends_well(session)
            if session.dialect == "sqlite":
                assert session.rows("PRAGMA integrity_check") == [("ok",)]
    return count


def through_crashes(folder: Path, times: Iterator[int], seconds: float) -> int:
    binaries = find_binaries()
    assert binaries is not None
    with PostgresServer(binaries) as server, server.database(founded) as url:

        def crash(_: Service) -> Callable[[], None]:
            server.crashes()
            return server.comes_back

        return outlived(url, folder, crash, times, seconds)


def test_a_disk_that_is_full_refuses_what_it_cannot_keep_and_mends_by_itself(
    sqlite_files: SqliteFiles, tmp_path: Path
) -> None:
    with sqlite_files.database(founded) as url:
        assert outlived(url, tmp_path, full_disk, iter(range(1)), 2.0) == 1


def test_a_postgresql_that_crashes_refuses_and_mends_by_itself(tmp_path: Path) -> None:
    assert through_crashes(tmp_path, iter(range(1)), 2.0) == 1


@pytest.mark.campaign
def test_full_disks_for_as_long_as_there_is_time(sqlite_files: SqliteFiles, tmp_path: Path, campaign: Campaign) -> None:
    with sqlite_files.database(founded) as url:
        campaign.counted["full disks"] = outlived(url, tmp_path, full_disk, campaign.seeds(), 5.0)


@pytest.mark.campaign
def test_crashes_of_postgresql_for_as_long_as_there_is_time(tmp_path: Path, campaign: Campaign) -> None:
    campaign.counted["crashes"] = through_crashes(tmp_path, campaign.seeds(), 5.0)
