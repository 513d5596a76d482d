"""Everything that the publish page shows, gathered: what changes, what is wrong, what becomes of people."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson

from nurture.engine.journey import Journey, walk
from nurture.engine.problem import Problem
from nurture.engine.reading import file_of, read_document
from nurture.flow.publish import Impact
from nurture.flow.publish.token import drift
from nurture.parts import Parts
from nurture.store import documents, drafts, lives, staff
from nurture.store.drafts import Draft
from nurture.store.schema import ROLES
from nurture.store.session import Session
from nurture.web.console.access import may, signed_in
from nurture.web.console.design.choosing import Chosen
from nurture.web.console.design.comparing import Compared, compared, names_of
from nurture.web.console.design.desk import name_of
from nurture.web.console.design.drafting import PLACES
from nurture.web.console.design.effects import Fate, fate, told, turned, used_at
from nurture.web.console.design.trees import title_of
from nurture.web.console.words import Namer, said

Name = tuple[str, str]
NEWS = 5  # changes that are named, of each kind
NAVS = {"journey": "journeys", "email": "emails", "segment": "segments"}


class Altered(NamedTuple):
    """One document that would go live.

    fresh: it is not live yet.  asked: for itself, and not because another one names it.  used: live steps that send it.
    """

    kind: str
    key: str
    name: str
    fresh: bool
    asked: bool
    compared: Compared
    used: tuple[tuple[str, str], ...]
    waiting: int
    href: str


class Mend(NamedTuple):
    """A problem, and the page on which it is mended."""

    problem: Problem
    href: str


class Page(NamedTuple):
    """What the publish page shows.  found: None where nothing can be published, and then `mends` say why, if so.

    others: drafts that could go live together with these.  why_not: why the reader may not publish, and who may.
    """

    nav: str
    title: str
    found: Impact | None
    altered: tuple[Altered, ...]
    mends: tuple[Mend, ...]
    fates: tuple[Fate, ...]
    turned: tuple[str, ...]
    button: str
    seen: str
    others: tuple[Draft, ...]
    why_not: str
    namer: Namer

    @property
    def stops(self) -> tuple[Mend, ...]:
        """What must be mended first."""
        return tuple(mend for mend in self.mends if mend.problem.must_fix)

    @property
    def people(self) -> int:
        """How many are inside the journeys that change."""
        return sum(one.inside.people for one in self.fates)


def page_of(
    parts: Parts,
    asked: Sequence[Draft],
    texts: Mapping[Name, str],
    chosen: Chosen,
    found: Impact | None,
    problems: Sequence[Problem],
) -> Page:
    """Gather everything.  texts: what would go live, documents that are named included."""
    with parts.ground.sessions.read() as session:
        namer = Namer(parts.ground.shelf.playbook(session))
        revision, standing = documents.published(session)
        others = tuple(one for one in drafts.being_written(session) if (one.kind, one.key) not in texts or not found)
        altered = tuple(_altered(session, name, text, standing, asked, namer) for name, text in texts.items())
        why_not = _why_not(session)
    first = asked[0] if asked else None
    numbers = {f"{one.kind}/{one.key}": one.n for one in asked}
    return Page(
        NAVS.get(first.kind, first.kind) if first else "",
        _title(asked),
        found,
        altered,
        tuple(Mend(problem, _mended_at(problem, texts)) for problem in problems),
        _fates(found, texts, standing, altered, chosen, namer),
        tuple(turned(found, _stages(namer), _personas(namer))) if found else (),
        told(found, _named(asked)) if found else "Publish",
        orjson.dumps({"playbook": revision, "drafts": numbers}).decode(),
        others,
        why_not,
        namer,
    )


def _title(asked: Sequence[Draft]) -> str:
    if len(asked) == 1:
        return f"Publish {name_of(asked[0])}"
    return f"Publish {len(asked)} drafts together" if asked else "Publish several drafts together"


def _named(asked: Sequence[Draft]) -> str:
    return f"v{asked[0].becomes}" if len(asked) == 1 else f"{len(asked)} drafts"


def _altered(
    session: Session,
    name: Name,
    text: str,
    standing: Mapping[Name, tuple[int, str]],
    asked: Sequence[Draft],
    namer: Namer,
) -> Altered:
    (kind, key), before = name, standing[name][1] if name in standing else ""
    used = tuple(used_at(namer.playbook, key)) if kind == "email" else ()
    waiting = sum(one.number for one in lives.waiting(session) if one.email == key) if used else 0
    return Altered(
        kind,
        key,
        title_of(key, text),
        name not in standing,
        any((one.kind, one.key) == name for one in asked),
        compared(kind, key, before, text, namer),
        used,
        waiting,
        PLACES.get(kind, "/documents/{kind}/{key}/text").format(kind=kind, key=key),
    )


def _fates(
    found: Impact | None,
    texts: Mapping[Name, str],
    standing: Mapping[Name, tuple[int, str]],
    altered: Sequence[Altered],
    chosen: Chosen,
    namer: Namer,
) -> tuple[Fate, ...]:
    changed = {
        (one.key, line.step): "; ".join(f"{field.name}: {field.old} \u2192 {field.new}" for field in line.fields)
        for one in altered
        for line in one.compared.changed
        if line.fields
    }
    fates = []
    for inside in found.journeys if found else ():
        key = inside.journey
        now = texts["journey", key]
        before = [standing["journey", key][1]] if ("journey", key) in standing else []
        steps = _steps(key, now)
        mine = {step: words for (journey, step), words in changed.items() if journey == key}
        fates.append(fate(inside, chosen, names_of(key, [*before, now], namer), steps, mine))
    return tuple(fates)


def _steps(key: str, text: str) -> list[str]:
    journey, _, _ = read_document("journey", key, text, Journey)
    return [step.id for step in walk(journey.steps)] if journey is not None else []


def _mended_at(problem: Problem, texts: Mapping[Name, str]) -> str:
    """The page on which a problem is mended: that of the document it lies in."""
    for kind, key in texts:
        if problem.file.startswith(file_of(kind, key)):
            place = PLACES.get(kind, "/documents/{kind}/{key}/text").format(kind=kind, key=key)
            return f"{place}?show=problems#problems" if kind == "journey" else place
    return ""


def _stages(namer: Namer) -> dict[str, str]:
    return {stage.id: namer.stage(stage.id).word for stage in namer.playbook.lifecycle.stages}


def _personas(namer: Namer) -> dict[str | None, str]:
    keys = [None, *(persona.id for persona in namer.playbook.personas.personas)]
    return {key: namer.persona(key) for key in keys}


def _why_not(session: Session) -> str:
    """Why the reader may not publish, and whom to ask; '' where they may."""
    if may(signed_in().member.role, "publisher"):
        return ""
    able = ROLES[ROLES.index("publisher") :]
    names = [one.name or one.email for one in staff.everybody(session) if one.role in able and not one.disabled_at]
    return f"Ask a publisher: {', '.join(names[:5])}" if names else "There is no publisher yet; ask an administrator"


def meanwhile(parts: Parts, asked: Sequence[Draft], form: Mapping[str, str]) -> tuple[str, ...]:
    """Say what was done to the documents since a page was made that cannot be published any more."""
    try:
        seen = orjson.loads(form.get("seen", ""))
        revision, numbers = int(seen["playbook"]), {str(name): int(n) for name, n in seen["drafts"].items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return ()
    news: list[str] = []
    with parts.ground.sessions.read() as session:
        for one in asked:
            known = numbers.get(f"{one.kind}/{one.key}", 0)
            since = [edit for edit in drafts.edits(session, one.kind, one.key) if edit.n > known]
            news += [f"{edit.author} changed {name_of(one)}: {edit.note or 'a new text'}" for edit in since[:NEWS]]
        if documents.revision_number(session) != revision:
            news.append("Somebody else has published meanwhile")
    return tuple(news)


def moved_since(page: Page, token: str) -> tuple[str, ...]:
    """Say where people stand otherwise than when a token was given."""
    names = {(one.inside.journey, row.step): row.name for one in page.fates for row in one.thoughts}
    found = drift(token, page.found.token) if page.found is not None else ()
    return tuple(
        f"{names.get((one.journey, one.step), said(one.step))}: {one.now:,} people now, not {one.before:,}"
        for one in found[:NEWS]
    )
