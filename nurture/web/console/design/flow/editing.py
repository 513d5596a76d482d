"""One press on a button of the flow: which edit of the text it asks for, and where its author stands afterwards."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from flask import Response, abort, request

from nurture.engine.editing import CannotEdit
from nurture.flow.drafts import Overtaken
from nurture.parts import Parts
from nurture.store.documents import Missing
from nurture.web.console.design.drafting import changed, refused, undoing
from nurture.web.console.design.flow import acts
from nurture.web.console.design.flow.around import picks_of, surroundings
from nurture.web.console.design.flow.beginning import OFFERS, Surroundings, begin
from nurture.web.console.design.flow.footfall import OVERLAYS
from nurture.web.console.page import done

Edited = tuple[str, str]


def pressed(parts: Parts, key: str) -> Response:
    """Do what a form of the flow asks for, and lead on to where one wants to be then; or say why not."""
    do = request.form.get("do", "")
    if do not in BUTTONS:
        abort(400)
    before: list[str] = []

    def edit(text: str) -> Edited:
        before.append(text)
        return BUTTONS[do](text, parts)

    try:
        draft = changed(parts, "journey", key, edit)
    except (Missing, CannotEdit, Overtaken) as error:
        return refused(parts, "journey", key, error)
    following = _landing(do, said("step"), before[0], draft.text)
    return done(parts, flow_address(key, {**kept(), **following}), undoing(draft.sentence, draft))


def said(name: str) -> str:
    """What a form says under a name, cut where no such thing is that long."""
    return request.form.get(name, "").strip()[:200]


def kept() -> dict[str, str]:
    """What the cards were asked to tell beside their steps, which stays from one press to the next."""
    asked = {name: request.values.get(name, "").strip()[:200] for name in ("counts", "customer")}
    if asked["counts"] not in OVERLAYS:
        abort(404)
    return {name: value for name, value in asked.items() if value}


def flow_address(key: str, query: Mapping[str, str]) -> str:
    """The page of a flow, at a step of it."""
    told = urlencode({name: value for name, value in query.items() if value})
    return f"/journeys/{key}/flow?{told}" if told else f"/journeys/{key}/flow"


def around(parts: Parts, text: str) -> Surroundings:
    """What a new step may lean on, as the playbook now is."""
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        return surroundings(playbook, picks_of(session, playbook), acts.root_of(text))


def _add(text: str, parts: Parts) -> Edited:
    if said("what") not in OFFERS:
        abort(400)
    return acts.added(text, said("spot"), begin(said("what"), around(parts, text)))


def _path_add(text: str, parts: Parts) -> Edited:
    when = {"milestone": around(parts, text).first("milestone")}
    return acts.path_added(text, said("step"), when, said("name"))


BUTTONS: Mapping[str, Callable[[str, Parts], Edited]] = {
    "add": _add,
    "up": lambda text, _: acts.stepped(text, said("step"), -1),
    "down": lambda text, _: acts.stepped(text, said("step"), 1),
    "move": lambda text, _: acts.moved(text, said("step"), said("spot")),
    "duplicate": lambda text, _: acts.duplicated(text, said("step")),
    "resolve": lambda text, _: acts.resolved(text, said("step")),
    "off": lambda text, _: acts.switched(text, said("step")),
    "delete": lambda text, _: acts.removed(text, said("step"), said("keep")),
    "path-add": _path_add,
    "path-remove": lambda text, _: acts.path_removed(text, said("step"), said("part")),
    "path-up": lambda text, _: acts.path_moved(text, said("step"), said("part"), -1),
    "path-down": lambda text, _: acts.path_moved(text, said("step"), said("part"), 1),
}
"""What the buttons of a flow do, by what their form says under `do`."""


def _landing(do: str, step: str, before: str, after: str) -> dict[str, str]:
    """Say which step one wants to see after an edit, and what should have the focus there."""
    if do in ("add", "duplicate"):
        new = _first_new(before, after)
        return {"step": new, "at": "field" if do == "add" else "card"}
    if do == "delete":
        return {"near": _neighbour(step, before, after)}
    return {"step": step, "at": do}


def _first_new(before: str, after: str) -> str:
    known = set(_order(before))
    return next((one for one in _order(after) if one not in known), "")


def _neighbour(step: str, before: str, after: str) -> str:
    """The step that stands where the one that is gone stood: the next one, or else the one before it."""
    order, left = _order(before), set(_order(after))
    at = order.index(step) if step in order else 0
    behind, ahead = order[at + 1 :], order[:at][::-1]
    return next((one for one in (*behind, *ahead) if one in left), "")


def _order(text: str) -> list[str]:
    return acts.order_of(acts.root_of(text).get("steps"))
