"""Texts to begin an email with, one for each thing that a letter to a trial customer is good for."""

from collections.abc import Mapping
from pathlib import Path
from string import Template

STARTERS: Mapping[str, tuple[str, str]] = {
    "welcome": ("Welcome", "Says what to do first, and how long it takes. For the minute after somebody signs up."),
    "next-step": ("One next step", "Shows the one thing this customer has not done yet. For a day of quiet."),
    "tip": ("A tip", "One thing done better, in three short parts. For somebody who is under way."),
    "check-in": ("How is it going?", "Asks a question and offers a person. For somebody who has stopped."),
    "ending": ("The trial is ending", "Says when, what stays, and what to choose. For the last days."),
}
"""By key: what it is called, and what it is good for."""

FOLDER = Path(__file__).parents[2] / "templates" / "console" / "design" / "starters"


def starter(key: str, sender: str, topic: str) -> str:
    """Write a starter as the file `email.md`.  sender, topic: keys of the policy.  Raises KeyError for no such one."""
    if key not in STARTERS:
        raise KeyError(key)
    text = (FOLDER / f"{key}.md").read_text(encoding="utf-8")
    return Template(text).substitute(sender=sender, topic=topic)
