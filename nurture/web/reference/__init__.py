"""The API's reference: for programs at `/openapi.json`, for people at `/docs`, both made from the same document.

Takes: the document (openapi.py).
Gives: itself, and a page that says it in words.
May touch: nothing.
Never: a key, a word about anybody, a script.
"""

from flask import Blueprint, Response, render_template

from nurture.web.compiled import compile_once
from nurture.web.reference import openapi
from nurture.web.reference.said import chapters

__all__ = ["blueprint"]


def blueprint() -> Blueprint:
    """Build /openapi.json and /docs; neither needs a key, nor tells anything about anybody."""
    pages = Blueprint(
        "reference",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/assets/reference",
    )
    pages.record(compile_once)

    @pages.get("/openapi.json")
    def document() -> Response:
        return Response(openapi.text(), mimetype="application/json")

    @pages.get("/docs")
    def docs() -> str:
        whole = openapi.document()
        return render_template("reference/docs.html", about=whole["info"], chapters=chapters(whole))

    return pages
