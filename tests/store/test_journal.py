"""The journal: lines that are on the disk when they were appended, whoever appends, and whatever cut one short."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nurture.store.journal import Journal, Unwritten
from nurture.store.lines import Begun, Erased, Handed, Lifted, Line, Moved, Suppressed

LINES: list[Line] = [
    Handed("3f", 1, "cus_1", "first-win", 1, "welcome", 0, "onboarding", 1_767_603_600_000_000),
    Suppressed("a1", "all", "recipient: unsubscribed by link", 1_767_603_600_000_001),
    Lifted("a1", "all"),
    Moved("cus_1", "adopted", 1_767_603_600_000_002),
    Erased("cus_1"),
]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal" / "house.jsonl")


def read(journal: Journal) -> list[object]:
    return [*journal.lines(0, journal.size())]


def test_lines_are_read_as_they_were_written(journal: Journal) -> None:
    journal.append(LINES)

    first, *others = read(journal)
    assert isinstance(first, Begun)
    assert first.id == journal.name()
    assert others == LINES


def test_there_is_none_before_its_first_line(journal: Journal) -> None:
    assert (journal.size(), journal.name(), read(journal)) == (0, "", [])


def test_it_is_read_from_where_one_left_off(journal: Journal) -> None:
    journal.append(LINES[:2])
    end = journal.size()
    journal.append(LINES[2:])

    assert [*journal.lines(end, journal.size())] == LINES[2:]
    assert [*journal.lines(0, end)][1:] == LINES[:2]


def test_half_a_line_spoils_none_that_follows(journal: Journal) -> None:
    journal.append(LINES[:1])
    with journal.file.open("ab") as file:
        file.write(b'{"did":"erased","cust')

    journal.append(LINES[1:2])  # the same process, for which the disk was full a moment ago
    with journal.file.open("ab") as file:
        file.write(b'{"did":"erased","cust')
    Journal(journal.file).append(LINES[2:3])

    assert read(journal)[1:] == LINES[:3]


@pytest.mark.parametrize("text", [b"{}\n", b"[]\n", b'{"did":"sang"}\n', b'{"did":"erased","who":"x"}\n', b"\xff\n"])
def test_what_is_no_line_is_passed_over(journal: Journal, text: bytes) -> None:
    journal.append(LINES[:1])
    with journal.file.open("ab") as file:
        file.write(text)

    assert read(journal)[1:] == LINES[:1]


def test_many_threads_append_whole_lines(journal: Journal) -> None:
    other = Journal(journal.file)
    with ThreadPoolExecutor(8) as pool:
        for n in range(200):
            pool.submit((journal, other)[n % 2].append, [Erased(f"cus_{n}"), Erased(f"cus_{n}b")])

    ids = [line.customer_id for line in read(journal)[1:] if isinstance(line, Erased)]
    assert sorted(ids) == sorted(f"cus_{n}{tail}" for n in range(200) for tail in ("", "b"))
    assert all(ids[at + 1] == f"{ids[at]}b" for at in range(0, len(ids), 2))


def test_it_is_its_owners_alone(journal: Journal) -> None:
    journal.append(LINES)

    assert journal.file.stat().st_mode & 0o777 == 0o600
    assert journal.file.parent.stat().st_mode & 0o777 == 0o700


def test_one_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(Unwritten, match="cannot be written"):
        Journal(tmp_path / "file" / "house.jsonl").append(LINES)
