"""The playbook in the console: lifecycle, personas, milestones, policy, segments, care texts: as sentences, as forms.

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
from nurture.web.console.design.playbook.milestones import add_milestones, milestones_page
from nurture.web.console.design.playbook.personas import add_personas, personas_page
from nurture.web.console.design.playbook.policy import add_policy, policy_page
from nurture.web.console.design.playbook.segments import add_segments, begin_segment, segment_page
from nurture.web.console.design.playbook.tasks import add_tasks, task_page

__all__ = ["add_playbook", "begin_segment"]


def add_playbook(pages: Blueprint, parts: Parts) -> None:
    """Add a page for each document of the playbook that is no journey and no email, and the routes of their forms."""
    shown = {
        "lifecycle": lifecycle_page,
        "personas": personas_page,
        "milestones": milestones_page,
        "policy": policy_page,
        "segment": segment_page,
        "task": task_page,
    }
    add_doing(pages, parts, shown)
    add_dry_runs(pages, parts)
    add_lifecycle(pages, parts)
    add_personas(pages, parts)
    add_milestones(pages, parts)
    add_policy(pages, parts)
    add_segments(pages, parts)
    add_tasks(pages, parts)
