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
from nurture.store.session import Session
from nurture.store.tasks import Count, Desk, Task
from nurture.web.console.access import may, signed_in
from nurture.web.console.page import Clockface, show
from nurture.web.console.words import Namer, said
from nurture.web.console.work.customers import name_of

SHOWS = {"mine": "Mine", "all": "Everybody\u2019s", "overdue": "Overdue", "snoozed": "Put off"}
PAGE = 50
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

    @pages.post("/tasks/<task_id>/claim")
    def task_claim(task_id: str) -> Response:
        return _told(parts, lambda actor: care.claim(parts.ground, task_id, actor, parts.look()))

    @pages.post("/tasks/<task_id>/snooze")
    def task_snooze(task_id: str) -> Response:
        return _told(parts, lambda actor: care.snooze(parts.ground, task_id, _until(parts), actor, parts.look()))

    @pages.post("/tasks/<task_id>/done")
    def task_done(task_id: str) -> Response:
        outcome, note = request.form.get("outcome", ""), request.form.get("note", "").strip()[:LONGEST_NOTE]
        return _told(
            parts, lambda actor: care.complete(parts.ground, task_id, outcome, note, actor, parts.look()), task_id
        )


def _told(parts: Parts, act: Callable[[str], None], answered: str = "") -> Response:
    """Do what a form asks for; show the list again, with the reason where it was refused."""
    try:
        act(signed_in().member.email)
    except NoSuchTask:
        abort(404)
    except Refused as refusal:
        return _page(parts, f"{refusal}", 409)
    except StillSending:  # the outcome is in effect; a letter that was on its way already has not had its answer
        pass
    if answered:
        parts.nudge()
    query = {name: value for name, value in {"show": _chosen(), "told": answered}.items() if value}
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


def _found(session: Session, chosen: str, desk: Desk, now: datetime) -> list[Task]:
    return store.open_tasks(
        session,
        now,
        desk=desk if chosen == "mine" else None,
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
