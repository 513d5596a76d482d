"""A dry run: who would be in another stage or of another persona if the draft were live.  Nothing is changed."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

import orjson
from flask import Blueprint, Response, redirect, request

from nurture.engine.problem import Problem, Unsound
from nurture.engine.rehearsal import counted
from nurture.flow.drafts import companions
from nurture.flow.ground import Moment
from nurture.flow.publish import Choices, impact
from nurture.flow.publish.foreseen import SAMPLE
from nurture.flow.publish.impact import Turn, Turns
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

    some: not everybody was looked at.  stops: why it could not be run.
    """

    sentence: str
    groups: tuple[Group, ...] = ()
    some: bool = False
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


def dry_asked(parts: Parts, laid: Sheet, at: Moment) -> DryRun | None:
    """Make the dry run that an address asks for, if it does: `?show=dry-run`, of `everybody`."""
    if request.args.get("show") != "dry-run":
        return None
    return dry_run(parts, laid, at, everybody=request.args.get("everybody") == "yes")


def dry_run(parts: Parts, laid: Sheet, at: Moment, *, everybody: bool = False) -> DryRun:
    """Decide about people as things are and as they would be, and tell whom that would move.

    everybody: look at all of them, however many they are; else at some, evenly, where there are many.
    """
    if not laid.draft.open:
        return DryRun("The draft says what is live: nobody would move.")
    with parts.ground.sessions.read() as session:
        texts = {(laid.kind, laid.key): laid.draft.text, **companions(session, laid.kind, laid.key, laid.draft.text)}
    try:
        turns = impact(parts.ground, texts, Choices(), at, sample=None if everybody else SAMPLE).turns
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
    return DryRun(in_a_sentence(groups, turns), tuple(groups), turns.asked < turns.of)


def _who(named: Iterable[Turn], what: str, was: str | None, then: str | None) -> tuple[Turn, ...]:
    return tuple(one for one in named if getattr(one, what) == (was, then))


def in_a_sentence(groups: Sequence[Group], turns: Turns) -> str:
    """Say how many would move, and of how many; where some were looked at, about how many that is of all."""
    total, whole = sum(group.people for group in groups), counted(turns.of, "customer")
    if turns.asked == turns.of:
        moved = f"{total:,} would move, of {whole}" if total else f"Nobody would move, of {whole}"
    elif total:
        about = round(total * turns.of / turns.asked)
        moved = f"{total:,} would move, of {turns.asked:,} looked at: about {about:,} of all {whole}"
    else:
        moved = f"Nobody would move, of {turns.asked:,} looked at; there are {whole}"
    return f"{moved}. Nothing is changed before you publish."
