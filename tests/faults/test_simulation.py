"""Lives by seed, in which everything goes wrong that can: nothing is lost, doubled, late or stuck in any of them."""

import os
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from time import monotonic

import pytest

from nurture.flow.ground import Shelf
from tests.conftest import Databases
from tests.faults.simulation import Kept, Life, lived
from tests.stories.town import founded


class Lives:
    """Seeds of one kind of database."""

    def __init__(self, databases: Databases, folder: Path) -> None:
        self.databases, self.folder, self.shelf, self.kept = databases, folder, Shelf(), Kept()

    def of(self, seed: int, people: int, days: int) -> Life:
        with self.databases.database(founded) as url:
            return lived(seed, url, self.folder, people=people, days=days, shelf=self.shelf, kept=self.kept)


@pytest.fixture
def lives(databases: Databases, tmp_path: Path) -> Lives:
    return Lives(databases, tmp_path)


def test_nothing_is_lost_doubled_late_or_stuck_in_any_life(lives: Lives) -> None:
    found = {seed: lives.of(seed, people=8, days=12) for seed in range(4)}

    assert {seed: life.violations for seed, life in found.items() if life.violations} == {}
    assert sum(life.letters for life in found.values()) > 40
    assert sum((life.points for life in found.values()), Counter()).total() > 40


def test_the_same_seed_is_the_same_life(lives: Lives) -> None:
    one, again, other = lives.of(7, 5, 6), lives.of(7, 5, 6), lives.of(8, 5, 6)

    assert one.trace == again.trace != other.trace


def as_long_as_there_is_time() -> Iterator[int]:
    give_up_at = monotonic() + 60 * float(os.environ.get("MINUTES", "10"))
    for seed in count(int(os.environ.get("SEED", "1000"))):
        if monotonic() > give_up_at:
            return
        yield seed


@pytest.mark.campaign
def test_as_many_lives_as_there_is_time_for(lives: Lives) -> None:
    points, letters, seeds = Counter[str](), 0, 0
    for seed in as_long_as_there_is_time():
        life = lives.of(seed, people=20, days=30)
        assert life.violations == [], f"seed {seed}"
        points, letters, seeds = points + life.points, letters + life.letters, seeds + 1
        if seed % 20 == 0:
            assert lives.of(seed, people=20, days=30).trace == life.trace, f"seed {seed} is not the same again"

    rare = [f"{point}: {times}" for point, times in sorted(points.items()) if times < 20]
    print(f"{seeds} lives, {letters} letters, {points.total()} faults at {len(points)} fail-points; below 20: {rare}")  # noqa: T201
