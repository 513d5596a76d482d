"""One question, with an answer already chosen by the link that led here; it counts when the button is pressed."""

from flask import Blueprint, Response, request

from nurture.engine.survey import Survey
from nurture.flow.feedback import answer, survey_named
from nurture.parts import Parts
from nurture.web.recipient.page import Whose, show, unknown, whose

THANKS = Survey.model_fields["thanks"].default


def add_survey(pages: Blueprint, parts: Parts) -> None:
    """Add `/s`: GET asks, POST takes the answer."""

    def asked(token: str) -> tuple[Whose, Survey] | None:
        whom = whose(parts, "survey", token)
        survey = survey_named(parts.ground, whom.meant.about) if whom else None
        return (whom, survey) if whom and survey else None

    @pages.get("/s/<token>")
    def ask(token: str) -> Response:
        found = asked(token)
        if found is None:
            return unknown()
        whom, survey = found
        return show("survey.html", whom, survey=survey, chosen=request.args.get("choice", ""), missing=False)

    @pages.post("/s/<token>")
    def answers(token: str) -> Response:
        found = asked(token)
        if found is None:
            return unknown()
        whom, survey = found
        text = request.form.get("answer", "")
        if not answer(parts.ground, whom.reader.customer_id, survey.id, text, parts.look()):
            return show("survey.html", whom, 400, survey=survey, chosen=text, missing=True)
        parts.nudge()
        thanks = whom.sentences["thanks"] if survey.thanks == THANKS else survey.thanks
        return show("thanks.html", whom, thanks=thanks)
