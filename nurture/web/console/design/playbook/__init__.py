"""The playbook in the console: lifecycle, personas, milestones, policy and segments, as sentences and as forms.

Takes: parts, a document as it is being edited, and what somebody typed into the form of one part of it.
Gives: pages that say each rule in a sentence, with the forms that change it; the next text and what was done, in words.
May touch: documents by their drafts, and the store's counts.
Never: a text that means anything but what was asked for, an edit of what its author has not seen.

sheet       a document on the desk: its text, what is wrong with it, what the reader may do
shapes      which parts a kind of document has, and the fields of each
forms       the fields of one part, with what is wrong beside each
reading     what somebody typed, held against what stood there
edits       the text with a part set, added, removed or moved
doing       the one route that all these forms go to
dry         who would move, if the draft were live
"""

from flask import Blueprint

from nurture.parts import Parts
from nurture.web.console.design.playbook.doing import add_doing
from nurture.web.console.design.playbook.dry import add_dry_runs
from nurture.web.console.design.playbook.lifecycle import add_lifecycle, lifecycle_page

__all__ = ["add_playbook"]


def add_playbook(pages: Blueprint, parts: Parts) -> None:
    """Add `/lifecycle`, its dry run, and the route of its forms."""
    add_doing(pages, parts, {"lifecycle": lifecycle_page})
    add_dry_runs(pages, parts)
    add_lifecycle(pages, parts)
