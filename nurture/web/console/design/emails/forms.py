"""What a form of the editor asks for, as a change of an email's text; the same for what is saved and what is typed."""

from collections.abc import Callable, Mapping
from typing import Any

from nurture.engine.editing import CannotEdit
from nurture.engine.email import BASE
from nurture.engine.email_edits import (
    add_piece,
    drop_piece,
    drop_variant,
    move_piece,
    own_words,
    set_fields,
    set_head,
    set_words,
    whole_words,
)
from nurture.engine.email_pieces import HEADING, read_manuscript, shown, unfold

Form = Mapping[str, str]
Edit = Callable[[str], tuple[str, str]]

HEAD = ("subject", "preheader", "sender", "topic")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "button": ("label", "url"),
    "image": ("src", "alt", "width"),
    "quote": ("text", "by"),
    "care-manager": ("says", "name", "role"),
    "survey": ("survey", "label"),
    "next-milestone": ("fallback",),
    "snippet": ("snippet",),
}
"""The fields of each kind of block, in the order in which its form asks for them."""

NEEDED: Mapping[str, str] = {
    "label": "say on the button what it does",
    "url": "say where it leads: https://…",
    "src": "say where the picture is: https://… or one that was uploaded",
    "text": "write what was said",
    "says": "write a word or two",
    "subject": "every email needs a subject",
}
OPTIONAL = {("survey", "label")}
NO_ALT = "say what the picture shows, or tick that it is decoration"


def asked(form: Form) -> Edit:
    """Make the change that a form asks for.  Raises CannotEdit where it makes no sense."""
    stem, do = form.get("variant", BASE), form.get("do", "")
    if do == "head":
        return lambda text: head(text, stem, form)
    if do == "save":
        return lambda text: block(text, stem, _number(form), form)
    acts: Mapping[str, Edit] = {
        "up": lambda text: move_piece(text, stem, _number(form), _number(form) - 1),
        "down": lambda text: move_piece(text, stem, _number(form), _number(form) + 1),
        "drop": lambda text: drop_piece(text, stem, _number(form)),
        "add": lambda text: add_piece(text, stem, _number(form), *_kind(form)),
        "own": lambda text: _own(text, stem, _number(form), hide=False),
        "hide": lambda text: _own(text, stem, _number(form), hide=True),
        "whole": lambda text: whole_words(text, stem),
        "forget": lambda text: drop_variant(text, stem),
    }
    if do not in acts:
        raise CannotEdit("this form asks for nothing that can be done here")
    return acts[do]


def typed(form: Form) -> Edit:
    """Make the change that everything typed on the page amounts to, saved or not: head and open block alike."""
    stem = form.get("variant", BASE)

    def both(text: str) -> tuple[str, str]:
        if "subject" in form:
            text, _ = head(text, stem, form)
        return block(text, stem, _number(form), form) if form.get("block") else (text, "")

    return both


def head(text: str, stem: str, form: Form) -> tuple[str, str]:
    """Write the head as the form has it; what a variant leaves empty it inherits."""
    told = []
    if stem == BASE and not form.get("subject", "").strip():
        raise CannotEdit(NEEDED["subject"])
    for key in HEAD if stem == BASE else HEAD[:2]:
        if key in form:
            text, sentence = set_head(text, stem, key, " ".join(form[key].split()))
            told += [sentence] if sentence != "nothing changed" else []
    return text, "; ".join(told) or "nothing changed"


def block(text: str, stem: str, n: int, form: Form) -> tuple[str, str]:
    """Write one piece as the form has it."""
    pieces = read_manuscript(_files(text).get(f"{stem}.md", "")).pieces
    if not 0 <= n < len(pieces):
        raise CannotEdit("this block is gone; somebody may have removed it")
    kind = pieces[n].kind
    if kind in FIELDS:
        return set_fields(text, stem, n, _values(kind, form))
    words = form.get("words", "")
    if kind == HEADING:
        level = form.get("level", "2")
        words = f"{'#' * int(level if level in '123' else 2)} {' '.join(words.split())}" if words.strip() else ""
    return set_words(text, stem, n, words, _spans(form))


def _values(kind: str, form: Form) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key in FIELDS[kind]:
        value = form.get(key, "").replace("\r\n", "\n").strip()
        if not value and key in NEEDED and (kind, key) not in OPTIONAL:
            raise CannotEdit(NEEDED[key])
        values[key] = value or None
    if kind == "image":
        if not values["alt"] and form.get("decorative") != "yes":
            raise CannotEdit(NO_ALT)
        values["alt"] = "" if form.get("decorative") == "yes" else values["alt"]
        values["width"] = _width(values["width"])
    return values


def _width(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 600:
        raise CannotEdit("the width is a number of pixels, 600 at most")
    return int(text)


def _own(text: str, stem: str, n: int, *, hide: bool) -> tuple[str, str]:
    met = shown(_files(text), stem)
    if not 0 <= n < len(met):
        raise CannotEdit("this block is gone; somebody may have removed it")
    return own_words(text, stem, met[n], hide=hide)


def _files(text: str) -> dict[str, str]:
    try:
        return unfold(text)
    except ValueError as error:
        raise CannotEdit(f"{error}; mend it as text first") from None


def _kind(form: Form) -> tuple[str, str]:
    """The kind of block that is wanted, and the survey or shared text that it begins with."""
    kind, _, key = form.get("kind", "").partition(" ")
    return kind, key


def _spans(form: Form) -> int:
    """How many pieces the words on the page are by now, since somebody has left a blank line among them."""
    found = form.get("spans", "1")
    return int(found) if found.isascii() and found.isdigit() and len(found) < 4 else 1


def _number(form: Form) -> int:
    found = form.get("block", "")
    if not found.isascii() or not found.isdigit() or len(found) > 4:
        raise CannotEdit("this form does not say which block is meant")
    return int(found)
