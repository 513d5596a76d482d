"""What customers say: their answers to surveys, and what staff read in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from nurture.store.bulk import among
from nurture.store.schema import micros, moment
from nurture.store.transaction import Session

LOOKED_AT = 5_000  # the latest answers; older ones are history


class Theme(NamedTuple):
    """What an answer is about, as staff see it.  validated: a customer has confirmed it."""

    theme: str
    author: str
    validated: bool


class Answer(NamedTuple):
    """One answer.  value: a score, a choice's id, or free text.  persona, stage: where its author stands now."""

    id: str
    at: datetime
    customer_id: str
    email: str
    traits: dict[str, Any]
    persona: str | None
    stage: str
    survey: str
    value: Any
    themes: tuple[Theme, ...] = ()


class Page(NamedTuple):
    """Answers that were asked for, newest first; how many there are in all; what they come to by survey."""

    answers: list[Answer]
    number: int
    sums: Mapping[str, "Sum"]


class Sum(NamedTuple):
    """What the answers to one survey come to.  mean: of scores, None where a survey asks for none."""

    number: int
    mean: float | None
    people: int


class Wanted(NamedTuple):
    """Which answers are asked for, each condition narrowing it.  scores: from and to, both meant."""

    survey: str = ""
    stage: str = ""
    persona: str = ""
    theme: str = ""
    scores: tuple[int, int] | None = None
    since: datetime | None = None


def answers(session: Session, wanted: Wanted, *, skip: int = 0, limit: int = 50) -> Page:
    """List answers, of the latest `LOOKED_AT`, newest first."""
    found = _rows(session, wanted)
    if wanted.scores is not None:
        found = [row for row in found if _between(row[-1].get("value"), wanted.scores)]
    shown = [_answer(row) for row in found[skip : skip + limit]]
    themes = _themes(session, [one.id for one in shown])
    named = [one._replace(themes=tuple(themes.get(one.id, ()))) for one in shown]
    return Page(named, len(found), _sums(found))


def find(session: Session, answer_id: str) -> Answer | None:
    """Find one answer, with its themes."""
    rows = session.rows(f"{ASKED} AND e.id = :id", {"id": answer_id})
    if not rows:
        return None
    found = _answer((*rows[0][:-1], orjson.loads(rows[0][-1])))
    return found._replace(themes=tuple(_themes(session, [answer_id]).get(answer_id, ())))


def tag(session: Session, answer_id: str, theme: str, author: str, now: datetime) -> bool:
    """Say what an answer is about; False where that was said already."""
    added = session.run(
        "INSERT INTO themes (event_id, theme, author, at) VALUES (:id, :theme, :author, :now) ON CONFLICT DO NOTHING",
        {"id": answer_id, "theme": theme, "author": author, "now": micros(now)},
    )
    return bool(added)


def untag(session: Session, answer_id: str, theme: str) -> bool:
    """Take a theme off again; False where it was not there."""
    return bool(
        session.run("DELETE FROM themes WHERE event_id = :id AND theme = :theme", {"id": answer_id, "theme": theme})
    )


def validate(session: Session, answer_id: str, theme: str, *, validated: bool) -> bool:
    """Note that a customer has confirmed a theme, or that none has; False where it is not there."""
    changed = session.run(
        "UPDATE themes SET validated = :validated WHERE event_id = :id AND theme = :theme",
        {"id": answer_id, "theme": theme, "validated": validated},
    )
    return bool(changed)


def themes_by_use(session: Session) -> list[tuple[str, int]]:
    """List every theme with how many answers it stands at, the most used first."""
    return [
        (theme, number)
        for theme, number in session.rows("SELECT theme, count(*) FROM themes GROUP BY theme ORDER BY 2 DESC, 1")
    ]


def asked_of(session: Session, emails: Sequence[str]) -> int:
    """Count the people who were sent one of these emails: those who could have answered what it asks."""
    where, bound = among(session, "email", emails)
    ((number,),) = session.rows(
        f"SELECT count(DISTINCT customer_id) FROM messages WHERE state = 'accepted' AND {where}",  # noqa: S608
        {"among": bound},
    )
    return int(number)


ASKED = (
    "SELECT e.id, e.at, c.id, c.email, c.traits, c.persona, c.stage, e.properties FROM events e"
    " JOIN customers c ON c.id = e.customer_id WHERE e.name = 'survey_answered'"
)


def _rows(session: Session, wanted: Wanted) -> list[tuple[Any, ...]]:
    sql, told = ASKED, dict[str, Any](limit=LOOKED_AT)
    for column, value in (("persona", wanted.persona), ("stage", wanted.stage)):
        if value:
            sql, told[column] = f"{sql} AND c.{column} = :{column}", value
    if wanted.theme:
        sql += " AND EXISTS (SELECT 1 FROM themes t WHERE t.event_id = e.id AND t.theme = :theme)"
        told["theme"] = wanted.theme
    if wanted.since is not None:
        sql, told["since"] = f"{sql} AND e.at > :since", micros(wanted.since)
    rows = session.rows(f"{sql} ORDER BY e.at DESC, e.id DESC LIMIT :limit", told)
    read = [(*row[:-1], orjson.loads(row[-1])) for row in rows]
    return [row for row in read if not wanted.survey or row[-1].get("survey") == wanted.survey]


def _answer(row: tuple[Any, ...]) -> Answer:
    id_, at, customer_id, email, traits, persona, stage, properties = row
    survey, value = str(properties.get("survey", "")), properties.get("value")
    return Answer(id_, moment(at), customer_id, email, orjson.loads(traits), persona, stage, survey, value)


def _between(value: Any, scores: tuple[int, int]) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and scores[0] <= value <= scores[1]


def _sums(rows: Sequence[tuple[Any, ...]]) -> dict[str, Sum]:
    by_survey: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        by_survey.setdefault(str(row[-1].get("survey", "")), []).append(row)
    return {survey: _sum(found) for survey, found in by_survey.items()}


def _sum(rows: Sequence[tuple[Any, ...]]) -> Sum:
    scores = [row[-1]["value"] for row in rows if _between(row[-1].get("value"), (0, 10))]
    return Sum(len(rows), sum(scores) / len(scores) if scores else None, len({row[2] for row in rows}))


def _themes(session: Session, ids: Sequence[str]) -> dict[str, list[Theme]]:
    if not ids:
        return {}
    where, bound = among(session, "event_id", ids)
    found: dict[str, list[Theme]] = {}
    rows = session.rows(
        f"SELECT event_id, theme, author, validated FROM themes WHERE {where} ORDER BY theme",  # noqa: S608
        {"among": bound},
    )
    for event_id, theme, author, validated in rows:
        found.setdefault(event_id, []).append(Theme(theme, author, bool(validated)))
    return found
