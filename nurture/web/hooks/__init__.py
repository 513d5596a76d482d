"""Hooks: signed webhooks of others, each with the key that its source was given.

Takes: parts, and a request whose signature is checked on its raw bytes before anything is parsed.
Gives: 2xx once what it tells is in effect and kept; to whoever else asks, a problem document.
May touch: one station a delivery.
Never: a key that the request names, an effect before the signature, a 2xx before the commit.
"""

from flask import Blueprint

from nurture.parts import Parts
from nurture.web.hooks.sendgrid import add_sendgrid


def blueprint(parts: Parts) -> Blueprint:
    """Build the doors under /hooks."""
    hooks = Blueprint("hooks", __name__, url_prefix="/hooks")
    add_sendgrid(hooks, parts)
    return hooks
