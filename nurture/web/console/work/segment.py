"""The filters of a list as a segment: a condition with a name, which journeys and letters can ask for."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, request

from nurture.engine.editing.writing import in_line
from nurture.engine.local import zone_for
from nurture.flow import drafts
from nurture.flow.drafts import Overtaken
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store.documents import Missing
from nurture.store.wanted import NOBODY, Wanted
from nurture.web.console.access import signed_in
from nurture.web.console.design.rules import rule
from nurture.web.console.page import Clockface, done, show
from nurture.web.console.words import Namer
from nurture.web.console.work.filters import Choice, address, chips, read, written

LONGEST = 80  # characters of a name
KEY = re.compile(r"[a-z0-9]+")


def add_segment(pages: Blueprint, parts: Parts) -> None:
    """Add `/customers/segment`: what of the filters a segment can say, and the form that makes a draft of it."""

    @pages.get("/customers/segment")
    def segment_new() -> Response:
        return _page(parts, parts.look(), read(request.args))

    @pages.post("/customers/segment")
    def segment_saved() -> Response:
        at, choice = parts.look(), read(request.form)
        name = " ".join(request.form.get("name", "").split())[:LONGEST]
        key = "-".join(KEY.findall(name.lower()))
        conditions = list(expressed(choice.wanted))
        if not key or not conditions:
            return _page(parts, at, choice, 422, name, "Give it a name with a letter or a digit." if not key else "")
        if _is_taken(parts, key):
            return _page(parts, at, choice, 422, name, "There is a segment of this name already.")
        try:
            note = f"saved from the list of customers: {name}"
            text, actor = written_as(key, name, conditions), signed_in().member.email
            drafts.save_draft(parts.ground, "segment", key, text, None, actor, note, at.now)
        except Overtaken:
            return _page(parts, at, choice, 422, name, "Somebody has just made a segment of this name.")
        return done(parts, f"/segments/{key}", f"{name} is a draft; a publisher makes it live.")


def expressed(wanted: Wanted) -> Iterator[Mapping[str, Any]]:
    """The filters that a condition can say, each as one."""
    if wanted.stage:
        yield {"stage": _one_or_many(wanted.stage)}
    if wanted.days:
        yield {"stage_for": {"at_least": f"{wanted.days}d"}}
    if wanted.persona and NOBODY not in wanted.persona:
        yield {"persona": _one_or_many(wanted.persona)}
    for milestone in wanted.has:
        yield {"milestone": milestone}
    for milestone in wanted.no:
        yield {"not": {"milestone": milestone}}
    if wanted.trial:
        yield {"trial": {"ends_within": f"{wanted.trial}d"}}
    if wanted.silent:
        yield {"silent_for": f"{wanted.silent}d"}


def left_out(wanted: Wanted) -> frozenset[str]:
    """The filters that no condition can say: a search, a journey, an owner, what staff or trouble hold up."""
    beyond = {"q", "journey", "owner", "aside", "held"} | ({"persona"} if NOBODY in wanted.persona else set())
    return frozenset(beyond & set(wanted.parts))


def written_as(key: str, name: str, conditions: list[Mapping[str, Any]]) -> str:
    """Write the document."""
    when = conditions[0] if len(conditions) == 1 else {"all": conditions}
    head = f"id: {key}\nname: {in_line(name)}\n"
    if "all" not in when:
        return f"{head}when: {in_line(when)}\n"
    return f"{head}when:\n  all:\n" + "".join(f"    - {in_line(one)}\n" for one in conditions)


def _one_or_many(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def _is_taken(parts: Parts, key: str) -> bool:
    try:
        drafts.read_draft(parts.ground, "segment", key)
    except Missing:
        return False
    return True


def _page(parts: Parts, at: Moment, choice: Choice, status: int = 200, name: str = "", wrong: str = "") -> Response:
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
    namer, beyond = Namer(playbook), left_out(choice.wanted)
    return show(
        "work/segment.html",
        parts,
        at,
        status,
        nav="customers",
        clock=Clockface(zone_for(playbook.policy.window, None), at.now),
        asks=[rule(one, namer) for one in expressed(choice.wanted)],
        beyond=[chip for chip in chips(choice, namer) if chip.part in beyond],
        fields=written(choice.wanted),
        back=address(choice),
        name=name,
        wrong=wrong,
    )
