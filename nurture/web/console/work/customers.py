"""Who is where, and which ones: the list of customers, narrowed by what one chooses, types, or says in a sentence."""

from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

import orjson
from flask import Blueprint, Response, redirect, request

from nurture.engine.local import zone_for
from nurture.engine.playbook import Playbook
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store import people
from nurture.store.people import SORTS, Listed
from nurture.store.session import Session
from nurture.store.wanted import NOBODY, Wanted
from nurture.web.console.access import may, signed_in
from nurture.web.console.admin.snippets import curl
from nurture.web.console.page import Clockface, live, show, show_part
from nurture.web.console.words import Namer, name_of, said
from nurture.web.console.work import sentence
from nurture.web.console.work.bulk import offered
from nurture.web.console.work.filters import Choice, address, chips, read, without, written
from nurture.web.console.work.sentence import EXAMPLES, NotUnderstood, Vocabulary

PAGE = 50
LONGEST_SENTENCE = 1_000  # characters


class Row(NamedTuple):
    """One customer of the list, as staff read them.  next: the step they are at, in words."""

    one: Listed
    name: str
    next: str
    value: str


class Found(NamedTuple):
    """What a page of the list shows.

    stages: how many there are in each, whatever stages are asked for.  most: the filter that keeps most away, where
    nobody matches all of them.
    """

    rows: list[Row]
    stages: dict[str, int]
    number: int
    cursor: str
    most: tuple[str, int] | None = None


def add_customers(pages: Blueprint, parts: Parts) -> None:
    """Add `/customers`, and where a typed sentence leads."""

    @pages.get("/customers")
    def customers() -> Response:
        if not live() and not all(request.args.values()):  # a form carries what was left empty, an address does not
            return cast(Response, redirect(address(read(request.args), say=request.args.get("say", "")), 303))
        if "say" in request.args:
            return _understood(parts, parts.look())
        return _list(parts, parts.look(), read(request.args))


def _understood(parts: Parts, at: Moment) -> Response:
    """Lead a sentence on to the list it means; or say which word of it was not understood."""
    text = " ".join(request.args["say"].split())[:LONGEST_SENTENCE]
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
    try:
        wanted = sentence.understand(text, Vocabulary.of(playbook, Namer(playbook)))
    except NotUnderstood as error:
        return _list(parts, at, Choice(Wanted()), typed=text, error=error)
    return cast(Response, redirect(address(Choice(wanted)), 303))


def _list(
    parts: Parts, at: Moment, choice: Choice, *, typed: str | None = None, error: NotUnderstood | None = None
) -> Response:
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        namer = Namer(playbook)
        found = Found([], {}, 0, "") if error else _found(session, choice, at, namer)
        everybody = people.stages(session) if error or not _piece() else {}
    words = {
        "namer": namer,
        "clock": Clockface(zone_for(playbook.policy.window, None), at.now),
        "choice": choice,
        "found": found,
        "chips": chips(choice, namer),
        "most": _most(choice, namer, found),
        "following": address(choice, after=found.cursor) if found.cursor else "",
        "first": address(choice) if choice.after else "",
        "sorts": [(address(choice._replace(sort=key)), word, key == choice.sort) for key, word in SORTS.items()],
        "fields": {**written(choice.wanted), **({"sort": choice.sort} if choice.sort != "newest" else {})},
        "sentence": sentence.write(choice.wanted) if typed is None else typed,
        "error": error,
        "file": address(choice, "/customers.csv"),
        "segment": address(choice, "/customers/segment") if choice.wanted.parts else "",
        "stages": _stages(everybody if error else found.stages, choice, namer),
        "acts": offered(),
        "edits": may(signed_in().member.role, "editor"),
    }
    if _piece() and not error:
        return _part(choice, found, words)
    return show(
        "work/customers.html",
        parts,
        at,
        422 if error else 200,
        nav="customers",
        total=sum(everybody.values()),
        options=_options(playbook, namer, choice.wanted),
        beginnings=sentence.BEGINNINGS,
        examples=[(f"/customers?{_said(one)}", one) for one in EXAMPLES],
        curl=curl(parts),
        **words,
    )


def _piece() -> bool:
    """Whether only what was found is asked for, while somebody types."""
    return live() and request.headers.get("HX-Target") == "found"


def _part(choice: Choice, found: Found, words: dict[str, Any]) -> Response:
    answer = show_part("work/_found.html", live=True, **words)
    answer.headers["HX-Push-Url"] = address(choice)
    number = f"{found.number} customer{'' if found.number == 1 else 's'}"
    answer.headers["HX-Trigger"] = orjson.dumps({"said": number}).decode()
    return answer


def _found(session: Session, choice: Choice, at: Moment, namer: Namer) -> Found:
    page = people.page(session, choice.wanted, at.now, sort=choice.sort, cursor=choice.after, limit=PAGE)
    rows = [Row(one, name_of(one), _next(one, namer), worth(one.traits.get("value"))) for one in page.rows]
    stages = people.stages_among(session, choice.wanted, at.now)
    if rows:
        number = sum(stages.get(stage, 0) for stage in set(choice.wanted.stage) or stages)
        return Found(rows, stages, number, page.cursor)
    fewer = people.without_each(session, choice.wanted, at.now)
    return Found([], stages, 0, "", max(fewer.items(), key=lambda one: one[1], default=None))


def _next(one: Listed, namer: Namer) -> str:
    return f"{namer.journey(one.journey)} \u203a {said(one.step).lower()}" if one.journey else ""


def worth(value: Any) -> str:
    """What a customer is said to be worth, as it was told: `4,800`; '' where nobody told."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return ""
    return f"{value:,.0f}" if isinstance(value, int | float) else value[:40]


def _most(choice: Choice, namer: Namer, found: Found) -> dict[str, Any] | None:
    """The filter that keeps most away: its words, how many would be left without it, and the address of those."""
    if found.most is None:
        return None
    part, number = found.most
    said_ = ", ".join(f"{chip.name} {chip.value}" for chip in chips(choice, namer) if chip.part == part)
    left = choice._replace(wanted=without(choice.wanted, part), after="")
    return {"said": said_, "number": number, "address": address(left)}


def _stages(counts: dict[str, int], choice: Choice, namer: Namer) -> list[dict[str, Any]]:
    """Every stage of the lifecycle with how many of the wanted stand there, and any other that one still stands in."""
    known = [stage.id for stage in namer.playbook.lifecycle.stages]
    listed = []
    for key in (*known, *sorted(counts.keys() - set(known))):
        here = choice.wanted.stage == (key,)
        wanted = choice.wanted._replace(stage=() if here else (key,))
        leads = address(choice._replace(wanted=wanted, after=""))
        listed.append({"label": namer.stage(key), "number": counts.get(key, 0), "here": here, "address": leads})
    return listed


def _options(playbook: Playbook, namer: Namer, wanted: Wanted) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen in each list of the form; several values, as a sentence says them, are one choice more."""
    milestones = [(one.id, one.name) for one in playbook.milestones.milestones]
    version = playbook.live(wanted.journey)
    options = {
        "stage": [(one.id, namer.stage(one.id).word) for one in playbook.lifecycle.stages],
        "persona": [(one.id, namer.persona(one.id)) for one in playbook.personas.personas] + [(NOBODY, "None yet")],
        "has": milestones,
        "no": milestones,
        "journey": [(one.journey.id, one.journey.name) for one in playbook.journeys],
        "step": [(key, said(key)) for key in version.places] if version is not None else [],
        "owner": [(one.id, one.name) for one in playbook.policy.owners] + [(NOBODY, "Nobody")],
    }
    chosen = written(wanted)
    for name, pairs in options.items():
        if name in chosen and chosen[name] not in dict(pairs):
            pairs.append((chosen[name], chosen[name].replace(",", " and " if name in ("has", "no") else " or ")))
        pairs.insert(0, ("", "Any"))
    return options


def _said(text: str) -> str:
    return urlencode({"say": text})
