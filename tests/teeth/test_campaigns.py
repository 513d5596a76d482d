"""A campaign goes on where it stopped, and with the seed that it failed on."""

from itertools import islice
from pathlib import Path

from tests.campaign import Campaign


def test_each_run_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    first, second = (Campaign("lives", 0, tmp_path / "var" / "prove.json") for _ in range(2))
    other = Campaign("kills", 0, tmp_path / "var" / "prove.json")

    assert [list(first.seeds()), list(second.seeds()), list(other.seeds())] == [[0], [1], [0]]
    assert "1 seeds, 0 violations" in second.says()


def test_a_seed_that_failed_comes_again(tmp_path: Path) -> None:
    failed, again = (Campaign("lives", 60, tmp_path / "prove.json") for _ in range(2))
    seeds = failed.seeds()

    assert list(islice(seeds, 3)) == [0, 1, 2]
    assert next(again.seeds()) == 2


def test_what_was_kept_and_cannot_be_read_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "prove.json").write_text("{")

    assert list(Campaign("lives", 0, tmp_path / "prove.json").seeds()) == [0]
