"""P8: what it costs to say why, of a customer about whom very much was written down."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import orjson

from benchmarks.meter import Cost, measured, median
from benchmarks.places import Place
from benchmarks.population import DUE, SIGNED_UP, found, ground_of, newcomer
from benchmarks.report import Figure
from nurture.flow.ground import Ground, Moment
from nurture.flow.intake import Report, sign_up, take_events
from nurture.flow.tick import tick
from nurture.flow.why import why, why_all
from nurture.store.schema import micros

ENTRIES = 2_000  # of the timeline: half of them events, half of them decisions
ROUNDS = 6  # the first of them warms up
REPEAT = 20
TARGET = 100.0  # milliseconds
ASKED = (("first-win", "welcome"), ("first-win", "report"), ("first-win", "example"), ("welcome-aboard", "aboard"))
NOW = DUE + timedelta(hours=1)


def p8(place: Place) -> Iterator[Figure]:
    """CPU-milliseconds per answer: of a step that was sent, on another path, not reached, and never entered.

    The limit reads the decisions about the journey with the raw driver, and parses them.
    """
    url = found(place)
    ground = ground_of(url)
    customer_id = _long_known(ground)
    with closing(place.connect(url)) as raw:
        _write_much(raw, place.dialect, customer_id)
        one = median(_rounds(place, lambda: [why(ground, customer_id, *asked, NOW) for asked in ASKED]))
        least = median(_rounds(place, lambda: _least(raw, place.dialect, customer_id)))
    every = median(_rounds(place, lambda: why_all(ground, customer_id, NOW)))
    yield _figure(place, "why", one, len(ASKED), 1000 * least.cpu / REPEAT)
    yield _figure(place, "why of all journeys", every, 1, None)
    ground.sessions.close()
    place.drop(url)


def _rounds(place: Place, work: Callable[[], object]) -> list[Cost]:
    return [measured(lambda: [work() for _ in range(REPEAT)], place.pids) for _ in range(ROUNDS)][1:]


def _figure(place: Place, what: str, cost: Cost, answers: int, limit: float | None) -> Figure:
    each = 1000 / (REPEAT * answers)
    value = each * cost.cpu
    return Figure(
        "P8",
        f"CPU-ms per {what} at {ENTRIES:,} timeline entries, {place.dialect}",
        value,
        limit,
        limit / value if limit is not None else None,
        f"< {TARGET:.0f} ms",
        value < TARGET,
        f"wall {each * cost.wall:.1f} ms; server's part {each * cost.server:.2f}",
    )


def _long_known(ground: Ground) -> str:
    """Somebody who walks two journeys, has had letters, and told us a thousand things."""
    customer_id = sign_up(ground, newcomer("ada", "developer", SIGNED_UP), Moment(SIGNED_UP, SIGNED_UP)).customer_id
    uses = [
        Report("page_viewed", SIGNED_UP + timedelta(minutes=number), "u-ada", id=f"e-{number}")
        for number in range(ENTRIES // 2)
    ]
    for start in range(0, len(uses), 100):
        take_events(ground, uses[start : start + 100], "events", Moment(DUE - timedelta(hours=1), DUE))
    while tick(ground, Moment(NOW, NOW)):
        pass
    return customer_id


def _write_much(raw: Any, dialect: str, customer_id: str) -> None:
    """Write a thousand decisions as they are written for somebody whose letter is held again and again."""
    step = "two-days"
    mark = "?" if dialect == "sqlite" else "%s"
    for number in range(ENTRIES // 2):
        at = SIGNED_UP + timedelta(minutes=number)
        note = {"do": "rest", "because": "waits 2 days", "journey": "first-win", "step": step, "until": at.isoformat()}
        raw.execute(
            f"INSERT INTO decisions (customer_id, at, n, cause, body) VALUES ({', '.join([mark] * 5)})",  # noqa: S608
            (customer_id, micros(at), 100, "time", orjson.dumps([note]).decode()),
        )
    if dialect == "postgresql":
        raw.commit()


def _least(raw: Any, dialect: str, customer_id: str) -> list[Any]:
    mark = "?" if dialect == "sqlite" else "%s"
    asked = f"SELECT at, body FROM decisions WHERE customer_id = {mark} AND body LIKE {mark} ORDER BY at DESC, n DESC"  # noqa: S608
    return [orjson.loads(body) for _, body in raw.execute(asked, (customer_id, '%"journey":"first-win"%')).fetchall()]
