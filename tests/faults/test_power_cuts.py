"""The power is cut at any moment: whatever was acknowledged is on the disk, and the database is whole."""

import pickle
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from tests.campaign import Campaign
from tests.faults.power import Disk, Step, disks
from tests.sqlite import SqliteFiles
from tests.stories.town import founded

CUTS = 100
MARKS = {
    "customer": "SELECT ext_id FROM customers",
    "event": "SELECT ext_id FROM events",
    "stop": "SELECT email_hash FROM suppressions",
    "left": "SELECT send_id FROM messages WHERE state <> 'queued'",
}


class Worked:
    """A log of the house at work, and what stood before it."""

    def __init__(self, files: SqliteFiles, folder: Path, synchronous: str) -> None:
        self.folder = folder
        with files.database(founded) as url:
            database = Path(url.removeprefix("sqlite:///"))
            with closing(sqlite3.connect(database)) as opened:
                opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.before = {database.name: database.read_bytes()}
            command = [sys.executable, "-m", "tests.faults.power", str(database), str(folder / "log"), synchronous]
            subprocess.run(command, check=True)
        self.log = [Step(*step) for step in pickle.loads((folder / "log").read_bytes())]  # noqa: S301 - our own

    def cut(self, seed: int, times: int) -> Counter[str]:
        """Cut the power so many times, and count what was not as it must be: by mark, and `corrupt`."""
        dice = Random(seed)
        cuts = sorted(dice.sample(range(1, len(self.log)), times))
        wrong = Counter[str]()
        for disk in disks(self.log, self.before, cuts, dice):
            wrong.update(self.lost(disk))
        return wrong

    def lost(self, disk: Disk) -> list[str]:
        """What a disk lacks of what was acknowledged before its cut."""
        place = self.folder / "disk"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        for name, content in disk.files.items():
            (place / name).write_bytes(content)
        with closing(sqlite3.connect(place / next(iter(self.before)))) as opened:
            try:
                if opened.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                    return ["corrupt"]
                there = {what: {row[0] for row in opened.execute(sql)} for what, sql in MARKS.items()}
            except sqlite3.DatabaseError:
                return ["corrupt"]
        marks = (step for step in self.log[: disk.at] if step.what in MARKS)
        return [step.what for step in marks if step.name not in there[step.what]]


@pytest.fixture
def worked(sqlite_files: SqliteFiles, tmp_path: Path) -> Callable[[str], Worked]:
    return lambda synchronous: Worked(sqlite_files, tmp_path, synchronous)


def test_what_was_acknowledged_survives_the_power(worked: Callable[[str], Worked]) -> None:
    house = worked("FULL")

    marks = [n for n, step in enumerate(house.log) if step.what in MARKS]
    into_the_database = [n for n, step in enumerate(house.log) if step.what == "write" and step.name in house.before]
    assert len(marks) > 100
    assert sum(n < marks[-1] for n in into_the_database) > 100  # what was in the log came over in the middle of it all
    assert house.cut(seed=1, times=CUTS) == {}


def test_a_house_that_does_not_wait_for_the_disk_is_found_out(worked: Callable[[str], Worked]) -> None:
    wrong = worked("NORMAL").cut(seed=1, times=CUTS)

    assert wrong["corrupt"] == 0
    assert wrong["customer"] > 0
    assert wrong["left"] > 0


@pytest.mark.campaign
def test_power_cuts_for_as_long_as_there_is_time(worked: Callable[[str], Worked], campaign: Campaign) -> None:
    house = worked("FULL")
    for seed in campaign.seeds():
        assert house.cut(1_000 + seed, CUTS) == {}, f"seed {seed}"
        campaign.counted["power cuts"] += CUTS
