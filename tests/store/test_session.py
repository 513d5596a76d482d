"""What `write` returned is kept, what failed is not, and what is being read does not change under one's eyes."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from contextvars import ContextVar
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import insert, select

from nurture.store import house, schema
from nurture.store.journal import Journal
from nurture.store.lines import Erased
from nurture.store.session import Conflict, Session, Sessions, Unavailable, Unwritten, driver_url
from nurture.store.transaction import psycopg_sql
from tests.postgres import PostgresServer
from tests.sqlite import SqliteFiles
from tests.store.rows import MONDAY, customer


def kept(sessions: Sessions) -> dict[str, str]:
    """Everything in the house's own table."""
    with sessions.read() as session:
        return {row[0]: row[1] for row in session.rows("SELECT name, value FROM house ORDER BY name")}


def test_what_a_write_returned_is_kept(sessions: Sessions) -> None:
    answer = sessions.write(lambda session: house.recall_or(session, "who", "Ada"))

    assert answer == "Ada"
    assert kept(sessions) == {"who": "Ada"}


def test_what_raised_is_not_kept(sessions: Sessions) -> None:
    def act(session: Session) -> None:
        house.remember(session, "who", "Ada")
        raise LookupError("on second thought")

    with pytest.raises(LookupError, match="second thought"):
        sessions.write(act)

    assert kept(sessions) == {}


def test_of_many_writers_at_once_exactly_those_are_kept_that_were_told_so(sessions: Sessions) -> None:
    def act(session: Session, number: int) -> int:
        house.remember(session, f"{number:03}", "written")
        if number % 3 == 0:
            raise LookupError(number)
        return number

    with ThreadPoolExecutor(max_workers=16) as threads:
        told = [threads.submit(sessions.write, lambda session, n=n: act(session, n)) for n in range(200)]
        answers = [one.result() for one in told if one.exception() is None]

    assert answers == [number for number in range(200) if number % 3]
    assert list(kept(sessions)) == [f"{number:03}" for number in answers]


def test_a_unique_key_says_conflict_by_either_way(sessions: Sessions) -> None:
    sessions.write(lambda session: house.remember(session, "who", "Ada"))

    with pytest.raises(Conflict):
        sessions.write(lambda session: session.run("INSERT INTO house (name, value) VALUES ('who', 'Bo')"))
    with pytest.raises(Conflict):
        sessions.write(lambda session: session.execute(insert(schema.house).values(name="who", value="Bo")))
    assert kept(sessions) == {"who": "Ada"}


def test_a_foreign_key_is_watched(sessions: Sessions) -> None:
    with pytest.raises(Conflict):
        sessions.write(
            lambda session: session.run(
                "INSERT INTO attempts (message_id, n, started_at) VALUES (:message, 1, 0)", {"message": "msg_nobody"}
            )
        )


def lives_twice(session: Session) -> None:
    with session.savepoint():
        house.remember(session, "where", "Lisbon")
        session.run("INSERT INTO house (name, value) VALUES ('who', 'Bo')")


def test_what_fails_behind_a_savepoint_is_undone_alone(sessions: Sessions) -> None:
    def act(session: Session) -> None:
        house.remember(session, "who", "Ada")
        with pytest.raises(Conflict):
            lives_twice(session)
        with session.savepoint():
            house.remember(session, "when", "Monday")

    sessions.write(act)

    assert kept(sessions) == {"who": "Ada", "when": "Monday"}


def test_the_journal_is_told_after_the_commit_and_only_then(sessions: Sessions, tmp_path: Path) -> None:
    journal = sessions.journal = Journal(tmp_path / "journal.jsonl")

    def act(session: Session, last: str) -> str:
        house.remember(session, "who", last)
        session.note(Erased(last))
        return house.recall(session, last) or last[10]

    with pytest.raises(IndexError):
        sessions.write(lambda session: act(session, "Bo"))
    sessions.write(lambda session: act(session, "Ada the builder"))

    assert [*journal.lines(0, journal.size())][1:] == [Erased("Ada the builder")]


def test_what_was_undone_alone_is_not_told(sessions: Sessions, tmp_path: Path) -> None:
    journal = sessions.journal = Journal(tmp_path / "journal.jsonl")

    def act(session: Session) -> None:
        session.note(Erased("Ada"))
        with suppress(IndexError), session.savepoint():
            session.note(Erased("Bo"))
            raise IndexError

    sessions.write(act)

    assert [*journal.lines(0, journal.size())][1:] == [Erased("Ada")]


def test_a_journal_that_cannot_be_written_is_told_of_and_the_rest_is_kept(sessions: Sessions, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    sessions.journal = Journal(tmp_path / "file" / "journal.jsonl")

    def act(session: Session) -> None:
        house.remember(session, "who", "Ada")
        session.note(Erased("Ada"))

    with pytest.raises(Unwritten, match="cannot be written"):
        sessions.write(act)

    assert kept(sessions) == {"who": "Ada"}


def test_a_write_inside_a_write_is_refused(sessions: Sessions) -> None:
    with pytest.raises(RuntimeError, match="inside"):
        sessions.write(lambda _: sessions.write(lambda session: house.remember(session, "who", "Ada")))

    sessions.write(lambda session: house.remember(session, "who", "Bo"))
    assert kept(sessions) == {"who": "Bo"}


def test_an_act_sees_the_context_of_who_asked_for_it(sessions: Sessions) -> None:
    caller: ContextVar[str] = ContextVar("caller")

    def asks(name: str) -> str:
        caller.set(name)
        return sessions.write(lambda _: caller.get())

    with ThreadPoolExecutor(max_workers=8) as threads:
        answers = list(threads.map(asks, map(str, range(80))))

    assert answers == [str(number) for number in range(80)]


def test_a_reader_sees_one_moment_to_the_end(sessions: Sessions) -> None:
    sessions.write(lambda session: house.remember(session, "who", "Ada"))
    with sessions.read() as session:
        first = house.recall(session, "who")
        sessions.write(lambda session: house.remember(session, "who", "Bo"))

        assert (first, house.recall(session, "who")) == ("Ada", "Ada")
    assert kept(sessions) == {"who": "Bo"}


def test_a_reader_cannot_write(sessions: Sessions) -> None:
    with sessions.read() as session, pytest.raises((Unavailable, psycopg.errors.ReadOnlySqlTransaction)):
        house.remember(session, "who", "Ada")

    assert kept(sessions) == {}


def test_moments_come_back_aware_and_to_the_microsecond(sessions: Sessions) -> None:
    at = MONDAY.replace(microsecond=123_457)
    sessions.write(lambda session: customer(session, "ada", at))
    with sessions.read() as session:
        (found,) = session.execute(select(schema.customers.c.created_at)).one()

    assert found == at
    assert found.utcoffset().total_seconds() == 0


def test_many_says_the_same_for_each(sessions: Sessions) -> None:
    rows = [{"name": f"{number}%", "value": "10:30:x"} for number in range(3)]

    sessions.write(lambda session: session.many("INSERT INTO house (name, value) VALUES (:name, :value)", rows))
    sessions.write(lambda session: session.many("DELETE FROM house WHERE name = ?", [("0%",), ("2%",)]))
    sessions.write(lambda session: session.many("DELETE FROM house WHERE name = :name", []))

    assert kept(sessions) == {"1%": "10:30:x"}


def test_quotes_and_percents_mean_the_same_to_both_drivers(sessions: Sessions) -> None:
    with sessions.read() as session:
        rows = session.rows("SELECT 'a:b%', '%:x''y', :half || '%' WHERE 7 % 4 = :rest", {"half": "50", "rest": 3})

    assert rows == [("a:b%", "%:x'y", "50%")]


def test_a_statement_is_said_to_psycopg_in_its_own_words() -> None:
    said = psycopg_sql("SELECT :a::text[], 'it''s :not', \":nor\" -- :nor\n, ? WHERE x LIKE '%' AND y % :b = 0")

    assert said == ("SELECT %(a)s::text[], 'it''s :not', \":nor\" -- :nor\n, %s WHERE x LIKE '%%' AND y %% %(b)s = 0")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://h/db", "postgresql+asyncpg://h/db"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="the database must be"):
        Sessions(url)


def test_postgres_goes_by_psycopg_and_keeps_its_password() -> None:
    assert driver_url("postgresql://ada:s%40fe@h/db") == "postgresql+psycopg://ada:s%40fe@h/db"


def test_on_sqlite_a_commit_waits_for_the_disk(sqlite_files: SqliteFiles) -> None:
    asked = ("journal_mode", "synchronous", "foreign_keys")

    def act(session: Session) -> list[object]:
        return [session.rows(f"PRAGMA {name}")[0][0] for name in asked]

    with sqlite_files.database() as url, closing(Sessions(url)) as sessions:
        assert sessions.write(act) == ["wal", 2, 1]


def test_on_sqlite_a_failing_commit_keeps_nothing_and_the_next_one_works(sqlite_files: SqliteFiles) -> None:
    def act(session: Session) -> None:
        session.run("CREATE TABLE one (n INTEGER PRIMARY KEY)")
        session.run("CREATE TABLE two (n INTEGER REFERENCES one DEFERRABLE INITIALLY DEFERRED)")
        session.run("INSERT INTO two VALUES (7)")  # found out only by COMMIT

    with sqlite_files.database() as url, closing(Sessions(url)) as sessions:
        with pytest.raises(Unavailable, match="FOREIGN KEY"):
            sessions.write(act)
        assert sessions.write(lambda session: session.rows("SELECT name FROM sqlite_master")) == []


def test_on_sqlite_a_transaction_that_is_gone_fails_its_group_and_no_later_one(sqlite_files: SqliteFiles) -> None:
    def act(session: Session) -> None:
        session.run("ROLLBACK")  # as SQLite itself does when the disk is full
        raise OSError("no space left")

    with sqlite_files.database() as url, closing(Sessions(url)) as sessions:
        with pytest.raises(Unavailable, match="no space left"):
            sessions.write(act)
        assert sessions.write(lambda session: session.rows("SELECT 1")) == [(1,)]


def test_on_sqlite_a_foreign_writer_makes_it_unavailable_for_as_long_as_it_writes(sqlite_files: SqliteFiles) -> None:
    with sqlite_files.database() as url, closing(Sessions(url)) as sessions:
        sessions.write(lambda session: session.rows("PRAGMA busy_timeout = 0"))
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Unavailable, match="locked"):
                sessions.write(lambda session: session.rows("SELECT 1"))
            other.execute("ROLLBACK")

        assert sessions.write(lambda session: session.rows("SELECT 1")) == [(1,)]


@pytest.fixture
def on_postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty PostgreSQL database, for what SQLite has no word for."""
    with postgres_server.database() as url:
        yield url


def test_on_postgres_a_broken_connection_is_unavailable_once(on_postgres: str) -> None:
    with closing(Sessions(on_postgres)) as sessions:
        (backend,) = sessions.write(lambda session: session.rows("SELECT pg_backend_pid()"))[0]
        with psycopg.connect(on_postgres, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 30000)", (backend,))

        with pytest.raises(Unavailable):
            sessions.write(lambda session: session.rows("SELECT 1"))
        assert sessions.write(lambda session: session.rows("SELECT 1")) == [(1,)]


def test_on_postgres_a_server_that_is_not_there_is_unavailable() -> None:
    with closing(Sessions("postgresql://ada@127.0.0.1:1/none")) as sessions:
        with pytest.raises(Unavailable), sessions.read():
            pass
        with pytest.raises(Unavailable):
            sessions.write(lambda session: session.rows("SELECT 1"))


def test_on_postgres_a_commit_waits_for_the_disk_whatever_the_server_is_set_to(on_postgres: str) -> None:
    with closing(Sessions(f"{on_postgres}&options=-csynchronous_commit%3Doff")) as sessions:
        assert sessions.write(lambda session: session.rows("SHOW synchronous_commit")) == [("on",)]
