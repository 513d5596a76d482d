"""Heads: what an inbox shows of a letter before it is opened."""

import re
from collections.abc import Iterator

from nurture.engine.email import Chosen, EmailText
from nurture.engine.policy import Sender
from nurture.engine.proofreading.bodies import CROWDED, LEFT_OVER
from nurture.engine.proofreading.finding import Finding, head_place

LONG_SUBJECT = 60  # characters
LONG_PREHEADER = 130  # characters; no inbox shows more

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_NOBODY = re.compile(r"(?i)^(no|do)[-_.]?(not)?[-_.]?reply@")


def of_head(chosen: Chosen) -> Iterator[Finding]:
    """Judge the subject and the preheader that one kind of reader meets."""
    yield from _of_subject(chosen)
    yield from _of_preheader(chosen)
    for key in ("subject", "preheader"):
        left = LEFT_OVER.search(getattr(chosen.head, key))
        if left:
            said = f"the {key} still says {left[0]!r}"
            yield Finding("check", *head_place(chosen, key), said, "write what is meant", key)


def _of_subject(chosen: Chosen) -> Iterator[Finding]:
    subject, place = chosen.head.subject, head_place(chosen, "subject")
    bare = _JINJA.sub("Somebody", subject)
    if len(bare) > LONG_SUBJECT:
        said = f"the subject has {len(bare)} characters; a phone shows about 40, most programs {LONG_SUBJECT}"
        yield Finding("check", *place, said, "say the main thing first, and less of the rest", "subject")
    letters = [sign for sign in _JINJA.sub("", subject) if sign.isalpha()]
    if len(letters) > 4 and all(sign.isupper() for sign in letters):
        hint = "capitals read as shouting, and as spam"
        yield Finding("check", *place, "the subject is ALL CAPS", hint, "subject")
    if subject.count("!") > 1 or CROWDED.search(subject):
        hint = "say what is inside, plainly"
        yield Finding("tip", *place, "the subject sounds like an advertisement", hint, "subject")


def _of_preheader(chosen: Chosen) -> Iterator[Finding]:
    subject, preheader = chosen.head.subject, chosen.head.preheader.strip()
    place = head_place(chosen, "preheader")
    if not preheader:
        said = "there is no preheader: the inbox shows the first words of the letter instead"
        yield Finding("check", *place, said, "one line that goes on where the subject ends", "preheader")
    elif preheader.casefold() == subject.strip().casefold():
        hint = "go on where the subject ends"
        yield Finding("check", *place, "the preheader repeats the subject", hint, "preheader")
    elif len(_JINJA.sub("Somebody", preheader)) > LONG_PREHEADER:
        said = f"the preheader has {len(_JINJA.sub('Somebody', preheader))} characters; inboxes show 40 to 100"
        yield Finding("tip", *place, said, "say less", "preheader")


def of_sender(email: EmailText, sender: Sender | None) -> Iterator[Finding]:
    """Judge where an answer would go."""
    if sender is not None and _NOBODY.match(sender.reply_to or sender.email):
        said = f"replies go to {sender.reply_to or sender.email}, which nobody reads"
        hint = "people answer letters; let them reach somebody"
        yield Finding("check", *head_place(email.choose(None, None), "sender"), said, hint, "sender")
