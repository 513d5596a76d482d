"""What a journey says of itself beside its steps: who enters, what ends it, and how it stands to the others."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Blueprint, Response

from nurture.engine import editing
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.web.console.access import signed_in
from nurture.web.console.design.desk import Desk, desk
from nurture.web.console.design.drafting import refused, undoing
from nurture.web.console.design.flow import acts
from nurture.web.console.design.flow.around import picks_of, rules_of
from nurture.web.console.design.flow.editing import said
from nurture.web.console.design.flow.fields import ABSENT, Input, Picks, shown
from nurture.web.console.design.flow.saving import by_itself, pieces, save_fields
from nurture.web.console.design.rules import EXAMPLES
from nurture.web.console.page import done, show

Path = tuple[str | int, ...]


class Field(NamedTuple):
    """One key of a journey.  name: with dots.  refers: the kind of thing that it names.  choices: value and word."""

    name: str
    label: str
    kind: str
    hint: str = ""
    refers: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    needed: bool = False


SECTIONS: Mapping[str, tuple[str, tuple[Field, ...]]] = {
    "about": (
        "What it is",
        (
            Field("name", "Name", "words", needed=True),
            Field("purpose", "What it is for", "words"),
            Field("priority", "Priority", "number", "0 to 100: who goes first where limits allow only one"),
        ),
    ),
    "entry": (
        "Who enters",
        (
            Field("enter.stage", "In one of these stages", "keys", refers="stage"),
            Field("enter.on", "When one of these happens", "names", "names of events, with commas between"),
            Field("enter.when", "And only if", "rule", f"a condition, such as {EXAMPLES[3]}"),
            Field("enter.again", "How often", "words", "never, per_trial, always, or after 90d"),
            Field(
                "enter.existing",
                "People who fit already when it is published",
                "choose",
                choices=(("", "stay outside"), ("leave", "stay outside"), ("enter", "enter, little by little")),
            ),
        ),
    ),
    "ends": (
        "What ends it",
        (
            Field(
                "goal.milestone", "The goal: a milestone", "choose", "reaching it ends the journey well", "milestone"
            ),
            Field("goal.did", "Or the goal: an event", "words"),
            Field("goal.within", "Within", "span", "counted from their entry"),
            Field("stays", "It goes on only in these stages", "keys", "none: those in which it is entered", "stage"),
            Field("leave_when", "It also ends once", "rules", f"one condition a line, such as {EXAMPLES[4]}"),
        ),
    ),
    "beside": (
        "Beside the others",
        (
            Field("holds", "These rest meanwhile", "keys", refers="others"),
            Field(
                "resume",
                "When they go on",
                "choose",
                choices=(("", "where they stood"), ("continue", "where they stood"), ("replan", "counted anew")),
            ),
            Field("holdout", "Kept aside for comparison", "words", "a share, such as 10%: their letters are withheld"),
            Field("variants", "Walked in another shape", "written", "as text: [{stage: at_risk, journey: rescue}]"),
        ),
    ),
}


def add_journey_settings(pages: Blueprint, parts: Parts) -> None:
    """Add `/journeys/<key>/settings`, which by POST saves what was changed."""

    @pages.get("/journeys/<key>/settings")
    def journey_settings(key: str) -> Response:
        return _page(parts, key)

    @pages.post("/journeys/<key>/settings")
    def journey_set(key: str) -> Response:
        return _saved(parts, key)


def inputs(root: Mapping[str, Any], picks: Picks) -> dict[str, list[Input]]:
    """The fields of every section, from a journey's tree."""
    return {section: [_input(field, root, picks) for field in fields] for section, (_, fields) in SECTIONS.items()}


def _input(field: Field, root: Mapping[str, Any], picks: Picks) -> Input:
    value = shown(field.kind, acts.at(root, _path(field.name)))
    options: list[tuple[str, str]] = list(field.choices) or list(picks.get(field.refers, ()))
    if field.choices:
        options = [option for option in options if option[0] or not value]
        options = [option for n, option in enumerate(options) if option[1] not in [word for _, word in options[:n]]]
    elif field.kind == "choose":
        options = [("", "None"), *options, *([(value, f"{value} (there is none)")] if _unknown(value, options) else [])]
    return Input(field.name, field.label, field.kind, value, field.needed, options, field.hint)


def _unknown(value: str, options: list[tuple[str, str]]) -> bool:
    return bool(value) and value not in dict(options)


def _path(name: str) -> Path:
    return tuple(name.split("."))


def _edited(text: str, values: Mapping[Path, Any]) -> tuple[str, str]:
    """Write what was changed; a goal that names nothing any more goes."""
    text, sentence = acts.changed(text, "", values)
    goal = acts.root_of(text).get("goal")
    if ABSENT in values.values() and isinstance(goal, Mapping) and not set(goal) - {"within"}:
        text, _ = editing.remove(text, ("goal",))
    return text, sentence


def _saved(parts: Parts, key: str) -> Response:
    def fields(text: str) -> list[Input]:
        return [field for section in inputs(acts.root_of(text), {}).values() for field in section]

    saved = save_fields(parts, key, fields, _edited)
    if by_itself():
        laid, told = desk(parts, key, parts.look()), fields(saved.draft.text)
        return pieces(
            "design/settings_saved.html", saved, desk=laid, fields=told, here=said("here"), signed_in=signed_in()
        )
    if saved.refusal is not None:
        return refused(parts, "journey", key, saved.refusal)
    if saved.wrongs:
        return _page(parts, key, 422, saved.wrongs)
    return done(parts, f"/journeys/{key}/settings", undoing(saved.draft.sentence, saved.draft))


def _page(parts: Parts, key: str, status: int = 200, wrongs: Mapping[str, str] | None = None) -> Response:
    at: Moment = parts.look()
    laid: Desk = desk(parts, key, at)
    with parts.ground.sessions.read() as session:
        picks = picks_of(session, parts.ground.shelf.playbook(session))
    others = [pair for pair in picks["journey"] if pair[0] != key]
    picks = {**picks, "others": [*others, ("all", "Every other journey")]}
    try:
        root: Mapping[str, Any] | None = acts.root_of(laid.draft.text)
    except editing.CannotEdit:
        root = None
    return show(
        "design/journey_settings.html",
        parts,
        at,
        status,
        nav="journeys",
        clock=laid.clock,
        desk=laid,
        sections=[(name, SECTIONS[name][0], fields) for name, fields in inputs(root or {}, picks).items()],
        broken=root is None,
        wrongs=wrongs or {},
        rules=rules_of(picks),
    )
