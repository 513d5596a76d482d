"""P13: what one mail costs, everything included: 5,000 customers, two letters each, a branch between."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from benchmarks.meter import Cost, measured
from benchmarks.places import Place
from benchmarks.population import DUE, KEYS, SIGNED_UP, found, ground_of, newcomer
from benchmarks.provider import Provider, provider
from benchmarks.report import Figure
from nurture.channels.email import open_provider
from nurture.channels.email.links import Links
from nurture.flow.ground import Ground, Moment
from nurture.flow.handover import Post, hand_over
from nurture.flow.intake import sign_up
from nurture.flow.letters import Composer
from nurture.flow.tick import tick

CUSTOMERS = 5_000
CALLERS = 16  # who sign up at the same time
TARGETS = {"sqlite": 0.7, "postgresql": 0.9}  # CPU-milliseconds a mail
WITH_SIGN_UPS = 1.0
URL = "http://127.0.0.1:8000"


def p13(place: Place) -> Iterator[Figure]:
    """CPU-milliseconds per mail: settle, compose, hand-over and database; and the same with the sign-ups counted."""
    url = found(place)
    with provider() as taker:
        costs = _walk(place, ground_of(url), taker)
    place.drop(url)
    mails = 2 * CUSTOMERS
    born, first, settled, second = costs
    each = 1000 * (first.cpu + settled.cpu + second.cpu) / mails
    whole = each + 1000 * born.cpu / mails
    server = 1000 * sum(cost.server for cost in costs[1:]) / mails
    posted = 1000 * (first.cpu + second.cpu) / mails
    pace = mails / sum(cost.wall for cost in costs[1:])
    target = TARGETS[place.dialect]
    detail = f"{posted:.2f} compose and hand-over, {each - posted:.2f} settle; server's part {server:.2f}"
    detail += f"; {pace:,.0f} mails/s by wall"
    name = f"CPU-ms per mail, {place.dialect}"
    yield Figure("P13", name, each, None, None, f"<= {target} ms", each <= target, detail)
    yield Figure(
        "P13", f"{name}, sign-ups counted", whole, None, None, f"<= {WITH_SIGN_UPS} ms", whole <= WITH_SIGN_UPS,
        f"one sign-up {1000 * born.cpu / CUSTOMERS:.2f} ms",
    )  # fmt: skip


def _walk(place: Place, ground: Ground, taker: Provider) -> list[Cost]:
    """Sign up, hand over, let two days pass, settle, hand over."""
    way_out = open_provider("sendgrid:", sendgrid_key="a key", sendgrid_base_url=taker.url)
    post = Post(way_out, Composer(Links(URL, KEYS), URL), "benchmark")
    start = Moment(SIGNED_UP, SIGNED_UP)
    later = Moment(DUE + timedelta(hours=1), DUE + timedelta(hours=1))
    costs = [
        measured(lambda: _sign_up_all(ground, start), place.pids),
        measured(lambda: hand_over(ground, post, lambda: start), place.pids),
        measured(lambda: _drain(ground, later), place.pids),
        measured(lambda: hand_over(ground, post, lambda: later), place.pids),
    ]
    post.close()
    ground.sessions.close()
    if taker.accepted != 2 * CUSTOMERS:
        raise RuntimeError(f"the provider took {taker.accepted} letters of {2 * CUSTOMERS}")
    return costs


def _sign_up_all(ground: Ground, at: Moment) -> None:
    with ThreadPoolExecutor(CALLERS) as callers:
        list(callers.map(lambda number: _sign_up(ground, number, at), range(CUSTOMERS)))


def _sign_up(ground: Ground, number: int, at: Moment) -> None:
    sign_up(ground, newcomer(f"c{number}", "developer" if number % 2 else "sales", at.now), at)


def _drain(ground: Ground, at: Moment) -> None:
    while tick(ground, at):
        pass
