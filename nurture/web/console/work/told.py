"""The timeline as staff read it: each entry a sentence, its reason, and whether something was sent or was not."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from nurture.store.timeline import Entry
from nurture.web.console.page import Clockface
from nurture.web.console.words import STATES, UNSENT, Namer, letter_title, said

SHOWS: Mapping[str, str] = {
    "all": "All",
    "letters": "Messages",
    "unsent": "Not sent",
    "stages": "Stage",
    "notes": "Notes",
    "events": "Events",
}
"""What the timeline can be narrowed to, by its word in the address."""

BY_HAND = "told by hand"  # how the timeline says that staff, or a program for them, told us
MAIL = {
    "email_delivered": "delivered",
    "email_clicked": "clicked",
    "email_replied": "replied",
    "email_bounced": "bounced",
}
HELD = ("clock", "wait", "Not sent yet")
NAMING_IT = frozenset(
    {"entered", "left", "finished", "refused", "rest", "onward", "suspended", "resumed", "changed", "aside"}
)  # kinds whose title names the journey


class Row(NamedTuple):
    """One line.  tone, icon: words of the style sheet.  show: under which heading of SHOWS it is found.

    tag: the word before the title, where state or kind needs saying.  minor: a step of the way, told quietly.
    because: the reason, in words.  asks: `journey/step` of a letter that did not go out, to ask why of; else ''.
    """

    entry: Entry
    icon: str
    tone: str
    tag: str
    title: str
    show: str
    minor: bool = False
    where: str = ""
    because: str = ""
    asks: str = ""


class Day(NamedTuple):
    """The rows of one day, newest first."""

    name: str
    rows: list[Row]


def days_of(entries: Iterable[Entry], namer: Namer, clockface: Clockface, show: str) -> list[Day]:
    """Write a timeline by days, narrowed to what is asked for."""
    days: list[Day] = []
    for entry in entries:
        if entry.kind == "event" and entry.because == BY_HAND:
            continue  # the act itself is told, and who did it
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
    asks = f"{entry.journey}/{entry.step}" if row.show == "unsent" and entry.journey and entry.step else ""
    return row._replace(where=_where(entry, namer), because=row.because or entry.because, asks=asks)


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
    if entry.what in MAIL:
        email = said(str(entry.properties.get("email", "a letter")))
        return Row(entry, "mail", "plain", said(MAIL[entry.what]), email, "letters")
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


def _written(entry: Entry, _: Namer) -> Row:
    return Row(entry, "pencil", "note", "Note", entry.because, "notes", because=f"by {entry.cause}")


def _act(entry: Entry, namer: Namer) -> Row:
    because = str(entry.properties.get("because") or "")
    did = said(entry.what)
    step = said(str(entry.properties.get("step") or "")).lower()
    match entry.what:
        case "skip":
            did = f"Skipped {step}"
        case "send now":
            did = f"Sent the letter at {step} now"
        case "start journey" | "remove from journey":
            word = "Put them into" if entry.what == "start journey" else "Ended"
            did = f"{word} {namer.journey(str(entry.properties.get('journey')))}"
        case "assign owner":
            did = f"Owner: {namer.owner(entry.properties.get('owner'))}"
        case "hold" | "release":
            did = {"hold": "Held them", "release": "Released them"}[entry.what]
        case "take over":
            did = "Took them over"
        case "moved_by_hand":
            did = f"Moved to {namer.stage(str(entry.properties.get('to'))).word.lower()}"
        case "persona_chosen":
            chosen = entry.properties.get("persona")
            did = f"Chose the persona {namer.persona(str(chosen))}" if chosen else "Let behaviour choose the persona"
        case "traits_told":
            told = entry.properties.get("traits") or {}
            did = "; ".join(f"{key}: {'taken away' if one is None else one}" for key, one in told.items())
    return Row(
        entry, "hand", "stage", "Staff", did, "notes", because=", ".join(filter(None, (f"by {entry.cause}", because)))
    )


def _outcome(entry: Entry, namer: Namer) -> Row:
    tag = "Care task, lapsed" if entry.cause == "lapsed" else "Care task, done"
    title = f"{namer.task(entry.what)}: {said(entry.cause or '').lower()}"
    return Row(entry, "check", "won", tag, title, "notes", because=entry.because or "no note")


def _seen(entry: Entry, _: Namer) -> Row:
    return Row(entry, "list", "plain", "Seen in the product", entry.what, "letters", minor=True)


def _called(entry: Entry, _: Namer) -> Row:
    failed = entry.cause == "failed"
    return Row(entry, "globe", "failed" if failed else "plain", "Webhook", f"{said(entry.what)}: {entry.cause}", "all")


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
    "changed": _journey("Version", "plain"),
    "aside": lambda entry, namer: Row(entry, "person", "stage", "Kept aside", namer.journey(entry.journey), "stages"),
    "note": _written,
    "act": _act,
    "outcome": _outcome,
    "seen": _seen,
    "called": _called,
    "rest": _step("Waits at"),
    "onward": _step("Passed"),
    "born": lambda entry, _: Row(entry, "person", "plain", "", "Known from here on", "stages", minor=True),
}


def _where(entry: Entry, namer: Namer) -> str:
    if entry.journey is None or entry.kind in NAMING_IT:
        return ""
    return f"{namer.journey(entry.journey)} \u203a {said(entry.step or '').lower()}"
