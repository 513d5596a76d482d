"""Which human touch is due, and what to say: the tasks of staff, and the buttons that answer them."""

from collections.abc import Callable, Iterable
from datetime import datetime, time
from typing import NamedTuple, cast
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, redirect, request

from nurture.engine.local import instant, zone_for
from nurture.engine.playbook import Playbook
from nurture.flow import care
from nurture.flow.care import NoSuchTask, Refused
from nurture.flow.settle import StillSending
from nurture.parts import Parts
from nurture.store import tasks as store
from nurture.store import timeline
from nurture.store.session import Session
from nurture.store.tasks import Count, Desk, Task
from nurture.web.console.access import may, signed_in
from nurture.web.console.page import Clockface, show
from nurture.web.console.words import Namer, name_of, said
from nurture.web.console.work.told import row_of

SHOWS = {
    "mine": "Mine",
    "all": "Everybody\u2019s",
    "unowned": "Nobody\u2019s",
    "overdue": "Overdue",
    "snoozed": "Put off",
}
PAGE = 50
LATELY = 5  # entries of the timeline that a task shows
LONGEST_NOTE = 4_000  # characters


class Answer(NamedTuple):
    """One outcome that a task may have, and where their journey goes from there."""

    outcome: str
    word: str
    then: str


class Sheet(NamedTuple):
    """One task as a person of ours reads it.  gives_up_at: when the journey goes on without an answer."""

    task: Task
    name: str
    who: str
    brief: str
    points: tuple[str, ...]
    answers: list[Answer]
    gives_up_at: datetime | None


def add_tasks(pages: Blueprint, parts: Parts) -> None:
    """Add `/tasks`, and what can be done about one task: to take it, to put it off, to say what came of it."""

    @pages.get("/tasks", endpoint="tasks")
    def listed() -> Response:
        return _page(parts)

    @pages.get("/tasks/<task_id>")
    def task(task_id: str) -> Response:
        return _one(parts, task_id)

    @pages.post("/tasks/<task_id>/claim")
    def task_claim(task_id: str) -> Response:
        return _told(parts, lambda actor: care.claim(parts.ground, task_id, actor, parts.look()), task_id)

    @pages.post("/tasks/<task_id>/snooze")
    def task_snooze(task_id: str) -> Response:
        return _told(
            parts, lambda actor: care.snooze(parts.ground, task_id, _until(parts), actor, parts.look()), task_id
        )

    @pages.post("/tasks/<task_id>/done")
    def task_done(task_id: str) -> Response:
        outcome, note = request.form.get("outcome", ""), request.form.get("note", "").strip()[:LONGEST_NOTE]
        return _told(
            parts,
            lambda actor: care.complete(parts.ground, task_id, outcome, note, actor, parts.look()),
            task_id,
            answered=True,
        )


def _told(parts: Parts, act: Callable[[str], None], task_id: str, *, answered: bool = False) -> Response:
    """Do what a form asks for; show its page again, with the reason where it was refused."""
    alone = request.form.get("page") == "task"
    try:
        act(signed_in().member.email)
    except NoSuchTask:
        abort(404)
    except Refused as refusal:
        return _one(parts, task_id, f"{refusal}", 409) if alone else _page(parts, f"{refusal}", 409)
    except StillSending:  # the outcome is in effect; a letter that was on its way already has not had its answer
        pass
    if answered:
        parts.nudge()
    if alone:
        return cast(Response, redirect(f"/tasks/{task_id}", 303))
    query = {name: value for name, value in {"show": _chosen(), "told": answered and task_id}.items() if value}
    return cast(Response, redirect(f"/tasks?{urlencode(query)}", 303))


def _chosen() -> str:
    chosen = request.values.get("show", "")
    return chosen if chosen in SHOWS else ""


def _until(parts: Parts) -> datetime:
    """The beginning of the day that a task is put off to, where we are.  Raises NotAhead if that is no day."""
    with parts.ground.sessions.read() as session:
        zone = zone_for(parts.ground.shelf.playbook(session).policy.window, None)
    try:
        day = datetime.fromisoformat(request.form.get("until", "")).date()
        return instant(day, time(), zone)
    except (ValueError, OverflowError):
        raise care.NotAhead("choose the day to put it off to") from None


def _page(parts: Parts, refusal: str = "", status: int = 200) -> Response:
    if request.method == "GET" and request.args.get("show", "all") not in SHOWS:
        abort(404)
    at, member = parts.look(), signed_in().member
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        owned = {one.id for one in playbook.policy.owners if one.email.casefold() == member.email.casefold()}
        desk = Desk(owned, member.email)
        chosen = _chosen() or ("mine" if owned else "all")
        found = _found(session, chosen, desk, at.now)
        numbers = store.counts(session, at.now, desk)
        told = store.find(session, request.args.get("told", ""))
        playbook = parts.ground.shelf.whole(session, {task.version for task in found if task.version})
    namer = Namer(playbook)
    return show(
        "work/tasks.html",
        parts,
        at,
        status,
        nav="tasks",
        namer=namer,
        clock=Clockface(zone_for(playbook.policy.window, None), at.now),
        sheets=[_sheet(task, playbook, namer) for task in found],
        chosen=chosen,
        shows=list(zip(SHOWS.items(), numbers, strict=True)),
        number=_number(numbers, chosen),
        told=told,
        refusal=refusal,
        acts=may(member.role, "editor"),
        me=member.email,
    )


def _one(parts: Parts, task_id: str, refusal: str = "", status: int = 200) -> Response:
    """One task, with what happened lately and what this persona wants of us."""
    at, member = parts.look(), signed_in().member
    with parts.ground.sessions.read() as session:
        found = store.find(session, task_id)
        if found is None:
            abort(404)
        playbook = parts.ground.shelf.whole(session, {found.version} if found.version else set())
        lately = timeline.timeline(session, found.customer_id, LATELY).entries
        others = [one for one in store.open_tasks(session, at.now, customer_id=found.customer_id) if one.id != task_id]
    namer, clock = Namer(playbook), Clockface(zone_for(playbook.policy.window, None), at.now)
    return show(
        "work/task.html",
        parts,
        at,
        status,
        nav="tasks",
        namer=namer,
        clock=clock,
        sheet=_sheet(found, playbook, namer),
        lately=[row_of(entry, namer) for entry in lately],
        others=[(one, namer.task(one.task)) for one in others],
        refusal=refusal,
        acts=may(member.role, "editor") and found.state == "open",
        me=member.email,
    )


def _found(session: Session, chosen: str, desk: Desk, now: datetime) -> list[Task]:
    return store.open_tasks(
        session,
        now,
        desk=desk if chosen == "mine" else None,
        nobodys=chosen == "unowned",
        overdue=chosen == "overdue",
        snoozed=chosen == "snoozed",
        limit=PAGE,
    )


def _number(numbers: Count, chosen: str) -> int:
    return dict(zip(SHOWS, numbers, strict=True))[chosen]


def _sheet(task: Task, playbook: Playbook, namer: Namer) -> Sheet:
    document, step = playbook.tasks.get(task.task), care.step_of(playbook, task)
    brief, points = document.brief_for(task.persona) if document is not None else ("", ())
    waits = step is not None and step.patience is not None and task.since is not None and task.at_step == task.step
    return Sheet(
        task,
        namer.task(task.task),
        name_of(task),
        brief,
        points,
        list(_answers(task, playbook, waits=waits)),
        task.since + step.patience if waits and step is not None and step.patience and task.since else None,
    )


def _answers(task: Task, playbook: Playbook, *, waits: bool) -> Iterable[Answer]:
    """Each outcome, with the step that it leads to where the journey waits for it."""
    version = playbook.pinned.get(task.version) if task.version else None
    place = version.places.get(task.step) if version is not None and waits else None
    for outcome in care.outcomes_of(playbook, task):
        then = ""
        if place is not None:
            following = place.paths.get(outcome, place.onward)
            then = f"then {said(following).lower()}" if following else "then it ends"
        yield Answer(outcome, said(outcome), then)
