"""What customers say, at which phase: every answer with what it comes to, and the themes that staff read in them."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request

from nurture.engine.local import zone_for
from nurture.engine.playbook import Playbook
from nurture.engine.steps.survey import Survey as AsksBy
from nurture.flow import listening
from nurture.parts import Parts
from nurture.store import feedback as store
from nurture.store.feedback import Answer, Sum, Wanted
from nurture.store.session import Session
from nurture.web.console.access import may, signed_in
from nurture.web.console.page import Clockface, done, show
from nurture.web.console.words import Namer, name_of, said

PAGE = 50
ENOUGH = 5  # answers under which a mean says nothing
FILTERS = ("survey", "stage", "persona", "theme", "score")
SCORES: Mapping[str, tuple[int, int]] = {"low": (0, 6), "middle": (7, 8), "high": (9, 10)}
"""Scores as the net promoter score parts them: detractors, passives, promoters."""
SCORE_WORDS = {"low": "0 to 6", "middle": "7 or 8", "high": "9 or 10"}


class Heard(NamedTuple):
    """One answer as it is shown.  words: a choice by its label, a score out of ten, or what was written."""

    answer: Answer
    who: str
    question: str
    words: str


class Told(NamedTuple):
    """What the answers to one survey come to.  rate: of those who were asked, None where nobody can tell."""

    name: str
    sum: Sum
    rate: float | None
    mean: float | None


def add_feedback(pages: Blueprint, parts: Parts) -> None:
    """Add `/feedback`, and the themes of one answer."""

    @pages.get("/feedback")
    def feedback() -> Response:
        return _page(parts)

    @pages.post("/feedback/<answer_id>/themes")
    def feedback_tag(answer_id: str) -> Response:
        theme, act = request.form.get("theme", "").strip()[:80], request.form.get("act", "add")
        member, at = signed_in().member.email, parts.look()
        here = f"/feedback?{_query(_chosen(request.form))}"
        if not listening.read_in(parts.ground, answer_id, theme, act, member, at):
            return done(parts, here, "Nothing was changed: the theme is missing, or stands there already.")
        words = {"add": "Noted", "remove": "Taken off", "validate": "Confirmed by a customer", "doubt": "Not confirmed"}
        return done(parts, here, f"{words[act]}: {theme}.")


def _page(parts: Parts) -> Response:
    at, chosen, start = parts.look(), _chosen(request.args), _start()
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        found = store.answers(
            session,
            Wanted(chosen["survey"], chosen["stage"], chosen["persona"], chosen["theme"], SCORES.get(chosen["score"])),
            skip=start,
            limit=PAGE,
        )
        told = [_told(session, playbook, survey, one) for survey, one in sorted(found.sums.items())]
        themes = store.themes_by_use(session)
    namer = Namer(playbook)
    following = start + PAGE
    return show(
        "work/feedback.html",
        parts,
        at,
        nav="feedback",
        namer=namer,
        clock=Clockface(zone_for(playbook.policy.window, None), at.now),
        rows=[_heard(one, playbook) for one in found.answers],
        number=found.number,
        told=told,
        enough=ENOUGH,
        themes=themes,
        chosen=chosen,
        fields=_fields(playbook, namer, themes),
        narrowed=any(chosen.values()),
        following=f"/feedback?{_query(chosen, start=following)}" if found.number > following else "",
        first=f"/feedback?{_query(chosen)}" if start else "",
        acts=may(signed_in().member.role, "editor"),
    )


def _chosen(form: Mapping[str, str]) -> dict[str, str]:
    return {name: form.get(name, "").strip()[:200] for name in FILTERS}


def _query(chosen: Mapping[str, str], **more: Any) -> str:
    return urlencode({name: value for name, value in {**chosen, **more}.items() if value})


def _start() -> int:
    text = request.args.get("start", "0")
    if not text.isascii() or not text.isdigit() or len(text) > 5:
        abort(404)
    return int(text)


def _fields(playbook: Playbook, namer: Namer, themes: list[tuple[str, int]]) -> list[tuple[str, str, list[Any]]]:
    """What the list can be narrowed by: name, word, and the options of each."""
    every = [("", "Any")]
    return [
        ("survey", "Survey", every + [(key, one.name) for key, one in sorted(playbook.surveys.items())]),
        ("stage", "Stage now", every + [(one.id, namer.stage(one.id).word) for one in playbook.lifecycle.stages]),
        ("persona", "Persona", every + [(one.id, namer.persona(one.id)) for one in playbook.personas.personas]),
        ("score", "Score", every + list(SCORE_WORDS.items())),
        ("theme", "Theme", every + [(theme, f"{theme} ({number})") for theme, number in themes]),
    ]


def _heard(one: Answer, playbook: Playbook) -> Heard:
    survey = playbook.surveys.get(one.survey)
    labels = {choice.id: choice.label for choice in survey.choices} if survey else {}
    words = f"{one.value} of 10" if isinstance(one.value, int) else labels.get(str(one.value), str(one.value))
    return Heard(one, name_of(one), survey.question if survey else said(one.survey), words)


def _told(session: Session, playbook: Playbook, survey: str, one: Sum) -> Told:
    """Say what a survey's answers come to, and how many of those who were asked gave one."""
    known = playbook.surveys.get(survey)
    emails = {
        place.step.asks_by
        for version in playbook.pinned.values()
        for place in version.places.values()
        if isinstance(place.step, AsksBy) and place.step.survey == survey
    }
    asked = store.asked_of(session, sorted(emails)) if emails else 0
    rate = min(1.0, one.people / asked) if asked else None
    mean = one.mean if one.number >= ENOUGH else None
    return Told(known.name if known else said(survey), one, rate, mean)
