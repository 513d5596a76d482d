"""Which journeys there are, whether they are well, and how a new one begins."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from flask import Blueprint, Response, abort, request

from nurture.engine.editing.writing import in_line
from nurture.engine.linting import lint
from nurture.engine.playbook import Playbook, compile_playbook
from nurture.engine.problem import Problem, Unsound
from nurture.engine.reading import Texts, file_of
from nurture.flow import drafts
from nurture.flow.drafts import Overtaken
from nurture.parts import Parts
from nurture.store import documents
from nurture.store.drafts import Draft, at_hand
from nurture.store.inside import Crowd, crowds
from nurture.store.session import Session
from nurture.web.console.access import may, signed_in
from nurture.web.console.design.desk import name_of
from nurture.web.console.design.flow.beginning import unique
from nurture.web.console.design.starters import leading, starters, taken_up
from nurture.web.console.design.trees import tree_of
from nurture.web.console.page import done, show
from nurture.web.console.words import Label
from nurture.web.console.zone import clockface

MONTH = timedelta(days=30)
LONGEST = 120  # characters of a name
EMPTY = """\
id: {key}
name: {name}
purpose: {purpose}

enter:
  stage: {stage}
  again: never

# Reaching this ends the journey well, at any step.
goal: {{milestone: {milestone}, within: 14d}}

steps:
  - {{id: a-day, do: wait, for: 1d}}
"""


class Row(NamedTuple):
    """One journey of the list.  stops: problems that stop a publish; doubts: those that do not."""

    key: str
    name: str
    purpose: str
    states: Sequence[Label]
    crowd: Crowd
    stops: int
    doubts: int


def add_journeys(pages: Blueprint, parts: Parts) -> None:
    """Add `/journeys`: the list, the starters under `?show=new`, and by POST a new journey."""

    @pages.get("/journeys")
    def journeys() -> Response:
        return _list(parts)

    @pages.post("/journeys")
    def journey_made() -> Response:
        return _made(parts)


def _list(parts: Parts, wrong: str = "", status: int = 200) -> Response:
    at = parts.look()
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        found = at_hand(session, "journey")
        inside = crowds(session, at.now - MONTH)
        problems = _problems(session, playbook)
    rows = [
        _row(draft, inside.get(draft.key, Crowd()), problems, paused=draft.key in playbook.paused) for draft in found
    ]
    return show(
        "design/journeys.html",
        parts,
        at,
        status,
        nav="journeys",
        clock=clockface(parts, at),
        rows=rows,
        starters=list(starters().values()),
        new=status != 200 or request.args.get("show") == "new" or not rows,
        wrong=wrong,
        edits=may(signed_in().member.role, "editor"),
    )


def _row(draft: Draft, crowd: Crowd, problems: Mapping[str, Sequence[Problem]], *, paused: bool) -> Row:
    found = problems.get(draft.key, ())
    stops = sum(problem.must_fix for problem in found)
    purpose = str((tree_of(draft.text) or {}).get("purpose") or "")
    return Row(
        draft.key, name_of(draft), purpose, list(_states(draft, crowd, paused=paused)), crowd, stops, len(found) - stops
    )


def _states(draft: Draft, crowd: Crowd, *, paused: bool) -> Iterable[Label]:
    if draft.published is not None:
        yield Label(f"Live v{draft.version}", "sent")
    if paused:
        yield Label("Paused", "wait")
    if draft.open:
        yield Label("Draft", "wait")
    if crowd.older:
        yield Label(f"Draining: {crowd.older} on older versions", "unclear")


def _problems(session: Session, playbook: Playbook) -> dict[str, list[Problem]]:
    """Judge every journey as it is being edited, all at once."""
    _, standing = documents.published(session)
    waiting = documents.drafts(session)
    texts: Texts = {**standing, **{name: (0, text) for name, text in waiting.items()}}
    try:
        drafted = compile_playbook(playbook.revision + 1, texts)
        unread = drafts.not_passed(drafted, [key for kind, key in waiting if kind == "email"])
        found: Iterable[Problem] = () if unread else lint(drafted, texts, binding=False)
    except Unsound as error:
        found = error.problems
    files = {file_of(kind, key): key for kind, key in texts if kind == "journey"}
    problems: dict[str, list[Problem]] = {}
    for problem in found:
        if problem.file in files:
            problems.setdefault(files[problem.file], []).append(problem)
    return problems


def _made(parts: Parts) -> Response:
    """Begin a journey, from a starter or with nothing in it, as a draft under a free key."""
    chosen, name = request.form.get("starter", ""), " ".join(request.form.get("name", "").split())
    if chosen and chosen not in starters():
        abort(404)
    if not chosen and not 0 < len(name) <= LONGEST:
        return _list(parts, f"Give it a name of at most {LONGEST} characters.", 422)
    with parts.ground.sessions.read() as session:
        standing = {(one.kind, one.key): "" for one in documents.catalogue(session)}
        standing |= {name: text for name, (_, text) in documents.published(session)[1].items()}
        standing |= documents.drafts(session)
        playbook = parts.ground.shelf.playbook(session)
    new = taken_up(starters()[chosen], standing) if chosen else _empty(name, playbook, standing)
    at, actor = parts.look(), signed_in().member.email
    note = f"from the starter {chosen}" if chosen else "a new journey"
    try:
        for (kind, key), text in new.items():
            drafts.save_draft(parts.ground, kind, key, text, None, actor, note, at.now)
    except Overtaken:
        return _list(parts, "Somebody else made one of the same name at this moment. Please try again.", 409)
    key = leading(new)
    more = f", with {len(new) - 1} documents that it needs" if len(new) > 1 else ""
    return done(
        parts, f"/journeys/{key}/flow", f"A new journey, as a draft{more}. Nobody enters before it is published."
    )


def _empty(name: str, playbook: Playbook, standing: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """Write a journey with one step: who signs up enters, and the first win ends it."""
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50] or "journey"
    key = unique(base, [key for kind, key in standing if kind == "journey"])
    milestones = playbook.milestones.milestones
    win = next((one.id for one in milestones if one.moment_of_truth), milestones[0].id)
    text = EMPTY.format(
        key=key,
        name=in_line(name),
        purpose=in_line(f"Say here what {name} is for"),
        stage=playbook.lifecycle.starts.signup,
        milestone=win,
    )
    return {("journey", key): text}
