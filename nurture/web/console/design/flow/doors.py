"""The cards above and below a flow: who enters, and what ends it early, each in a sentence."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nurture.engine.editing import words
from nurture.web.console.design.flow.sentences import capital
from nurture.web.console.design.rules import any_of, rule, small
from nurture.web.console.words import Namer

AGAIN = {"never": "once", "per_trial": "once in a trial", "always": "as often as it fits"}


def enters(root: Mapping[str, Any], namer: Namer) -> str:
    """Say who enters a journey, and how often."""
    enter = root.get("enter")
    if not isinstance(enter, Mapping):
        return "Nobody by themselves: it is walked as another journey\u2019s variant, or where a step starts it"
    again = str(enter.get("again", "never"))
    often = AGAIN.get(again) or f"again {words(again) if not again.startswith('after ') else _after(again)}"
    if enter.get("once") is True:
        return f"Whoever is in \u201c{small(enter.get('segment', ''))}\u201d when staff start it, {often}"
    parts = list(_who(enter, namer))
    return f"{capital(', '.join(parts)) or 'Nobody yet'}, {often}"


def _after(again: str) -> str:
    return f"after {words(again.removeprefix('after '))}"


def _who(enter: Mapping[str, Any], namer: Namer) -> Iterator[str]:
    if enter.get("stage"):
        yield f"whoever is in {any_of(enter['stage'], lambda key: namer.stage(key).word)}"
    if enter.get("on"):
        yield f"when {any_of(enter['on'], small)} happens"
    if enter.get("when"):
        yield f"if {'' if enter.get('stage') or enter.get('on') else 'somebody '}{rule(enter['when'], namer)}"


def leaves(root: Mapping[str, Any], namer: Namer) -> list[str]:
    """Say what ends a journey early, the goal first; each a sentence."""
    return [capital(said) for said in _ends(root, namer)]


def _ends(root: Mapping[str, Any], namer: Namer) -> Iterable[str]:
    if isinstance(root.get("goal"), Mapping):
        yield f"the goal: {rule(root['goal'], namer)}"
    enter = root.get("enter")
    stays = root.get("stays") or (enter.get("stage") if isinstance(enter, Mapping) else None)
    if stays:
        yield f"their stage is not {any_of(stays, lambda key: namer.stage(key).word)} any more"
    found = root.get("leave_when")
    for condition in found if isinstance(found, list) else ():
        yield rule(condition, namer)


def holds(root: Mapping[str, Any], namer: Namer) -> str:
    """Say which journeys rest meanwhile; '' for none."""
    found = root.get("holds")
    if not found:
        return ""
    return "Every other journey" if found in ("all", ["all"]) else any_of(found, namer.journey).replace(" or ", ", ")
