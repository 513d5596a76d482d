"""What staff do to one customer: hold and release, pass a step, send now, take over; with a reason, and at once."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from nurture.channels.email.links import Links
from nurture.flow import care, steering
from nurture.flow.forecast import forecast
from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.letters import Composer
from nurture.flow.publish import Choices, publish, undo_publish
from nurture.flow.steering import Place, Refused
from nurture.store import audit, notes, photographs, tasks, timeline
from nurture.store.session import Sessions
from tests.faults.carriers import Interrupted, Paused, a_post, carries, publishes
from tests.faults.carriers import signs_up as queued_for
from tests.postgres import Prepare
from tests.store.until import until
from tests.stories.town import KEYS, MONDAY, URL, Person, Town, a_town, founded

LEA = "lea@example.com"
DAYS = "id: days\nname: Days\nenter: {on: asked}\nsteps:\n" + "\n".join(
    f"  - {{id: wait-{n}, do: wait, for: 2d}}\n  - {{id: mail-{n}, do: email, email: report-shared}}" for n in (1, 2)
)
TALK = """
id: talk
name: Talk
enter: {on: talks}
steps:
  - {id: call, do: care, task: call-them, owner: mira, due: 1d, wait_for_outcome: 3d, outcomes: {yes: []}}
  - {id: after, do: email, email: report-shared}
"""
FIRST_WIN = """
id: first-win
name: First win
enter: {stage: assessing}
steps:
  - {id: welcome, do: email, email: welcome, urgent: true}
  - id: data-in
    do: wait_for
    what: {milestone: first_source}
    up_to: 20d
    else: [{id: nudge-data, do: email, email: connect-your-data}]
"""
TEXTS = {
    ("journey", "first-win"): FIRST_WIN,
    ("journey", "days"): DAYS,
    ("journey", "talk"): TALK,
    ("task", "call-them"): "id: call-them\nname: Call them\n",
}


def with_these(url: str) -> None:
    """Found a town in which they stand."""
    founded(url)
    sessions = Sessions(url)
    publish(Ground(sessions, Shelf(), Seals(KEYS)), TEXTS, "a test", "", Moment(MONDAY, MONDAY))
    sessions.close()


@pytest.fixture(scope="session")
def prepare_database() -> Prepare:
    return with_these


@pytest.fixture(scope="module")
def compiled() -> tuple[Shelf, Composer]:
    """The playbook and its emails, compiled once for all of these tests; `publishes` takes others for one."""
    return Shelf(), Composer(Links(URL, KEYS), URL)


@pytest.fixture
def town(database_url: str, tmp_path: Path, compiled: tuple[Shelf, Composer]) -> Iterator[Town]:
    with a_town(database_url, tmp_path) as opened:
        shelf, opened.post.composer = compiled
        opened.ground = opened.ground._replace(shelf=shelf)
        yield opened


@pytest.fixture
def ada(town: Town) -> Person:
    """Somebody in Berlin who walks the journey of two letters, each behind two days, from Monday 10:00 UTC on."""
    town.passes(hours=1)
    ada = town.signs_up("ada", zone="Europe/Berlin")
    ada.does("asked")
    return ada


def hold(ada: Person, because: str = "they are on holiday", by: str = LEA) -> bool:
    return steering.hold(ada.town.ground, ada.id, by, because, ada.town.look())


def release(ada: Person, because: str = "they are back") -> bool:
    return steering.release(ada.town.ground, ada.id, LEA, because, ada.town.look())


def at(step: str, entry: int = 1, journey: str = "days") -> Place:
    return Place(journey, entry, step)


def stands(ada: Person, journey: str = "days") -> tuple[str | None, str]:
    """Where they stand in a journey, or stood at its end, and why."""
    with ada.town.ground.sessions.read() as session:
        ((step, because),) = session.rows(
            "SELECT step, because FROM enrollments WHERE customer_id = :id AND journey = :journey",
            {"id": ada.id, "journey": journey},
        )
    return step, because


def acts(ada: Person) -> list[tuple[str, str]]:
    with ada.town.ground.sessions.read() as session:
        found = [one for one in audit.entries(session) if one.subject == ada.id]
    return [(one.actor, one.act) for one in reversed(found)]


def mails(ada: Person) -> list[str]:
    return [letter for letter in ada.letters if letter.startswith("mail")]


def test_whoever_is_held_gets_nothing_for_days_and_then_goes_on_where_they_were(town: Town, ada: Person) -> None:
    town.passes(days=1)
    before = ada.letters

    assert hold(ada)
    town.passes(days=5)
    silence, due, at_rest = ada.letters, ada.row.due_at, stands(ada)[1]
    assert release(ada)
    town.passes(hours=23)
    not_yet = mails(ada)
    town.passes(days=4)

    assert (silence, due) == (before, None)
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


@pytest.mark.parametrize("because", ["", "  \n"])
def test_nobody_is_held_without_a_reason(ada: Person, because: str) -> None:
    with pytest.raises(Refused, match="say why"):
        hold(ada, because)

    assert ada.row.held_at is None


def test_a_queued_letter_waits_while_they_are_held_and_is_not_late_afterwards(town: Town) -> None:
    ada = Person(town, queued_for(town, "ada").customer_id, "ada@customer.example", "u-ada")

    hold(ada)
    town.passes(days=2)
    silence, why = ada.letters, ada.why("welcome")
    release(ada)
    town.carries_the_post()

    assert silence == []
    assert why[0] == "held"
    assert "held since Mon 05 Jan 2026 09:00 UTC by lea@example.com: they are on holiday" in why[1]
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
    town.passes(days=1)
    silence = mails(ada)
    release(ada)
    town.passes(days=1)

    assert silence == []
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


def test_a_forecast_counts_whom_staff_hold(town: Town, ada: Person) -> None:
    before = forecast(town.ground, town.now, 10)
    hold(ada)
    after = forecast(town.ground, town.now, 10)

    assert (before.held, after.held) == (0, 1)
    assert (before.customers, after.customers) == (1, 0)


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
    publishes(town, {("journey", "days"): DAYS.replace("name: Days", "name: Some days")})
    town.passes(days=8)

    assert mails(ada) == ["mail-2"]


def test_passing_a_care_step_takes_its_task_back(town: Town, ada: Person) -> None:
    ada.does("talks")
    steering.skip(town.ground, ada.id, at("call", journey="talk"), LEA, "I met them", town.look())

    with town.ground.sessions.read() as session:
        (task,) = tasks.tasks_of(session, ada.id)
    assert (task.state, task.because) == ("closed", "skipped by lea@example.com: I met them")


@pytest.mark.parametrize("place", [at("mail-2"), at("wait-1", entry=2), at("wait-1", journey="nowhere"), at("")])
def test_a_step_that_is_not_next_is_not_passed(town: Town, ada: Person, place: Place) -> None:
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
    with pytest.raises(Refused, match="they stand at wait-2"):
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
