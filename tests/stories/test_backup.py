"""Backing up and restoring as the page says it, word by word, around a service that runs."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from nurture.settings import ROOT
from nurture.store.session import Sessions
from tests.conftest import Databases
from tests.fake_sendgrid import FakeSendGrid
from tests.postgres import PostgresServer, find_binaries
from tests.stories.service import Service
from tests.stories.town import founded

PAGE = ROOT / "docs" / "how-to" / "back-up-and-restore.md"


def commands(heading: str) -> list[str]:
    """The blocks of commands under a heading of the page."""
    part = PAGE.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", part, re.DOTALL)


class Operator:
    """Somebody at a shell in the installation's folder, who types what the page says."""

    def __init__(self, folder: Path, url: str, sendgrid: FakeSendGrid) -> None:
        self.folder, self.url, self.sendgrid = folder, url, sendgrid
        (folder / "var").mkdir(exist_ok=True)
        self.service = Service(url, folder / "var", sendgrid, 1)

    def types(self, block: str) -> "subprocess.CompletedProcess[str]":
        binaries = find_binaries()
        tools = [Path(sys.executable).parent, *([(binaries / "pg_ctl").resolve().parent] if binaries else [])]
        path = os.pathsep.join([*map(str, tools), os.environ["PATH"]])
        env = {**self.service.environ, "PATH": path}
        return subprocess.run(
            ["/bin/sh", "-c", block], cwd=self.folder, env=env, capture_output=True, text=True, check=False
        )

    def signs_up(self, name: str) -> None:
        body = {"user_id": f"u-{name}", "email": f"{name}@customer.example"}
        before = len(self.sendgrid.ledger)
        self.service.insists("/v1/signups", body)
        self.service.until(lambda: len(self.sendgrid.ledger) > before)

    def states(self) -> Counter[str]:
        with closing(Sessions(self.url)) as sessions, sessions.read() as session:
            return Counter(row[0] for row in session.rows("SELECT state FROM messages"))


@contextmanager
def an_operator(databases: Databases, folder: Path) -> Iterator[Operator]:
    with FakeSendGrid(folder / "ledger") as sendgrid, databases.database(founded) as lent:
        on_postgres = isinstance(databases, PostgresServer)
        url = lent if on_postgres else f"sqlite:///{folder / 'var' / 'nurture.db'}"
        operator = Operator(folder, url, sendgrid)
        operator.service.starts()
        try:
            yield operator
        finally:
            operator.service.stops()


@pytest.mark.timeout(300)
def test_a_backup_is_taken_and_restored_as_the_page_says(databases: Databases, tmp_path: Path) -> None:
    heading = "PostgreSQL" if isinstance(databases, PostgresServer) else "SQLite"
    back_up, restore = commands(heading)
    [look] = commands("What happens at the next start")
    with an_operator(databases, tmp_path) as operator:
        operator.signs_up("ada")
        taken = operator.types(back_up)
        operator.signs_up("bo")
        operator.service.stops()
        restored = operator.types(restore)
        operator.service.starts()
        after = operator.types(look)
        operator.signs_up("cy")
        operator.service.insists(
            "/v1/signups",
            {"user_id": "u-bo", "email": "bo@customer.example"},
        )
        operator.service.until(lambda: operator.states()["unknown"] == 1)

    assert (taken.returncode, taken.stderr) == (0, "")
    assert restored.returncode == 0, restored.stderr
    assert "all of it is held" in after.stdout
    assert after.returncode == 0, after.stderr
    assert [line.to.partition("@")[0] for line in operator.sendgrid.ledger] == ["ada", "bo", "cy"]
    assert "the database was set back" in (operator.service.folder / "errors").read_text()
