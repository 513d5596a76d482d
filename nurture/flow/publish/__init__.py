"""Publish: from texts to a new immutable playbook, checked whole before anything changes, with a choice for people.

Takes: texts, what becomes of the people inside a journey and outside of it, and who says so.
Gives: a new playbook, with everybody where the preview said; before it, that preview; after it, ten minutes to undo.
May touch: documents, and where people stand.
Never: a letter that the preview did not speak of, or somebody started who was not asked for.

drafting    what a publish would do to the documents: the playbook that would stand
impact      what it would do to people: who stands where, letters, stages
publication the publish itself, and going back to an earlier text
moving      people inside, in batches that survive a crash
letting_in  people outside, likewise, and no faster than was asked
undoing     everything as it was, within ten minutes
"""

from nurture.flow.publish.drafting import Change, check_emails, check_texts
from nurture.flow.publish.impact import Impact, impact
from nurture.flow.publish.moving import Choices, go_on
from nurture.flow.publish.publication import export_texts, publish, publish_first, rollback
from nurture.flow.publish.reputation import Standing, pause_by_reputation, standings
from nurture.flow.publish.token import Stale
from nurture.flow.publish.undoing import TooLate, Undone, undo_publish

__all__ = [
    "Change",
    "Choices",
    "Impact",
    "Stale",
    "Standing",
    "TooLate",
    "Undone",
    "check_emails",
    "check_texts",
    "export_texts",
    "go_on",
    "impact",
    "pause_by_reputation",
    "publish",
    "publish_first",
    "rollback",
    "standings",
    "undo_publish",
]
