"""Staff hold a customer, take them over and let them go: nothing goes out meanwhile, and then they go on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from nurture.flow import care, steering, tick
from nurture.flow.forecast import forecast
from nurture.flow.ground import Shelf
from nurture.flow.publish import Choices, publish, undo_publish
from nurture.flow.steering import Refused
from nurture.store import audit, notes, tasks, timeline
from tests.faults.carriers import Interrupted, Paused, a_post, carries, publishes
from tests.faults.carriers import signs_up as queued_for
from tests.steering.cast import DAYS, LEA, acts, hold, mails, release, stands
from tests.store.until import until
from tests.stories.town import Person, Town


def test_whoever_is_held_gets_nothing_for_days_and_then_goes_on_where_they_were(town: Town, ada: Person) -> None:
    town.passes(days=1)
    before = ada.letters

    assert hold(ada)
    town.passes(days=5)
    silence, due, at_rest, why = ada.letters, ada.row.due_at, stands(ada)[1], ada.row.held_because
    assert release(ada)
    town.passes(hours=23)
    not_yet = mails(ada)
    town.passes(days=4)

    assert (silence, due, why) == (before, None, "by lea@example.com: they are on holiday")
    assert at_rest == "held since Tue 06 Jan 2026 10:00 UTC by lea@example.com: they are on holiday"
    assert not_yet == []
    assert mails(ada) == ["mail-1", "mail-2"]
    assert acts(ada) == [(LEA, "hold"), (LEA, "release")]
    assert ada.row.held_at is None


def test_a_hold_and_a_release_are_decisions_on_the_timeline(town: Town, ada: Person) -> None:
    hold(ada)
    town.passes(days=1)
    release(ada)

    with town.ground.sessions.read() as session:
        told = timeline.timeline(session, ada.id).entries
    said = {(one.kind, one.journey): one.because for one in told}
    assert said["hold", None] == "held by lea@example.com: they are on holiday"
    assert said["release", None] == "released by lea@example.com: they are back"
    assert said["suspended", "days"].startswith("held since Mon 05 Jan 2026 10:00 UTC by lea@example.com")
    assert said["resumed", "days"] == "goes on: released by lea@example.com: they are back"


def test_whoever_is_held_twice_is_held_once(ada: Person) -> None:
    assert (hold(ada), hold(ada, "again", "tom@example.com"), release(ada), release(ada)) == (True, False, True, False)

    assert sorted(acts(ada)) == [(LEA, "hold"), (LEA, "release")]


def test_nobody_is_held_without_a_reason(ada: Person) -> None:
    for because in ("", "  \n"):
        with pytest.raises(Refused, match="say why"):
            hold(ada, because)

    assert ada.row.held_at is None


def test_a_queued_letter_waits_while_they_are_held_and_is_not_late_afterwards(town: Town) -> None:
    ada = Person(town, queued_for(town, "ada").customer_id, "ada@customer.example", "u-ada")

    hold(ada)
    why = ada.why("welcome")
    town.passes(days=2)
    silence = ada.letters
    release(ada)
    town.carries_the_post()

    assert silence == []
    assert why[0] == "held"
    assert "and not handed over: held since Mon 05 Jan 2026 09:00 UTC by lea@example.com: they are on" in why[1]
    assert ada.letters == ["welcome"]


def test_what_they_do_is_heard_meanwhile_and_stop_still_means_stop(town: Town, ada: Person) -> None:
    hold(ada)
    town.passes(days=1)
    ada.does("talks")
    begun = stands(ada, "talk")
    ada.does("trial_cancelled")
    town.passes(days=1)

    assert begun[0] == "call"
    assert begun[1].startswith("held since")
    assert (ada.stage, stands(ada)[0]) == ("terminated", None)
    release(ada)
    town.passes(days=30)
    assert mails(ada) == []
    with town.ground.sessions.read() as session:
        assert tasks.tasks_of(session, ada.id) == []


def test_an_adoption_is_heard_and_its_journey_begins_when_they_are_released(town: Town, ada: Person) -> None:
    hold(ada)
    town.passes(days=3)
    ada.does("subscription_started")
    adopted, silence = ada.stage, ada.letters
    release(ada)
    town.passes(days=2)

    assert (adopted, silence) == ("adopted", ["welcome"])
    assert len(ada.letters) > len(silence)


def test_time_moves_nobody_to_another_stage_while_they_are_held(town: Town, ada: Person) -> None:
    bo = town.signs_up("bo")
    hold(ada)
    town.passes(days=12)

    assert (ada.stage, bo.stage) == ("assessing", "at_risk")
    release(ada)
    assert ada.stage == "at_risk"


def test_a_publish_leaves_them_alone_and_reaches_them_when_they_are_released(town: Town, ada: Person) -> None:
    hold(ada)
    greeting = "id: greeting\nname: Greeting\nenter: {stage: assessing, existing: enter}\nsteps:\n"
    publishes(town, {("journey", "greeting"): greeting + "  - {id: mail-hello, do: email, email: report-shared}\n"})
    caught_up = tick.catch_up(town.ground, town.look())
    town.passes(days=1)
    silence = mails(ada)
    release(ada)
    town.passes(days=1)

    assert (caught_up, silence) == (0, [])
    assert mails(ada) == ["mail-hello"]


def test_a_publish_that_is_undone_does_not_release_them(town: Town, ada: Person) -> None:
    town.ground = town.ground._replace(shelf=Shelf())
    text = {("journey", "days"): DAYS.replace("for: 2d", "for: 3d")}
    revision = publish(town.ground, text, LEA, "", town.look(), people=Choices()).revision
    hold(ada)
    undone = undo_publish(town.ground, revision, LEA, town.look())
    town.passes(days=3)
    silence = mails(ada)
    release(ada)
    town.passes(days=1)
    not_yet = mails(ada)
    town.passes(days=4)

    assert undone.restored == 1
    assert (silence, not_yet, mails(ada)) == ([], [], ["mail-1"])


def test_why_says_who_holds_them_since_when_and_what_for(ada: Person) -> None:
    hold(ada)

    outcome, sentence = ada.why("mail-1", "days")

    assert outcome == "suspended"
    assert sentence == (
        "They stand at wait-1 of days, and are held since Mon 05 Jan 2026 10:00 UTC by lea@example.com:"
        " they are on holiday."
    )


def test_a_forecast_counts_whom_staff_hold(town: Town) -> None:
    ada = Person(town, queued_for(town, "ada").customer_id, "ada@customer.example", "u-ada")
    before = forecast(town.ground, town.now, 10)
    hold(ada)
    after = forecast(town.ground, town.now, 10)

    assert (before.held, after.held) == (0, 1)
    assert (before.customers, after.customers) == (1, 0)
    assert (before.journeys["first-win"].all, after.journeys) == (1, {})


def answered_too_soon(town: Town, act: Callable[[], object], ada: Person) -> bool:
    """Whether this is answered while the provider still holds a letter to them."""
    provider = Paused(town.post.provider)
    with a_post(town, provider) as post, ThreadPoolExecutor(2) as pool:
        handed = pool.submit(carries, town, post)
        provider.holds(1)
        asked = pool.submit(act)
        until(lambda: ada.row.held_at is not None)
        too_soon = bool(wait([asked], timeout=0.1).done)
        provider.lets_go()
        asked.result()
        handed.result()
    return too_soon


@pytest.mark.parametrize("act", ["hold", "take over"])
def test_a_hold_is_acknowledged_after_the_letter_that_is_leaving(town: Town, act: str) -> None:
    ada = Person(town, queued_for(town, "ada").customer_id, "ada@customer.example", "u-ada")

    def acted() -> object:
        if act == "hold":
            return hold(ada)
        return steering.take_over(town.ground, ada.id, LEA, "they asked for a person", town.look())

    assert not answered_too_soon(town, acted, ada)
    assert ada.letters == ["welcome"]


def test_a_letter_that_is_being_composed_does_not_leave_after_a_hold(town: Town) -> None:
    ada = Person(town, queued_for(town, "ada").customer_id, "ada@customer.example", "u-ada")

    with a_post(town, composer=Interrupted(lambda _: hold(ada))) as post:
        carries(town, post)

    assert ada.letters == []


def test_taking_over_holds_them_and_its_end_may_release_them(town: Town, ada: Person) -> None:
    first = steering.take_over(town.ground, ada.id, LEA, "they asked for a person", town.look())
    again = steering.take_over(town.ground, ada.id, LEA, "they asked for a person", town.look())
    with pytest.raises(Refused, match="taken over already, taken over by lea"):
        steering.take_over(town.ground, ada.id, "tom@example.com", "me too", town.look())
    town.passes(days=5)
    silence = mails(ada)
    with town.ground.sessions.read() as session:
        task = tasks.find(session, first)
        assert task is not None
        assert care.outcomes_of(town.ground.shelf.playbook(session), task) == ("released", "still_held")
    care.complete(town.ground, first, "released", "we spoke", LEA, town.look())
    town.passes(days=3)

    assert (again, silence) == (first, [])
    assert (task.claimed_by, task.because) == (LEA, "taken over by lea@example.com: they asked for a person")
    assert mails(ada) == ["mail-1"]


def test_a_task_may_end_while_they_stay_held_and_be_opened_for_an_owner_again(town: Town, ada: Person) -> None:
    first = steering.take_over(town.ground, ada.id, LEA, "a call", town.look())
    care.complete(town.ground, first, "still_held", "", LEA, town.look())
    stays = ada.row.held_at
    second = steering.take_over(town.ground, ada.id, LEA, "a visit", town.look(), owner="mira")

    with town.ground.sessions.read() as session:
        task = tasks.find(session, second)
    assert stays is not None
    assert task is not None
    assert (task.owner, task.claimed_by, second != first) == ("mira", None, True)
    with pytest.raises(Refused, match="there is no owner 'nobody'"):
        steering.take_over(town.ground, ada.id, LEA, "a visit", town.look(), owner="nobody")


def test_their_own_owner_gets_their_tasks(town: Town, ada: Person) -> None:
    with town.ground.sessions.read() as session:
        owners = [one.id for one in town.ground.shelf.playbook(session).policy.owners]
    for owner in owners:
        steering.assign_owner(town.ground, ada.id, owner, LEA, town.look())
        assert ada.row.owner == owner
    with pytest.raises(Refused, match="there is no owner 'zoe'"):
        steering.assign_owner(town.ground, ada.id, "zoe", LEA, town.look())
    assert not steering.assign_owner(town.ground, ada.id, owners[-1], LEA, town.look())
    ada.does("project_created")
    assert ada.row.owner == owners[-1]
    assert steering.assign_owner(town.ground, ada.id, None, LEA, town.look())
    assert ada.row.owner is None


def test_notes_are_kept_with_their_author(town: Town, ada: Person) -> None:
    steering.write_note(town.ground, ada.id, "Likes short mails. \n", LEA, town.look())
    town.passes(days=1)
    last = steering.write_note(town.ground, ada.id, "Is on holiday", "tom@example.com", town.look())
    with pytest.raises(Refused, match="a note says something"):
        steering.write_note(town.ground, ada.id, " ", LEA, town.look())

    with town.ground.sessions.read() as session:
        kept = notes.of_customer(session, ada.id)
        (row, *_) = audit.entries(session)
    assert [(one.author, one.text) for one in kept] == [
        ("tom@example.com", "Is on holiday"),
        (LEA, "Likes short mails."),
    ]
    assert (row.act, row.subject, row.actor) == ("write note", last, "tom@example.com")
