"""The timeline as staff read it: each entry a sentence, its reason, and whether something was sent or was not."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from nurture.store.timeline import Entry
from nurture.web.console.page import Clockface
from nurture.web.console.words import STATES, UNSENT, Namer, letter_title, said

SHOWS: Mapping[str, str] = {
    "all": "Everything",
    "letters": "Letters",
    "unsent": "Not sent",
    "stages": "Stages and wins",
    "events": "Events",
}
"""What the timeline can be narrowed to, by its word in the address."""

HELD = ("clock", "wait", "Not sent yet")
NAMING_IT = frozenset(
    {"entered", "left", "finished", "refused", "rest", "onward", "suspended", "resumed"}
)  # kinds whose title names the journey


class Row(NamedTuple):
    """One line.  tone, icon: words of the style sheet.  show: under which heading of SHOWS it is found.

    tag: the word before the title, where state or kind needs saying.  minor: a step of the way, told quietly.
    """

    entry: Entry
    icon: str
    tone: str
    tag: str
    title: str
    show: str
    minor: bool = False
    where: str = ""


class Day(NamedTuple):
    """The rows of one day, newest first."""

    name: str
    rows: list[Row]


def days_of(entries: Iterable[Entry], namer: Namer, clockface: Clockface, show: str) -> list[Day]:
    """Write a timeline by days, narrowed to what is asked for."""
    days: list[Day] = []
    for entry in entries:
        row = row_of(entry, namer)
        if show not in ("all", row.show) and (show, row.show) != ("letters", "unsent"):
            continue
        name = clockface.day(entry.at)
        if not days or days[-1].name != name:
            days.append(Day(name, []))
        days[-1].rows.append(row)
    return days


def row_of(entry: Entry, namer: Namer) -> Row:
    """Write one entry."""
    row = _message(entry) if entry.message is not None else _note(entry, namer)
    return row._replace(where=_where(entry, namer))


def _message(entry: Entry) -> Row:
    assert entry.message is not None
    state = STATES[entry.message.state]
    unsent = state.tone in ("unsent", "failed") and entry.message.state != "lost"
    show = "unsent" if unsent else "letters"
    tag = f"Not sent, {state.word.lower()}" if unsent else state.word
    icon = {"sent": "mail", "unsent": "unsent", "failed": "unsent"}.get(state.tone, "clock")
    return Row(entry, icon, state.tone, tag, letter_title(entry.message), show)


def _note(entry: Entry, namer: Namer) -> Row:
    if entry.kind in UNSENT:
        icon, tone, tag = HELD if entry.kind == "held" else ("unsent", "unsent", f"Not sent, {entry.kind}")
        return Row(entry, icon, tone, tag, namer.letter(entry), "unsent")
    write = NOTES.get(entry.kind)
    return write(entry, namer) if write else Row(entry, "dot", "plain", "", said(entry.kind), "all", minor=True)


def _event(entry: Entry, _: Namer) -> Row:
    return Row(entry, "dot", "plain", "Event", said(entry.what), "events")


def _stage(entry: Entry, namer: Namer) -> Row:
    stage = namer.stage(entry.what)
    tone = {"return": "wait", "use": "won", "recommend": "won"}.get(stage.tone, "stage")
    return Row(entry, "flag", tone, "Stage", f"Now {stage.word.lower()}", "stages")


def _milestone(entry: Entry, namer: Namer) -> Row:
    return Row(entry, "star", "won", "Milestone", namer.milestone(entry.what), "stages")


def _persona(entry: Entry, namer: Namer) -> Row:
    return Row(entry, "person", "plain", "Persona", namer.persona_whole(entry.what), "stages")


def _answered(entry: Entry, _: Namer) -> Row:
    return Row(entry, "dot", "plain", "Answer", said(entry.what), "events")


def _task(word: str) -> Callable[[Entry, Namer], Row]:
    def write(entry: Entry, namer: Namer) -> Row:
        return Row(entry, "person", "stage", word, namer.task(entry.what), "all")

    return write


def _journey(word: str, tone: str, *, minor: bool = False) -> Callable[[Entry, Namer], Row]:
    def write(entry: Entry, namer: Namer) -> Row:
        return Row(entry, "path", tone, word, namer.journey(entry.journey), "all", minor=minor)

    return write


def _step(word: str) -> Callable[[Entry, Namer], Row]:
    def write(entry: Entry, namer: Namer) -> Row:
        title = f"{word} {said(entry.step or '').lower()}, {namer.journey(entry.journey)}"
        return Row(entry, "dot", "plain", "", title, "all", minor=True)

    return write


NOTES: Mapping[str, Callable[[Entry, Namer], Row]] = {
    "event": _event,
    "stage": _stage,
    "milestone": _milestone,
    "persona": _persona,
    "answered": _answered,
    "entered": _journey("Entered", "plain"),
    "refused": _journey("Did not enter", "unsent", minor=True),
    "left": _journey("Left", "plain"),
    "finished": _journey("Finished", "won"),
    "suspended": _journey("Rests", "wait"),
    "resumed": _journey("Goes on", "plain"),
    "task": _task("Care task"),
    "escalated": _task("Care task, overdue"),
    "rest": _step("Waits at"),
    "onward": _step("Passed"),
    "born": lambda entry, _: Row(entry, "person", "plain", "", "Known from here on", "stages", minor=True),
}


def _where(entry: Entry, namer: Namer) -> str:
    if entry.journey is None or entry.kind in NAMING_IT:
        return ""
    return f"{namer.journey(entry.journey)} \u203a {said(entry.step or '').lower()}"
