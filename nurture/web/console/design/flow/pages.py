"""The page of a flow, and the forms on it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, request

from nurture.engine import editing
from nurture.parts import Parts
from nurture.web.console.access import signed_in
from nurture.web.console.design.drafting import refused, undoing
from nurture.web.console.design.flow import acts
from nurture.web.console.design.flow.around import rules_of
from nurture.web.console.design.flow.beginning import FIRST, MORE
from nurture.web.console.design.flow.cards import outline
from nurture.web.console.design.flow.copying import copied
from nurture.web.console.design.flow.doors import enters, holds, leaves
from nurture.web.console.design.flow.editing import flow_address, kept, pressed, said
from nurture.web.console.design.flow.fields import Input, inputs
from nurture.web.console.design.flow.footfall import OVERLAYS
from nurture.web.console.design.flow.saving import Saved, by_itself, pieces, save_fields
from nurture.web.console.design.flow.view import Panel, View, panel, view
from nurture.web.console.page import done, show
from nurture.web.console.words import name_of

SHOWS = frozenset({"", "problems", "move", "copy", "path"})


def add_flow(pages: Blueprint, parts: Parts) -> None:
    """Add `/journeys/<key>/flow`, `/journeys/<key>/edit`, `/journeys/<key>/step` and `/journeys/<key>/copy`."""

    @pages.get("/journeys/<key>/flow")
    def flow(key: str) -> Response:
        if request.args.get("show", "") not in SHOWS:
            abort(404)
        return page(parts, key)

    @pages.post("/journeys/<key>/edit")
    def flow_edited(key: str) -> Response:
        return pressed(parts, key)

    @pages.post("/journeys/<key>/step")
    def step_saved(key: str) -> Response:
        return _step(parts, key)

    @pages.post("/journeys/<key>/copy")
    def step_copied(key: str) -> Response:
        return copied(parts, key)


def page(parts: Parts, key: str, status: int = 200, wrongs: Mapping[str, str] | None = None) -> Response:
    """Show a flow, with the step that the address or a form names beside it.  wrongs: what was typed wrongly."""
    at = parts.look()
    looks = kept()
    laid = view(parts, key, at, looks.get("counts", ""), looks.get("customer", ""))
    step = request.values.get("step", "")
    open_ = panel(parts, laid, step, at) if step else None
    root = laid.flow.tree or {}
    return show(
        "design/flow.html",
        parts,
        at,
        status,
        nav="journeys",
        clock=laid.desk.clock,
        desk=laid.desk,
        view=laid,
        flow=laid.flow,
        panel=open_,
        typed=dict(request.form) if status != 200 else {},
        wrongs=wrongs or {},
        shows=request.args.get("show", ""),
        adds=request.args.get("add", ""),
        near=request.args.get("near", ""),
        looks=looks,
        overlays=[
            (f"?counts={key}" if key else "?", word, looks.get("counts", "") == key and bool(key or not looks))
            for key, word in OVERLAYS.items()
        ],
        looked=_looked(laid),
        name_of=name_of,
        focus=request.args.get("at", ""),
        first=FIRST,
        more=MORE,
        rules=rules_of(laid.picks),
        spots=list(outline(laid.flow)) if request.args.get("show") == "move" else [],
        enters=enters(root, laid.namer),
        leaves=leaves(root, laid.namer),
        holds=holds(root, laid.namer),
    )


def _looked(laid: View) -> set[str]:
    """Every step and spot whose path is drawn open: what the address names, and where the shown customer went."""
    named = {request.args.get(name, "") for name in ("step", "near", "add")} - {""}
    return named | set(laid.trail.traces if laid.trail else ())


def _step(parts: Parts, key: str) -> Response:
    """Save the fields of a step."""
    step = said("step")

    def fields(text: str) -> list[Input]:
        root = acts.root_of(text)
        return inputs(acts.at(root, editing.step_path(text, step)), {})

    saved = save_fields(parts, key, fields, lambda text, values: acts.changed(text, step, values))
    if by_itself():
        return _pieces(parts, key, step, saved)
    if saved.refusal is not None:
        return refused(parts, "journey", key, saved.refusal)
    if saved.wrongs:
        return page(parts, key, 422, saved.wrongs)
    return done(parts, flow_address(key, {**kept(), "step": step}), undoing(saved.draft.sentence, saved.draft))


def _pieces(parts: Parts, key: str, step: str, saved: Saved) -> Response:
    looks, at = kept(), parts.look()
    laid: View = view(parts, key, at, looks.get("counts", ""), looks.get("customer", ""))
    open_: Panel | None = panel(parts, laid, step, at)
    words: dict[str, Any] = {"desk": laid.desk, "view": laid, "panel": open_, "looks": looks, "looked": {step}}
    return pieces("design/step_saved.html", saved, signed_in=signed_in(), here=said("here"), step=step, **words)
