"""Milestones: the wins that customers can reach, what shows that they have, and what they say they want from us."""

from typing import Any, NamedTuple

from flask import Blueprint, Response, request

from nurture.parts import Parts
from nurture.store import counts, people
from nurture.web.console.design.playbook.forms import Failed, Part, forms_of
from nurture.web.console.design.playbook.sheet import Sheet, items, sheet
from nurture.web.console.design.playbook.using import Use, uses
from nurture.web.console.design.rules import small
from nurture.web.console.page import show
from nurture.web.console.words import said


class Win(NamedTuple):
    """One milestone.  share: of everybody, in per cent.  weights: per persona, in words."""

    key: str
    name: str
    sentence: str
    part: Part
    reached: int
    share: int
    weights: str
    uses: list[Use]


def add_milestones(pages: Blueprint, parts: Parts) -> None:
    """Add `/milestones`."""

    @pages.get("/milestones")
    def milestones() -> Response:
        return milestones_page(parts, "milestones", 200, None)


def milestones_page(parts: Parts, key: str, status: int, failed: Failed | None) -> Response:
    """Write the page, with a form that was not accepted where there is one."""
    at = parts.look()
    laid = sheet(parts, "milestones", key, at)
    with parts.ground.sessions.read() as session:
        forms = forms_of(session, laid, failed, request.args.get("open", ""))
        reached, everybody = counts.reached(session), sum(people.stages(session).values())
    wins = [
        _win(one, forms.part(f"milestones/{n}"), laid, reached.get(str(one.get("id")), 0), everybody)
        for n, one in enumerate(items(laid.root, "milestones"))
    ]
    drivers = (laid.root or {}).get("drivers")
    return show(
        "design/milestones.html",
        parts,
        at,
        status,
        nav="milestones",
        clock=laid.clock,
        sheet=laid,
        wins=wins,
        whole=forms.part(""),
        drivers=[small(one) for one in drivers] if isinstance(drivers, list) else [],
        new=forms.new("milestones"),
    )


def _win(one: Any, part: Part, laid: Sheet, reached: int, everybody: int) -> Win:
    key = str(one.get("id", ""))
    told = f"reached when {small(one.get('on', 'nothing'))} comes in"
    told += "; for all of an account at once" if one.get("account") else ""
    told += "; a first win" if one.get("moment_of_truth") else ""
    weight = one.get("weight")
    weights = [f"{laid.namer.persona(str(who))} {n}" for who, n in weight.items()] if isinstance(weight, dict) else []
    return Win(
        key,
        str(one.get("name") or said(key)),
        told,
        part,
        reached,
        round(100 * reached / everybody) if everybody else 0,
        ", ".join(weights),
        uses(laid.playbook, "milestone", key),
    )
