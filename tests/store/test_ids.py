"""Ids say their noun, are never the same, and sort by birth."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from nurture.store.ids import new_id
from tests.store.rows import MONDAY


def test_an_id_is_a_prefix_and_a_ulid() -> None:
    assert re.fullmatch(r"cus_[0-7][0-9A-HJKMNP-TV-Z]{25}", new_id("cus", MONDAY))


def test_a_ulids_first_ten_characters_are_its_milliseconds() -> None:
    # The example of the ULID specification: 01ARYZ6S41 is 1469918176385.
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=1469918176385)

    assert new_id("evt", at)[4:14] == "01ARYZ6S41"


def test_ids_sort_by_birth_to_the_microsecond() -> None:
    moments = [MONDAY + timedelta(microseconds=step) for step in (0, 1, 2, 999, 1_000, 1_001, 5_000_000)]

    ids = [new_id("msg", at) for at in moments]

    assert ids == sorted(ids)


def test_ids_of_one_moment_differ() -> None:
    assert len({new_id("cus", MONDAY) for _ in range(10_000)}) == 10_000


def test_nothing_was_born_before_1970() -> None:
    with pytest.raises(ValueError, match="1969-12-31"):
        new_id("cus", datetime(1969, 12, 31, tzinfo=UTC))
