"""The databases that tests are lent are real, empty or prepared, and nobody else's."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from tests.conftest import Databases


def ask(url: str, *statements: str) -> list[Any]:
    """Run the statements in one transaction each; answer the rows of the last one."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as lite:
            return [lite.execute(statement) for statement in statements][-1].fetchall()
    with psycopg.connect(url, autocommit=True) as post:
        *before, last = statements
        for statement in before:
            post.execute(statement.encode())
        return post.execute(last.encode()).fetchall()


def test_a_database_is_empty_at_first(fresh_database_url: str) -> None:
    rows = ask(fresh_database_url, "CREATE TABLE walls (colour text)", "SELECT * FROM walls")

    assert rows == []


def test_what_one_test_writes_no_other_reads(databases: Databases) -> None:
    with databases.database() as one, databases.database() as other:
        ask(one, "CREATE TABLE walls (colour text)", "SELECT 1")
        rows = ask(other, "CREATE TABLE walls (colour text)", "SELECT * FROM walls")

    assert rows == []


def test_a_preparation_is_done_once_and_lent_many_times(databases: Databases) -> None:
    asked = []

    def paint(url: str) -> None:
        asked.append(url)
        ask(url, "CREATE TABLE walls (colour text)", "INSERT INTO walls VALUES ('ochre')", "SELECT 1")

    for _ in range(2):
        with databases.database(paint) as url:
            rows = ask(url, "INSERT INTO walls VALUES ('teal')", "SELECT colour FROM walls ORDER BY colour")
            assert [tuple(row) for row in rows] == [("ochre",), ("teal",)]

    assert len(asked) == 1


def test_nothing_is_left_of_a_database_after_its_test(databases: Databases) -> None:
    with databases.database() as url:
        ask(url, "CREATE TABLE walls (colour text)", "SELECT 1")

    assert gone(url)


def gone(url: str) -> bool:
    """Whether nobody answers at this address any more."""
    if url.startswith("sqlite"):
        return not Path(url.removeprefix("sqlite:///")).exists()
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError as refusal:
        return "does not exist" in str(refusal)
    return False
