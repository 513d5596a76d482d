"""What a step does, in one sentence, said from what is written of it: sound or not, finished or not."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from nurture.engine.editing import STEP_KINDS, words
from nurture.web.console.design.rules import Tree, rule, small
from nurture.web.console.words import Namer, said


class Kind(NamedTuple):
    """How a kind of step is called and drawn."""

    word: str
    icon: str


ICONS: Mapping[str, str] = {
    "email": "mail",
    "wait": "clock",
    "wait_for": "clock",
    "wait_until": "clock",
    "split": "split",
    "experiment": "flask",
    "care": "hand",
    "survey": "chat",
    "message": "list",
    "webhook": "globe",
    "set": "pencil",
    "move": "flag",
    "start": "path",
    "repeat": "repeat",
    "end": "end",
}
KINDS: Mapping[str, Kind] = {do: Kind(STEP_KINDS[do], icon) for do, icon in ICONS.items()}
UNKNOWN = Kind("Unknown step", "warn")


def kind_of(do: str) -> Kind:
    """Say how a kind of step is called; one that is not known is said to be so."""
    return KINDS.get(do, UNKNOWN)


def sentence(step: Tree, namer: Namer) -> str:
    """Say what a step does; what it does not say yet is said to be missing."""
    say = SENTENCES.get(str(step.get("do")))
    return say(step, namer) if say is not None else words({key: step[key] for key in step if key != "id"})


def joined(*parts: str) -> str:
    """Put the parts of a sentence together, without those that say nothing."""
    return ", ".join(part for part in parts if part)


def _letter(step: Tree, namer: Namer, key: str) -> str:
    unless = f"unless {rule(step['unless'], namer)}" if "unless" in step else ""
    return joined(_named(step, key), "at once, at any hour" if step.get("urgent") is True else "", unless)


def _named(step: Tree, key: str, name: Callable[[str], str] = said) -> str:
    return name(str(step[key])) if step.get(key) else "not chosen yet"


def _span(step: Tree, key: str) -> str:
    return words(step[key]) if step.get(key) else "not said yet"


def _wait_for(step: Tree, namer: Namer) -> str:
    match step.get("what"):
        case {"milestone": str(key)}:
            what = namer.milestone(key)
        case what_:
            what = capital(rule(what_, namer))
    return f"{what}, at most {_span(step, 'up_to')}"


def capital(text: str) -> str:
    """Begin a sentence."""
    return text[:1].upper() + text[1:]


def _wait_until(step: Tree, _: Namer) -> str:
    if "trial" in step or "date" in step:
        anchor = f"the trial\u2019s {step['trial']}" if "trial" in step else small(step["date"])
        offset = words(step["offset"]) if step.get("offset") else ""
        if not offset:
            return capital(anchor)
        return f"{offset} {anchor}" if offset.endswith("before") else f"{offset} after {anchor}"
    days = step.get("days")
    listed = ", ".join(str(day).title() for day in (days if isinstance(days, list) else [days])) if days else ""
    at = f"at {step['at']}" if step.get("at") else ""
    return " ".join(part for part in (listed, at) if part) + " on their clock" if listed or at else "not said yet"


def _split(step: Tree, _: Namer) -> str:
    paths = step.get("paths")
    whens = [path.get("when") for path in paths if isinstance(path, Mapping)] if isinstance(paths, list) else []
    asked = {key for when in whens if isinstance(when, Mapping) for key in when}
    return {frozenset({"persona"}): "By persona", frozenset({"stage"}): "By stage"}.get(
        frozenset(asked), "The first path that fits"
    )


def _experiment(step: Tree, _: Namer) -> str:
    arms = step.get("arms")
    shares = [f"{name} {share}" for name, share in shares_of(arms)] if isinstance(arms, list) else []
    return "By lot: " + (", ".join(shares) or "nothing to choose from yet")


def shares_of(arms: list[Any]) -> list[tuple[str, str]]:
    """Say each arm's share of those who arrive: `50 %`."""
    weights = [arm.get("weight", 1) if isinstance(arm, Mapping) else 0 for arm in arms]
    sound = [weight if isinstance(weight, int) and weight > 0 else 0 for weight in weights]
    total = sum(sound) or 1
    names = [str(arm.get("id", "?")) if isinstance(arm, Mapping) else "?" for arm in arms]
    return [(name, f"{round(100 * weight / total)} %") for name, weight in zip(names, sound, strict=True)]


def _care(step: Tree, namer: Namer) -> str:
    waits = f"then up to {words(step['wait_for_outcome'])} for its outcome" if step.get("wait_for_outcome") else ""
    return joined(_named(step, "task", namer.task), f"due in {_span(step, 'due')}", waits)


def _repeat(step: Tree, namer: Namer) -> str:
    until = f"until {rule(step['until'], namer)}" if "until" in step else ""
    return joined(f"Up to {step.get('times', '?')} times", until)


SENTENCES: Mapping[str, Callable[[Tree, Namer], str]] = {
    "email": lambda step, namer: _letter(step, namer, "email"),
    "survey": lambda step, namer: _letter(step, namer, "survey"),
    "wait": lambda step, _: _span(step, "for"),
    "wait_for": _wait_for,
    "wait_until": _wait_until,
    "split": _split,
    "experiment": _experiment,
    "care": _care,
    "message": lambda step, _: str(step.get("title") or "without a title yet"),
    "webhook": lambda step, _: f"Tell {_named(step, 'to')}",
    "set": lambda step, _: f"{_named(step, 'trait')} to {words(step.get('to'))}",
    "move": lambda step, namer: _named(step, "to", lambda key: namer.stage(key).word),
    "start": lambda step, namer: _named(step, "journey", namer.journey),
    "repeat": _repeat,
    "end": lambda *_: "The journey ends here",
}
