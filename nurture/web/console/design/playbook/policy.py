"""The policy: from whom, when, how often and about what we write at all, each rule in a sentence."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flask import Blueprint, Response, request

from nurture.engine.editing import words
from nurture.engine.local import WEEKDAYS, parse_days
from nurture.parts import Parts
from nurture.web.console.design.playbook.forms import Failed, Forms, Part, forms_of
from nurture.web.console.design.playbook.shapes import LISTED
from nurture.web.console.design.playbook.sheet import Sheet, sheet
from nurture.web.console.design.rules import rule
from nurture.web.console.page import show
from nurture.web.console.words import Namer

DAYS = dict(zip(WEEKDAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True))
LATE = {
    "skip": "is not sent any more",
    "send": "is sent all the same",
    "replan": "is sent, and what follows is planned anew",
}
Tree = Mapping[str, Any]


class Line(NamedTuple):
    """One part as a sentence, over its form."""

    part: Part
    sentence: str


class Chapter(NamedTuple):
    """Some parts that belong together.  meaning: what they are for.  new: the form that adds one, if one can."""

    key: str
    title: str
    meaning: str
    lines: list[Line]
    new: Part | None = None
    new_word: str = ""


def add_policy(pages: Blueprint, parts: Parts) -> None:
    """Add `/policy`."""

    @pages.get("/policy")
    def policy() -> Response:
        return policy_page(parts, "policy", 200, None)


def policy_page(parts: Parts, key: str, status: int, failed: Failed | None) -> Response:
    """Write the page, with a form that was not accepted where there is one."""
    at = parts.look()
    laid = sheet(parts, "policy", key, at)
    with parts.ground.sessions.read() as session:
        forms = forms_of(session, laid, failed, request.args.get("open", ""))
    return show(
        "design/policy.html",
        parts,
        at,
        status,
        nav="policy",
        clock=laid.clock,
        sheet=laid,
        chapters=_chapters(laid, forms),
        offered=forms.rules,
    )


def _chapters(laid: Sheet, forms: Forms) -> list[Chapter]:
    return [
        Chapter(
            key,
            title,
            meaning,
            [line for part in kept for line in _lines(part, laid, forms)],
            forms.new(key) if key in LISTED else None,
            word,
        )
        for key, title, meaning, kept, word in CHAPTERS
    ]


def _lines(key: str, laid: Sheet, forms: Forms) -> list[Line]:
    """Say each part that stands under a key; '' is the policy itself."""
    root: Tree = laid.root or {}
    sentence, nothing = SENTENCES[key]
    found = root.get(key) if key else root
    if key not in LISTED:
        told = sentence(found, laid.namer) if isinstance(found, Mapping) else nothing
        return [Line(forms.part(key), told)]
    these = list(found.values()) if isinstance(found, Mapping) else found if isinstance(found, list) else []
    said = [sentence(one, laid.namer) if isinstance(one, Mapping) else words(one) for one in these]
    return [Line(part, told) for part, told in zip(forms.parts(key), said, strict=True)]


def window(found: Tree, _: Namer) -> str:
    """Say when letters may go out."""
    zone = str(found.get("zone", "customer"))
    clock = (
        f"on the customer\u2019s own clock ({found.get('else_zone')} where nobody told us theirs)"
        if zone == "customer"
        else f"in {zone}"
    )
    holidays = found.get("holidays")
    free = f", and not on {', '.join(map(str, holidays))}" if isinstance(holidays, list) and holidays else ""
    return f"{_days(found.get('days'))}, {found.get('from')} to {found.get('to')}, {clock}{free}."


def _days(days: Any) -> str:
    try:
        numbers = parse_days(days)
    except ValueError:
        return words(days)
    names = [list(DAYS.values())[n] for n in numbers]
    in_a_row = len(names) > 2 and numbers == tuple(range(numbers[0], numbers[0] + len(numbers)))
    return f"{names[0]} to {names[-1]}" if in_a_row else " and ".join(names) or "On no day"


def cap(found: Tree, _: Namer) -> str:
    """Say a limit."""
    return f"At most {_letters(found)} in any {words(found.get('per'))} for one customer."


def account(found: Tree, _: Namer) -> str:
    """Say the limit of an account."""
    return f"At most {_letters(found)} in any {words(found.get('per'))} for one account, all its people together."


def fewer(found: Tree, _: Namer) -> str:
    """Say the limit of those who asked for fewer mails."""
    return f"Who asks for fewer mails gets at most {_letters(found)} in any {words(found.get('per'))}."


def _letters(found: Tree) -> str:
    number = found.get("at_most")
    return f"{number} letter" if number == 1 else f"{number} letters"


def late(found: Tree, _: Namer) -> str:
    """Say what becomes of a late letter."""
    fate = LATE.get(str(found.get("then", "skip")), str(found.get("then")))
    return f"A letter that is more than {words(found.get('after', '24h'))} late {fate}."


def aside(found: Tree, _: Namer) -> str:
    """Say how many are kept aside."""
    share = str(found.get("share"))
    return "Nobody is kept aside." if share.strip("0.") == "%" else f"{share} of all customers are kept aside."


def ramp(found: Tree, _: Namer) -> str:
    """Say how a new domain is warmed up."""
    began = f"since {found['since']}" if found.get("since") else "since the first letter"
    return f"{found.get('start')} letters on the first day, {found.get('grow')} times as many every day, {began}."


def sunset(found: Tree, _: Namer) -> str:
    """Say after how many letters into silence no more is written."""
    return f"After {found.get('after')} letters without a sign of life no further one is written until there is one."


def topic(found: Tree, _: Namer) -> str:
    """Say a topic."""
    if found.get("transactional"):
        return f"{found.get('name')}: answers to what they did. No limits, no hours, no opting out."
    asked = "who asks for it" if found.get("default") == "off" else "everybody who does not opt out"
    return f"{found.get('name')}: for {asked}."


def sender(found: Tree, _: Namer) -> str:
    """Say a sender."""
    replies = f"; replies go to {found['reply_to']}" if found.get("reply_to") else ""
    return f"{found.get('name')}, {found.get('email')}{replies}."


def owner(found: Tree, namer: Namer) -> str:
    """Say whose customers an owner looks after."""
    whose = rule(found["when"], namer) if found.get("when") is not None else "anybody"
    return f"{found.get('name')}, {found.get('email')}: {whose}."


def rest(root: Tree, _: Namer) -> str:
    """Say what holds for every letter."""
    pause = words(root.get("pause", "14d"))
    most = f" At most {root['per_hour']} letters go out in any hour." if root.get("per_hour") else ""
    return f"A pause that a recipient asks for lasts {pause}. Every letter says: {root.get('postal_address')}.{most}"


SENTENCES: Mapping[str, tuple[Callable[[Tree, Namer], str], str]] = {
    "window": (window, "There are no hours yet."),
    "caps": (cap, ""),
    "account_cap": (account, "No limit for an account as a whole."),
    "fewer": (fewer, "Who asks for fewer mails gets at most 1 letter in any 7 days."),
    "lateness": (late, "A letter that is more than 24 hours late is not sent any more."),
    "holdout": (aside, "Nobody is kept aside."),
    "sunset": (sunset, "Whoever stays silent is written to nevertheless."),
    "ramp": (ramp, "As many as there are; for a sender's new domain, begin with few."),
    "topics": (topic, ""),
    "senders": (sender, ""),
    "owners": (owner, ""),
    "": (rest, ""),
}
"""How each part is said; and what holds where it is not there."""

CHAPTERS = (
    ("window", "When", "A letter that is not urgent waits for these hours.", ("window",), ""),
    (
        "caps",
        "How often",
        "Counted over all journeys; what is over a limit waits, and the journey with the higher priority goes first.",
        ("caps", "account_cap", "fewer", "sunset"),
        "Add a limit",
    ),
    (
        "lateness",
        "What is too late",
        "After an outage, or a long pause of ours. What hours or limits hold back is not late.",
        ("lateness",),
        "",
    ),
    (
        "holdout",
        "Kept aside for comparison",
        "They walk every journey as everybody does, and their letters are withheld: so it shows what letters do.",
        ("holdout",),
        "",
    ),
    ("ramp", "While a domain is new", "Over all letters together: what is over the day waits.", ("ramp",), ""),
    ("topics", "What about", "What recipients can choose on their preferences page.", ("topics",), "Add a topic"),
    ("senders", "From whom", "Emails name one of these in their head.", ("senders",), "Add a sender"),
    (
        "owners",
        "Who looks after customers",
        "A care task goes to the first of these whose customers it is about, unless its step or its task says who.",
        ("owners",),
        "Add an owner",
    ),
    ("rest", "For every letter", "", ("",), ""),
)
"""Key, title, what it is for, the parts in it, and what adds one more."""
