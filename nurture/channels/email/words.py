"""The words a template may use about a recipient, which of them may be missing, and which of them are theirs.

The names are the grammar of email documents; a template that names anything else does not compile.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

MAX_NAME = 64  # characters of a name in a letter
MAX_LIST = 100  # entries of a list in a letter

NAMES: Final[Mapping[str, Any]] = {
    "customer": {
        "first_name": None,
        "name": None,
        "email": "",
        "company": None,
        "role": None,
        "plan": None,
        "locale": "",
        "driver": None,
        "traits": "*",
    },
    "account": {"name": None},
    "persona": {"id": "", "name": ""},
    "stage": "",
    "trial": {"ends_on": None, "days_left": None, "day": None},
    "milestones": {
        "done": [{"id": "", "name": ""}],
        "next": {"id": None, "name": None, "url": None, "label": None},
        "count": 0,
    },
    "drivers": {"stated": None},
    "sender": {"name": "", "email": ""},
    "product": "*",
    "links": {"unsubscribe": "", "preferences": "", "browser": "", "site": "", "survey": {"*": {"*": ""}}},
    "topic": {"id": "", "name": "", "transactional": False},
    "postal_address": "",
    "language": "",
    "subject": "",
    "preheader": "",
}
"""Every path: None may be empty and needs a fallback, "*" is a map of anything (each value may be empty)."""

LOOPED: Final = ("milestones.done",)
TRUSTED_LINKS = ("links.", "milestones.next.url", "product.")
"""What a link may begin with: an address of ours, never a customer's words."""

_THEIRS = (("customer", "first_name"), ("customer", "name"), ("customer", "company"), ("account", "name"))
_PLAIN = re.compile(r"[^\W\d_]+(?:[ '\u2019-][^\W\d_]+)*")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_LINK = re.compile(r"(?i)\S*(?:://|www\.)\S*")
_MARK = re.compile(r"[<>;,\"@/\\\[\]{}|`]")
_SPACE = re.compile(r"\s+")


def plain_name(name: str | None) -> str:
    """Make a stranger's words safe to stand as a name: no link, no mark-up, no unseen character, 64 at most.

    A dot between letters would be made a link by mail programs, so it becomes a space.  Empty where nothing is left.
    """
    if not name:
        return ""
    if len(name) <= MAX_NAME and _PLAIN.fullmatch(name):
        return name
    name = _MARK.sub(" ", _LINK.sub(" ", _UNSEEN.sub(" ", name)))
    name = re.sub(r"\.(?=\S)", " ", name)
    return _SPACE.sub(" ", name).strip()[:MAX_NAME].strip()


class Traits(dict[str, Any]):
    """A map of words in which whatever is missing is None, so that `if` may ask for it."""

    def __missing__(self, key: str) -> None:
        return None


def tamed(context: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a recipient's words for a template: names made plain, lists bounded, missing traits None."""
    words = dict(context)
    customer = words["customer"] = dict(context["customer"])
    words["account"] = dict(context["account"])
    for group, key in _THEIRS:
        words[group][key] = plain_name(words[group].get(key))
    customer["traits"] = Traits(customer.get("traits") or {})
    words["product"] = Traits(context.get("product") or {})
    milestones = context["milestones"]
    if len(milestones["done"]) > MAX_LIST:
        words["milestones"] = {**milestones, "done": milestones["done"][:MAX_LIST]}
    return words


def sample_words(*, full: bool = True, surveys: Mapping[str, tuple[str, ...]] | None = None) -> dict[str, Any]:
    """Invent a recipient for trial renders and previews; not `full`: one of whom nothing is known.

    surveys: the ways to answer each published survey.
    """
    here = "https://nurture.example"

    def known(word: Any) -> Any:
        return word if full else None

    survey = {key: {word: f"{here}/s/{key}-{word}" for word in choices} for key, choices in (surveys or {}).items()}
    upcoming = {"id": "next", "name": "Share a first report", "url": f"{here}/next", "label": "Share a report"}
    return {
        "customer": {
            "first_name": known("Ada"),
            "name": known("Ada Byron"),
            "email": "ada@customer.example",
            "company": known("Analytical Engines"),
            "role": known("developer"),
            "plan": known("team"),
            "locale": "en-GB",
            "driver": known("save_time"),
            "traits": {},
        },
        "account": {"name": known("Analytical Engines")},
        "persona": {"id": "any", "name": "Anybody"},
        "stage": "assessing",
        "trial": {"ends_on": known("Thursday 3 December"), "days_left": known(6), "day": known(8)},
        "milestones": {
            "done": [{"id": "first", "name": "Connect a first source"}] if full else [],
            "next": known(upcoming),
            "count": int(full),
        },
        "drivers": {"stated": known("save_time")},
        "sender": {"name": "Ana", "email": "ana@harbour.example"},
        "product": {"name": "Harbour", "url": "https://harbour.example"} if full else {},
        "links": {
            "unsubscribe": f"{here}/u/token",
            "preferences": f"{here}/p/token",
            "browser": f"{here}/b/token",
            "site": here,
            "survey": survey,
        },
        "topic": {"id": "tips", "name": "Tips and nudges", "transactional": False},
        "postal_address": "1 Example Street, Exampleton EX1 1EX",
    }
