"""A real PostgreSQL for the tests: one cluster a session, one template a preparation, one database a test.

The cluster listens on a unix socket in a folder of its own and on no port, so any number of sessions run side by side.
It lives as long as the session's end of a pipe: killed or finished, the cluster stops and its folder goes.
"""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg.sql import SQL, Identifier

Prepare = Callable[[str], None]
"""Given the URL of an empty database, make it what tests want to find (migrate it, say), and let go of it."""

# fsync off: what a power cut does is not asked here, and a test database is not kept.
SETTINGS = {"listen_addresses": "''", "fsync": "off", "full_page_writes": "off", "max_connections": "200"}

# "ready" is the only thing said on stdout. Then `cat` waits until the other end of the pipe is gone.
LIFE = """
trap '"$1/pg_ctl" --pgdata="$2/data" --mode=immediate stop >/dev/null 2>&1; rm -rf "$2"' EXIT
{
    "$1/initdb" --pgdata="$2/data" --username=nurture --auth=trust --encoding=UTF8 --locale=C --no-sync &&
    cat "$2/settings" >>"$2/data/postgresql.conf" &&
    "$1/pg_ctl" --pgdata="$2/data" --log="$2/log" --wait --timeout=60 start
} >"$2/start" 2>&1 || { cat "$2/start" "$2/log" >&2; exit 1; }
echo ready
cat >/dev/null
"""


def find_binaries() -> Path | None:
    """Find the folder that holds initdb, pg_ctl and postgres: on PATH, or where Debian keeps its newest version."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True
    )
    for folder in [*map(Path, os.get_exec_path()), *debian]:
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    return None


def _unprivileged() -> str | None:
    """Name whom to run as: PostgreSQL refuses root, so root steps aside for `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


class PostgresServer:
    """A cluster of its own, up between enter and exit."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        # A short path: a unix socket's name holds about a hundred bytes.
        self._folder = Path(tempfile.mkdtemp(prefix="nurture-pg-"))
        self._numbers = itertools.count(1)
        self._templates: dict[Prepare | None, str] = {None: "template0"}

    def __enter__(self) -> Self:
        settings = SETTINGS | {"unix_socket_directories": f"'{self._folder}'"}
        (self._folder / "settings").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
        owner = _unprivileged()
        if owner:
            shutil.chown(self._folder, owner)
        self._life = subprocess.Popen(
            ["/bin/sh", "-c", LIFE, "sh", str(self._binaries), str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
            user=owner,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            start_new_session=True,  # an interrupt at the keyboard is for the tests, not for the cluster
        )
        assert self._life.stdout is not None
        if self._life.stdout.readline() != "ready\n":
            raise RuntimeError(f"PostgreSQL from {self._binaries} did not start; it said why on stderr.")
        self._admin = psycopg.connect(self.url("postgres"), autocommit=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._admin.close()
        self._life.communicate()

    def url(self, name: str) -> str:
        """Address the database of this name, as NURTURE_DATABASE_URL takes it."""
        return f"postgresql://nurture@/{name}?host={self._folder}"

    def crashes(self) -> None:
        """Stop it as a crash does: nobody is asked, nothing is tidied up."""
        self._ctl("--mode=immediate", "stop")

    def comes_back(self) -> None:
        """Start it again after a crash."""
        self._ctl(f"--log={self._folder / 'log'}", "--wait", "start")
        self._admin.close()
        self._admin = psycopg.connect(self.url("postgres"), autocommit=True)

    def _ctl(self, *words: str) -> None:
        subprocess.run(
            [self._binaries / "pg_ctl", f"--pgdata={self._folder / 'data'}", "--silent", *words],
            check=True,
            cwd="/",
            user=_unprivileged(),
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    @contextmanager
    def database(self, prepare: Prepare | None = None) -> Iterator[str]:
        """Lend the URL of a new database, prepared, and drop it afterwards, whoever is still connected."""
        template = self._template(prepare)
        name = f"test_{next(self._numbers)}"
        self._create(name, template)
        try:
            yield self.url(name)
        finally:
            self._admin.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    def _template(self, prepare: Prepare | None) -> str:
        """Name the database that `prepare` has prepared, preparing it the first time it is asked for."""
        if prepare not in self._templates:
            assert prepare is not None
            name = f"template_{next(self._numbers)}"
            self._create(name, "template0")
            prepare(self.url(name))
            self._templates[prepare] = name
        return self._templates[prepare]

    def _create(self, name: str, template: str) -> None:
        self._admin.execute(
            SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(Identifier(name), Identifier(template))
        )
