"""The pages behind the links in letters: leaving, choosing what comes and how often, answering, reading in the browser.

Takes: a token that we signed, and a form that a person sent.
Gives: a page in the reader's language without login, cookie or script; for a one-click POST, 200 and nothing.
May touch: parts, flow.feedback, flow.letters, and the store's reading questions.
Never: a change by GET or HEAD, an unmasked address, a hint whether a token was ever good, a redirect.
"""

from flask import Blueprint

from nurture.parts import Parts
from nurture.web.compiled import compile_once
from nurture.web.recipient.leaving import add_leaving
from nurture.web.recipient.letter import add_letter
from nurture.web.recipient.page import dress
from nurture.web.recipient.picture import add_picture
from nurture.web.recipient.preferences import add_preferences
from nurture.web.recipient.survey import add_survey

__all__ = ["blueprint"]


def blueprint(parts: Parts) -> Blueprint:
    """Make the routes `/u`, `/p`, `/s`, `/b` and `/m`."""
    pages = Blueprint(
        "recipient",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/assets/recipient",
    )
    pages.record(compile_once)
    pages.after_request(dress)
    add_leaving(pages, parts)
    add_preferences(pages, parts)
    add_survey(pages, parts)
    add_letter(pages, parts)
    add_picture(pages, parts)
    return pages
