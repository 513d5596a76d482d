"""One customer who cannot be decided, or one letter that cannot be composed, spoils it for nobody else."""

from datetime import timedelta
from functools import partial

import pytest

from nurture.flow import intake, tick
from nurture.flow.intake import Report
from nurture.store import customers
from nurture.store.claims import wake
from nurture.store.session import Session
from tests.faults.carriers import sent_to, signs_up, state_of, states
from tests.stories.town import MONDAY, Person, Town

NOWHERE = 999  # a revision of a journey that nobody ever saved


def of(town: Town, name: str) -> Person:
    return Person(town, signs_up(town, name).customer_id, f"{name}@customer.example", f"u-{name}")


def pinned_to(town: Town, person: Person, revision: int) -> None:
    """Let somebody walk this version of all their journeys, whether there is one or not."""
    sql = "UPDATE enrollments SET revision = :revision WHERE customer_id = :id"
    town.ground.sessions.write(lambda session: session.run(sql, {"revision": revision, "id": person.id}))


def poisoned(town: Town, name: str) -> Person:
    """Somebody whose decision raises from now on."""
    person = of(town, name)
    pinned_to(town, person, NOWHERE)
    return person


def reports(town: Town, event: str, *people: Person) -> intake.Receipt:
    told = [Report(event, town.now, one.user_id, id=f"{event}-{one.user_id}") for one in people]
    return intake.take_events(town.ground, told, "events", town.look())


def test_the_others_of_a_batch_are_settled_and_the_poisoned_one_is_set_aside(town: Town) -> None:
    ada, bo, cy = of(town, "ada"), poisoned(town, "bo"), of(town, "cy")

    receipt = reports(town, "subscription_started", ada, bo, cy)

    assert (receipt.accepted, receipt.held) == (2, 1)
    assert [one.stage for one in (ada, bo, cy)] == ["adopted", "assessing", "adopted"]
    assert bo.row.failures == 1
    assert bo.row.due_at == MONDAY + timedelta(minutes=1)
    assert bo.row.due_because.startswith("set aside after an error: KeyError")


def test_whoever_is_set_aside_is_tried_again_ever_more_seldom(town: Town) -> None:
    bo = poisoned(town, "bo")
    town.ground.sessions.write(lambda session: wake(session, [bo.id], town.now, "a test"))

    waits = []
    for failures in (1, 2, 11, 5000):
        town.ground.sessions.write(partial(failed, person=bo, times=failures - 1))
        tick.tick(town.ground, town.look())
        assert bo.row.due_at is not None
        waits.append((bo.row.due_at - town.now) / timedelta(minutes=1))
        town.sleeps(minutes=waits[-1])

    assert waits == [1, 2, 1024, 1440]


def failed(session: Session, person: Person, times: int) -> None:
    session.run("UPDATE customers SET failures = :times WHERE id = :id", {"times": times, "id": person.id})


def test_what_they_told_meanwhile_takes_effect_once_they_can_be_decided(town: Town) -> None:
    bo = poisoned(town, "bo")
    reports(town, "source_connected", bo)
    reports(town, "trial_cancelled", bo)
    again = reports(town, "trial_cancelled", bo)
    assert (again.accepted, again.duplicates) == (0, 1)
    assert bo.stages == ["assessing"]

    pinned_to(town, bo, 1)
    town.sleeps(minutes=5)
    town.beats()
    town.passes(days=30)

    assert bo.stages == ["assessing", "terminated"]
    with town.ground.sessions.read() as session:
        assert [one.milestone for one in customers.milestones_of(session, bo.id)] == ["first_source"]
    assert bo.row.failures == 0
    assert sent_to(town) == []


def test_what_took_effect_late_does_so_once(town: Town) -> None:
    bo = of(town, "bo")
    for poison, event in ((True, "trial_cancelled"), (False, "subscription_started"), (True, "report_built")):
        pinned_to(town, bo, NOWHERE if poison else 1)
        reports(town, event, bo)
        pinned_to(town, bo, 1)
        tick.tick(town.ground, town.look())
        town.sleeps(minutes=5)
        tick.tick(town.ground, town.look())

    assert bo.stages == ["assessing", "terminated", "adopted"]


def test_a_stop_that_cannot_be_decided_stops_all_the_same(town: Town) -> None:
    bo = poisoned(town, "bo")

    reports(town, "trial_cancelled", bo)
    town.carries_the_post()
    town.sleeps(minutes=2)
    town.carries_the_post()

    assert (state_of(town, "bo"), sent_to(town)) == ("queued", [])


def test_a_publish_settles_everybody_else_and_comes_to_an_end(town: Town) -> None:
    people = [of(town, f"ada-{n}") for n in range(3)]
    bo = poisoned(town, "bo")
    reports(town, "source_connected", bo)
    town.ground.sessions.write(lambda session: session.run("UPDATE customers SET revision = 0"))

    batches = 0
    while tick.catch_up(town.ground, town.look()):
        batches += 1
        assert batches < 10

    assert [one.row.failures for one in (*people, bo)] == [0, 0, 0, 1]


def test_a_hostile_name_stops_nobody_elses_letter(town: Town) -> None:
    signs_up(town, "ada", traits={"name": 5})
    signs_up(town, "bo", traits={"name": {"first": "Bo"}, "company": ["Bo"], "role": 1.5, "plan": None})
    signs_up(town, "cy")

    town.carries_the_post()

    assert "cy" in sent_to(town)
    assert states(town)["queued"] == 0


@pytest.mark.parametrize("part", ["topic", "email"])
def test_a_letter_whose_documents_are_gone_is_blocked_and_the_others_go(town: Town, part: str) -> None:
    ada = of(town, "ada")
    signs_up(town, "bo")
    sql = f"UPDATE messages SET {part} = 'gone' WHERE customer_id = :id"
    town.ground.sessions.write(lambda session: session.run(sql, {"id": ada.id}))

    town.carries_the_post()

    assert (state_of(town, "ada"), state_of(town, "bo")) == ("blocked", "accepted")
