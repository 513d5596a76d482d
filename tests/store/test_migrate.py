"""A database that came by its migrations is the one that schema.py describes, on both kinds, however often."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from nurture.store import documents, migrate
from nurture.store.schema import metadata
from nurture.store.session import Conflict, Sessions, driver_url
from tests.conftest import Databases
from tests.sqlite import SqliteFiles
from tests.store.rows import MONDAY


def described(url: str) -> dict[str, Any]:
    """Every table as the database itself describes it: columns, keys, checks and indexes."""
    engine = create_engine(driver_url(url))
    look = inspect(engine)
    tables = {
        table: {
            "columns": [
                (one["name"], str(one["type"]), one["nullable"], one["default"]) for one in look.get_columns(table)
            ],
            "primary key": look.get_pk_constraint(table)["constrained_columns"],
            "foreign keys": in_order(look.get_foreign_keys(table)),
            "unique": in_order(look.get_unique_constraints(table)),
            "checks": in_order(look.get_check_constraints(table)),
            "indexes": in_order(look.get_indexes(table)),
        }
        for table in look.get_table_names()
        if table != "alembic_version"
    }
    engine.dispose()
    return tables


def in_order(parts: list[Any]) -> list[str]:
    return sorted(said(part) for part in parts)


def said(part: Any) -> str:
    """A part in words: a condition by its text, not by where it lies in memory."""
    if isinstance(part, dict):
        return ", ".join(f"{name}: {said(value)}" for name, value in sorted(part.items()))
    return str(part)


def test_the_migrations_lead_to_the_schema(databases: Databases) -> None:
    with databases.database(migrate.upgrade) as migrated, databases.database() as created:
        engine = create_engine(driver_url(created))
        metadata.create_all(engine)
        engine.dispose()

        assert described(migrated) == described(created)
        assert len(described(migrated)) == len(metadata.tables)


def test_a_database_is_current_once_it_is_upgraded_and_may_be_again(fresh_database_url: str) -> None:
    with closing(Sessions(fresh_database_url)) as sessions:
        before = migrate.current(fresh_database_url), migrate.is_current(sessions)
        for _ in range(2):
            migrate.upgrade(fresh_database_url)

        assert before == (None, False)
        assert migrate.current(fresh_database_url) == migrate.head()
        assert migrate.is_current(sessions)


def test_an_older_database_is_not_current(database_url: str) -> None:
    with closing(Sessions(database_url)) as sessions:
        sessions.write(lambda session: session.run("UPDATE alembic_version SET version_num = '0000'"))

        assert not migrate.is_current(sessions)


def test_several_processes_may_upgrade_at_once(fresh_database_url: str) -> None:
    with ThreadPoolExecutor(max_workers=3) as threads:
        list(threads.map(migrate.upgrade, [fresh_database_url] * 3))

    assert migrate.current(fresh_database_url) == migrate.head()


def test_the_head_read_from_file_names_is_alembics_own(sqlite_files: SqliteFiles) -> None:
    with sqlite_files.database() as url, migrate._connected(url) as connection:
        assert ScriptDirectory.from_config(migrate.config(connection)).get_heads() == [migrate.head()]


def test_on_sqlite_rows_that_would_point_at_nothing_stop_an_upgrade(sqlite_files: SqliteFiles) -> None:
    with sqlite_files.database(migrate.upgrade) as url:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            file.execute("INSERT INTO attempts (message_id, n, started_at) VALUES ('msg_nobody', 1, 0)")
            file.commit()

        with pytest.raises(ValueError, match="a row of attempts would point at no row of messages"):
            migrate.upgrade(url)


def test_a_saved_revision_never_changes(sessions: Sessions) -> None:
    sessions.write(lambda session: documents.save(session, "journey", "first-win", "steps: []", "ada", "", MONDAY))

    for change in ("text = 'another'", "n = 2", "sha256 = 'another'"):
        with pytest.raises(Conflict, match="never changes"):
            sessions.write(lambda session, change=change: session.run(f"UPDATE revisions SET {change}"))  # type: ignore[misc]
