"""Conditions as staff say them: `did report shared at least 2 times within 3 days`.  Half-written ones are said too."""

from collections.abc import Callable, Mapping
from typing import Any

from nurture.engine.editing import words
from nurture.web.console.words import Namer, said

Tree = Mapping[str, Any]

EXAMPLES = (
    "{persona: wilma}",
    "{milestone: first_value}",
    "{did: report_shared, at_least: 2, within: 3d}",
    "{stage_for: {at_least: 3d}}",
    "{trait: role, in: [developer, admin]}",
    "{all: [{stage: assessing}, {not: {did: any, within: 5d}}]}",
)
"""What a condition may look like, for whoever writes one."""

COMPARED = {
    "is": "is",
    "is_not": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "contains": "contains",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
}


def rule(tree: Any, namer: Namer) -> str:
    """Say a condition, an entry or a goal as it is written in a document; what is not understood, as it is written."""
    if tree is None:
        return "nothing yet"
    if not isinstance(tree, Mapping):
        return words(tree)
    return _joined(tree, namer) or _who(tree, namer) or _what_they_did(tree) or _what_came(tree, namer) or words(tree)


def any_of(value: Any, name: Callable[[str], str]) -> str:
    """Name one, or several of which any will do."""
    several = value if isinstance(value, list) else [value]
    return " or ".join(name(str(one)) for one in several)


def small(key: Any) -> str:
    """Say a key within a sentence: `connect-your-data` -> `connect your data`."""
    return said(str(key)).lower()


def _joined(tree: Tree, namer: Namer) -> str:
    match tree:
        case {"all": [*parts]}:
            return " and ".join(rule(part, namer) for part in parts)
        case {"any": [*parts]}:
            return ", or ".join(rule(part, namer) for part in parts)
        case {"not": part}:
            return f"not: {rule(part, namer)}"
    return ""


def _who(tree: Tree, namer: Namer) -> str:
    match tree:
        case {"persona": who}:
            return f"is {any_of(who, namer.persona)}"
        case {"stage": where}:
            return f"is {any_of(where, lambda key: namer.stage(key).word.lower())}"
        case {"stage_for": {"at_least": span}}:
            return f"is in their stage for {words(span)} or longer"
        case {"stage_was": where}:
            return f"was {namer.stage(str(where)).word.lower()} since they signed up"
        case {"driver": wish}:
            return f"wants to {any_of(wish, small)}"
        case {"segment": key}:
            return f"is in \u201c{small(key)}\u201d"
        case {"trait": name}:
            return _trait(f"their {small(name)}", tree)
        case {"account_trait": name}:
            return _trait(f"their account\u2019s {small(name)}", tree)
    return ""


def _trait(name: str, tree: Tree) -> str:
    for how, between in COMPARED.items():
        if how in tree:
            asked = tree[how]
            return f"{name} {between} {', '.join(map(str, asked)) if isinstance(asked, list) else asked}"
    return f"{name} is {'known' if tree.get('exists', True) else 'not known'}"


def _what_they_did(tree: Tree) -> str:
    within = f" within {words(tree['within'])}" if "within" in tree else ""
    where = f" where {words(tree['where'])}" if tree.get("where") else ""
    match tree:
        case {"did": event}:
            times = [f"at {how} {tree[key]} times" for how, key in TIMES if key in tree]
            what = "anything" if event == "any" else small(event)
            return " ".join([f"did {what}", *times]) + within + where
        case {"did_not": event}:
            return f"did not {small(event)}{within}"
        case {"event": event}:
            return f"{small(event)} happens{where}"
        case {"silent_for": span}:
            return f"is silent for {words(span)}"
    return ""


TIMES = (("least", "at_least"), ("most", "at_most"))


def _what_came(tree: Tree, namer: Namer) -> str:
    within = f" within {words(tree['within'])}" if "within" in tree else ""
    match tree:
        case {"milestone": key}:
            return f"reached {any_of(key, namer.milestone)}{within}"
        case {"milestones": {"at_least": n}}:
            return f"reached {n} milestones{within}"
        case {"message": key}:
            return f"{small(key)} was {tree.get('was', 'delivered')}"
        case {"care": key}:
            return f"{namer.task(str(key))} ended with {small(tree.get('outcome', 'anything'))}"
        case {"arm": key}:
            return f"is in the arm {tree.get('is')} of {key}"
        case {"survey": key}:
            return _survey(small(key), tree)
        case {"trial": trial}:
            return _trial(trial)
    return ""


def _survey(name: str, tree: Tree) -> str:
    if tree.get("answered") is False:
        return f"did not answer {name}"
    scores = [f"at {how} {tree[f'score_{key}']}" for how, key in TIMES if f"score_{key}" in tree]
    return f"answered {name}" + (f" with {' and '.join(scores)}" if scores else "")


def _trial(trial: Any) -> str:
    match trial:
        case {"day_at_least": day}:
            return f"is on day {day} of the trial or later"
        case {"ends_within": span}:
            return f"trial ends within {words(span)}"
        case {"ended_by": span}:
            return "trial is over" if words(span) == "no time" else f"trial is over for {words(span)}"
    return f"trial is {words(trial)}"
