"""`python -m benchmarks` measures everything; `--only P1 P6` some of it."""

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter

import structlog

from benchmarks import report
from benchmarks.composing import p6
from benchmarks.explaining import p8
from benchmarks.journeying import p13
from benchmarks.places import Place, places
from benchmarks.report import Figure
from benchmarks.settling import p1, p2

FIGURES = ("P1", "P2", "P6", "P8", "P13")


def main() -> int:
    """Measure, print the table, write results.json.  Returns 1 where something got worse than last committed."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    asked.add_argument("--only", nargs="+", choices=FIGURES, default=FIGURES, help="these figures alone")
    only = asked.parse_args().only
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    began, found = perf_counter(), list[Figure]()
    with places() as here:
        for measure in _chosen(only, here):
            found.extend(measure())
            print(f"{perf_counter() - began:4.0f} s  {found[-1].what}", file=sys.stderr, flush=True)
    before = report.committed()
    report.show(found)
    report.keep(found)
    worse = report.regressions(before, found)
    print(*(worse or ["Nothing got worse than last committed."]), sep="\n")
    return 1 if worse else 0


def _chosen(only: list[str], here: list[Place]) -> Iterator[Callable[[], Iterator[Figure]]]:
    for key, figure in (("P1", p1), ("P2", p2), ("P8", p8), ("P13", p13)):
        if key in only:
            yield from (partial(figure, place) for place in here)
    if "P6" in only:
        yield p6


if __name__ == "__main__":
    sys.exit(main())
