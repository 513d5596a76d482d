"""A dry run: who would be in another stage or of another persona if the draft were live.  Nothing is changed."""

from collections.abc import Iterable
from typing import NamedTuple, cast

import orjson
from flask import Blueprint, Response, redirect

from nurture.engine.problem import Problem, Unsound
from nurture.engine.rehearsal import counted
from nurture.flow.drafts import companions
from nurture.flow.ground import Moment
from nurture.flow.publish import Choices, impact
from nurture.flow.publish.impact import Turn
from nurture.parts import Parts
from nurture.web.console.design.playbook.sheet import Sheet, sheet
from nurture.web.console.page import live, show_part

DRY = ("lifecycle", "personas")
"""The documents whose change moves people by itself."""


class Group(NamedTuple):
    """So many who would turn from one into the other; named: some of them, or all."""

    people: int
    words: str
    named: tuple[Turn, ...]


class DryRun(NamedTuple):
    """What a dry run found.

    asked: how many customers were looked at.  stops: why it could not be run.
    """

    sentence: str
    groups: tuple[Group, ...] = ()
    asked: int = 0
    stops: tuple[Problem, ...] = ()


def add_dry_runs(pages: Blueprint, parts: Parts) -> None:
    """Add `/lifecycle/dry-run` and `/personas/dry-run`: POST; a page that shows what it found, or that part of one."""

    @pages.post("/<any(lifecycle, personas):kind>/dry-run")
    def dry_run_asked(kind: str) -> Response:
        if not live():
            return cast(Response, redirect(f"/{kind}?show=dry-run#dry-run", 303))
        at = parts.look()
        laid = sheet(parts, kind, kind, at)
        found = dry_run(parts, laid, at)
        answer = show_part("design/_dry_run.html", sheet=laid, dry=found)
        answer.headers["HX-Trigger"] = orjson.dumps({"said": found.sentence}).decode()
        return answer


def dry_run(parts: Parts, laid: Sheet, at: Moment) -> DryRun:
    """Decide about everybody as things are and as they would be, and tell whom that would move."""
    if not laid.draft.open:
        return DryRun("The draft says what is live: nobody would move.")
    with parts.ground.sessions.read() as session:
        texts = {(laid.kind, laid.key): laid.draft.text, **companions(session, laid.kind, laid.key, laid.draft.text)}
    try:
        turns = impact(parts.ground, texts, Choices(), at).turns
    except Unsound as error:
        stops = tuple(problem for problem in error.problems if problem.must_fix)
        return DryRun(f"{counted(len(stops), 'problem')} must be mended first.", stops=stops)
    namer = laid.namer
    groups = [
        Group(people, f"{namer.stage(was).word} \u2192 {namer.stage(then).word}", _who(turns.named, "stage", was, then))
        for (was, then), people in turns.stages.items()
    ]
    groups += [
        Group(people, f"{namer.persona(was)} \u2192 {namer.persona(then)}", _who(turns.named, "persona", was, then))
        for (was, then), people in turns.personas.items()
    ]
    groups.sort(key=lambda group: -group.people)
    return DryRun(_sentence(groups, turns.asked), tuple(groups), turns.asked)


def _who(named: Iterable[Turn], what: str, was: str | None, then: str | None) -> tuple[Turn, ...]:
    return tuple(one for one in named if getattr(one, what) == (was, then))


def _sentence(groups: list[Group], asked: int) -> str:
    total = sum(group.people for group in groups)
    if not total:
        return f"Nobody would move: {counted(asked, 'customer')} looked at."
    return f"{total:,} would move, of {counted(asked, 'customer')}: nothing is changed before you publish."
