"""Reasons are said with the names that staff know, and nothing else in them is touched."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nurture.web.console.words import Namer
from tests.sqlite import SqliteFiles
from tests.web.harbour import harbour_at, prepare


@pytest.fixture
def namer(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Namer]:
    with (
        sqlite_files.database(prepare) as url,
        harbour_at(url, tmp_path) as opened,
        opened.parts.ground.sessions.read() as session,
    ):
        yield Namer(opened.parts.ground.shelf.playbook(session))


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("waits up to 2 days: first_source: not reached", "waits up to 2 days: Data connected: not reached"),
        ("the stage is assessing, not at_risk", "the stage is Assessing, not At risk"),
        ("rests while they walk get-help", "rests while they walk Get help"),
        ("signed_up", "Signed up"),
        ("they replied to first_source@example.com", "they replied to first_source@example.com"),
        ("see https://harbour.example/at-risk/first_source", "see https://harbour.example/at-risk/first_source"),
        ("the welcome was accepted", "the welcome was accepted"),
        ("not-at-risk, first_sources", "not-at-risk, first_sources"),
        ("the stage is nowhere", "the stage is nowhere"),
        ("", ""),
    ],
)
def test_a_reason_names_what_it_is_about(namer: Namer, reason: str, said: str) -> None:
    assert namer.because(reason) == said
