"""The lifecycle: what the stages mean, who moves between them and by which rule, and who would by another one."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from flask import Blueprint, Response, request

from nurture.engine.editing import words
from nurture.parts import Parts
from nurture.store import counts, people
from nurture.web.console.design.playbook.dry import dry_asked
from nurture.web.console.design.playbook.forms import Failed, Forms, Part, forms_of
from nurture.web.console.design.playbook.sheet import Sheet, items, sheet
from nurture.web.console.design.rules import rule, small
from nurture.web.console.page import show
from nurture.web.console.words import PHASE_TONES, Label, said

LATELY = timedelta(days=30)


class Rule(NamedTuple):
    """One rule: where it stands, the stages it leads out of, and what it says.  cause: when it moves somebody."""

    part: Part
    sources: tuple[str, ...]
    to: str
    cause: str


class Column(NamedTuple):
    """One stage.  here: how many stand in it; came, went: in the last 30 days.  about: what it means, in sentences."""

    key: str
    label: Label
    part: Part
    here: int
    came: int
    went: int
    about: tuple[str, ...]
    rules: tuple[Rule, ...]


def add_lifecycle(pages: Blueprint, parts: Parts) -> None:
    """Add `/lifecycle`."""

    @pages.get("/lifecycle")
    def lifecycle() -> Response:
        return lifecycle_page(parts, "lifecycle", 200, None)


def lifecycle_page(parts: Parts, key: str, status: int, failed: Failed | None) -> Response:
    """Write the page, with a form that was not accepted where there is one."""
    at = parts.look()
    laid = sheet(parts, "lifecycle", key, at)
    with parts.ground.sessions.read() as session:
        forms = forms_of(session, laid, failed, request.args.get("open", ""))
        here, moves = people.stages(session), counts.moves_since(session, at.now - LATELY)
    rules = _rules(laid, forms)
    labels = {str(one.get("id")): _label(one) for one in items(laid.root, "stages")}
    return show(
        "design/lifecycle.html",
        parts,
        at,
        status,
        nav="lifecycle",
        clock=laid.clock,
        sheet=laid,
        columns=_columns(laid, forms, rules, here, moves),
        rules=rules,
        offered=forms.rules,
        labels=labels,
        whole=forms.part(""),
        stay=words(str((laid.root or {}).get("minimum_stay", "0s"))),
        new_rule=forms.new("moves"),
        new_stage=forms.new("stages"),
        matrix=_matrix(list(labels), moves),
        dry=dry_asked(parts, laid, at),
    )


def _label(stage: Mapping[str, Any]) -> Label:
    phases: Mapping[str, str] = {str(phase): tone for phase, tone in PHASE_TONES.items()}
    return Label(str(stage.get("name") or said(str(stage.get("id", "")))), phases.get(str(stage.get("phase")), "leave"))


def _rules(laid: Sheet, forms: Forms) -> list[Rule]:
    written = (laid.root or {}).get("moves")
    found = []
    for n, move in enumerate(written if isinstance(written, list) else ()):
        one = move if isinstance(move, Mapping) else {}
        sources = one.get("from", ())
        listed = tuple(map(str, sources)) if isinstance(sources, list) else (str(sources),) if sources else ()
        found.append(Rule(forms.part(f"moves/{n}"), listed, str(one.get("to", "")), cause(one, laid)))
    return found


def cause(move: Mapping[str, Any], laid: Sheet) -> str:
    """Say when a rule moves somebody: `when trial cancelled comes in`, `as soon as this holds: is silent for 5 d`."""
    events = move.get("on")
    if events is not None:
        return f"when {' or '.join(map(small, events if isinstance(events, list) else [events]))} comes in"
    return f"as soon as this holds: {rule(move.get('when'), laid.namer)}"


def _columns(
    laid: Sheet,
    forms: Forms,
    rules: list[Rule],
    here: Mapping[str, int],
    moves: Mapping[tuple[str | None, str], int],
) -> list[Column]:
    found = []
    for n, stage in enumerate(items(laid.root, "stages")):
        key = str(stage.get("id", ""))
        found.append(
            Column(
                key,
                _label(stage),
                forms.part(f"stages/{n}"),
                here.get(key, 0),
                sum(number for (_, to), number in moves.items() if to == key),
                sum(number for (source, _), number in moves.items() if source == key),
                tuple(_about(stage, laid)),
                tuple(one for one in rules if key in one.sources),
            )
        )
    return found


def _about(stage: Mapping[str, Any], laid: Sheet) -> list[str]:
    """Say what a stage means, beyond its name."""
    told = []
    starts = (laid.root or {}).get("starts")
    if isinstance(starts, Mapping):
        begins = {"lead": "A lead", "signup": "A sign-up"}
        told += [f"{who} begins here." for start, who in begins.items() if starts.get(start) == stage.get("id")]
    began = isinstance(starts, Mapping) and stage.get("id") in starts.values()
    if not began and not any(move.get("to") == stage.get("id") for move in items(laid.root, "moves")):
        told.append("No rule leads here: people come by a journey, or by hand.")
    measure = stage.get("measure")
    if isinstance(measure, Mapping):
        won = laid.namer.milestone(str(measure.get("milestone", "")))
        told.append(f"Success: {measure.get('target')} reach \u201c{won}\u201d within {words(measure.get('within'))}.")
    if stage.get("ask"):
        told.append(f"The survey \u201c{small(stage['ask'])}\u201d hears from them.")
    if stage.get("final"):
        told.append("All mail ends here; only an event leads out.")
    return told


def _matrix(stages: list[str], moves: Mapping[tuple[str | None, str], int]) -> list[tuple[str | None, list[int]]]:
    """Count the moves of the last 30 days from each stage to each; None is where people begin."""
    rows: list[str | None] = [None, *stages]
    return [(source, [moves.get((source, to), 0) for to in stages]) for source in rows]
