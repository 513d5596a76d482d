"""Editing: one change to a document's text, which leaves every character it does not concern as it was.

Takes: the text of a YAML document, the place of a node, a value.
Gives: the new text, and a sentence for staff that says what was done.
May touch: nothing.
Never: a text that means anything but what was asked for: each is read again before it is given.
"""

from nurture.engine.editing.changes import add, move, remove, set_value, step_path
from nurture.engine.editing.layout import CannotEdit, Path
from nurture.engine.editing.telling import KINDS as STEP_KINDS
from nurture.engine.editing.telling import step_name, words

__all__ = ["STEP_KINDS", "CannotEdit", "Path", "add", "move", "remove", "set_value", "step_name", "step_path", "words"]
