"""Everything at once: sign-ups, events, the clock and the post, from many threads; and in the end the counts add up."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import chain, zip_longest
from random import Random

from nurture.flow import handover, intake, tick
from nurture.flow.intake import Newcomer, Report
from nurture.flow.settle import StillSending
from nurture.store.session import Unavailable
from tests.faults.carriers import a_post, accepted, at_once, carries, states
from tests.stories.town import Town

PEOPLE = 64
THREADS = 24
DOCUMENTED = (StillSending, Unavailable)  # a sender that is told so asks again
STOPS = ("subscription_started", "trial_cancelled")


def persistent(act: Callable[[], object]) -> None:
    """Ask again as a sender would, whatever of what is documented comes back."""
    for _ in range(20):
        try:
            act()
        except DOCUMENTED:
            continue
        return
    raise AssertionError("nobody answered")


def sign_up(town: Town, n: int) -> object:
    newcomer = Newcomer(f"u-{n}", f"ada-{n}@customer.example", town.now, "signups", f"s-{n}", account_id=f"a-{n % 8}")
    return intake.sign_up(town.ground, newcomer, town.look())


def lead(town: Town, n: int) -> object:
    return intake.capture_lead(
        town.ground, Newcomer(None, f"ada-{n}@customer.example", town.now, "leads", f"l-{n}"), town.look()
    )


def report(town: Town, event: str, *people: int) -> object:
    told = [Report(event, town.now + timedelta(seconds=n), f"u-{n}", id=f"{event}-{n}") for n in people]
    return intake.take_events(town.ground, told, "events", town.look())


def everything(town: Town, random: Random) -> list[Callable[[], object]]:
    """What 64 people, their product, the clock and the post do, twice over and shuffled."""
    acts: list[Callable[[], object]] = []
    for n in range(PEOPLE):
        acts += [partial(sign_up, town, n)] * 2
        acts += [partial(lead, town, n)] if n % 4 == 0 else []
        acts += [partial(report, town, "source_connected", n)] * 2
        acts += [partial(report, town, STOPS[n % 2], n)] * 2 if n % 2 == 0 or n % 8 == 1 else []
    for _ in range(8):
        crowd = random.sample(range(PEOPLE), 8)
        acts.append(partial(report, town, "report_built", *crowd))
        acts.append(partial(tick.tick, town.ground, town.look()))
        acts.append(partial(handover.sweep, town.ground, town.look()))
    random.shuffle(acts)
    return acts


def test_the_counts_add_up_after_a_crowd(town: Town) -> None:
    town.sendgrid.latency = 0.005
    with a_post(town, connections=8) as first, a_post(town, connections=8) as second:
        posts = [partial(carries, town, post) for post in (first, second) for _ in range(20)]
        acts = everything(town, Random(20260105))
        mixed = [act for act in chain.from_iterable(zip_longest(acts, posts)) if act]
        done = at_once([partial(persistent, act) for act in mixed], THREADS)
    assert [error for one in done if (error := one.exception())] == []

    town.carries_the_post()
    with town.ground.sessions.read() as session:
        people = session.rows("SELECT ext_id, COUNT(*) FROM customers GROUP BY ext_id")
        leads = session.rows("SELECT COUNT(*) FROM events WHERE name = 'lead_captured' AND customer_id IS NULL")
        told = Counter(dict(session.rows("SELECT name, COUNT(*) FROM events GROUP BY name")))
        waiting = session.rows("SELECT COUNT(*) FROM events WHERE customer_id IS NULL OR held_for = 'set aside'")
        stages = dict(session.rows("SELECT ext_id, stage FROM customers"))
        reached = session.rows("SELECT COUNT(*) FROM milestones WHERE milestone = 'first_source'")
        births = session.rows("SELECT COUNT(*) FROM stage_changes WHERE from_stage IS NULL")
        failures = session.rows("SELECT SUM(failures) FROM customers")
        sealed = session.rows("SELECT send_id, state FROM messages")

    assert sorted(people) == sorted((f"u-{n}", 1) for n in range(PEOPLE))
    assert leads == waiting == [(0,)]
    assert told["signed_up"] == told["source_connected"] == PEOPLE
    assert reached == births == [(PEOPLE,)]
    assert failures == [(0,)]
    assert stages == {f"u-{n}": stage_of(n) for n in range(PEOPLE)}
    assert set(accepted(town).values()) == {1}
    assert set(accepted(town)) == {send_id for send_id, state in sealed if state == "accepted"}
    assert set(states(town)) <= {"accepted", "cancelled", "queued"}


def stage_of(n: int) -> str:
    if n % 2 == 0:
        return "adopted"
    return "terminated" if n % 8 == 1 else "assessing"
