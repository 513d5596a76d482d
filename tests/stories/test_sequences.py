"""The twelve sequences of docs/sequences.md: what is told there in plain words compiles, and runs."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from nurture.engine.playbook import compile_playbook
from nurture.engine.simulate import newcomer, simulate
from nurture.engine.snapshot import Fact
from nurture.flow.folder import STARTERS, place_of, read_folder
from nurture.settings import ROOT
from tests.stories.lives import letters

PAGE = ROOT / "docs/sequences.md"
SEQUENCES = re.split(r"(?m)^### ", PAGE.read_text())[1:]
BLOCK = re.compile(r"(?ms)^```yaml\n(.+?)^```$")
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def told() -> dict[tuple[str, str], str]:
    """The documents that stand on the page whole; their first line says where they would lie."""
    found = {}
    for text in BLOCK.findall(PAGE.read_text()):
        place = place_of(Path(text.partition("\n")[0].removeprefix("# ")))
        if place is not None:
            found[place[:2]] = text
    return found


TOLD = told()
PLAYBOOK = compile_playbook(1, {key: (1, text) for key, text in (read_folder(ROOT) | TOLD).items()})


def linked(sequence: str) -> Iterator[Any]:
    """What stands in the YAML files that a sequence points to."""
    for name in re.findall(r"\]\(\.\./(config/[^)]+\.yaml)\)", sequence):
        yield YAML(typ="safe").load(ROOT / name)


def within(wanted: Any, found: Any) -> bool:
    """Whether something stands in a document, at any depth; of a mapping, some of its keys suffice."""
    if isinstance(found, dict):
        same = isinstance(wanted, dict) and all(found.get(key) == value for key, value in wanted.items())
        return same or any(within(wanted, inner) for inner in found.values())
    return isinstance(found, list) and any(within(wanted, inner) for inner in found)


def test_there_are_twelve_and_each_is_told_in_plain_words_first() -> None:
    assert [int(sequence.partition(".")[0]) for sequence in SEQUENCES] == list(range(1, 13))
    for sequence in SEQUENCES:
        assert 0 < sequence.find("**In plain words.**") < sequence.find("**In nurture.**")


def test_each_points_to_a_file_or_is_there_whole() -> None:
    without = [one.partition("\n")[0] for one in SEQUENCES if not list(linked(one)) and "# config/journeys/" not in one]

    assert without == []
    assert all((PAGE.parent / name).is_file() for name in re.findall(r"\]\((\.\./[^)]+)\)", PAGE.read_text()))


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda sequence: str(sequence.partition("\n")[0]))
def test_an_excerpt_stands_in_a_file_that_the_sequence_points_to(sequence: str) -> None:
    excerpts = [YAML(typ="safe").load(text) for text in BLOCK.findall(sequence) if not text.startswith("# config/")]
    parts = [part for excerpt in excerpts for part in (excerpt if isinstance(excerpt, list) else [excerpt])]

    assert [part for part in parts if not any(within(part, document) for document in linked(sequence))] == []


@pytest.mark.parametrize("persona", ["kevin", "wilma"])
@pytest.mark.parametrize("journey", sorted(key for kind, key in TOLD if kind == "journey"))
def test_a_journey_on_the_page_runs_to_its_end(journey: str, persona: str) -> None:
    somebody = newcomer(PLAYBOOK, persona, MONDAY, timedelta(days=14))
    script = [
        Fact("plans_viewed", MONDAY + timedelta(days=1)),
        Fact("source_connected", MONDAY + timedelta(days=3)),
        Fact("subscription_started", MONDAY + timedelta(days=6)),
    ]

    life = simulate(PLAYBOOK, somebody, MONDAY, 120, script if journey == "wake-the-silent" else script[:2])

    assert life.ending(journey)[0] in ("finished", "left")
    assert [order for _, order in letters(life) if order.journey == journey]


def test_the_starters_are_told_of() -> None:
    named = set(re.findall(rf"\.\./{STARTERS}/([a-z-]+)/", PAGE.read_text()))

    assert named == {folder.name for folder in (ROOT / STARTERS).iterdir()} - {"advocate-ask", "leaving"}
