"""Publishing: what it would do to people, and then, with the choices made, doing it; and taking it back."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import AfterValidator, Field

from nurture.engine.duration import Duration
from nurture.engine.journey import Journey
from nurture.engine.plan import Misrouted
from nurture.engine.problem import Unsound
from nurture.engine.reading import read_document
from nurture.flow.publish import Choices, Impact, Stale, TooLate, impact, publish, undo_publish
from nurture.flow.publish.impact import Group, Inside
from nurture.parts import Parts
from nurture.store import publishing
from nurture.store.session import Conflict
from nurture.web import strict_json
from nurture.web.api.documents import Written, check_name, text_of
from nurture.web.api.shapes import Id, Shape, read
from nurture.web.auth import Caller
from nurture.web.problems import Refused, Unfit, Wrong, sentence

ROUTE = "a step of the new version, leave or keep, and segments that are there"


class Reroute(Shape):
    """Where those go who stand at a step: a step of the new version, `leave` or `keep`; the others are moved."""

    reroute: dict[Id, Id]
    others: Literal["move", "keep"] = "move"


class Rate(Shape):
    """People outside who match come in, so many in any hour at most."""

    per_hour: Annotated[int, Field(ge=1, le=1_000_000)]


def _some_days(span: timedelta) -> timedelta:
    if not timedelta(minutes=1) <= span <= timedelta(days=7):
        raise ValueError("must be from a minute to seven days, such as 2h")
    return span


class Publishing(Written):
    """A text, or the draft, or an earlier revision; what becomes of people; and the token of what was previewed.

    cohorts: by segment, the first that holds, what becomes of whoever belongs to it, whatever `people` says.
    spread: over how long those go on whom a shorter wait makes due.
    """

    revision: Annotated[int, Field(ge=1)] | None = None
    people: Literal["move", "keep"] | Reroute = "keep"
    cohorts: dict[Id, Literal["move", "keep", "leave"]] = Field(default_factory=dict)
    enter: Literal["leave", "enter"] | Rate | None = None
    spread: Annotated[Duration, AfterValidator(_some_days)] | None = None
    token: Annotated[str, Field(max_length=64 << 10)] | None = None
    note: Annotated[str, Field(max_length=2000)] = ""


class Undoing(Shape):
    """Which publish is taken back: the playbook's revision that it made."""

    playbook: Annotated[int, Field(ge=1)]


def preview(parts: Parts, kind: str, key: str) -> Response:
    """POST /v1/documents/{kind}/{key}/impact: what publishing it would do, and the token that says so."""
    asked = read(Publishing, strict_json.body())
    text = _text(parts, asked, kind, key)
    _check_outside(asked, kind, key, text)
    try:
        found = impact(parts.ground, {(kind, key): text}, _choices(asked, key), parts.look())
    except (Unsound, Misrouted) as error:
        raise _unfit(error) from None
    return strict_json.answer(as_json(found))


def release(parts: Parts, caller: Caller, kind: str, key: str) -> Response:
    """POST /v1/documents/{kind}/{key}/publish: publish it, with these choices; 409 where the token is stale."""
    asked = read(Publishing, strict_json.body())
    texts = {(kind, key): _text(parts, asked, kind, key)}
    _check_outside(asked, kind, key, texts[kind, key])
    try:
        change = publish(parts.ground, texts, caller.name, asked.note, parts.look(), people=_choices(asked, key))
    except (Unsound, Misrouted) as error:
        raise _unfit(error) from None
    except Conflict as error:
        raise _conflict(error) from None
    return strict_json.answer({"playbook": change.revision, "changed": bool(change.added or change.edited)})


def undo(parts: Parts, caller: Caller) -> Response:
    """POST /v1/playbook/undo: take the latest publish back; 409 once ten minutes are over."""
    asked = read(Undoing, strict_json.body())
    try:
        undone = undo_publish(parts.ground, asked.playbook, caller.name, parts.look())
    except Conflict as error:
        raise _conflict(error) from None
    left = [{"email": email, "journey": journey} for email, journey in undone.moved_on]
    return strict_json.answer(
        {
            "playbook": undone.revision,
            "restored": undone.restored,
            "ended": undone.ended,
            "letters": undone.letters,
            "moved_on": left,
        }
    )


def _text(parts: Parts, asked: Publishing, kind: str, key: str) -> str:
    """Find what is to be published: the text that was sent, an earlier revision, or the draft.  Raises Refused."""
    check_name(kind, key)
    given = text_of(asked, kind)
    if given is not None and asked.revision is not None:
        raise Unfit([Wrong("revision", "give one of text and revision")])
    if given is not None:
        return given
    with parts.ground.sessions.read() as session:
        text = publishing.text(session, kind, key, asked.revision)
    if text is None:
        what = "draft; send its text" if asked.revision is None else f"revision {asked.revision}"
        raise Refused(404, f"{kind} {key!r} has no {what}.")
    return text


def _check_outside(asked: Publishing, kind: str, key: str, text: str) -> None:
    """Check that the choice and the text agree about people outside who meet the entry already.  Raises Unfit."""
    if kind != "journey" or asked.enter in (None, "enter"):
        return
    journey, _, _ = read_document(kind, key, text, Journey)
    if journey is not None and journey.enter is not None and journey.enter.existing == "enter":
        at_once = "" if asked.enter == "leave" else ", which lets everybody in at once"
        raise Unfit([Wrong("enter", f"the text says `existing: enter`{at_once}; write leave there, or choose enter")])


def _choices(asked: Publishing, key: str) -> Choices:
    enter, rate = asked.enter not in (None, "leave"), asked.enter.per_hour if isinstance(asked.enter, Rate) else None
    more: dict[str, Any] = {"cohorts": asked.cohorts, "enter": enter, "per_hour": rate, "spread": asked.spread}
    more["token"] = asked.token
    if isinstance(asked.people, Reroute):
        return Choices(asked.people.others, {key: asked.people.reroute}, **more)
    return Choices(asked.people, **more)


def _unfit(error: Unsound | Misrouted) -> Unfit:
    if isinstance(error, Misrouted):
        return Unfit([Wrong("people", f"{error}; name {ROUTE}")])
    problems = [problem for problem in error.problems if problem.must_fix]
    return Unfit([Wrong("text", str(problem)[:500]) for problem in problems])


def _conflict(error: Conflict) -> Refused:
    stale = {"stale": True} if isinstance(error, Stale) else {}
    late = {"too_late": True} if isinstance(error, TooLate) else {}
    return Refused(409, sentence(error), extra={**stale, **late})


def as_json(found: Impact) -> dict[str, Any]:
    """Write a preview as a program reads it."""
    return {
        "added": [f"{kind}/{key}" for kind, key in found.change.added],
        "edited": [f"{kind}/{key}" for kind, key in found.change.edited],
        "advice": [str(problem) for problem in found.change.advice],
        "journeys": [{**_inside(one), "changes": found.changes.get(one.journey, ())} for one in found.journeys],
        "letters": {name: getattr(found.post, name) for name in ("before", "after", "people", "of")},
        "tasks": [{**one._asdict(), "owner": one.owner or None} for one in found.post.tasks],
        "variables": [one._asdict() for one in found.variables],
        "turns": {
            "asked": found.turns.asked,
            "stages": _counted(found.turns.stages),
            "personas": _counted(found.turns.personas),
            "named": [
                {"customer_id": one.customer_id, "email": one.email, "stage": one.stage, "persona": one.persona}
                for one in found.turns.named
            ],
        },
        "scenarios": {
            "total": found.scenarios.total,
            "changed": dict(found.scenarios.changed),
            "expected": dict(found.scenarios.expected),
        },
        "token": found.token,
    }


def _counted(pairs: Mapping[tuple[str | None, str | None], int] | Mapping[tuple[str, str], int]) -> list[Any]:
    return [{"from": was, "to": then, "people": people} for (was, then), people in pairs.items()]


def _inside(one: Inside) -> dict[str, Any]:
    return {
        "journey": one.journey,
        "version": one.version,
        "people": one.people,
        "steps": [_group(group) for group in one.groups],
        "waits": [wait._asdict() for wait in one.waits],
        "passed": dict(one.passed),
        "outside": {"match": one.outside, "asked": one.asked, "of": one.candidates},
    }


def _group(one: Group) -> dict[str, Any]:
    becomes = {"do": one.becomes.do, "to": one.becomes.step, "because": one.becomes.because}
    return {"version": one.version, "step": one.step, "cohort": one.cohort, "people": one.people, **becomes}
