"""Reputation: a journey whose letters bounce or are called spam too often is paused, before no letter arrives at all.

Sources: Google, "Email sender guidelines" (complaints under 0.1 %, never 0.3 %); for bounces our own judgement.
"""

from collections.abc import Mapping
from datetime import UTC, date, timedelta
from typing import Literal, NamedTuple

import structlog

from nurture.engine.editing import set_value
from nurture.engine.plan import KEEP
from nurture.engine.problem import Unsound
from nurture.flow.ground import Ground, Moment
from nurture.flow.publish.moving import Choices
from nurture.flow.publish.publication import publish
from nurture.store import documents, reputations
from nurture.store.reputations import Reputation
from nurture.store.session import Conflict, Session

log = structlog.get_logger()

SPAN = timedelta(days=7)
ENOUGH = 1_000  # letters; of fewer, one complaint would be a rate
WARNS = {"called spam": 0.001, "bounced": 0.02}
STOPS = {"called spam": 0.002, "bounced": 0.05}

Texts = Mapping[tuple[str, str], tuple[int, str]]
Level = Literal["fine", "warns", "stops"]


class Standing(NamedTuple):
    """How a journey stands with those who get its letters.  says: the worst rate, as a sentence."""

    journey: str
    level: Level
    says: str


def standings(session: Session, at: Moment) -> list[Standing]:
    """Say how each journey stands, by what providers told in the last seven days, or since it was paused for it."""
    return [standing(one) for one in reputations.since(session, _day(at) - SPAN)]


def _day(at: Moment) -> date:
    return at.now.astimezone(UTC).date()


def standing(told: Reputation) -> Standing:
    """Judge what was told of one journey's letters."""
    went = told.delivered + told.bounced
    rates = {"called spam": told.complained / max(told.delivered, 1), "bounced": told.bounced / max(went, 1)}
    worst = max(rates, key=lambda word: rates[word] / STOPS[word])
    says = f"{rates[worst]:.2%} of its letters were {worst} in the last 7 days".replace("were bounced", "bounced")
    if went < ENOUGH or rates[worst] < WARNS[worst]:
        return Standing(told.journey, "fine", says)
    return Standing(told.journey, "stops" if rates[worst] >= STOPS[worst] else "warns", says)


def pause_by_reputation(ground: Ground, at: Moment) -> list[str]:
    """Pause every journey that stands too badly, and give their keys; audited, as a publish of its own."""
    with ground.sessions.read() as session:
        worst = [one for one in standings(session, at) if one.level == "stops"]
        paused = ground.shelf.playbook(session).paused if worst else frozenset()
        texts: Texts = documents.published(session)[1] if worst else {}
    due = [one for one in worst if ("journey", one.journey) in texts and one.journey not in paused]
    return [one.journey for one in due if _pause(ground, one, texts, at)]


def _pause(ground: Ground, one: Standing, texts: Texts, at: Moment) -> bool:
    _, text = texts["journey", one.journey]
    log.error("a journey is paused", journey=one.journey, because=one.says)
    try:
        edited, _ = set_value(text, ("paused",), "freeze")
        publish(ground, {("journey", one.journey): edited}, "nurture", f"paused: {one.says}", at, people=Choices(KEEP))
    except (Unsound, Conflict) as error:
        log.warning("it could not be paused", journey=one.journey, because=str(error))
        return False
    ground.sessions.write(lambda session: reputations.close(session, one.journey, _day(at)))
    return True
