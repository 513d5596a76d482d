"""P1 and P2: what a settle costs beside its limit, and that it does not grow with who waits."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from benchmarks import limits
from benchmarks.meter import Pair, measured, median, paired
from benchmarks.places import Place
from benchmarks.plans import plans_of
from benchmarks.population import Population, ground_of, moment, settled_town
from benchmarks.report import Figure
from nurture.flow.ground import Ground
from nurture.flow.tick import tick
from nurture.store.schema import micros

ROUNDS = 6  # the first of them warms up
TARGETS = {"sqlite": (0.35, 10_000), "postgresql": (0.5, 5_000)}
SIZES = {"sqlite": (10_000, 100_000, 1_000_000), "postgresql": (10_000, 100_000, 1_000_000)}
IDLE_TARGETS = {"sqlite": 0.05, "postgresql": 0.6}  # milliseconds
IDLE_TICKS = 300


class Twins:
    """Two databases with the same rows: nurture settles one, the limit the other, and they must stay the same."""

    def __init__(self, place: Place, population: Population) -> None:
        self.place = place
        self.population = population
        self.url = settled_town(place, population)
        self.twin = place.copy(self.url)
        self.ground = ground_of(self.url)
        self._left = place.connect(self.url)
        self._raw = place.connect(self.twin)

    def compare(self, rounds: int) -> Pair:
        """Settle round after round on both sides, in turns."""
        pair = paired(range(rounds), self._settle, self._limit, self.place.pids)
        self._must_agree(rounds)
        return pair

    def _settle(self, number: int) -> None:
        drain(self.ground, number)

    def _limit(self, number: int) -> Callable[[], object]:
        """Take from nurture's side what the limit is to write."""
        ids, now = self._due(number), micros(moment(number).now)
        left = limits.written(self._rows(self._left, ids), self._rows(self._raw, ids))
        if len(left.messages) != self.population.due:
            raise RuntimeError(f"{len(left.messages)} of {self.population.due} customers got a message")
        return lambda: limits.settle(self._raw, self.place.dialect, now, left)

    def _due(self, number: int) -> list[str]:
        asked = f"SELECT id FROM customers WHERE due_at <= {micros(moment(number).now)} ORDER BY id"  # noqa: S608
        found = [row[0] for row in self._raw.execute(asked).fetchall()]
        self._rest(self._raw)
        return found

    def _rows(self, raw: Any, ids: list[str]) -> list[set[limits.Row]]:
        found = limits.rows_of(raw, self.place.dialect, ids)
        self._rest(raw)
        return found

    def _rest(self, raw: Any) -> None:
        if self.place.dialect == "postgresql":
            raw.commit()

    def _must_agree(self, rounds: int) -> None:
        """A limit that does less work than we do is none."""
        asked = f"SELECT customer_id FROM messages WHERE decided_at <= {micros(moment(rounds).now)}"  # noqa: S608
        ids = [row[0] for row in self._left.execute(asked).fetchall()]
        if self._rows(self._left, ids) != self._rows(self._raw, ids):
            raise RuntimeError("nurture and its limit left different rows behind")

    def close(self) -> None:
        """Let go of both, and remove them."""
        self.ground.sessions.close()
        self._left.close()
        self._raw.close()
        self.place.drop(self.url)
        self.place.drop(self.twin)


def drain(ground: Ground, number: int) -> None:
    """Tick until nobody is due."""
    while tick(ground, moment(number)):
        pass


def p1(place: Place) -> Iterator[Figure]:
    """Settles per second of CPU, each taking one step that queues one message."""
    due = 1_000
    with closing(Twins(place, Population(ROUNDS, due))) as twins:
        pair = twins.compare(ROUNDS)
    ours, limit = median(pair.ours), median(pair.limit)
    share, pace = TARGETS[place.dialect]
    yield Figure(
        "P1",
        f"settles per CPU-second, {place.dialect}",
        due / ours.cpu,
        due / limit.cpu,
        pair.ratio,
        f">= {share} of limit, >= {pace:,}/s",
        pair.ratio >= share and due / ours.cpu >= pace,
        f"wall {due / ours.wall:,.0f}/s, ratio {pair.wall_ratio:.2f}; {1e6 * ours.client / due:.0f} us ours"
        f" + {1e6 * ours.server / due:.0f} us server each; limit {1e6 * limit.client / due:.0f}"
        f" + {1e6 * limit.server / due:.0f}",
    )


def p2(place: Place) -> Iterator[Figure]:
    """What 1,000 due customers cost among more and more who wait, and what a tick costs when nobody is due."""
    due, first = 1_000, 0.0
    for size in SIZES[place.dialect]:
        with closing(Twins(place, Population(ROUNDS + 1, due, size))) as twins:
            pair = twins.compare(ROUNDS)
            idle = measured(lambda twins=twins: _idle(twins.ground), place.pids)  # type: ignore[misc]
            plans = plans_of(twins.ground, ROUNDS)
        ours, limit = median(pair.ours), median(pair.limit)
        first = first or ours.cpu
        each = 1000 * idle.cpu / IDLE_TICKS
        yield Figure(
            "P2",
            f"ms CPU for 1,000 due among {size:,}, {place.dialect}",
            1000 * ours.cpu,
            1000 * limit.cpu,
            pair.ratio,
            "growth <= 2.2 x",
            ours.cpu <= 2.2 * first,
            f"growth {ours.cpu / first:.2f} x, wall {1000 * ours.wall:.0f} ms; {plans}",
        )
        yield Figure(
            "P2",
            f"ms CPU per idle tick among {size:,}, {place.dialect}",
            each,
            None,
            None,
            f"<= {IDLE_TARGETS[place.dialect]} ms",
            each <= IDLE_TARGETS[place.dialect],
            f"wall {1000 * idle.wall / IDLE_TICKS:.3f} ms",
        )


def _idle(ground: Ground) -> None:
    for _ in range(IDLE_TICKS):
        tick(ground, moment(ROUNDS - 1))
