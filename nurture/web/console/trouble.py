"""What staff read when a page cannot be shown: what happened, what it did not touch, what to do."""

from typing import NamedTuple

from flask import Blueprint, Response
from werkzeug.exceptions import HTTPException

from nurture.flow.ground import NoPlaybook
from nurture.store.session import Unavailable
from nurture.web.console.page import show_alone


class Told(NamedTuple):
    """One page of trouble."""

    title: str
    text: str
    todo: str = ""


SAID = {
    400: Told(
        "This form could not be taken",
        "It was not sent from this page, or the page was open for too long. Nothing was changed.",
        "Go back, load the page anew and try once more.",
    ),
    403: Told(
        "This is not for your role",
        "You are signed in, but this needs a greater role. Nothing was changed.",
        "Ask an administrator.",
    ),
    404: Told(
        "There is nothing here",
        "The customer or letter may have been merged or erased, or the address has a slip in it.",
        "Look for them by name or address.",
    ),
    405: Told("This page is only looked at", "What was sent here is not something this page does.", ""),
}
NOT_PUBLISHED = Told(
    "Nothing is published yet",
    "There is no playbook to show customers by, so nothing is sent.",
    "Run: nurture apply config templates",
)
NO_DATABASE = Told(
    "The database cannot be reached",
    "Nothing was lost, and no email was sent twice: what is due waits.",
    "Try again in a moment. If it stays, run: nurture doctor",
)


def add_trouble(pages: Blueprint) -> None:
    """Add the pages of trouble to the console's own routes."""

    @pages.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        status = error.code or 500
        told = SAID.get(status, Told(error.name, error.description or ""))
        return show_alone("trouble.html", status, told=told)

    @pages.errorhandler(NoPlaybook)
    def unpublished(_: NoPlaybook) -> Response:
        return show_alone("trouble.html", 503, told=NOT_PUBLISHED)

    @pages.errorhandler(Unavailable)
    def unavailable(_: Unavailable) -> Response:
        answer = show_alone("trouble.html", 503, told=NO_DATABASE)
        answer.headers["Retry-After"] = "5"
        return answer
