"""Stop means stop: from its acknowledgement on, nothing that was decided before it is handed over.

Each race is made to happen: the letter is stopped at one point of its way, the customer stops us there, the letter is
let go.  What SendGrid's ledger says is compared with the moment at which the stop was answered, on one clock.
"""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from time import monotonic
from typing import NamedTuple

import pytest

from nurture.flow import feedback, intake, sending, tick
from nurture.flow.intake import Newcomer, Report
from nurture.flow.settle import StillSending, wait_for_outcomes
from nurture.store import messages
from tests.faults.carriers import (
    Interrupted,
    Paused,
    a_post,
    accepted,
    carries,
    sent_to,
    signs_up,
    state_of,
    states,
)
from tests.store.until import until
from tests.stories.town import Person, Town

STOPS = ("subscription_started", "trial_cancelled", "unsubscribed")
CAST = [(stop, f"{stop.partition('_')[0]}-{n}") for stop in STOPS for n in range(3)]
CLOSED = {name for stop, name in CAST if stop != "subscription_started"}
WELCOMES = "first-win.welcome"


class Stop(NamedTuple):
    """A customer whose welcome is queued, and how they will stop it."""

    person: Person
    how: str

    def made(self, town: Town) -> float:
        """Stop us; returns the moment of the acknowledgement on the machine's monotonic clock."""
        if self.how == "unsubscribed":
            assert feedback.unsubscribe(town.ground, self.person.id, "all", "by link", town.look())
        else:
            report = Report(self.how, town.now, self.person.user_id)
            assert intake.take_events(town.ground, [report], "events", town.look()).accepted == 1
        return monotonic()

    def is_in_effect(self) -> bool:
        """Whether it stands in the database, answered or not."""
        if self.how == "unsubscribed":
            found = feedback.reader(self.person.town.ground, self.person.id)
            return found is not None and "all" in found.left
        return self.person.stage != "assessing"


def the_cast(town: Town) -> list[Stop]:
    return [Stop(Person(town, signs_up(town, name).customer_id, f"{name}@customer.example", f"u-{name}"), stop)
            for stop, name in CAST]  # fmt: skip


def race(town: Town, cast: list[Stop], provider: Paused) -> dict[str, float]:
    """Have everybody stop us while the provider holds their letters; returns when each was acknowledged, by name."""
    with a_post(town, provider, connections=len(cast)) as post, ThreadPoolExecutor(len(cast) + 1) as pool:
        hand_over = pool.submit(carries, town, post)
        provider.holds(len(cast))
        stops: dict[str, Future[float]] = {stop.person.email: pool.submit(stop.made, town) for stop in cast}
        until(lambda: all(stop.is_in_effect() for stop in cast))
        acknowledged_too_soon = wait(stops.values(), timeout=0.05).done
        provider.lets_go()
        hand_over.result()

        assert acknowledged_too_soon == set()
        return {email: stop.result() for email, stop in stops.items()}


def nothing_late(town: Town, acknowledged: dict[str, float]) -> bool:
    """Whether no welcome was accepted after its reader's stop was acknowledged."""
    lines = [line for line in town.sendgrid.ledger if line.categories[0] == WELCOMES]
    return all(line.at < acknowledged[line.to] for line in lines)


def test_a_queued_letter_never_goes(town: Town) -> None:
    cast = the_cast(town)

    for stop in cast:
        stop.made(town)
    at_once_cancelled = {name for name in CLOSED if state_of(town, name) == "cancelled"}
    town.carries_the_post()

    assert at_once_cancelled == CLOSED
    assert [line for line in town.sendgrid.ledger if line.categories[0] == WELCOMES] == []
    assert CLOSED.isdisjoint(sent_to(town))


def test_a_letter_that_is_being_composed_never_goes(town: Town) -> None:
    """It was read as queued before the stop, and is claimed after it."""
    cast = {stop.person.id: stop for stop in the_cast(town)}
    met: set[str] = set()

    def meanwhile(customer_id: str) -> None:
        if customer_id not in met:
            met.add(customer_id)
            cast[customer_id].made(town)

    with a_post(town, composer=Interrupted(meanwhile), connections=len(cast)) as post:
        carries(town, post)

    assert met == cast.keys()
    assert [line for line in town.sendgrid.ledger if line.categories[0] == WELCOMES] == []
    assert CLOSED.isdisjoint(sent_to(town))


def test_a_letter_that_is_being_composed_waits_for_a_hold_on_all_sending(town: Town) -> None:
    signs_up(town, "ada")

    with a_post(town, composer=Interrupted(lambda _: sending.hold(town.ground, "an operator", town.look()))) as post:
        carries(town, post)
        held = sent_to(town)
        sending.resume(town.ground, "an operator", town.look())
    town.carries_the_post()

    assert (held, sent_to(town)) == ([], ["ada"])


def test_a_stop_is_acknowledged_after_the_letter_that_is_about_to_leave(town: Town) -> None:
    cast = the_cast(town)

    acknowledged = race(town, cast, Paused(town.post.provider))

    assert nothing_late(town, acknowledged)
    assert states(town)["handing"] == 0
    town.passes(days=20)
    assert all(sent_to(town).count(name) == 1 for name in CLOSED)


def test_a_stop_is_acknowledged_after_the_answer_that_is_awaited(town: Town) -> None:
    cast = the_cast(town)

    acknowledged = race(town, cast, Paused(town.post.provider, with_the_answer=True))

    assert nothing_late(town, acknowledged)
    assert set(accepted(town).values()) == {1}
    town.passes(days=20)
    assert all(sent_to(town).count(name) == 1 for name in CLOSED)


def test_a_letter_that_was_put_off_during_a_stop_does_not_go_later(town: Town) -> None:
    cast = the_cast(town)
    town.sendgrid.misbehaves(*["429"] * len(cast), headers=("Retry-After: 30",))

    race(town, cast, Paused(town.post.provider))
    town.sleeps(minutes=1)
    town.beats()
    town.passes(days=20)

    assert [line for line in town.sendgrid.ledger if line.categories[0] == WELCOMES] == []
    assert CLOSED.isdisjoint(sent_to(town))


def test_whoever_stands_at_the_end_hears_nothing_however_they_came_there(town: Town) -> None:
    """As when staff make a stage final in which people stand whose letters are queued."""
    signs_up(town, "ada")
    town.ground.sessions.write(lambda session: session.run("UPDATE customers SET stage = 'terminated'"))

    town.carries_the_post()

    assert (state_of(town, "ada"), sent_to(town)) == ("cancelled", [])


def answered_too_soon(town: Town, act: Callable[[], object], *, again: bool = False) -> bool:
    """Whether this is answered while the provider still holds a letter that it makes void.

    again: it is in effect already, and delivered a second time.
    """
    provider = Paused(town.post.provider)
    with a_post(town, provider) as post, ThreadPoolExecutor(3) as pool:
        pool.submit(carries, town, post)
        provider.holds(1)
        asked = [pool.submit(act)]
        until(lambda: outdated(town) == 1)
        if again:
            asked.append(pool.submit(act))
        too_soon = bool(wait(asked, timeout=0.2, return_when=FIRST_COMPLETED).done)
        provider.lets_go()
        for each in asked:
            each.result()
    assert states(town)["handing"] == 0
    return too_soon


def outdated(town: Town) -> int:
    """How many letters are on their way though their reader has moved on since."""
    with town.ground.sessions.read() as session:
        everybody = [row[0] for row in session.rows("SELECT id FROM customers")]
        return len(messages.outdated(session, everybody))


def test_a_leads_sign_up_waits_for_the_letter_that_is_leaving(town: Town) -> None:
    lead = Newcomer(None, "ada@customer.example", town.now, "leads")
    intake.capture_lead(town.ground, lead, town.look())

    assert not answered_too_soon(town, lambda: signs_up(town, "ada"))
    assert [line.categories[0] for line in town.sendgrid.ledger] == ["lead-nurture.first-look", WELCOMES]


def test_an_answer_that_moves_somebody_on_waits_as_well(town: Town) -> None:
    ada = town.signs_up("ada")
    ada.does("subscription_started")
    town.passes(hours=23)
    town.sleeps(hours=1)
    tick.tick(town.ground, town.look())
    assert states(town)["queued"] == 1

    def recommends() -> bool:
        return feedback.answer(town.ground, ada.id, "would_you_recommend", "10", town.look())

    assert not answered_too_soon(town, recommends)
    assert ada.stage == "advocate"


@pytest.mark.parametrize("event", ["subscription_started", "trial_cancelled"])
def test_a_stop_that_is_delivered_again_waits_again(town: Town, event: str) -> None:
    """Its first answer may have been that it was still waiting."""
    signs_up(town, "ada")
    report = Report(event, town.now, "u-ada", id="one")

    assert not answered_too_soon(
        town, lambda: intake.take_events(town.ground, [report], "events", town.look()), again=True
    )


def test_a_stop_of_somebody_who_cannot_be_decided_waits_too(town: Town) -> None:
    signs_up(town, "ada")
    sql = "UPDATE enrollments SET revision = 999"
    report = Report("trial_cancelled", town.now, "u-ada", id="one")

    def cancels() -> object:
        town.ground.sessions.write(lambda session: session.run(sql))
        return intake.take_events(town.ground, [report], "events", town.look())

    assert not answered_too_soon(town, cancels)


def test_impatience_says_so(town: Town) -> None:
    """A stop whose letter gets no answer is in effect; whoever sent it hears that it should ask again."""
    signs_up(town, "ada")
    provider = Paused(town.post.provider)

    with a_post(town, provider) as post, ThreadPoolExecutor(1) as pool:
        pool.submit(carries, town, post)
        provider.holds(1)
        with town.ground.sessions.read() as session:
            [leaving] = [row[0] for row in session.rows("SELECT id FROM messages WHERE state = 'handing'")]
        with pytest.raises(StillSending):
            wait_for_outcomes(town.ground, [leaving], patience_seconds=0.05)
        provider.lets_go()
