"""The journal: what a restored database would have forgotten, in a file of its own beside the installation's others.

A line is appended and synced after the commit that it tells of, and before anybody hears of it: before the first byte
of a letter leaves, before a stop is acknowledged.  It names ids and seals, never a person or an address.
"""

import os
from collections.abc import Iterator, Sequence
from errno import ENOSPC
from pathlib import Path
from threading import Lock

import orjson

from nurture.store.lines import KINDS, Begun, Line
from nurture.store.transaction import Unavailable


class Unwritten(Unavailable):
    """What was asked for is durable in the database, and the journal could not be told of it."""


class Journal:
    """One file, appended to by every thread and process of one installation on one machine."""

    def __init__(self, file: Path) -> None:
        """Take the file; it and its folder are made with the first line."""
        self.file = file
        self._opening, self._syncing = Lock(), Lock()
        self._opened: int | None = None
        self._written = self._synced = 0  # lots of lines, by this process

    def append(self, lines: Sequence[Line]) -> None:
        """Append lines and return once they are on the disk.  Raises Unwritten where they cannot be."""
        try:
            with self._opening:
                opened = self._open()
                _write(opened, lines)
                self._written += 1
                mine = self._written
            with self._syncing:
                if self._synced < mine:  # else somebody who came later has synced ours along
                    reached = self._written
                    os.fsync(opened)
                    self._synced = reached
        except OSError as error:
            raise Unwritten(f"the journal {self.file} cannot be written: {error.strerror}") from error

    def _open(self) -> int:
        if self._opened is None:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            opened = os.open(self.file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            size = os.fstat(opened).st_size
            if not size:
                _write(opened, [Begun(os.urandom(8).hex())])
                _sync_folder(self.file.parent)
            self._opened = opened
        return self._opened

    def size(self) -> int:
        """How long it is, in bytes: whatever stands before was committed."""
        try:
            return self.file.stat().st_size
        except FileNotFoundError:
            return 0

    def name(self) -> str:
        """Its own id; '' where there is no line yet."""
        first = next(self.lines(0, self.size()), None)
        return first.id if isinstance(first, Begun) else ""

    def lines(self, first: int, end: int) -> Iterator[Line]:
        """Read the lines from one place, in bytes, to another; what is no line of ours is passed over."""
        if end <= first:
            return
        with self.file.open("rb") as opened:
            opened.seek(first)
            while opened.tell() < end and (text := opened.readline()).endswith(b"\n"):
                if (line := _read(text)) is not None:
                    yield line

    def close(self) -> None:
        """Let go of the file."""
        with self._opening:
            if self._opened is not None:
                os.close(self._opened)
                self._opened = None


def _write(opened: int, lines: Sequence[Line]) -> None:
    said = b"".join(
        orjson.dumps({"did": type(line).__name__.lower(), **line._asdict()}, option=orjson.OPT_APPEND_NEWLINE)
        for line in lines
    )
    size = os.fstat(opened).st_size
    if size and os.pread(opened, 1, size - 1) != b"\n":
        said = b"\n" + said  # a power cut or a full disk left half a line, of this process or of another
    if os.write(opened, said) != len(said):
        raise OSError(ENOSPC, os.strerror(ENOSPC))


def _read(text: bytes) -> Line | None:
    try:
        told = orjson.loads(text)
        return KINDS[told.pop("did")](**told)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
