"""A running service: `nurture serve` as an operator starts it, on a faster clock, killed and started again."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple
from uuid import uuid4

from standardwebhooks import Webhook

from nurture.app import Clock
from nurture.store import claims, house
from nurture.store.session import Sessions
from tests.fake_sendgrid import FakeSendGrid

SECRET = "whsec_dGhlIHNlY3JldCBvZiB0aGUgbWFpbiBydW4gYWxvbmU="
CLOCK = Clock()
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
PATIENCE_SECONDS = 60.0
GREETING = "nurture is at "


class Answer(NamedTuple):
    """What a door said.  at: seconds of the monotonic clock, when it had been said."""

    status: int
    body: Any
    at: float


class Service:
    """One installation, its processes, and a product that talks to it."""

    def __init__(self, url: str, folder: Path, sendgrid: FakeSendGrid, speed: float) -> None:
        self.speed, self.folder = speed, folder
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("NURTURE_")},
            "NURTURE_DATABASE_URL": url,
            "NURTURE_VAR": str(folder),
            "NURTURE_MAIL": "sendgrid:",
            "SENDGRID_API_KEY": sendgrid.key,
            "SENDGRID_BASE_URL": sendgrid.url,
            "NURTURE_SIGNUP_SECRET": SECRET,
            "NURTURE_SECRET_KEY": "the secret key of the main run",
            "NURTURE_CLOCK": f"{START:%Y-%m-%dT%H:%M:%SZ}*{speed:g}",
        }
        self._webhook = Webhook(SECRET)
        self.insists_for = PATIENCE_SECONDS
        self.base = ""
        self.port = 0
        self.supervisor: subprocess.Popen[bytes] | None = None

    def starts(self) -> None:
        """Start it, and wait until it says where it is."""
        said = self.folder / "said"
        with said.open("w") as out, (self.folder / "errors").open("a") as errors:
            command = [sys.executable, "-m", "nurture.cli", "serve", "--port", str(self.port)]
            self.supervisor = subprocess.Popen(command, env=self.environ, stdout=out, stderr=errors)
        self.until(lambda: GREETING in said.read_text())
        self.base = said.read_text().partition(GREETING)[2].split()[0]
        self.port = int(self.base.rpartition(":")[2])
        self.until(lambda: self.asks("/readyz").status == 200)

    @property
    def worker(self) -> int:
        """The process that does the work: the supervisor's only child that serves."""
        assert self.supervisor is not None
        children = Path(f"/proc/{self.supervisor.pid}/task/{self.supervisor.pid}/children").read_text().split()
        return next(int(pid) for pid in children if "resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_text())

    def is_killed(self, whom: str) -> None:
        """Kill `supervisor`, `worker` or `both`, without a word, and wait until nobody serves any more."""
        assert self.supervisor is not None
        worker = self.worker
        if whom in ("worker", "both"):
            os.kill(worker, signal.SIGKILL)
        if whom in ("supervisor", "both"):
            self.supervisor.kill()
        self.supervisor.wait(PATIENCE_SECONDS)
        self.until(lambda: not Path(f"/proc/{worker}").exists())
        assert self.asks("/healthz").status == 0

    def stops(self) -> None:
        """Ask it to stop, as an operator does."""
        if self.supervisor is not None and self.supervisor.poll() is None:
            self.supervisor.terminate()
            self.supervisor.wait(PATIENCE_SECONDS)

    def life_at(self, machine: datetime) -> datetime:
        """Which moment of life a moment of the machine was, by the anchor of the first start."""
        if not hasattr(self, "_anchor"):
            sessions = Sessions(self.environ["NURTURE_DATABASE_URL"])
            with sessions.read() as session:
                kept = house.recall(session, "clock")
            sessions.close()
            assert kept is not None
            self._anchor = [datetime.fromisoformat(part) for part in kept.split(" ")[:2]]
        return self._anchor[1] + (machine - self._anchor[0]) * self.speed

    @property
    def now(self) -> datetime:
        """The present moment of life."""
        return self.life_at(CLOCK.machine())

    def until_life(self, moment: datetime) -> None:
        """Wait until life has come to a moment; life runs on by itself."""
        while (left := (moment - self.now).total_seconds() / self.speed) > 0:
            Event().wait(min(left, 0.5))

    def until_settled(self, moment: datetime) -> None:
        """Wait until nobody is due any more who was due by a moment of life."""
        sessions = Sessions(self.environ["NURTURE_DATABASE_URL"])

        def settled() -> bool:
            with sessions.read() as session:
                return claims.oldest_due(session, moment) is None

        self.until(settled)
        sessions.close()

    def told(self, path: str, body: Mapping[str, Any], identity: str | None = None) -> Answer:
        """Deliver a signed webhook, as the product's sender does."""
        content = json.dumps(body)
        identity, sent = identity or f"msg_{uuid4().hex}", CLOCK.machine()
        headers = {
            "content-type": "application/json",
            "webhook-id": identity,
            "webhook-timestamp": str(int(sent.timestamp())),
            "webhook-signature": self._webhook.sign(identity, sent, content),
        }
        return self._open(urllib.request.Request(self.base + path, content.encode(), headers))

    def insists(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Deliver it until it is taken, under one id: what every sender of webhooks does."""
        identity = f"msg_{uuid4().hex}"
        give_up_at = time.monotonic() + self.insists_for
        while (answer := self.told(path, body, identity)).status not in (200, 201, 202):
            assert answer.status in (0, 503), answer
            assert time.monotonic() < give_up_at, answer
            Event().wait(0.1)
        return answer

    def reads(self, path: str) -> str:
        """What stands at an address, as text."""
        with urllib.request.urlopen(self.base + path, timeout=30) as response:
            text: str = response.read().decode()
        return text

    def asks(self, path: str) -> Answer:
        return self._open(urllib.request.Request(self.base + path))

    def _open(self, request: urllib.request.Request) -> Answer:
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                status, content = response.status, response.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        except (OSError, HTTPException):  # refused, reset, cut off: the sender knows nothing
            return Answer(0, None, time.monotonic())
        return Answer(status, json.loads(content or b"null"), time.monotonic())

    def until(self, holds: Any) -> None:
        """Wait until something holds."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < give_up_at, (self.folder / "errors").read_text()[-3000:]
            Event().wait(0.05)
