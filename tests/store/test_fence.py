"""Whoever finds the fence free knows that nobody is sending: any process may hold it, and it dies with its own."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from zlib import crc32

import psycopg
import pytest

from nurture.settings import ROOT
from nurture.store.fence import FILES, FileFence
from nurture.store.session import Sessions, Unavailable
from tests.postgres import PostgresServer
from tests.store.until import until

HOLDING = """
import sys
from nurture.store.session import Sessions
Sessions(sys.argv[1]).fence.hold(["ada", "bo"])
print("holding", flush=True)
sys.stdin.read()
"""


def test_what_is_held_is_not_free_until_it_is_released_as_often(sessions: Sessions) -> None:
    fence, free = sessions.fence, []
    fence.hold(["ada", "bo", "ada"])
    for released in ([], ["ada"], ["ada"], ["bo"]):
        fence.release(released)
        free.append(fence.free(["ada", "bo", "cem"]))

    assert free == [{"cem"}, {"cem"}, {"ada", "cem"}, {"ada", "bo", "cem"}]


def test_many_senders_hold_one_fence(database_url: str) -> None:
    with closing(Sessions(database_url)) as one, closing(Sessions(database_url)) as other:
        one.fence.hold(["ada"])
        other.fence.hold(["ada"])
        one.fence.release(["ada"])

        assert one.fence.free(["ada"]) == set()
        other.fence.close()
        assert one.fence.free(["ada"]) == {"ada"}


def test_a_fence_dies_with_its_process(sessions: Sessions, database_url: str) -> None:
    command = [sys.executable, "-c", HOLDING, database_url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        held = sessions.fence.free(["ada", "bo"])
        holder.kill()
        holder.wait()

    assert held == set()
    until(lambda: sessions.fence.free(["ada", "bo"]) == {"ada", "bo"})  # PostgreSQL takes a moment to notice


def test_a_hundred_holds_are_let_go_of(sessions: Sessions) -> None:
    names = [f"customer {n}" for n in range(100)]

    sessions.fence.hold(names)
    sessions.fence.release(names)

    assert sessions.fence.free(names) == set(names)


def test_who_cannot_hold_all_holds_none(tmp_path: Path) -> None:
    for name in range(FILES):
        (tmp_path / f"{name:04}").mkdir()
    ada = tmp_path / f"{crc32(b'ada') % FILES:04}"
    ada.rmdir()
    fence = FileFence(tmp_path)

    with pytest.raises(IsADirectoryError):
        fence.hold(["ada", "ada", "bo"])

    assert fence.free(["ada"]) == {"ada"}


def test_a_broken_session_is_replaced(postgres_server: PostgresServer) -> None:
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    with postgres_server.database() as url, closing(Sessions(url)) as sessions:
        sessions.fence.hold(["ada"])
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(f"{ended} AND pid <> pg_backend_pid()")
        sessions.fence.hold(["bo"])
        free = sessions.fence.free(["ada", "bo"])
        sessions.fence.release(["ada", "bo"])

        assert free == {"ada"}


def test_a_database_that_is_away_is_said_to_be(postgres_server: PostgresServer) -> None:
    with closing(Sessions(postgres_server.url("nowhere"))) as sessions:
        for asked in (sessions.fence.hold, sessions.fence.free):
            with pytest.raises(Unavailable):
                asked(["ada"])
