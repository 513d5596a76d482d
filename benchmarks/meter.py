"""What work costs: wall time, the CPU of this process, and the CPU of a database server beside it."""

import gc
import statistics
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

PROC = Path("/proc")


class Cost(NamedTuple):
    """What one piece of work took, in seconds.  server: CPU of the database's own processes, 0 on SQLite."""

    wall: float
    client: float
    server: float = 0.0

    @property
    def cpu(self) -> float:
        """All CPU together."""
        return self.client + self.server


Pids = Callable[[], Sequence[int]]


def measured(work: Callable[[], object], pids: Pids = tuple) -> Cost:
    """Do a piece of work and say what it took.  pids: names the server's processes, none for SQLite."""
    gc.collect()
    before = _server_cpu(pids())
    client, wall = process_time(), perf_counter()
    work()
    wall, client = perf_counter() - wall, process_time() - client
    after = _server_cpu(pids())
    return Cost(wall, client, sum(spent - before.get(pid, 0.0) for pid, spent in after.items()))


class Pair(NamedTuple):
    """Rounds of the work and of its limit, taken in turns."""

    ours: Sequence[Cost]
    limit: Sequence[Cost]

    @property
    def ratio(self) -> float:
        """How much of the limit's pace is reached, by CPU: the median over the rounds, 1.0 is the limit itself."""
        return statistics.median(limit.cpu / ours.cpu for ours, limit in zip(self.ours, self.limit, strict=True))

    @property
    def wall_ratio(self) -> float:
        """The same by wall time."""
        return statistics.median(limit.wall / ours.wall for ours, limit in zip(self.ours, self.limit, strict=True))


def paired(
    rounds: Iterable[int], ours: Callable[[int], object], limit: Callable[[int], Callable[[], object]], pids: Pids
) -> Pair:
    """Measure both in turns.  The first round warms up and is not counted.

    limit: makes, from what ours left behind, the work that is then measured.
    """
    mine: list[Cost] = []
    least: list[Cost] = []
    for number in rounds:
        mine.append(measured(lambda number=number: ours(number), pids))  # type: ignore[misc]
        least.append(measured(limit(number), pids))
    return Pair(mine[1:], least[1:])


def median(costs: Sequence[Cost]) -> Cost:
    """Take the median of each part."""
    return Cost(*(statistics.median(parts) for parts in zip(*costs, strict=True)))


def children(parent: int) -> list[int]:
    """List a process and its children; only where Linux tells."""
    found = [parent]
    for entry in PROC.glob("[0-9]*/stat"):
        try:
            after_name = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(after_name[1]) == parent:
            found.append(int(entry.parent.name))
    return found


def _server_cpu(pids: Sequence[int]) -> dict[int, float]:
    """CPU seconds of each process, to the nanosecond: the scheduler's own count."""
    spent = {}
    for pid in pids:
        try:
            spent[pid] = int((PROC / str(pid) / "schedstat").read_text().split()[0]) / 1e9
        except OSError:
            continue
    return spent
