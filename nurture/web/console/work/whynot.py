"""Why not: every question that is asked before a step acts, in order, which of them said no, and what could be done."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flask import Blueprint, Response, abort, current_app, request
from werkzeug.exceptions import HTTPException

from nurture.engine.explain import Check, Explanation
from nurture.engine.local import zone_for
from nurture.engine.playbook import Playbook
from nurture.engine.steps.survey import Survey
from nurture.flow import why
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store import customers as store
from nurture.web.console.design.drafting import PLACES
from nurture.web.console.design.flow.sentences import kind_of
from nurture.web.console.page import Clockface, live, show, show_part
from nurture.web.console.words import Namer, name_of, said

MARKS: Mapping[bool | None, tuple[str, str]] = {
    True: ("check", "passed"),
    False: ("cross", "failed"),
    None: ("dot", "not checked"),
}
"""The mark of an answer, and its word."""
SUPPRESSION_PLACE = "/settings/suppression"


class Group(NamedTuple):
    """The steps of one journey that can be asked about: pairs of `journey/step` and their words."""

    name: str
    options: list[tuple[str, str]]


class Line(NamedTuple):
    """One question as staff read it.  open: it is the one that decided.  href: where it could be changed, or ''."""

    check: Check
    mark: str
    word: str
    open: bool
    href: str


def add_whynot(pages: Blueprint, parts: Parts) -> None:
    """Add `/customers/<id>/why-not`."""

    @pages.get("/customers/<customer_id>/why-not")
    def why_not(customer_id: str) -> Response:
        return _answer(parts, customer_id, parts.look())


def _answer(parts: Parts, reference: str, at: Moment) -> Response:
    answer, unknown = None, ""
    with parts.ground.sessions.read() as session:
        customer = store.find(session, reference)
        if customer is None:
            abort(404)
        playbook = parts.ground.shelf.playbook(session)
        journey, step = _asked(playbook)
        try:
            if journey or step:
                answer = why.why_now(session, playbook, customer, journey or None, step or None, at.now)
        except why.Unknown as error:
            unknown = f"{error}"
    namer = Namer(playbook)
    about = f"{answer.journey if answer else journey}/{step}" if step else journey
    words: dict[str, Any] = {
        "namer": namer,
        "clock": Clockface(zone_for(playbook.policy.window, customer.zone), at.now),
        "customer": customer,
        "name": name_of(customer),
        "groups": groups(playbook),
        "about": about,
        "answer": answer,
        "title": _title(namer, answer, step) if answer else "",
        "lines": list(_lines(answer, namer)) if answer else [],
        "unknown": unknown,
    }
    if live():
        return show_part("work/_whynot.html", close=f"/customers/{customer.id}", **words)
    return show("work/whynot.html", parts, at, nav="customers", close="", **words)


def _asked(playbook: Playbook) -> tuple[str, str]:
    """The journey and the step that an address asks about; an email means the step that sends it."""
    journey, _, step = request.args.get("about", "").partition("/")
    journey, step = journey or request.args.get("journey", ""), step or request.args.get("step", "")
    email = request.args.get("email", "")
    if email and not step:
        for version in playbook.journeys:
            for key, place in version.places.items():
                if journey in ("", version.journey.id) and email == getattr(place.step, "email", None):
                    return version.journey.id, key
    return journey[:200], step[:200]


def groups(playbook: Playbook) -> list[Group]:
    """What can be asked about: every journey as a whole, and each of its steps."""
    found = []
    for version in playbook.journeys:
        key, name = version.journey.id, version.journey.name
        said_ = {step: _words(step, place.step) for step, place in reversed(list(version.places.items()))}
        twice = {words for words, times in Counter(said_.values()).items() if times > 1}
        steps = [(f"{key}/{one}", f"{words} ({one})" if words in twice else words) for one, words in said_.items()]
        found.append(Group(name, [(key, f"{name}: the whole journey"), *steps]))
    return found


def _words(key: str, step: object) -> str:
    email = getattr(step, "email", None) or (step.asks_by if isinstance(step, Survey) else None)
    kind = kind_of(str(getattr(step, "do", ""))).word
    return f"{kind}: {said(email or key)}"


def _title(namer: Namer, answer: Explanation, step: str) -> str:
    if not step:
        return namer.journey(answer.journey)
    version = namer.playbook.live(answer.journey)
    place = version.places.get(step) if version is not None else None
    return _words(step, place.step) if place is not None else said(step)


def _lines(answer: Explanation, namer: Namer) -> Iterator[Line]:
    for n, check in enumerate(answer.checks):
        mark, word = MARKS[check.holds]
        yield Line(check, mark, word, n == answer.first_no, _leads(check, namer))


def _leads(check: Check, namer: Namer) -> str:
    """The page where it could be changed, if this console has it."""
    if check.fix is None:
        return ""
    if check.fix.do == "review-suppression":
        return SUPPRESSION_PLACE if _is_there(SUPPRESSION_PLACE) else ""
    if check.fix.do == "check-sender":
        return "/outbox"
    if check.fix.on is None:
        return ""
    kind, _, key = check.fix.on.partition("/")
    if kind == "journey" and namer.playbook.live(key) is None:
        return ""
    place = PLACES.get(kind, "/documents/{kind}/{key}/text").format(kind=kind, key=key)
    return place if _is_there(place) else ""


def _is_there(path: str) -> bool:
    """Whether a page answers at this address."""
    adapter = current_app.create_url_adapter(request)
    try:
        return adapter is not None and bool(adapter.match(path, "GET"))
    except HTTPException:
        return False
