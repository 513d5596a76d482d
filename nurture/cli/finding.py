"""What the doctor finds."""

from typing import Literal, NamedTuple


class Finding(NamedTuple):
    """One thing that was looked at: is it fine, worth a note, or unsafe; and what is so, as a sentence."""

    about: str
    state: Literal["ok", "note", "unsafe"]
    says: str


def fine(about: str, says: str) -> Finding:
    """Nothing to do."""
    return Finding(about, "ok", says)


def note(about: str, says: str) -> Finding:
    """Somebody may want to know."""
    return Finding(about, "note", says)


def unsafe(about: str, says: str) -> Finding:
    """This must be mended."""
    return Finding(about, "unsafe", says)
