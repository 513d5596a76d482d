"""What a disk may hold when the power goes: every write of SQLite is logged, and disks are rebuilt from the log.

`python -m tests.faults.power DATABASE LOG FULL|NORMAL` lets the real house work on a SQLite database, and writes down
every write, truncation and sync that SQLite makes, with marks of what was acknowledged between them.  `disks` gives
what could be left of it: each write since a file's last sync is kept, lost, or cut off after some of its sectors,
whatever became of those before it.
"""

import _sqlite3
import ctypes
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import event

from nurture.channels.email.letter import Letter
from nurture.channels.email.links import Links
from nurture.channels.email.provider import Verdict
from nurture.flow import feedback, handover, intake, tick
from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.handover import Post
from nurture.flow.intake import Newcomer, Report
from nurture.flow.letters import Composer
from nurture.store.session import Sessions
from tests.faults.carriers import Scripted
from tests.stories.town import KEYS, MONDAY, URL

SECTOR = 512
PEOPLE = 40


class Step(NamedTuple):
    """One thing in the log.  what: write, truncate, sync or delete, of a file; or a mark, of what is named there."""

    what: str
    name: str
    offset: int = 0
    content: bytes = b""


METHODS = (
    *("xClose", "xRead", "xWrite", "xTruncate", "xSync", "xFileSize", "xLock", "xUnlock", "xCheckReservedLock"),
    *("xFileControl", "xSectorSize", "xDeviceCharacteristics", "xShmMap", "xShmLock", "xShmBarrier", "xShmUnmap"),
    *("xFetch", "xUnfetch"),
)


class IoMethods(Structure):
    """How one open file is worked.  Source: sqlite3.h, `sqlite3_io_methods`."""

    _fields_ = (("iVersion", c_int), *((name, c_void_p) for name in METHODS))


class OpenFile(Structure):
    """The beginning of every open file.  Source: sqlite3.h, `sqlite3_file`."""

    _fields_ = (("pMethods", POINTER(IoMethods)),)


class Vfs(Structure):
    """The beginning of the way to the system.  Source: sqlite3.h, `sqlite3_vfs`."""

    _fields_ = (
        *(("iVersion", c_int), ("szOsFile", c_int), ("mxPathname", c_int)),
        *(("pNext", c_void_p), ("zName", c_char_p), ("pAppData", c_void_p), ("xOpen", c_void_p), ("xDelete", c_void_p)),
    )


OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(OpenFile), c_int, POINTER(c_int))  # SQLite keeps the name's place
DELETE = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
SYNC = CFUNCTYPE(c_int, c_void_p, c_int)


class Recorder:
    """Stands between SQLite and the system, in this process, for good."""

    def __init__(self) -> None:
        self.log: list[Step] = []
        self._kept: list[Any] = []  # what C points to must not be collected
        library = ctypes.CDLL(_sqlite3.__file__)  # or whatever it is linked to: a symbol is looked for there too
        library.sqlite3_vfs_find.restype = POINTER(Vfs)
        vfs = library.sqlite3_vfs_find(None).contents
        self._open, self._delete = OPEN(vfs.xOpen), DELETE(vfs.xDelete)
        vfs.xOpen = self._pointer(OPEN(self._opened))
        vfs.xDelete = self._pointer(DELETE(self._deleted))

    def mark(self, what: str, name: str) -> None:
        """Note that something was acknowledged, or left the house."""
        self.log.append(Step(what, name))

    def _pointer(self, function: Any) -> int | None:
        self._kept.append(function)
        return ctypes.cast(function, c_void_p).value

    def _opened(self, vfs: int, place: int | None, opened: Any, flags: int, out: Any) -> int:
        code: int = self._open(vfs, place, opened, flags, out)
        file, name = opened.contents, ctypes.string_at(place) if place else b""
        if code == 0 and name and file.pMethods and not name.endswith(b"-shm"):
            own = IoMethods.from_buffer_copy(file.pMethods.contents)
            self._listen(own, Path(name.decode()).name)
            self._kept.append(own)
            file.pMethods = ctypes.pointer(own)
        return code

    def _listen(self, own: IoMethods, name: str) -> None:
        write, truncate, sync = WRITE(own.xWrite), TRUNCATE(own.xTruncate), SYNC(own.xSync)

        def writes(file: int, content: int, length: int, offset: int) -> int:
            self.log.append(Step("write", name, offset, ctypes.string_at(content, length)))
            return int(write(file, content, length, offset))

        def truncates(file: int, size: int) -> int:
            self.log.append(Step("truncate", name, size))
            return int(truncate(file, size))

        def syncs(file: int, flags: int) -> int:
            code = int(sync(file, flags))
            self.log.append(Step("sync", name))
            return code

        own.xWrite = self._pointer(WRITE(writes))
        own.xTruncate = self._pointer(TRUNCATE(truncates))
        own.xSync = self._pointer(SYNC(syncs))

    def _deleted(self, vfs: int, name: bytes, folder_too: int) -> int:
        self.log.append(Step("delete", Path(name.decode()).name))
        return int(self._delete(vfs, name, folder_too))


def works(url: str, recorder: Recorder, synchronous: str) -> None:
    """Let people sign up, do things and leave, and hand their letters over; mark what was acknowledged."""
    sessions = Sessions(url)
    if synchronous != "FULL":
        weaken: Callable[..., object] = lambda raw, _: raw.execute(f"PRAGMA synchronous={synchronous}").close()  # noqa: E731
        event.listen(sessions._database._writes, "connect", weaken)  # type: ignore[attr-defined]
    ground = Ground(sessions, Shelf(), Seals(KEYS))

    def send(letter: Letter, _: float) -> Verdict:
        recorder.mark("left", letter.send_id)
        return Verdict("accepted", "accepted", http_status=202)

    post, now = Post(Scripted(send), Composer(Links(URL, KEYS), URL), "one", connections=4), MONDAY
    for n in range(PEOPLE):
        now += timedelta(minutes=20)
        at = Moment(now, now)
        newcomer = Newcomer(f"u{n}", f"u{n}@customer.example", now, "signups", f"s{n}")
        customer_id = intake.sign_up(ground, newcomer, at).customer_id
        recorder.mark("customer", f"u{n}")
        does = "trial_cancelled" if n % 5 == 4 else "source_connected"
        intake.take_events(ground, [Report(does, now, f"u{n}", id=f"e{n}")], "events", at)
        recorder.mark("event", f"e{n}")
        if n % 7 == 6:
            feedback.unsubscribe(ground, customer_id, "all", "a link", at)
            recorder.mark("stop", ground.seals.email_hash(newcomer.email))
        while tick.tick(ground, at):
            pass
        handover.hand_over(ground, post, lambda at=at: at)  # type: ignore[misc]
    post.close()
    sessions.close()


class Disk(NamedTuple):
    """What may be left.  at: after how many steps of the log.  files: their content by name."""

    at: int
    files: dict[str, bytes]


def disks(log: Sequence[Step], before: dict[str, bytes], cuts: Sequence[int], dice: Random) -> Iterator[Disk]:
    """Cut the power after each of these numbers of steps, sorted, and give one disk that could be left of it."""
    synced = {name: bytearray(content) for name, content in before.items()}
    pending: dict[str, list[Step]] = {}
    for first, last in pairwise((0, *cuts)):
        for step in log[first:last]:
            if step.what in ("write", "truncate"):
                pending.setdefault(step.name, []).append(step)
            elif step.what == "sync":
                for one in pending.pop(step.name, ()):
                    _apply(synced.setdefault(step.name, bytearray()), one)
            elif step.what == "delete":
                pending.pop(step.name, None)
                synced.pop(step.name, None)
        files = {name: bytearray(content) for name, content in synced.items()}
        for name, steps in pending.items():
            for one in _survivors(steps, dice):
                _apply(files.setdefault(name, bytearray()), one)
        yield Disk(last, {name: bytes(content) for name, content in files.items()})


def _survivors(steps: Sequence[Step], dice: Random) -> Iterator[Step]:
    chance = dice.choice((0.0, 0.5, 0.9, 1.0))
    for step in steps:
        if dice.random() >= chance:
            continue
        if step.what == "write" and dice.random() < 0.2 and len(step.content) > SECTOR:
            kept = dice.randrange(0, len(step.content), SECTOR)
            yield step._replace(content=step.content[:kept])
        else:
            yield step


def _apply(file: bytearray, step: Step) -> None:
    if step.what == "truncate":
        del file[step.offset :]
        return
    if len(file) < step.offset:
        file.extend(bytes(step.offset - len(file)))
    file[step.offset : step.offset + len(step.content)] = step.content


def main() -> None:
    """Work, and write the log down."""
    database, log, synchronous = sys.argv[1:]
    recorder = Recorder()
    works(f"sqlite:///{database}", recorder, synchronous)
    Path(log).write_bytes(pickle.dumps([tuple(step) for step in recorder.log]))


if __name__ == "__main__":
    main()
