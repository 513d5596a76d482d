"""What a new step says before anybody has said anything: enough to be sound, and easy to change."""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain, count
from typing import Any, NamedTuple

from nurture.web.console.design.flow.fields import Picks
from nurture.web.console.design.flow.sentences import KINDS

Step = dict[str, Any]
MOST_PATHS = 5  # beside the one for everyone else


class Offer(NamedTuple):
    """One thing that can be added.  key: what a form says; a split has several."""

    key: str
    word: str
    icon: str
    hint: str


def _offer(key: str, hint: str, word: str = "") -> Offer:
    kind = KINDS["split" if key.startswith("split-") else key]
    return Offer(key, word or kind.word, kind.icon, hint)


FIRST: Sequence[Offer] = (
    _offer("email", "written once, sent when it may go"),
    _offer("wait", "for a while"),
    _offer("split-persona", "one path for each persona", "Split by persona"),
    _offer("care", "for a person of ours"),
    _offer("survey", "ask, by email"),
    _offer("webhook", "tell another system"),
    _offer("set", "write something down about them"),
    _offer("end", "the journey ends here"),
)
MORE: Sequence[Offer] = (
    _offer("wait_for", "until something happens, at most so long"),
    _offer("wait_until", "the trial\u2019s end, a date, a time of day"),
    _offer("split-stage", "one path for each stage", "Split by stage"),
    _offer("split-rule", "yes or no", "Split by a rule"),
    _offer("experiment", "some this way, some that way, by lot"),
    _offer("message", "shown in the product"),
    _offer("move", "to another stage"),
    _offer("start", "another journey, beside this one"),
    _offer("repeat", "the same steps several times"),
)
OFFERS: Mapping[str, Offer] = {offer.key: offer for offer in (*FIRST, *MORE)}


class Surroundings(NamedTuple):
    """What a new step may lean on.

    taken: the ids in this journey; used: the emails it writes; stages: those in which it goes on; asks: the email that
    asks each survey.
    """

    picks: Picks
    taken: Collection[str]
    used: Collection[str]
    stages: Sequence[str]
    asks: Mapping[str, str]

    def first(self, kind: str, *, without: Collection[str] = (), lacking: str = "none-yet") -> str:
        """The first thing of a kind that is not among these; any at all, where all are."""
        known = [key for key, _ in self.picks.get(kind, ())]
        return next((key for key in known if key not in without), next(iter(known), lacking))


def begin(key: str, around: Surroundings) -> Step:
    """Write a new step.  Raises KeyError for what is not offered."""
    said = BEGINNINGS[key](around)
    base = str(said.pop("name", "")) or key
    do = "split" if key.startswith("split-") else key
    return {"id": unique(base.replace("_", "-"), around.taken), "do": do, **said}


def unique(base: str, taken: Collection[str]) -> str:
    """Name something as nothing else is: `wait`, `wait-2`, `wait-3`."""
    base = base[:58]
    return next(one for one in chain((base,), (f"{base}-{n}" for n in count(2))) if one not in taken)


def _paths(key: str, values: Sequence[str]) -> Step:
    paths: list[Step] = [{"when": {key: value}, "steps": []} for value in values[:MOST_PATHS]]
    return {"paths": [*paths, {"otherwise": True, "steps": []}]}


def _by_persona(around: Surroundings) -> Step:
    personas = [key for key, _ in around.picks.get("persona", ())]
    return {"name": "by-persona", **_paths("persona", personas)}


def _by_stage(around: Surroundings) -> Step:
    stages = around.stages or [key for key, _ in around.picks.get("stage", ())]
    return {"name": "by-stage", **_paths("stage", stages)}


def _by_rule(around: Surroundings) -> Step:
    reached = {"milestone": around.first("milestone")}
    return {"name": "by-rule", "paths": [{"when": reached, "steps": []}, {"otherwise": True, "steps": []}]}


def _email(around: Surroundings) -> Step:
    email = around.first("email", without=around.used)
    return {"name": email, "email": email}


def _survey(around: Surroundings) -> Step:
    survey = around.first(
        "survey", without=[key for key, _ in around.picks.get("survey", ()) if key not in around.asks]
    )
    by = around.asks.get(survey) or around.first("email", without=around.used)
    return {"name": f"ask-{survey}", "survey": survey, **({"email": by} if by != survey else {})}


def _again(around: Surroundings) -> Step:
    rest = unique("a-week", around.taken)
    return {"times": 3, "steps": [{"id": rest, "do": "wait", "for": "1w"}]}


BEGINNINGS: Mapping[str, Callable[[Surroundings], Step]] = {
    "email": _email,
    "wait": lambda _: {"for": "1d"},
    "wait_for": lambda around: {"what": {"milestone": around.first("milestone")}, "up_to": "2d"},
    "wait_until": lambda _: {"trial": "end", "offset": "-2d"},
    "split-persona": _by_persona,
    "split-stage": _by_stage,
    "split-rule": _by_rule,
    "experiment": lambda _: {"arms": [{"id": "one", "steps": []}, {"id": "two", "steps": []}]},
    "care": lambda around: {"task": around.first("task"), "due": "1d"},
    "survey": _survey,
    "message": lambda _: {"title": "Something new for you", "body": "Say in a sentence or two what it is."},
    "webhook": lambda around: {"to": around.first("outbound")},
    "set": lambda _: {"trait": "followed_up", "to": True},
    "move": lambda around: {"to": around.first("stage", without=around.stages)},
    "start": lambda around: {"journey": around.first("journey")},
    "repeat": _again,
    "end": lambda _: {},
}
