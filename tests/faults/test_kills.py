"""A service that is killed again and again, at any moment: nothing acknowledged is lost, nothing doubled, nothing late.

The oracle is SendGrid's own ledger and what the product was answered, on one monotonic clock.
"""

import os
import random
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Event, Lock
from typing import NamedTuple

import pytest

from nurture.store import customers
from nurture.store.session import Sessions
from tests.campaign import Campaign
from tests.conftest import Databases
from tests.fake_sendgrid import FakeSendGrid
from tests.postgres import PostgresServer
from tests.stories.service import Service
from tests.stories.town import founded

SPEED = 3_600.0
LONGEST_LIFE = 0.8  # seconds of a service that serves
SENDERS = 4
LONGEST_STOP = 300.0  # seconds: a letter that was in hand at a kill is in doubt for a minute, and so is its stop


class Kills(NamedTuple):
    """What a campaign came to."""

    kills: int
    taken: int
    stopped: int
    letters: int


class Mortal(Service):
    """A service forked from a process that has imported it already."""

    def is_born(self) -> None:
        """Open the socket and the process that will be forked."""
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.base = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        with (self.folder / "errors").open("a") as errors:
            self._zygote = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.zygote", str(self._listening.fileno())],
                env=self.environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                pass_fds=[self._listening.fileno()],
                text=True,
            )
        self.pid = 0

    def starts(self) -> None:
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write("start\n")
        self._zygote.stdin.flush()
        self.pid = int(self._zygote.stdout.readline() or "0")
        assert self.pid, (self.folder / "errors").read_text()[-3000:]

    def dies(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.pid = 0

    def ends(self) -> None:
        """Be gone for good."""
        self._zygote.communicate(timeout=30)
        self._listening.close()


class Product:
    """Whoever signs people up and tells when they leave, and keeps at it until that is acknowledged."""

    def __init__(self, service: Mortal) -> None:
        self.service, self.over, self._lock = service, Event(), Lock()
        self._numbers = count()
        self.taken: set[str] = set()
        self.stopped: dict[str, float] = {}  # when that was answered, in seconds of the monotonic clock

    def keeps_at_it(self) -> None:
        while not self.over.is_set():
            with self._lock:
                n = next(self._numbers)
            who = f"k{n}"
            self.service.insists("/v1/signups", {"user_id": who, "email": f"{who}@customer.example"})
            self.taken.add(who)
            if n % 3 == 0:
                leaving = {"user_id": who, "event": "trial_cancelled", "id": f"e-{who}"}
                self.stopped[who] = self.service.insists("/v1/events", leaving).at
            self.over.wait(0.1)


def killed(databases: Databases, folder: Path, times: Iterator[int], latency: float = 0.0) -> Kills:
    """Kill a service so many times while its product talks to it, and hold what is left against what was answered."""
    kills = 0
    with databases.database(founded) as url, FakeSendGrid(folder / "ledger", latency=latency) as sendgrid:
        service = Mortal(url, folder, sendgrid, SPEED)
        service.insists_for = LONGEST_STOP
        service.is_born()
        product = Product(service)
        try:
            with ThreadPoolExecutor(SENDERS) as pool:
                telling = [pool.submit(product.keeps_at_it) for _ in range(SENDERS)]
                try:
                    for seed in times:
                        service.starts()
                        Event().wait(random.Random(seed).uniform(0, LONGEST_LIFE))
                        service.dies()
                        kills += 1
                    service.starts()
                finally:
                    product.over.set()
                for one in telling:
                    one.result()
            service.until_settled(service.now)
        finally:
            service.ends()
        judged(url, product, sendgrid)
        return Kills(kills, len(product.taken), len(product.stopped), len(sendgrid.ledger))


def judged(url: str, product: Product, sendgrid: FakeSendGrid) -> None:
    ledger = sendgrid.ledger
    accepted = Counter(line.send_id for line in ledger)
    assert [send_id for send_id, times in accepted.items() if times > 1] == []
    who = {line.send_id: line.to.partition("@")[0] for line in ledger}
    late = [line for line in ledger if line.at > product.stopped.get(who[line.send_id], line.at)]
    assert late == []
    sessions = Sessions(url)
    with sessions.read() as session:
        found = {name: customers.find(session, name) for name in product.taken}
        assert [name for name, row in found.items() if row is None] == []
        assert {row.stage for name, row in found.items() if row and name in product.stopped} <= {"terminated"}
        if session.dialect == "sqlite":
            assert session.rows("PRAGMA integrity_check") == [("ok",)]
    sessions.close()


@pytest.mark.timeout(240)
def test_ten_kills_on_postgresql_lose_double_and_delay_nothing(postgres_server: PostgresServer, tmp_path: Path) -> None:
    """The main run has its ten on SQLite."""
    came_to = killed(postgres_server, tmp_path, iter(range(10)))

    assert came_to.kills == 10
    assert came_to.taken > 20
    assert came_to.stopped > 5
    assert came_to.letters > 10


@pytest.mark.campaign
def test_a_service_is_killed_as_often_as_there_is_time_for(
    databases: Databases, tmp_path: Path, campaign: Campaign
) -> None:
    came_to = killed(databases, tmp_path, campaign.seeds(), latency=0.02)

    campaign.counted.update(came_to._asdict())
