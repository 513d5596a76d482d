"""One total deadline for one conversation, kept even where the other side sends a byte a second.

A timeout bounds each read, not their sum.  So a single thread watches every open conversation and shuts its socket
down when its moment comes; whoever is reading then learns that it is over.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from heapq import heappop, heappush
from itertools import count
from socket import SHUT_RDWR, fromfd, socket
from threading import Condition, Lock, Thread
from time import monotonic


class Leash:
    """Holds one socket for the length of one conversation.  given_up: whether the deadline cut it."""

    def __init__(self, give_up_at: float) -> None:
        self.give_up_at = give_up_at
        self.given_up = False
        self.over = False
        self._lock = Lock()
        self._grip: socket | None = None

    def left(self) -> float:
        """The seconds that remain, never less than a millisecond: a timeout of zero would mean something else."""
        return max(self.give_up_at - monotonic(), 0.001)

    def hold(self, held: socket) -> None:
        """Take hold of this socket, whatever wraps it later; it is shut down at once if it is too late already."""
        with self._lock:
            self._close()
            self._grip = fromfd(held.fileno(), held.family, held.type)
        if self.given_up:
            self.cut()

    def cut(self) -> None:
        """End the conversation."""
        self.given_up = True
        with self._lock, suppress(OSError):
            if self._grip is not None:
                self._grip.shutdown(SHUT_RDWR)

    def let_go(self) -> None:
        """Say that the conversation has ended by itself."""
        self.over = True
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._grip is not None:
            self._grip.close()
            self._grip = None


class Watch:
    """Cuts leashes when their moment comes.  Its thread lives only while there is something to watch."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, Leash]] = []
        self._numbers = count()
        self._changed = Condition()
        self._runs = False

    @contextmanager
    def until(self, give_up_at: float) -> Iterator[Leash]:
        """Keep a leash for one conversation, which must end by `give_up_at`, seconds of the monotonic clock."""
        leash = Leash(give_up_at)
        with self._changed:
            heappush(self._waiting, (give_up_at, next(self._numbers), leash))
            if not self._runs:
                self._runs = True
                Thread(target=self._watch, name="deadlines", daemon=True).start()
            elif self._waiting[0][2] is leash:
                self._changed.notify()
        try:
            yield leash
        finally:
            leash.let_go()

    def _watch(self) -> None:
        while (leash := self._next()) is not None:
            leash.cut()

    def _next(self) -> Leash | None:
        """Wait for the next leash to cut; None when there is nothing left to watch."""
        with self._changed:
            while self._waiting:
                at, _, leash = self._waiting[0]
                left = at - monotonic()
                if left > 0 and not leash.over:
                    self._changed.wait(left)
                    continue
                heappop(self._waiting)
                if not leash.over:
                    return leash
            self._runs = False
            return None


WATCH = Watch()
