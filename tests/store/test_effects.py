"""What a decision asks for besides letters is written down once, with its end, in a fixed number of statements."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from nurture.engine.decision import CallOrder, Decision, NoticeOrder, TaskOrder
from nurture.engine.snapshot import Customer, Facts
from nurture.store import effects, tasks
from nurture.store.decided import Settled
from nurture.store.session import Session, Sessions
from nurture.store.tasks import Count, Desk
from tests.store.rows import DAY, HOUR, MONDAY, customer, enrollment

DESK = Desk(("ana",), "sam@harbour.example")


class Counted(Session):
    """A session that counts what it is told."""

    told = 0

    def run(self, sql: str, params: Any = ()) -> int:
        self.told += 1
        return super().run(sql, params)

    def many(self, sql: str, params: Sequence[Any]) -> None:
        self.told += 1
        super().many(sql, params)


def task(do: str = "open", step: str = "call", pass_: int = 1, **said: Any) -> TaskOrder:
    known = {"task": "call", "owner": "ana", "because": f"{do} because", "due_at": MONDAY + DAY, **said}
    return TaskOrder(do, "path", 1, step, pass_, **known)


def notice(title: str = "Hello") -> NoticeOrder:
    return NoticeOrder("path", 1, "note", 1, title, "There", None, "https://example.com", "because")


def call(**send: Any) -> CallOrder:
    return CallOrder("path", 1, "tell", 1, "crm", send, "because")


def settled(name: str, *orders: TaskOrder | NoticeOrder | CallOrder) -> Settled:
    """A decision about somebody that asks for these."""
    person = Customer(f"cus_{name}", f"acc_{name}", f"u-{name}", f"{name}@example.com", "assessing", MONDAY, "wilma")
    decision = Decision(
        person, Facts(), (), (), (), (), (), turned=False, due_at=None, due_because="",
        tasks=tuple(one for one in orders if isinstance(one, TaskOrder)),
        notices=tuple(one for one in orders if isinstance(one, NoticeOrder)),
        calls=tuple(one for one in orders if isinstance(one, CallOrder)),
    )  # fmt: skip
    return Settled(decision, "a test", 0)


def brought_about(sessions: Sessions, *all_settled: Settled, at: datetime = MONDAY) -> int:
    """Bring it about, and say in how many statements."""

    def act(session: Session) -> int:
        counted = Counted(session.connection)
        effects.bring_about(counted, all_settled, at, at + HOUR)
        return counted.told

    return sessions.write(act)


def rows(sessions: Sessions, table: str, *columns: str) -> list[tuple[Any, ...]]:
    with sessions.read() as session:
        return session.rows(f"SELECT {', '.join(columns)} FROM {table} ORDER BY customer_id, step, pass")


@pytest.fixture
def ada(sessions: Sessions) -> str:
    return sessions.write(lambda session: customer(session, "ada"))


def found(sessions: Sessions, customer_id: str) -> tasks.Task:
    with sessions.read() as session:
        (only,) = tasks.tasks_of(session, customer_id)
    return only


def test_a_task_is_opened_once_and_stays_as_it_was(sessions: Sessions, ada: str) -> None:
    brought_about(sessions, settled("ada", task()))
    first = found(sessions, ada)

    brought_about(sessions, settled("ada", task(owner="bo", because="again")), at=MONDAY + HOUR)

    assert found(sessions, ada) == first
    assert (first.key, first.task, first.persona, first.owner) == ("path|1|call|1", "call", "wilma", "ana")
    assert (first.state, first.opened_at, first.due_at) == ("open", MONDAY, MONDAY + DAY)


def test_each_round_and_each_person_has_a_task_of_their_own(sessions: Sessions, ada: str) -> None:
    sessions.write(lambda session: customer(session, "bo"))

    brought_about(sessions, settled("ada", task(), task(pass_=2)), settled("bo", task()))

    assert rows(sessions, "tasks", "customer_id", "pass") == [(ada, 1), (ada, 2), ("cus_bo", 1)]


def test_an_overdue_task_becomes_another_ones_who_has_not_taken_it_yet(sessions: Sessions, ada: str) -> None:
    brought_about(sessions, settled("ada", task()))
    sessions.write(lambda session: tasks.claim(session, found(sessions, ada).id, DESK.member))

    brought_about(sessions, settled("ada", task("escalate", owner="lead")), at=MONDAY + DAY)

    risen = found(sessions, ada)
    assert (risen.owner, risen.escalated_at, risen.claimed_by) == ("lead", MONDAY + DAY, None)
    assert (risen.state, risen.because) == ("open", "escalate because")


@pytest.mark.parametrize(("do", "state"), [("lapse", "lapsed"), ("close", "closed")])
def test_a_task_ends_once(sessions: Sessions, ada: str, do: str, state: str) -> None:
    brought_about(sessions, settled("ada", task()))

    brought_about(sessions, settled("ada", task(do)), at=MONDAY + HOUR)
    brought_about(sessions, settled("ada", task("escalate", owner="lead")), at=MONDAY + 2 * HOUR)

    ended = found(sessions, ada)
    assert (ended.state, ended.closed_at, ended.owner) == (state, MONDAY + HOUR, "ana")


def test_what_was_done_is_neither_lapsed_nor_closed(sessions: Sessions, ada: str) -> None:
    brought_about(sessions, settled("ada", task()))
    own = found(sessions, ada).id
    sessions.write(lambda session: tasks.done(session, own, "booked", "at ten", DESK.member, MONDAY + HOUR))

    brought_about(sessions, settled("ada", task("close")), at=MONDAY + DAY)

    done = found(sessions, ada)
    assert (done.state, done.outcome, done.note, done.closed_at) == ("done", "booked", "at ten", MONDAY + HOUR)
    assert not sessions.write(lambda session: tasks.done(session, own, "again", "", DESK.member, MONDAY + DAY))


def test_another_steps_end_ends_no_task_of_this_one(sessions: Sessions, ada: str) -> None:
    brought_about(sessions, settled("ada", task()))

    brought_about(sessions, settled("ada", task("close", step="another"), task("lapse", pass_=2)))

    assert found(sessions, ada).state == "open"


def test_a_notice_and_a_call_are_born_once(sessions: Sessions, ada: str) -> None:
    for title, plan in (("Hello", "big"), ("Again", "small")):
        brought_about(sessions, settled("ada", notice(title), call(plan=plan)))

    assert rows(sessions, "notices", "title", "body", "url", "state") == [
        ("Hello", "There", "https://example.com", "shown")
    ]
    ((outbound, body, state),) = rows(sessions, "calls", "outbound", "body", "state")
    assert (outbound, state) == ("crm", "queued")
    assert json.loads(body)["data"] == {
        "customer_id": ada,
        "user_id": "u-ada",
        "email": "ada@example.com",
        "stage": "assessing",
        "persona": "wilma",
        "journey": "path",
        "step": "tell",
        "send": {"plan": "big"},
    }


def test_the_number_of_statements_does_not_depend_on_how_many_they_are(sessions: Sessions) -> None:
    names = [f"n{n}" for n in range(20)]
    sessions.write(lambda session: [customer(session, name) for name in names])

    numbers = [
        brought_about(
            sessions,
            *(settled(name, task(), task("escalate"), task("lapse", step="x"), notice(), call()) for name in some),
        )
        for some in (names[:1], names[1:])
    ]

    assert numbers == [5, 5]
    assert len(rows(sessions, "tasks", "id")) == len(rows(sessions, "calls", "id")) == 20
    assert brought_about(sessions, settled("n1")) == 0


def test_tasks_are_looked_for_by_desk_and_by_time(sessions: Sessions, ada: str) -> None:
    orders = [
        task(step="mine"),
        task(step="overdue", due_at=MONDAY + HOUR),
        task(step="anothers", owner="bo"),
        task(step="taken", owner="bo", due_at=MONDAY + 2 * DAY),
        task(step="asleep"),
        task(step="toms", because="Tom has it"),
    ]
    brought_about(sessions, settled("ada", *orders))
    ids = dict(rows(sessions, "tasks", "step", "id"))

    def act(session: Session) -> None:
        assert tasks.claim(session, ids["taken"], DESK.member)
        assert tasks.claim(session, ids["toms"], "tom@harbour.example")
        assert not tasks.claim(session, ids["toms"], DESK.member)
        assert tasks.snooze(session, ids["asleep"], MONDAY + 3 * DAY)
        enrollment(session, ada, "path", step="mine", revision=4, variant="other")

    sessions.write(act)

    def steps(**asked: Any) -> list[str]:
        with sessions.read() as session:
            return [one.step for one in tasks.open_tasks(session, MONDAY + 2 * HOUR, **asked)]

    assert steps(desk=DESK) == ["overdue", "mine", "taken"]
    assert steps(overdue=True) == ["overdue"]
    assert steps(snoozed=True) == ["asleep"]
    assert sorted(steps(snoozed=None, customer_id=ada)) == sorted(ids)
    assert steps(customer_id="cus_bo") == []
    with sessions.read() as session:
        assert tasks.counts(session, MONDAY + 2 * HOUR, DESK) == Count(3, 5, 0, 1, 1)
        assert tasks.counts(session, MONDAY + 4 * DAY, Desk((), DESK.member)) == Count(1, 6, 0, 6, 0)
        one = tasks.find(session, ids["mine"])
    assert one is not None
    assert (one.version, one.at_step, one.email, one.traits) == (
        ("other", 4),
        "mine",
        "ada@example.com",
        {"name": "Ada"},
    )
