"""What somebody does in a simulation, in words, a line each: `day 2: report shared`, `replies to welcome on day 4`."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from nurture.engine.duration import in_words
from nurture.engine.learning import MAIL
from nurture.engine.playbook import Playbook
from nurture.engine.problem import nearest
from nurture.engine.scenario import Happening
from nurture.web.console.design.spans import read_span

NOTHING = re.compile(
    r"(#.*|(never|does not|does) (open|opens|click|clicks|reply|replies|do anything|nothing).*)?", re.IGNORECASE
)
WHEN = r"day (?P<day>\d{1,4})(?: at (?P<at>\d{1,2}:\d\d))?"
FIRST = re.compile(rf"(?:on )?{WHEN}\s*[:,]?\s+(?P<act>.+)", re.IGNORECASE)
LAST = re.compile(rf"(?P<act>.+?),? on {WHEN}", re.IGNORECASE)


class Script(NamedTuple):
    """What was read.  happenings: as a scenario holds them.  wrongs: lines that say nothing we know, and why.

    unheard: events that no document mentions, so that they change nothing.
    """

    happenings: tuple[dict[str, Any], ...]
    wrongs: tuple[str, ...]
    unheard: tuple[str, ...]


class Unclear(ValueError):
    """A line says nothing that could happen; the message says what would."""


def read_script(text: str, playbook: Playbook) -> Script:
    """Read what somebody does; nothing is left out without a word."""
    happenings, wrongs = list[dict[str, Any]](), list[str]()
    for line in (line.strip() for line in text.splitlines()):
        if NOTHING.fullmatch(line):
            continue
        try:
            happenings.append(_happening(line, playbook))
        except ValueError as error:
            wrongs.append(f"\u201c{line[:100]}\u201d: {error}")
    events = (str(one["event"]) for one in happenings if "event" in one)
    heard = {*playbook.rings, *playbook.moves_on, *playbook.wins, *playbook.opened_by}
    unheard = [event for event in events if event not in heard and event not in MAIL]
    return Script(tuple(happenings), tuple(wrongs), tuple(dict.fromkeys(unheard)))


def script_words(script: Iterable[Happening]) -> str:
    """Write a saved script in the words that are read here."""
    return "\n".join(f"day {one.on_day} at {one.at:%H:%M}: {_words(one)}" for one in script)


def _happening(line: str, playbook: Playbook) -> dict[str, Any]:
    found = FIRST.fullmatch(line) or LAST.fullmatch(line)
    if found is None:
        raise Unclear("say on which day, as in \u201cday 2: report shared\u201d")
    day, at = int(found["day"]), found["at"]
    if not day:
        raise Unclear("the first day is day 1")
    act = found["act"].strip().rstrip(".")
    when = {"on_day": day, **({"at": at.rjust(5, "0")} if at else {})}
    for pattern, read in ACTS:
        if match := pattern.fullmatch(act):
            return {**when, **read(match, playbook)}
    return {**when, "event": _event(act, playbook)}


def _event(act: str, playbook: Playbook) -> str:
    """An event by its name, or a milestone by its own, which is reached by one."""
    key = _key(act)
    for one in playbook.milestones.milestones:
        if key in (_key(one.id), _key(one.name)):
            return one.on
    return key


def _key(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", words.strip().lower()).strip("_")


def _known(what: str, words: str, keys: Iterable[str]) -> str:
    """Find the key that these words name.  Raises Unclear with the nearest one."""
    known = {_key(key): key for key in keys}
    if _key(words) not in known:
        raise Unclear(f"there is no {what} {words.strip()!r}: {nearest(words.strip(), known.values())}")
    return known[_key(words)]


def _mail(was: str) -> Callable[[re.Match[str], Playbook], dict[str, Any]]:
    def read(match: re.Match[str], playbook: Playbook) -> dict[str, Any]:
        return {"event": f"email_{was}", "properties": {"email": _known("email", match[1], playbook.emails)}}

    return read


def _answer(match: re.Match[str], playbook: Playbook) -> dict[str, Any]:
    value = match[2].strip()
    return {
        "answers": _known("survey", match[1], playbook.surveys),
        "value": int(value) if value.lstrip("-").isdigit() else value,
    }


def _outcome(match: re.Match[str], playbook: Playbook) -> dict[str, Any]:
    return {"care": _known("care task", match[1], playbook.tasks), "outcome": _key(match[2])}


ACTS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Playbook], dict[str, Any]]], ...] = (
    (re.compile(r"repl(?:ies|y) to (.+)", re.IGNORECASE), _mail("replied")),
    (re.compile(r"clicks?(?: a link)? in (.+)", re.IGNORECASE), _mail("clicked")),
    (re.compile(r"answers? (.+?)(?:: | with )(.+)", re.IGNORECASE), _answer),
    (re.compile(r"(?:care )?task (.+?)(?:: | ends with )(.+)", re.IGNORECASE), _outcome),
    (
        re.compile(r"(?:the )?trial is extended by (.+)", re.IGNORECASE),
        lambda match, _: {"extend": read_span(match[1])},
    ),
)


def _words(one: Happening) -> str:
    if one.answers is not None:
        return f"answers {one.answers} with {one.value}"
    if one.care is not None:
        return f"task {one.care} ends with {one.outcome}"
    if one.extend is not None:
        return f"trial is extended by {in_words(one.extend)}"
    email = _email(one.properties)
    mail = {"email_replied": "replies to", "email_clicked": "clicks in"}.get(one.event or "")
    return f"{mail} {email}" if mail and email else str(one.event)


def _email(properties: Mapping[str, Any]) -> str:
    return str(properties.get("email", ""))
