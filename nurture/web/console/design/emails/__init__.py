"""Emails: what we say, as a list of blocks over the text that a file holds, beside what a reader would get.

Takes: the blueprint of the console and the parts.
Gives: a list, an editor, previews of text that nobody has saved, a test letter to whoever asks for it.
May touch: drafts of emails, the sketchbook of this process, and one letter to the member of staff who is signed in.
Never: a letter to a customer, a link of theirs, a frame that runs a script.

listing     every email, where it is used, and what is wrong with it; a new one, and one put away
editor      one email: its head, its blocks, its variants
forms       what a form asks for, as a change of the text
preview     as one reader would get it, saved or not; and as a letter to oneself
reading     how pieces, variants and variables are called
starters    texts to begin with
"""

from flask import Blueprint

from nurture.flow.previewing import Sketchbook
from nurture.parts import Parts
from nurture.web.console.design.emails.editor import add_editor
from nurture.web.console.design.emails.listing import add_listing
from nurture.web.console.design.emails.preview import add_preview

__all__ = ["add_emails"]


def add_emails(pages: Blueprint, parts: Parts) -> None:
    """Add `/emails`, the editor `/emails/<key>/edit`, and previews and test letters below it."""
    book = Sketchbook()
    add_listing(pages, parts, book)
    add_editor(pages, parts, book)
    add_preview(pages, parts, book)
