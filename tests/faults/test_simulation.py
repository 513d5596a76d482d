"""Lives by seed, in which everything goes wrong that can: nothing is lost, doubled, late or stuck in any of them."""

from collections import Counter
from pathlib import Path

import pytest

from nurture.flow.ground import Shelf
from tests.campaign import Campaign
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


@pytest.mark.campaign
def test_as_many_lives_as_there_is_time_for(lives: Lives, campaign: Campaign) -> None:
    points = Counter[str]()
    for seed in campaign.seeds():
        life = lives.of(1_000 + seed, people=20, days=30)
        assert life.violations == [], f"seed {seed}"
        points += life.points
        campaign.counted.update({"letters": life.letters, "faults": life.points.total()})
        if seed % 20 == 0:
            again = lives.of(1_000 + seed, people=20, days=30)
            assert again.trace == life.trace, f"seed {seed} is not the same again"
            campaign.counted["lives lived twice, the same way"] += 1
    campaign.counted["fail-points"] = len(points)
    campaign.counted["of them hit 20 times"] = sum(times >= 20 for times in points.values())
