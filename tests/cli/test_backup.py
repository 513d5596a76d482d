"""`nurture db backup`: a copy that is whole, its owner's alone, and never in the place of something else."""

import sqlite3
from contextlib import closing
from pathlib import Path

from nurture.store.session import Sessions
from tests.cli.conftest import Nurture


def tables(file: Path) -> int:
    with closing(sqlite3.connect(file)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return int(opened.execute("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0])


def test_a_copy_is_whole_and_its_owners_alone(nurture: Nurture, tmp_path: Path) -> None:
    file = tmp_path / "kept.db"
    database = Path(nurture.env["NURTURE_DATABASE_URL"].removeprefix("sqlite:///"))

    answer = nurture("db", "backup", file)

    assert (answer.exit_code, answer.output) == (0, f"{file}: {file.stat().st_size} bytes.\n")
    assert tables(file) == tables(database) > 10
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_stands_there_already_is_not_written_over(nurture: Nurture, tmp_path: Path) -> None:
    file = tmp_path / "kept.db"
    file.write_text("something else")

    answer = nurture("db", "backup", file)

    assert answer.exit_code == 2
    assert "exists already" in answer.output
    assert file.read_text() == "something else"


def test_a_folder_that_is_not_there_is_told(nurture: Nurture, tmp_path: Path) -> None:
    answer = nurture("db", "backup", tmp_path / "nowhere" / "kept.db")

    assert answer.exit_code == 2
    assert "could not be written" in answer.output


def test_a_postgresql_is_copied_by_its_own_tool(nurture: Nurture, tmp_path: Path) -> None:
    answer = nurture("db", "backup", tmp_path / "kept", NURTURE_DATABASE_URL="postgresql://127.0.0.1:1/none")

    assert answer.exit_code == 2
    assert "pg_dump" in answer.output


def test_a_database_of_a_newer_version_is_refused_by_everybody_in_one_sentence(stocked: Nurture) -> None:
    with closing(Sessions(stocked.env["NURTURE_DATABASE_URL"])) as sessions:
        sessions.write(lambda session: session.run("UPDATE alembic_version SET version_num = '0099'"))

    for words in (("db", "upgrade"), ("doctor",), ("export", "nowhere")):
        answer = stocked(*words)
        assert answer.exit_code in (1, 2)
        assert "stands at 0099, which a newer nurture made" in answer.output
    served = stocked.run("serve", "--port", "0")
    assert "nurture cannot start: the database stands at 0099" in served.stderr
