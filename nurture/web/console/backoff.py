"""Backoff: whoever tries often waits longer and longer, and nobody is ever locked out.

Kept in memory, per process: a restart forgives, and a flood of new names pushes out the oldest, never the memory.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

NO_WAIT = timedelta()
FIRST_WAIT = timedelta(seconds=1)
FORGOTTEN_AFTER = timedelta(hours=1)
ROOM = 10_000  # keys remembered at once


class Tries(NamedTuple):
    """How often somebody has tried, when last, and when they may again."""

    number: int
    last: datetime
    free_at: datetime


class Backoff:
    """Counts tries by key.  After `free` of them each doubles the wait, up to `longest`."""

    def __init__(self, free: int, longest: timedelta) -> None:
        self._free = free
        self._longest = longest
        self._tries: OrderedDict[str, Tries] = OrderedDict()
        self._lock = Lock()

    def wait(self, key: str, now: datetime) -> timedelta:
        """Say how long they have to wait; nothing means that they may try, and that it was counted.

        now: machine time.
        """
        with self._lock:
            before = self._tries.get(key)
            if before is None or now - before.last >= FORGOTTEN_AFTER:
                before = Tries(0, now, now)
            if now < before.free_at:
                return before.free_at - now
            number = before.number + 1
            over = number - self._free
            pause = min(FIRST_WAIT * 2 ** min(over - 1, 20), self._longest) if over > 0 else NO_WAIT
            self._tries[key] = Tries(number, now, now + pause)
            self._tries.move_to_end(key)
            if len(self._tries) > ROOM:
                self._tries.popitem(last=False)
            return NO_WAIT

    def forgive(self, key: str) -> None:
        """Forget the tries of somebody who turned out to be right."""
        with self._lock:
            self._tries.pop(key, None)
