"""What SendGrid tells of letters takes effect once, whatever its order, and whoever cannot be reached is left alone."""

import random
from datetime import timedelta
from typing import Any

import orjson
import pytest

from nurture.flow import delivery, feedback
from nurture.store import suppressions
from tests.faults.carriers import publishes, signs_up
from tests.hooks.conftest import Hook, standing
from tests.stories.town import Person, Town

STOPS = {
    "bounce": {"event": "bounce", "type": "bounce", "reason": "550 5.1.1 no such user"},
    "spamreport": {"event": "spamreport"},
    "unsubscribe": {"event": "unsubscribe"},
    "group_unsubscribe": {"event": "group_unsubscribe", "asm_group_id": 7},
    "dropped, bounced before": {"event": "dropped", "reason": "Bounced Address"},
    "dropped, complained before": {"event": "dropped", "reason": "Spam Reporting Address"},
    "dropped, unsubscribed before": {"event": "dropped", "reason": "Unsubscribed Address"},
    "dropped, no address": {"event": "dropped", "reason": "Invalid"},
}
NO_STOPS = {
    "blocked": {"event": "bounce", "type": "blocked", "reason": "451 try later"},
    "deferred": {"event": "deferred", "response": "450 too busy", "attempt": "3"},
    "dropped, our fault": {"event": "dropped", "reason": "Invalid SMTPAPI header"},
    "opened": {"event": "open", "sg_machine_open": True},
    "something new": {"event": "levitated"},
    "no word": {"event": None},
    "another shape": {"event": ["bounce"], "type": {"bounce": 1}},
}


def suppressed(person: Person) -> dict[str, str]:
    ground = person.town.ground
    with ground.sessions.read() as session:
        return suppressions.reasons(session, ground.seals.email_hash(person.email))


def told(person: Person) -> list[tuple[str, dict[str, Any]]]:
    """What the provider told of somebody's letters, as it was written down."""
    with person.town.ground.sessions.read() as session:
        rows = session.rows(
            "SELECT name, properties FROM events WHERE source = 'sendgrid' AND customer_id = :id ORDER BY at, name",
            {"id": person.id},
        )
    return [(name, orjson.loads(properties)) for name, properties in rows]


def states(town: Town) -> list[tuple[str, str]]:
    with town.ground.sessions.read() as session:
        return session.rows("SELECT state, because FROM messages ORDER BY id")


def unclear(town: Town) -> Person:
    """Somebody whose welcome SendGrid took, and broke off before it said so."""
    town.sendgrid.misbehaves("accept-then-reset")
    ada = town.signs_up("ada")
    assert [state for state, _ in states(town)] == ["unknown"]
    return ada


@pytest.mark.parametrize("said", STOPS.values(), ids=STOPS)
def test_whoever_cannot_be_written_to_is_written_to_no_more(town: Town, hook: Hook, said: dict[str, Any]) -> None:
    ada, bo = town.signs_up("ada"), town.signs_up("bo")

    answer = hook.hears(hook.of(ada, **said))
    town.passes(days=5)

    assert answer.status_code == 204
    assert [*suppressed(ada)] == ["all"]
    assert ada.letters == ["welcome"]
    assert len(bo.letters) > 1


def test_a_bounce_takes_back_what_was_queued_and_decided(town: Town, hook: Hook) -> None:
    ada = town.signs_up("ada")
    queued = signs_up(town, "bo").customer_id
    bo = Person(town, queued, "bo@customer.example", "u-bo")
    gen = standing(bo)[0]

    hook.hears({**hook.of(ada, "bounce"), "email": "BO@customer.example"})

    assert standing(bo)[0] == gen + 1
    assert suppressed(ada) == {}
    assert ("cancelled", "cancelled: their address takes no letters") in states(town)


@pytest.mark.parametrize("said", NO_STOPS.values(), ids=NO_STOPS)
def test_what_is_no_stop_is_kept_and_stops_nothing(town: Town, hook: Hook, said: dict[str, Any]) -> None:
    ada = town.signs_up("ada")

    answer = hook.hears(hook.of(ada, **said))

    assert answer.status_code == 204
    assert suppressed(ada) == {}
    assert [name for name, _ in told(ada)] == ["email_reported"]


def test_a_delivered_and_clicked_letter_is_known_to_journeys_and_timeline(town: Town, hook: Hook) -> None:
    ada = town.signs_up("ada")
    delivered = hook.of(ada, "delivered")
    town.passes(minutes=3)

    hook.hears(delivered, hook.of(ada, "click", url="https://harbour.example/start"))

    assert [(name, properties["email"], properties["step"]) for name, properties in told(ada)] == [
        ("email_delivered", "welcome", "welcome"),
        ("email_clicked", "welcome", "welcome"),
    ]
    with town.ground.sessions.read() as session:
        [(facts,)] = session.rows("SELECT facts FROM customers")
    assert sorted(orjson.loads(facts)["mail"]["welcome"]) == ["clicked", "delivered"]


def test_a_scanners_click_is_no_readers(town: Town, hook: Hook) -> None:
    ada, bo = town.signs_up("ada"), town.signs_up("bo")
    soon = hook.of(ada, "click", url="https://harbour.example/a")
    town.passes(minutes=3)
    at_once = [hook.of(bo, "click", url=f"https://harbour.example/{n}") for n in range(3)]

    hook.hears(soon, *at_once)

    assert [name for name, _ in told(ada) + told(bo)] == ["email_reported"] * 4
    assert all(properties["machine"] for _, properties in told(ada) + told(bo))


def test_in_any_order_and_again_it_comes_to_the_same(town: Town, hook: Hook) -> None:
    chance, people = random.Random(5), [town.signs_up(name) for name in ("ada", "bo", "cy")]
    town.passes(minutes=3)
    batch = [
        hook.of(person, event, **more)
        for person, more in zip(people, ({}, {"type": "bounce"}, {}), strict=True)
        for event in ("processed", "delivered", "bounce" if more else "click")
    ]
    hook.hears(*batch)
    before = [(told(person), suppressed(person), standing(person)) for person in people]

    for _ in range(4):
        chance.shuffle(batch)
        again = [hook.events.again(event) for event in batch]
        assert hook.hears(*again[:5]).status_code == 204
        assert hook.hears(*again[3:], *again[3:]).status_code == 204

    assert [(told(person), suppressed(person), standing(person)) for person in people] == before


def test_a_click_that_is_told_twice_counts_once(town: Town, hook: Hook) -> None:
    publishes(town, {("segment", "keen"): "id: keen\nwhen: {did: email_clicked, at_least: 2}\n"})
    ada = town.signs_up("ada")
    town.passes(minutes=3)
    click = hook.of(ada, "click", url="https://harbour.example/start")

    hook.hears(click)
    hook.hears(hook.events.again(click))

    [counted] = orjson.loads(standing(ada)[2])["r"].values()
    assert len(counted) == 1


def test_an_event_tells_that_a_letter_was_taken_after_all(town: Town, hook: Hook) -> None:
    ada = unclear(town)

    hook.hears(hook.of(ada, "processed"))

    assert states(town) == [("accepted", "accepted: sendgrid told of it later (taken)")]
    assert told(ada) == []


def test_a_letter_of_which_nobody_tells_is_lost_after_a_day_and_not_sent_again(town: Town, hook: Hook) -> None:
    ada = unclear(town)

    town.sleeps(hours=25)
    assert delivery.give_up(town.ground, town.look()) == 0
    town.sleeps(hours=2)
    assert delivery.give_up(town.ground, town.look()) == 1
    town.beats()

    assert states(town)[0][0] == "lost"
    assert ada.letters.count("welcome") == 1

    hook.hears(hook.of(ada, "delivered"))
    assert states(town)[0][0] == "accepted"


def test_an_event_of_nobodys_letter_stops_its_address_and_keeps_nothing(town: Town, hook: Hook) -> None:
    ada = town.signs_up("ada")
    bounce = hook.of(ada, "bounce", type="bounce", nt_send_id=None, sg_message_id=None)
    foreign = {"email": "bo@customer.example", "event": "spamreport", "timestamp": 1, "nt_send_id": "of another"}

    assert hook.hears(bounce, foreign, {"event": "bounce", "email": "no address"}).status_code == 204
    bo = town.signs_up("bo")

    assert suppressed(ada) == {"all": "sendgrid: their address takes no letters"}
    assert bo.letters == []
    assert [name for name, _ in told(ada)] == ["email_unreachable"]


def test_a_bounce_without_an_address_stops_the_letters_reader(town: Town, hook: Hook) -> None:
    ada = town.signs_up("ada")

    hook.hears(hook.of(ada, "bounce", email=None))

    assert [*suppressed(ada)] == ["all"]


def test_a_complaint_is_the_last_word(town: Town, hook: Hook) -> None:
    ada = town.signs_up("ada")
    ada.unsubscribes()
    assert feedback.reader(town.ground, ada.id).may_come_back("all")  # type: ignore[union-attr]

    hook.hears(hook.of(ada, "spamreport"))

    assert suppressed(ada) == {"all": "sendgrid: they reported a letter as spam"}
    assert not feedback.come_back(town.ground, ada.id, "all", town.look())


def test_clocks_that_disagree_put_nothing_into_the_future(town: Town, hook: Hook) -> None:
    ada = town.signs_up("ada")
    ahead = int((town.machine + timedelta(days=400)).timestamp())

    for stamp in (ahead, -(10**12), 10**30, "soon", None, [1], True):
        assert hook.hears(hook.of(ada, "delivered", timestamp=stamp)).status_code == 204

    with town.ground.sessions.read() as session:
        [(newest,)] = session.rows("SELECT max(at) FROM events")
    assert newest <= town.now.timestamp() * 1_000_000
