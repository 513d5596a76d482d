"""A document of the playbook on the desk: its text as it is being edited, what is wrong with it, who may do what."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from nurture.engine.editing import CannotEdit
from nurture.engine.editing.writing import in_line
from nurture.engine.playbook import Playbook
from nurture.engine.problem import Problem
from nurture.engine.reading import SINGLE, file_of
from nurture.flow import drafts
from nurture.flow.drafts import Judged, Reach, judge
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store import documents
from nurture.store.drafts import Draft
from nurture.web.console.access import may, signed_in
from nurture.web.console.design.drafting import PLACES, opened
from nurture.web.console.design.flow import acts
from nurture.web.console.design.flow.beginning import unique
from nurture.web.console.page import Clockface
from nurture.web.console.words import Label, Namer, said
from nurture.web.console.zone import clockface


class Sheet(NamedTuple):
    """One document as it is being edited.

    page: where it is edited.  root: its text as plain values, None where that cannot be read.
    playbook: what would stand if the draft were live; what stands, where it could not be.
    """

    kind: str
    key: str
    title: str
    page: str
    draft: Draft
    reach: Reach
    judged: Judged
    root: Mapping[str, Any] | None
    playbook: Playbook
    clock: Clockface
    edits: bool
    publishes: bool

    @property
    def namer(self) -> Namer:
        """Names things as the draft would have them."""
        return Namer(self.playbook)

    @property
    def advice(self) -> tuple[Problem, ...]:
        """What is wrong with the draft, or looks wrong; what must be mended comes first."""
        return self.judged.problems

    @property
    def stops(self) -> int:
        """How many problems stop a publish."""
        return sum(problem.must_fix for problem in self.advice)

    @property
    def file(self) -> str:
        """What problems call this document."""
        return file_of(self.kind, self.key)


def sheet(parts: Parts, kind: str, key: str, at: Moment) -> Sheet:
    """Lay a document out; 404 where there is none.  What it does to the words of letters is said at the publish."""
    draft, reach = opened(parts, kind, key)
    judged = judge(parts.ground, kind, key, draft.text, letters=False)
    with parts.ground.sessions.read() as session:
        standing = parts.ground.shelf.playbook(session)
    role = signed_in().member.role
    return Sheet(
        kind,
        key,
        said(kind) if kind in SINGLE else _name(draft.text) or said(key),
        PLACES[kind].format(key=key),
        draft,
        reach,
        judged,
        root_of(draft.text),
        judged.playbook or standing,
        clockface(parts, at),
        may(role, "editor"),
        may(role, "publisher"),
    )


def begun(parts: Parts, kind: str, name: str, rest: str = "") -> Draft:
    """Save the draft of a new document with this name, and a key of its own.  Raises Overtaken.

    rest: what its text says after its name.
    """
    at, actor = parts.look(), signed_in().member.email
    with parts.ground.sessions.read() as session:
        taken = [one.key for one in documents.catalogue(session, kind)]
    key = unique(re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:50] or kind, taken)
    text = f"id: {key}\nname: {in_line(name)}\n{rest}"
    return drafts.save_draft(parts.ground, kind, key, text, None, actor, f"a new {said(kind).lower()}", at.now)


def state_of(draft: Draft) -> Label:
    """Say in a word or two whether a document is live, or being written."""
    if not draft.open:
        return Label("Live", "sent")
    return Label("Draft", "wait") if draft.published is None else Label("Live, with a draft", "wait")


def root_of(text: str) -> Mapping[str, Any] | None:
    """Read a document's text as plain values; None where it cannot be read."""
    try:
        found: Mapping[str, Any] = acts.root_of(text)
    except CannotEdit:
        return None
    return found


def items(root: Mapping[str, Any] | None, key: str) -> list[Mapping[str, Any]]:
    """Give what a document lists under a key; nothing where it lists nothing of the kind."""
    found = (root or {}).get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _name(text: str) -> str:
    name = (root_of(text) or {}).get("name")
    return name.strip() if isinstance(name, str) else ""
