"""Answers that are kept: what was found out once is not found out again, within a bound, for this process alone."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")


class Kept:
    """The latest answers, by what was asked; safe among threads, two of which may find out the same at once."""

    def __init__(self, most: int) -> None:
        """Keep at most so many."""
        self._most = most
        self._lock = Lock()
        self._known: OrderedDict[Hashable, Any] = OrderedDict()

    def once(self, asked: Hashable, find_out: Callable[[], T]) -> T:
        """Give the answer that is known, or find it out.  What find_out raises is not kept."""
        with self._lock:
            if asked in self._known:
                self._known.move_to_end(asked)
                known: T = self._known[asked]
                return known
        found = find_out()
        with self._lock:
            self._known[asked] = found
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return found
