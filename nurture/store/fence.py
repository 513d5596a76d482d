"""The fence: who may be sending to a customer at this moment, told by locks that die with their process.

A sender holds it, shared, from before the claim of a letter until its outcome is written. Whoever finds the fence free
knows that no byte leaves any more: a frozen sender still holds it, a killed one holds nothing. Locks stand for a
customer by a hash, so a few customers share one: it may seem held without need, never free without being so.
"""

import fcntl
import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import Protocol
from zlib import crc32

from sqlalchemy import Connection, Engine, TextClause, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from nurture.store.transaction import refuse

FILES = 1024
CLASS = 0x6E74  # "nt": our own range among PostgreSQL's advisory locks


class Fence(Protocol):
    """What both kinds do; the ids are customers'."""

    def hold(self, ids: Sequence[str]) -> None:
        """Hold the fence of each, shared, as often as it is named."""

    def release(self, ids: Iterable[str]) -> None:
        """Let go of what was held, once for each time it is named."""

    def free(self, ids: Collection[str]) -> set[str]:
        """Say for whom nobody, this process included, holds it."""

    def close(self) -> None:
        """Let go of everything."""


class FileFence:
    """Kernel locks on files in one folder, beside the database that they belong to.

    Source: flock(2): a lock belongs to the open file, survives SIGSTOP and ends with the last descriptor.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._held: defaultdict[str, list[int]] = defaultdict(list)

    def hold(self, ids: Sequence[str]) -> None:
        """Open the customer's file anew for each hold, so that each has a lock of its own."""
        held: list[str] = []
        try:
            for one in ids:
                opened = self._locked(one, fcntl.LOCK_SH)
                with self._lock:
                    self._held[one].append(opened)
                held.append(one)
        except OSError:  # a full disk, too many open files: who holds nothing claims nothing
            self.release(held)
            raise

    def release(self, ids: Iterable[str]) -> None:
        """Close the files: the locks go with them."""
        for one in ids:
            with self._lock:
                opened = self._held[one].pop()
                if not self._held[one]:
                    del self._held[one]
            os.close(opened)

    def free(self, ids: Collection[str]) -> set[str]:
        """Try each lock alone, without waiting."""
        return {one for one in ids if self._free(one)}

    def _free(self, one: str) -> bool:
        try:
            os.close(self._locked(one, fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def _locked(self, one: str, how: int) -> int:
        """Open a customer's file with a lock on it; a file that cannot be locked is closed again."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        name = f"{crc32(one.encode()) % FILES:04}"
        opened = os.open(self._folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(opened, how)
        except OSError:
            os.close(opened)
            raise
        return opened

    def close(self) -> None:
        """Close every file that is still open."""
        with self._lock:
            for opened in [one for held in self._held.values() for one in held]:
                os.close(opened)
            self._held.clear()


class PostgresFence:
    """Advisory locks of a session of their own, apart from every transaction.

    With the session its locks are gone while its sender may live on: a letter's lease covers that. A pooler that lends
    sessions by transaction must not stand between. Source: PostgreSQL, "Advisory Locks".
    """

    HOLD = text("SELECT pg_advisory_lock_shared(:class, key) FROM unnest(CAST(:keys AS integer[])) AS key")
    RELEASE = text("SELECT pg_advisory_unlock_shared(:class, key) FROM unnest(CAST(:keys AS integer[])) AS key")
    TRY = text("SELECT pg_try_advisory_xact_lock(:class, key) FROM unnest(CAST(:keys AS integer[])) AS key")

    def __init__(self, engine: Engine) -> None:
        """Take an engine that keeps no connections: the session that holds is opened when first needed."""
        assert isinstance(engine.pool, NullPool)
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._trying = engine
        self._lock = Lock()
        self._session: Connection | None = None

    def hold(self, ids: Sequence[str]) -> None:
        """Hold them in one statement; where the session broke, in a new one."""
        if not ids:
            return
        with self._lock:
            try:
                self._run(self.HOLD, ids)
            except DBAPIError:
                self._forget()
                self._try_again(ids)

    def release(self, ids: Iterable[str]) -> None:
        """Let go in one statement; with a broken session everything is let go of already."""
        named = list(ids)
        with self._lock:
            if not named or self._session is None:
                return
            try:
                self._run(self.RELEASE, named)
            except DBAPIError:
                self._forget()

    def _run(self, sql: TextClause, ids: Sequence[str]) -> None:
        if self._session is None:
            self._session = self._engine.connect()
        self._session.execute(sql, {"class": CLASS, "keys": [_key(one) for one in ids]})

    def _try_again(self, ids: Sequence[str]) -> None:
        try:
            self._run(self.HOLD, ids)
        except DBAPIError as error:
            self._forget()
            refuse(error, self._engine.dialect.loaded_dbapi)

    def _forget(self) -> None:
        if self._session is not None:
            self._session.invalidate()
            self._session.close()
            self._session = None

    def free(self, ids: Collection[str]) -> set[str]:
        """Try each lock in a session of its own, since no session stands in its own way."""
        named = sorted(ids)
        if not named:
            return set()
        try:
            with self._trying.connect() as session:
                answers = session.execute(self.TRY, {"class": CLASS, "keys": [_key(one) for one in named]}).scalars()
                return {one for one, had in zip(named, answers, strict=True) if had}
        except DBAPIError as error:
            refuse(error, self._trying.dialect.loaded_dbapi)

    def close(self) -> None:
        """End the session, and every lock with it."""
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None


def fence_beside(database: Path) -> Path:
    """Name the folder of a SQLite file's fence: `fence-nurture.db`, so that `nurture.db*` is the database alone."""
    return database.with_name(f"fence-{database.name}")


def _key(one: str) -> int:
    """Hash a customer's id into a signed 32-bit integer."""
    return crc32(one.encode()) - 2**31
