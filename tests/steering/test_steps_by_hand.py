"""Staff pass a step, send a letter now, begin and end a journey, for one customer; with a reason, and at once."""

import json

import pytest

from nurture.flow import steering
from nurture.flow.ground import Shelf
from nurture.flow.publish import Choices, publish
from nurture.flow.steering import Refused
from nurture.store import photographs, tasks
from tests.steering.cast import DAYS, LEA, acts, at, hold, mails, release, stands
from tests.stories.town import Person, Town


def test_a_wait_is_passed_and_pressed_twice_it_is_passed_once(town: Town, ada: Person) -> None:
    steering.skip(town.ground, ada.id, at("wait-1"), LEA, "they know it", town.look())

    assert stands(ada)[0] == "mail-1"
    assert ("skipped", "skipped by lea@example.com: they know it") in [line[2:4] for line in ada.transcript("days")]
    with pytest.raises(Refused, match="not at wait-1 any more: they stand at mail-1 of days"):
        steering.skip(town.ground, ada.id, at("wait-1"), LEA, "they know it", town.look())
    town.passes(days=3)
    assert acts(ada) == [(LEA, "skip")]


def test_the_letter_behind_a_wait_is_passed_when_they_come_to_it(town: Town, ada: Person) -> None:
    steering.skip(town.ground, ada.id, at("mail-1"), LEA, "they know it", town.look())
    with pytest.raises(Refused, match="mail-1 is to be passed already: skipped by lea"):
        steering.skip(town.ground, ada.id, at("mail-1"), LEA, "once more", town.look())
    town.passes(days=8)

    assert mails(ada) == ["mail-2"]
    assert ada.why("mail-1", "days")[0] == "skipped"


def test_a_step_can_be_passed_while_they_are_held(town: Town, ada: Person) -> None:
    hold(ada)
    steering.skip(town.ground, ada.id, at("wait-1"), LEA, "not needed", town.look())
    steering.skip(town.ground, ada.id, at("mail-1"), LEA, "not needed", town.look())
    town.passes(days=4)
    still = stands(ada)[0]
    release(ada)

    assert still == "wait-1"
    assert stands(ada)[0] == "wait-2"
    assert mails(ada) == []


def test_a_publish_does_not_forget_what_is_to_be_passed(town: Town, ada: Person) -> None:
    steering.skip(town.ground, ada.id, at("mail-1"), LEA, "they know it", town.look())
    town.ground = town.ground._replace(shelf=Shelf())
    text = {("journey", "days"): DAYS.replace("name: Days", "name: Some days")}
    publish(town.ground, text, LEA, "", town.look(), people=Choices())
    town.passes(days=8)

    assert mails(ada) == ["mail-2"]


def test_passing_a_care_step_takes_its_task_back(town: Town, ada: Person) -> None:
    ada.does("talks")
    steering.skip(town.ground, ada.id, at("call", journey="talk"), LEA, "I met them", town.look())

    with town.ground.sessions.read() as session:
        (task,) = tasks.tasks_of(session, ada.id)
    assert (task.state, task.because) == ("closed", "skipped by lea@example.com: I met them")


def test_a_step_that_is_not_next_is_not_passed(town: Town, ada: Person) -> None:
    for place in (at("mail-2"), at("wait-1", entry=2), at("wait-1", journey="nowhere"), at("")):
        with pytest.raises(Refused, match="any more"):
            steering.skip(town.ground, ada.id, place, LEA, "why not", town.look())

    assert (stands(ada)[0], acts(ada)) == ("wait-1", [])


def test_the_letter_behind_a_wait_goes_now_at_any_hour(town: Town, ada: Person) -> None:
    town.passes(hours=12)  # it is 23:00 in Berlin
    steering.send_now(town.ground, ada.id, at("wait-1"), LEA, "they asked for it", town.look())
    town.carries_the_post()

    assert mails(ada) == ["mail-1"]
    assert ada.moments[-1] == town.now
    assert "sent now by lea@example.com: they asked for it" in json.dumps(ada.transcript("days"), default=str)
    with pytest.raises(Refused, match="not at wait-1 any more: they stand at wait-2"):
        steering.send_now(town.ground, ada.id, at("wait-1"), LEA, "they asked for it", town.look())


def test_a_letter_that_the_window_holds_goes_now(town: Town, ada: Person) -> None:
    town.passes(days=1, hours=23)
    steering.skip(town.ground, ada.id, at("wait-1"), LEA, "earlier", town.look())
    town.carries_the_post()
    town.passes(hours=10)
    steering.skip(town.ground, ada.id, at("wait-2"), LEA, "earlier", town.look())
    held = stands(ada)
    steering.send_now(town.ground, ada.id, at("mail-2"), LEA, "they wait for it", town.look())
    town.carries_the_post()

    assert held[0] == "mail-2"
    assert held[1].startswith("held by")
    assert mails(ada) == ["mail-1", "mail-2"]


def test_a_wait_for_something_is_over_when_its_letter_is_sent_now(town: Town, ada: Person) -> None:
    steering.send_now(town.ground, ada.id, at("data-in", journey="first-win"), LEA, "they asked how", town.look())
    town.carries_the_post()

    assert ada.letters[-1] == "nudge-data"


@pytest.mark.parametrize(
    ("against", "said"),
    [
        ("unsubscribed", "unsubscribed from everything"),
        ("topic", "unsubscribed from"),
        ("aside", "kept aside for comparison"),
        ("paused", "asked for a pause"),
        ("held", "nothing goes out to them: held since"),
        ("ended", "they do not walk days any more"),
    ],
)
def test_what_may_not_go_at_all_does_not_go_now(town: Town, ada: Person, against: str, said: str) -> None:
    prevent(ada, against)

    with pytest.raises(Refused, match=said):
        steering.send_now(town.ground, ada.id, at("wait-1"), LEA, "they asked for it", town.look())
    town.carries_the_post()

    assert mails(ada) == []
    assert (LEA, "send now") not in acts(ada)


def prevent(ada: Person, against: str) -> None:
    """Have something speak against every letter to them."""
    town = ada.town
    if against in ("unsubscribed", "topic"):
        with town.ground.sessions.read() as session:
            topic = town.ground.shelf.playbook(session).emails["report-shared"].head.topic
        ada.unsubscribes(*([topic] if against == "topic" else []))
    elif against == "ended":
        ada.does("trial_cancelled")
    elif against == "held":
        hold(ada)
    else:
        kept = {"aside": '{"aside":{"days":true}}', "paused": '{"w":{"pause":4102444800000000}}'}[against]
        town.ground.sessions.write(
            lambda session: session.run("UPDATE customers SET facts = :facts WHERE id = :id",
                                        {"facts": kept, "id": ada.id})
        )  # fmt: skip


def test_where_no_letter_comes_next_none_goes_now(town: Town, ada: Person) -> None:
    ada.does("talks")

    with pytest.raises(Refused, match="can go now: they stand at call, waits up to 3 days"):
        steering.send_now(town.ground, ada.id, at("call", journey="talk"), LEA, "now", town.look())


def test_a_journey_is_begun_for_one_and_says_who_began_it(town: Town, ada: Person) -> None:
    steering.start(town.ground, ada.id, "talk", LEA, "they called", town.look())

    with town.ground.sessions.read() as session:
        (walk,) = [one for one in photographs.enrollments(session, [ada.id])[ada.id] if one.journey == "talk"]
    assert walk.entered_because.startswith("started by lea@example.com: they called")
    with pytest.raises(Refused, match="they are walking it already"):
        steering.start(town.ground, ada.id, "talk", LEA, "they called", town.look())
    steering.remove(town.ground, ada.id, "talk", 1, LEA, "by mistake", town.look())
    for _ in range(2):
        with pytest.raises(Refused, match="it is walked once"):
            steering.start(town.ground, ada.id, "talk", LEA, "they called", town.look())
    with pytest.raises(Refused, match="no published journey"):
        steering.start(town.ground, ada.id, "nowhere", LEA, "they called", town.look())


def test_whoever_is_removed_from_a_journey_hears_nothing_more_of_it(town: Town, ada: Person) -> None:
    steering.send_now(town.ground, ada.id, at("wait-1"), LEA, "now", town.look())
    steering.remove(town.ground, ada.id, "days", 1, LEA, "they asked us to stop", town.look())
    town.passes(days=9)

    assert mails(ada) == []
    assert stands(ada) == (None, "left: removed by lea@example.com: they asked us to stop")
    with town.ground.sessions.read() as session:
        facts = photographs.portraits(session, [ada.id])[ada.id].snapshot.facts
    assert not any(touch.key.startswith("days|") for touch in facts.touches)
    with pytest.raises(Refused, match="do not walk days any more"):
        steering.remove(town.ground, ada.id, "days", 1, LEA, "again", town.look())


def test_nothing_can_be_steered_that_cannot_be_decided(town: Town, ada: Person) -> None:
    town.ground.sessions.write(lambda session: session.run("UPDATE customers SET failures = 1"))

    with pytest.raises(Refused, match="set aside after an error"):
        steering.skip(town.ground, ada.id, at("wait-1"), LEA, "now", town.look())
    assert hold(ada)
