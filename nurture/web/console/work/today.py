"""What needs me now: trouble of the machine, my tasks, who moved, what was said, my drafts, and what is due today."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple, TypeVar, cast

from flask import Blueprint, Response, redirect
from structlog import get_logger

from nurture.engine.local import instant, zone_for
from nurture.engine.playbook import Playbook
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store import feedback, tasks, today
from nurture.store.feedback import Wanted
from nurture.store.session import Session
from nurture.store.tasks import Count, Desk, Task
from nurture.store.today import Moved
from nurture.web.console.access import signed_in
from nurture.web.console.design.drafting import PLACES
from nurture.web.console.page import Clockface, done, show
from nurture.web.console.words import Namer, name_of

A_DAY = timedelta(days=1)
ASKED = 200  # tasks that are ranked
SHOWN = 8
NAMED = 6  # people called by name in a block
log = get_logger()
Found = TypeVar("Found")


class Due(NamedTuple):
    """One task, ranked.  days_left: of the trial, None where it has none."""

    task: Task
    name: str
    who: str
    worth: float
    days_left: float | None
    overdue: bool


class First(NamedTuple):
    """One of the first steps of an installation, and whether it is done."""

    word: str
    done: bool
    href: str


class News(NamedTuple):
    """What happened since a moment."""

    since: datetime
    counted: dict[str, int]
    people: list[Moved]
    answers: list[feedback.Answer]


def add_today(pages: Blueprint, parts: Parts) -> None:
    """Add `/`, `/today`, and the press that says one has seen the news."""

    @pages.get("/")
    def home() -> Response:
        return cast(Response, redirect("/today", 303))

    @pages.get("/today", endpoint="today")
    def looked() -> Response:
        return _page(parts, parts.look())

    @pages.post("/today/seen")
    def today_seen() -> Response:
        member, now = signed_in().member, parts.look().now
        parts.ground.sessions.write(lambda session: today.visit(session, member.id, now))
        return done(parts, "/today", "Noted: what comes from now on is news.")


def _page(parts: Parts, at: Moment) -> Response:
    member = signed_in().member
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        zone = zone_for(playbook.policy.window, None)
        midnight = instant((at.now.astimezone(zone) + A_DAY).date(), time(), zone)
        mine, counted, later = _tasks(session, playbook, member.email, at.now)
        blocks: dict[str, Any] = {
            "trouble": _tried(lambda: today.trouble(session, at.now - A_DAY)),
            "news": _tried(lambda: _news(session, playbook, member.id, at.now)),
            "drafts": _tried(lambda: today.open_drafts(session)),
            "hours": _tried(lambda: today.due_by_hour(session, at.now, midnight)),
            "firsts": _tried(lambda: _firsts(parts, session, playbook)),
        }
    return show(
        "work/today.html",
        parts,
        at,
        nav="today",
        namer=Namer(playbook),
        clock=Clockface(zone, at.now),
        mine=mine[:SHOWN],
        number=counted.mine,
        unassigned=counted.nobodys,
        later=later,
        name_of=name_of,
        me=member.email,
        place=lambda kind, key: PLACES.get(kind, "/documents/{kind}/{key}/text").format(kind=kind, key=key),
        **blocks,
    )


def _tried(ask: Callable[[], Found]) -> Found | None:
    """Ask for one block; where that fails the others stand, and the page says which one is missing."""
    try:
        return ask()
    except Exception:
        log.exception("a block of today failed")
        return None


def _tasks(session: Session, playbook: Playbook, member: str, now: datetime) -> tuple[list[Due], Count, Task | None]:
    """My tasks by what they are worth and how soon, how many are nobody's, and the next of mine that is put off."""
    owned = {one.id for one in playbook.policy.owners if one.email.casefold() == member.casefold()}
    desk, namer = Desk(owned, member), Namer(playbook)
    mine = [_due(task, namer, now) for task in tasks.open_tasks(session, now, desk=desk, limit=ASKED)]
    mine.sort(key=lambda one: (not one.overdue, -one.worth / max(1.0, one.days_left or 30.0), one.task.due_at))
    put_off = [] if mine else tasks.open_tasks(session, now, desk=desk, snoozed=True, limit=1)
    return mine, tasks.counts(session, now, desk), put_off[0] if put_off else None


def _due(task: Task, namer: Namer, now: datetime) -> Due:
    left = task.trial_ends_at - now if task.trial_ends_at else None
    days = left / A_DAY if left is not None and left > timedelta() else None
    return Due(task, namer.task(task.task), name_of(task), _worth(task.traits.get("value")), days, task.due_at < now)


def _worth(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _news(session: Session, playbook: Playbook, staff_id: str, now: datetime) -> News:
    since = today.visited(session, staff_id) or now - A_DAY
    turns: Sequence[str] = [one.id for one in playbook.lifecycle.stages if one.phase in ("return", "leave", "use")]
    counted, people = today.moved(session, turns, since, NAMED)
    return News(since, counted, people, feedback.answers(session, Wanted(since=since), limit=NAMED).answers)


def _firsts(parts: Parts, session: Session, playbook: Playbook) -> list[First]:
    """The first steps of an installation, as long as one of them is not done."""
    begun = today.begun(session)
    sender = next(iter(playbook.policy.senders.values())).email
    steps = [
        First("A sign-up has arrived", begun.customers, "/settings"),
        First("An event of your product has arrived", begun.events, "/settings"),
        First("A provider carries the mail", not parts.settings.mail.startswith("outbox:"), "/settings"),
        First("The sender is yours", not sender.endswith(".example"), "/policy"),
        First("A change of your own is published", begun.published > 1, "/journeys"),
        First("A colleague can sign in", begun.colleagues, "/settings/staff"),
    ]
    return [] if all(step.done for step in steps) else steps
