"""Care: what a person of ours does about a task, and how its outcome lets the waiting journey go on."""

from datetime import datetime

from nurture.engine.learning import CARE_DONE, RELEASED_BY_HAND
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Fact
from nurture.engine.steps.care import Care
from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import Cause, settle, wait_for_outcomes
from nurture.store import audit, inbox, messages, photographs, tasks
from nurture.store.inbox import Told
from nurture.store.session import Session
from nurture.store.tasks import Task

DONE = "done"  # the outcome of a task whose step names none
RELEASED, STILL_HELD = "released", "still_held"  # of a task by which somebody took a customer over


class NoSuchTask(LookupError):
    """There is no task of this id."""


class Refused(Exception):
    """The task stays as it is, and the message says why."""


class NotOpen(Refused):
    """The task was done, has lapsed, or was taken back."""


class TakenAlready(Refused):
    """Somebody else has taken the task."""


class NoSuchOutcome(Refused):
    """The step that asks does not know this outcome."""


class NotAhead(Refused):
    """A task can be put off to a later moment only."""


def claim(ground: Ground, task_id: str, actor: str, at: Moment) -> None:
    """Let a task be this member's, by their address.  Raises NoSuchTask, NotOpen, TakenAlready."""

    def act(session: Session, task: Task) -> None:
        if not tasks.claim(session, task_id, actor):
            task = _open(session, task_id)
            raise TakenAlready(f"{task.claimed_by} has taken it already")
        if task.claimed_by != actor:
            audit.record(session, at.machine, actor, "claim task", task_id)

    ground.sessions.write(lambda session: act(session, _open(session, task_id)))


def snooze(ground: Ground, task_id: str, until: datetime, actor: str, at: Moment) -> None:
    """Put a task off; the journey waits no longer for that.  Raises NoSuchTask, NotOpen, NotAhead."""
    if until <= at.now:
        raise NotAhead("it can be put off to a later day only")

    def act(session: Session, task: Task) -> None:
        if not tasks.snooze(session, task_id, until):
            raise _not_open(_known(session, task_id))
        before = task.snoozed_until.isoformat() if task.snoozed_until else None
        audit.record(session, at.machine, actor, "snooze task", task_id, before, until.isoformat())

    ground.sessions.write(lambda session: act(session, _open(session, task_id)))


def complete(ground: Ground, task_id: str, outcome: str, note: str, actor: str, at: Moment) -> None:
    """Write down what came of a task, and let the customer's journey go on, in one transaction.

    outcome: one of the step's, or `done` where it names none; of a take-over, `released` lets them go on.
    Raises NoSuchTask, NotOpen, NoSuchOutcome: then nothing has changed.  Raises StillSending where the outcome moves
    them on while a letter is on its way.
    """

    def act(session: Session) -> list[str]:
        customer_id = _known(session, task_id).customer_id
        photographs.lock(session, [customer_id])
        task = _open(session, task_id)
        pins = {task.version} if task.version else set()
        known = outcomes_of(ground.shelf.whole(session, pins), task)
        if outcome not in known:
            raise NoSuchOutcome(f"{outcome!r:.60} is no outcome of it; there is {', '.join(known)}")
        if not tasks.done(session, task_id, outcome, note, actor, at.now):
            raise _not_open(_known(session, task_id))
        told = Told("staff", "", CARE_DONE, at.now, {"key": task.key, "task": task.task, "outcome": outcome})
        inbox.keep(session, told, customer_id, None, at.now)
        audit.record(session, at.machine, actor, "complete task", task_id, after={"outcome": outcome, "note": note})
        facts = [told.fact]
        if task.by_hand and outcome == RELEASED:
            facts += _released(session, customer_id, note or "the task is done", actor, at)
        settle(session, ground, {customer_id: Cause(CARE_DONE, tuple(facts))}, at, locked=True)
        return messages.outdated(session, [customer_id])

    wait_for_outcomes(ground, ground.sessions.write(act))


def _released(session: Session, customer_id: str, because: str, actor: str, at: Moment) -> list[Fact]:
    """Let whoever is held go on with the task's end, if they still are."""
    them = photographs.portraits(session, [customer_id])[customer_id].snapshot.customer
    if them.held_at is None:
        return []
    messages.go_on(session, customer_id, them.hold, at.now - them.held_at, at.now)
    told = Told("hand", "", RELEASED_BY_HAND, at.now, {"because": f"by {actor}: {because}"})
    inbox.keep(session, told, customer_id, None, at.now)
    audit.record(session, at.now, actor, "release", customer_id, None, {"because": because})
    return [told.fact]


def step_of(playbook: Playbook, task: Task) -> Care | None:
    """Find the step that waits for this task, in the version they walk; None where nothing waits for it."""
    version = playbook.pinned.get(task.version) if task.version else None
    place = version.places.get(task.step) if version else None
    return place.step if place is not None and isinstance(place.step, Care) else None


def outcomes_of(playbook: Playbook, task: Task) -> tuple[str, ...]:
    """List what may come of a task, in the order in which its step names it."""
    if task.by_hand:
        return RELEASED, STILL_HELD
    step = step_of(playbook, task)
    return tuple(step.outcomes) if step is not None and step.outcomes else (DONE,)


def _known(session: Session, task_id: str) -> Task:
    task = tasks.find(session, task_id)
    if task is None:
        raise NoSuchTask(task_id)
    return task


def _open(session: Session, task_id: str) -> Task:
    task = _known(session, task_id)
    if task.state != "open":
        raise _not_open(task)
    return task


def _not_open(task: Task) -> NotOpen:
    said = {
        "done": f"it is done already: {task.outcome}",
        "lapsed": "nobody did it in time, and the journey has gone on",
    }
    return NotOpen(said.get(task.state, f"it need not be done any more: {task.because}"))
