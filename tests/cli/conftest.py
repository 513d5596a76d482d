"""The real command, in this process or in one of its own, beside a database that holds the first-run playbook."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner, Result

from nurture import app
from nurture.cli import main
from nurture.parts import Parts
from nurture.settings import Settings
from nurture.store import migrate
from tests.conftest import Databases
from tests.sqlite import SqliteFiles

ROOT = Path(__file__).parents[2]
MONDAY = "2026-01-05T09:00:00Z*1"


class Nurture:
    """An installation as an operator has it: an environment, a folder of its own, and the command."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self.env = {
            "NURTURE_DATABASE_URL": url,
            "NURTURE_VAR": str(folder / "var"),
            "NURTURE_MAIL": f"outbox:{folder / 'outbox'}",
            "NURTURE_CLOCK": MONDAY,
        }

    def __call__(self, *words: str | Path, typed: str | None = None, **env: str) -> Result:
        given = {**self.env, **env}
        return CliRunner().invoke(main, list(map(str, words)), input=typed, env=given, prog_name="nurture")

    def run(self, *words: str | Path) -> "subprocess.CompletedProcess[str]":
        """Run the command as a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "nurture.cli", *map(str, words)],
            cwd=ROOT,
            env={**os.environ, **self.env},
            capture_output=True,
            text=True,
            check=False,
        )

    @contextmanager
    def parts(self) -> Iterator[Parts]:
        """The same installation from the inside."""
        made = app.create_parts(Settings.load(self.env))
        yield made
        made.ground.sessions.close()


@pytest.fixture
def bare(databases: Databases, tmp_path: Path) -> Iterator[Nurture]:
    """Nothing is published yet; on SQLite and on PostgreSQL."""
    with databases.database(migrate.upgrade) as url:
        yield Nurture(url, tmp_path)


def small_project(folder: Path) -> Path:
    """The first-run playbook without most of its journeys and letters: what is quick to compile."""
    for top in ("config", "templates"):
        shutil.copytree(ROOT / top, folder / top)
    for journey in (folder / "config/journeys").glob("*.yaml"):
        if journey.stem != "first-win":
            journey.unlink()
    text = (folder / "config/journeys/first-win.yaml").read_text()
    for email in (folder / "templates/emails").glob("[!_]*"):
        if f"email: {email.name}" not in text:
            shutil.rmtree(email)
        for variant in email.glob("*.md") if email.name != "welcome" else ():
            if variant.stem != "email":
                variant.unlink()
    return folder


def stock(url: str) -> None:
    """Bring a database up to date, and publish the small playbook."""
    with TemporaryDirectory() as folder:
        made = Nurture(url, Path(folder))
        assert made("db", "upgrade").exit_code == 0
        assert made("apply", small_project(Path(folder) / "project")).exit_code == 0


def stock_all(url: str) -> None:
    """Bring a database up to date, and publish the whole first-run playbook."""
    with TemporaryDirectory() as folder:
        made = Nurture(url, Path(folder))
        assert made("db", "upgrade").exit_code == 0
        assert made("apply", ROOT / "config", ROOT / "templates").exit_code == 0


@pytest.fixture
def stocked(databases: Databases, tmp_path: Path) -> Iterator[Nurture]:
    """The small playbook is published; on SQLite and on PostgreSQL."""
    with databases.database(stock) as url:
        yield Nurture(url, tmp_path)


@pytest.fixture
def nurture(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Nurture]:
    """The small playbook is published; on SQLite, for what is the same on both."""
    with sqlite_files.database(stock) as url:
        yield Nurture(url, tmp_path)


@pytest.fixture
def whole(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Nurture]:
    """The whole first-run playbook is published; on SQLite."""
    with sqlite_files.database(stock_all) as url:
        yield Nurture(url, tmp_path)
