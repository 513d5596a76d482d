"""A customer whom we may be losing asks for help: nurture rests, a person calls, and nurture goes on where it was."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from nurture.flow import care, tick
from nurture.store import audit, customers, tasks, timeline
from nurture.store.customers import Walk
from nurture.store.tasks import Desk, Task
from tests.postgres import Prepare
from tests.stories.care_playbook import prepared
from tests.stories.town import Person, Town

SAM = "sam@harbour.example"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="session")
def prepare_database() -> Prepare:
    return prepared


def at_risk(town: Town, name: str = "wilma", **traits: str) -> Person:
    """Somebody who signed up six days ago, and has done nothing since."""
    person = town.signs_up(name, **traits)
    town.passes(days=6)
    assert person.stage == "at_risk"
    return person


def cared_for(town: Town, name: str = "wilma", **traits: str) -> tuple[Person, Task]:
    """Somebody at risk who has opened a ticket, and the task that it led to."""
    person = at_risk(town, name, **traits)
    person.does("ticket_opened")
    return person, only_task(town, person)


def only_task(town: Town, person: Person) -> Task:
    with town.ground.sessions.read() as session:
        (found,) = tasks.tasks_of(session, person.id)
    return found


def done(town: Town, task: Task, outcome: str = "booked", note: str = "") -> None:
    care.complete(town.ground, task.id, outcome, note, SAM, town.look())
    town.carries_the_post()


def walk(town: Town, person: Person, journey: str = "first-win") -> Walk:
    with town.ground.sessions.read() as session:
        return next(one for one in customers.enrollments_of(session, person.id) if one.journey == journey)


def told(town: Town, person: Person, kind: str) -> list[tuple[str | None, str]]:
    """The lines of one kind on a customer's timeline, newest first."""
    with town.ground.sessions.read() as session:
        entries = timeline.timeline(session, person.id, 500).entries
    return [(entry.journey, entry.because) for entry in entries if entry.kind == kind]


def test_nurture_rests_while_a_person_calls_and_goes_on_where_it_was(town: Town) -> None:
    wilma, task = cared_for(town)
    resting = walk(town, wilma)
    town.passes(hours=3)
    done(town, task, note="Friday at ten")
    town.passes(days=2)
    wilma.does("ticket_solved")
    back = walk(town, wilma)

    town.passes(days=3, hours=23)
    before = wilma.letters
    town.passes(hours=2)

    assert told(town, wilma, "suspended") == [("first-win", "rests while they walk get-help")]
    assert told(town, wilma, "resumed") == [("first-win", "goes on, since get-help is over")]
    assert (resting.step, back.step) == ("pause", "pause")
    assert back.due_at == resting.due_at + 2 * DAY + 3 * HOUR if resting.due_at else False
    assert before == ["welcome", "answer"]
    assert wilma.letters == ["welcome", "answer", "tip"]


def test_the_task_is_for_the_right_owner_with_a_brief_for_the_persona(town: Town) -> None:
    _, hers = cared_for(town)
    kevin, his = cared_for(town, "kevin", role="developer")
    with town.ground.sessions.read() as session:
        document = town.ground.shelf.playbook(session).tasks["call"]
        desk = tasks.open_tasks(session, town.now, desk=Desk(["jonas"], SAM))

    assert ((hers.owner, hers.persona), (his.owner, his.persona)) == (("ana", "wilma"), ("jonas", "kevin"))
    assert [task.customer_id for task in desk] == [kevin.id]
    assert (his.due_at, his.because) == (
        town.now + 4 * HOUR,
        "waits up to 2 days for the outcome of call; for Jonas, because persona is kevin",
    )
    said = [document.brief_for(task.persona) for task in (hers, his)]
    assert said[0] == ("Say that it is not her fault.", ("May I solve it with you now?",))
    assert said[1] == ("Have the log open.", ("This is what changed.", "What have you ruled out?"))


def test_one_step_has_four_bodies(town: Town) -> None:
    well = {who: town.signs_up(who, role=role) for who, role in (("kevin", "developer"), ("wilma", "boss"))}
    for person in well.values():
        person.does("ticket_opened")
    ill = {who: cared_for(town, f"{who}2", role=role)[0] for who, role in (("kevin", "admin"), ("wilma", "boss"))}

    bodies = [person.texts["answer"] for person in (*well.values(), *ill.values())]

    assert len(set(bodies)) == 4
    assert [
        (key in bodies[n], who in bodies[n])
        for n, (key, who) in enumerate(
            (key, who) for key in ("we-have-it", "somebody-calls") for who in ("kevin", "wilma")
        )
    ] == [(True, True)] * 4
    assert {walk(town, person, "get-help").variant for person in well.values()} == {None}
    assert {walk(town, person, "get-help").variant for person in ill.values()} == {"special-care"}


def test_nobody_answers_so_it_becomes_somebody_elses_and_then_a_letter(town: Town) -> None:
    wilma, task = cared_for(town)
    town.passes(hours=6, seconds=-1)
    before = only_task(town, wilma)

    town.passes(seconds=1)
    risen = only_task(town, wilma)
    town.passes(days=1, hours=18)
    after = only_task(town, wilma)

    assert (before.owner, before.escalated_at, risen.owner, risen.escalated_at) == (
        "ana",
        None,
        "lea",
        task.due_at + 2 * HOUR,
    )
    assert (after.state, after.because, after.closed_at) == (
        "lapsed",
        "2 days are over, and call has no outcome",
        task.opened_at + 2 * DAY,
    )
    assert wilma.letters == ["welcome", "answer", "in-writing"]


def test_once_a_call_is_booked_the_robot_is_silent(town: Town) -> None:
    wilma, task = cared_for(town)
    before = wilma.letters

    done(town, task)
    town.passes(days=9)

    assert wilma.letters == before
    assert (only_task(town, wilma).state, only_task(town, wilma).outcome) == ("done", "booked")
    assert walk(town, wilma, "get-help").step == "solved"


def test_another_outcome_takes_its_path_at_once(town: Town) -> None:
    wilma, task = cared_for(town)

    done(town, task, "no_answer", "twice")

    finished = only_task(town, wilma)
    assert wilma.letters[-1] == "missed"
    assert (finished.outcome, finished.note, finished.claimed_by, finished.closed_at) == (
        "no_answer",
        "twice",
        SAM,
        town.now,
    )
    with town.ground.sessions.read() as session:
        (entry,) = audit.entries(session, 1)
        newest = timeline.timeline(session, wilma.id, 500).entries
    assert (entry.actor, entry.act, entry.subject) == (SAM, "complete task", task.id)
    facts = [one.properties for one in newest if one.kind == "event" and one.what == "care_done"]
    assert facts == [{"key": "get-help|1|call|1", "task": "call", "outcome": "no_answer"}]


def test_a_letter_that_waited_for_the_post_when_the_rest_began_waits_for_its_end(town: Town) -> None:
    wilma = at_risk(town)
    town.sleeps(days=4, hours=1)
    while tick.tick(town.ground, town.look()):
        """Decide what is due, the tip among it; nothing is handed over."""
    wilma.does("ticket_opened")
    done(town, only_task(town, wilma))
    town.sleeps(days=2)
    town.carries_the_post()
    resting, because = wilma.letters, wilma.why("tip", "first-win")[1]

    wilma.does("ticket_solved")
    town.passes(minutes=15)

    assert resting == ["welcome", "answer"]
    assert "first-win rests while they walk get-help" in because
    assert wilma.letters == ["welcome", "answer", "tip"]


def test_whoever_leaves_needs_no_call(town: Town) -> None:
    wilma, task = cared_for(town)

    wilma.does("trial_cancelled")

    closed = only_task(town, wilma)
    assert (closed.state, closed.because) == ("closed", "left: the stage became terminated (trial_cancelled)")
    with pytest.raises(care.NotOpen, match="need not be done any more: left: the stage became terminated"):
        done(town, task)


def completed(town: Town, task: Task) -> None:
    done(town, task)


def lapsed(town: Town, _: Task) -> None:
    town.passes(days=3)


def nothing(town: Town, task: Task) -> None:
    """The task is open."""


@pytest.mark.parametrize(
    ("before", "outcome", "refused", "said"),
    [
        (completed, "no_answer", care.NotOpen, "it is done already: booked"),
        (lapsed, "booked", care.NotOpen, "nobody did it in time"),
        (nothing, "done", care.NoSuchOutcome, "'done' is no outcome of it; there is booked, no_answer"),
    ],
    ids=["done", "lapsed", "another outcome"],
)
def test_what_cannot_be_answered_is_refused_and_nothing_changes(
    town: Town, before: Callable[[Town, Task], None], outcome: str, refused: type[Exception], said: str
) -> None:
    wilma, task = cared_for(town)
    before(town, task)
    stood, facts = only_task(town, wilma), told(town, wilma, "event")

    with pytest.raises(refused, match=said):
        done(town, task, outcome)

    assert only_task(town, wilma) == stood
    assert told(town, wilma, "event") == facts


def test_nobody_answers_for_a_task_that_is_not_there(town: Town) -> None:
    with pytest.raises(care.NoSuchTask):
        care.claim(town.ground, "tsk_none", SAM, town.look())
    with pytest.raises(care.NoSuchTask):
        care.snooze(town.ground, "tsk_none", town.now + DAY, SAM, town.look())
    with pytest.raises(care.NoSuchTask):
        care.complete(town.ground, "tsk_none", "booked", "", SAM, town.look())


def test_a_task_is_taken_by_one(town: Town) -> None:
    wilma, task = cared_for(town)

    care.claim(town.ground, task.id, SAM, town.look())
    care.claim(town.ground, task.id, SAM, town.look())
    with pytest.raises(care.TakenAlready, match="has taken it already"):
        care.claim(town.ground, task.id, "tom@harbour.example", town.look())

    assert only_task(town, wilma).claimed_by == SAM
    with town.ground.sessions.read() as session:
        assert [one.act for one in audit.entries(session)].count("claim task") == 1


def test_a_task_that_is_put_off_comes_back_on_its_day(town: Town) -> None:
    wilma, task = cared_for(town)

    care.snooze(town.ground, task.id, town.now + DAY, SAM, town.look())

    with pytest.raises(care.NotAhead):
        care.snooze(town.ground, task.id, town.now, SAM, town.look())
    with town.ground.sessions.read() as session:
        shown = [
            [len(tasks.open_tasks(session, at, snoozed=asleep)) for asleep in (False, True, None)]
            for at in (town.now, town.now + DAY)
        ]
    assert shown == [[0, 1, 1], [1, 0, 1]]
    assert only_task(town, wilma).due_at == task.due_at
