"""Personas: who we are talking to, how each is recognised, how many there are, and what is said to them alone."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, Response, abort, request

from nurture.parts import Parts
from nurture.store import counts
from nurture.store.counts import Kind
from nurture.web.console.design.playbook.dry import dry_asked
from nurture.web.console.design.playbook.forms import Failed, Forms, Part, forms_of
from nurture.web.console.design.playbook.sheet import Sheet, items, sheet
from nurture.web.console.design.playbook.using import Use, uses
from nurture.web.console.design.rules import rule
from nurture.web.console.page import show
from nurture.web.console.words import said

ABOUT: Mapping[str, str] = {
    "description": "Who they are",
    "goals": "What they want",
    "worries": "What worries them",
    "tone": "How we speak to them",
}
MOST = 90  # per cent of everybody: whoever fits a rule that takes more is hardly of a kind
AT_HOME = frozenset({"use", "recommend"})  # phases in which they have adopted


class Card(NamedTuple):
    """One persona.  sentence: who is one.  people: how many; won, adopted: of them, in per cent; None where nobody is.

    warning: what looks wrong with the size, '' for nothing.
    """

    key: str
    name: str
    about: tuple[tuple[str, str], ...]
    sentence: str
    part: Part
    people: int
    won: int | None
    adopted: int | None
    warning: str
    uses: list[Use]


def add_personas(pages: Blueprint, parts: Parts) -> None:
    """Add `/personas`, and `/personas/<key>` for one."""

    @pages.get("/personas")
    def personas() -> Response:
        return personas_page(parts, "personas", 200, None)

    @pages.get("/personas/<key>")
    def persona(key: str) -> Response:
        return _one(parts, key)


def personas_page(parts: Parts, key: str, status: int, failed: Failed | None) -> Response:
    """Write the page of all of them, with a form that was not accepted where there is one."""
    at = parts.look()
    laid = sheet(parts, "personas", key, at)
    forms, kinds = _gathered(parts, laid, failed)
    cards = _cards(laid, forms, kinds)
    known = {card.key for card in cards}
    return show(
        "design/personas.html",
        parts,
        at,
        status,
        nav="personas",
        clock=laid.clock,
        sheet=laid,
        cards=cards,
        new=forms.new("personas"),
        offered=forms.rules,
        nobody=sum(one.people for one in kinds if one.persona is None),
        gone=sum(one.people for one in kinds if one.persona is not None and one.persona not in known),
        dry=dry_asked(parts, laid, at),
    )


def _one(parts: Parts, key: str) -> Response:
    at = parts.look()
    whole = sheet(parts, "personas", "personas", at)
    forms, kinds = _gathered(parts, whole, None)
    cards = [card for card in _cards(whole, forms, kinds) if card.key == key]
    if not cards:
        abort(404)
    laid = whole._replace(title=cards[0].name, page=f"/personas/{key}")
    return show(
        "design/persona.html",
        parts,
        at,
        nav="personas",
        clock=laid.clock,
        sheet=laid,
        card=cards[0],
        offered=forms.rules,
    )


def _gathered(parts: Parts, laid: Sheet, failed: Failed | None) -> tuple[Forms, list[Kind]]:
    wins = [one.id for one in laid.playbook.milestones.milestones if one.moment_of_truth]
    with parts.ground.sessions.read() as session:
        return forms_of(session, laid, failed, request.args.get("open", "")), counts.kinds(session, wins)


def _cards(laid: Sheet, forms: Forms, kinds: Sequence[Kind]) -> list[Card]:
    everybody = sum(one.people for one in kinds)
    return [_card(n, one, laid, forms, kinds, everybody) for n, one in enumerate(items(laid.root, "personas"))]


def _card(n: int, persona: Mapping[str, Any], laid: Sheet, forms: Forms, kinds: Sequence[Kind], everybody: int) -> Card:
    key, about = str(persona.get("id", "")), persona.get("about")
    phases = {stage.id: stage.phase for stage in laid.playbook.lifecycle.stages}
    mine = [one for one in kinds if one.persona == key]
    people = sum(one.people for one in mine)
    adopted = sum(one.people for one in mine if phases.get(one.stage) in AT_HOME)
    told = about if isinstance(about, Mapping) else {}
    return Card(
        key,
        str(persona.get("name") or said(key)),
        tuple(
            (ABOUT.get(str(word), said(str(word))), str(told[word]))
            for word in dict.fromkeys((*ABOUT, *told))
            if word in told
        ),
        "everybody whom no rule above fits" if persona.get("otherwise") else rule(persona.get("when"), laid.namer),
        forms.part(f"personas/{n}"),
        people,
        _share(sum(one.won for one in mine), people),
        _share(adopted, people),
        _warning(people, everybody, own_rule=not persona.get("otherwise")),
        uses(laid.playbook, "persona", key),
    )


def _share(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None


def _warning(people: int, everybody: int, *, own_rule: bool) -> str:
    if not everybody or not own_rule:
        return ""
    if not people:
        return "Nobody is one: does the rule ask for something that nobody tells us?"
    share = 100 * people / everybody
    return f"{share:.0f}% of everybody is one: does the rule say too little?" if share > MOST else ""
