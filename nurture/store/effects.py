"""Effects: what decisions ask for besides letters, as rows born in the same transaction: tasks, notices, calls.

Each is named by (customer, journey, entry, step, pass), across versions: the database says once.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson

from nurture.engine.decision import CallOrder, NoticeOrder, TaskOrder
from nurture.store.bulk import tell
from nurture.store.decided import Settled
from nurture.store.ids import new_id
from nurture.store.schema import micros
from nurture.store.transaction import Session

NAMED = "customer_id, journey, entry, step, pass"
BOUND = ":customer_id, :journey, :entry, :step, :pass"
ONCE = f" ON CONFLICT ({NAMED}) DO NOTHING"
OPEN_TASK = (
    f"INSERT INTO tasks (id, {NAMED}, task, persona, owner, state, because, opened_at, due_at)"  # noqa: S608
    f" VALUES (:id, {BOUND}, :task, :persona, :owner, 'open', :because, :opened_at, :due_at){ONCE}"
)
THIS_OPEN_TASK = (
    " WHERE tasks.customer_id = :customer_id AND tasks.journey = :journey AND tasks.entry = :entry"
    " AND tasks.step = :step AND tasks.pass = :pass AND tasks.state = 'open'"
)
RISE = "owner = :owner, escalated_at = :escalated_at, because = :because, claimed_by = NULL"
ESCALATE_TASK = f"UPDATE tasks SET {RISE}{THIS_OPEN_TASK}"  # noqa: S608
END_TASK = f"UPDATE tasks SET state = :state, closed_at = :closed_at, because = :because{THIS_OPEN_TASK}"  # noqa: S608
SHOW_NOTICE = (
    f"INSERT INTO notices (id, {NAMED}, title, body, label, url, state, because, at)"  # noqa: S608
    f" VALUES (:id, {BOUND}, :title, :body, :label, :url, 'shown', :because, :at){ONCE}"
)
QUEUE_CALL = (
    f"INSERT INTO calls (id, {NAMED}, outbound, body, state, because, decided_at, retry_at, attempt)"  # noqa: S608
    f" VALUES (:id, {BOUND}, :outbound, :body, 'queued', :because, :decided_at, :retry_at, 0){ONCE}"
)
ENDS = {"lapse": "lapsed", "close": "closed"}


def bring_about(session: Session, settled: Sequence[Settled], now: datetime, machine: datetime) -> None:
    """Write down what these decisions ask for: a fixed number of statements, none where nothing is asked."""
    tasks = [(one, order) for one in settled for order in one.decision.tasks]
    tell(session, OPEN_TASK, [_opened(one, order, now) for one, order in tasks if order.do == "open"])
    tell(session, ESCALATE_TASK, [_escalated(one, order, now) for one, order in tasks if order.do == "escalate"])
    tell(session, END_TASK, [_ended(one, order, now) for one, order in tasks if order.do in ENDS])
    tell(session, SHOW_NOTICE, list(_notices(settled, now)))
    tell(session, QUEUE_CALL, list(_calls(settled, now, machine)))


def _name(one: Settled, order: TaskOrder | NoticeOrder | CallOrder) -> dict[str, Any]:
    return {
        "customer_id": one.decision.customer.id,
        "journey": order.journey,
        "entry": order.entry,
        "step": order.step,
        "pass": order.pass_,
        "because": order.because,
    }


def _opened(one: Settled, order: TaskOrder, now: datetime) -> dict[str, Any]:
    return {
        **_name(one, order),
        "id": new_id("tsk", now),
        "task": order.task,
        "persona": one.decision.customer.persona,
        "owner": order.owner,
        "opened_at": micros(now),
        "due_at": micros(order.due_at),
    }


def _escalated(one: Settled, order: TaskOrder, now: datetime) -> dict[str, Any]:
    return {**_name(one, order), "owner": order.owner, "escalated_at": micros(now)}


def _ended(one: Settled, order: TaskOrder, now: datetime) -> dict[str, Any]:
    return {**_name(one, order), "state": ENDS[order.do], "closed_at": micros(now)}


def _notices(settled: Sequence[Settled], now: datetime) -> Iterator[dict[str, Any]]:
    for one in settled:
        for order in one.decision.notices:
            words = {"title": order.title, "body": order.body, "label": order.label, "url": order.url}
            yield {**_name(one, order), **words, "id": new_id("ntc", now), "at": micros(now)}


def _calls(settled: Sequence[Settled], now: datetime, machine: datetime) -> Iterator[dict[str, Any]]:
    for one in settled:
        for order in one.decision.calls:
            customer, own = one.decision.customer, new_id("cal", now)
            told = {
                "type": "journey.webhook",
                "timestamp": now.isoformat(),
                "data": {
                    "customer_id": customer.id,
                    "user_id": customer.ext_id,
                    "email": customer.email,
                    "stage": customer.stage,
                    "persona": customer.persona,
                    "journey": order.journey,
                    "step": order.step,
                    **({"send": dict(order.send)} if order.send else {}),
                },
            }
            at = {"decided_at": micros(now), "retry_at": micros(machine)}
            yield {
                **_name(one, order),
                **at,
                "id": own,
                "outbound": order.outbound,
                "body": orjson.dumps(told).decode(),
            }
