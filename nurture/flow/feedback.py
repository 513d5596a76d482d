"""Feedback: what recipients tell us by a click they confirmed, in effect before it is answered."""

from typing import NamedTuple

from nurture.engine.learning import ANSWERED, UNSUBSCRIBED
from nurture.engine.policy import Topic
from nurture.engine.survey import Survey
from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import Cause, settle, settle_photographed, wait_for_outcomes
from nurture.store import inbox, messages, photographs, suppressions
from nurture.store.inbox import Told
from nurture.store.session import Session

EVERYTHING = "all"


class Reader(NamedTuple):
    """Who a link belongs to, as their pages need to know them.  masked: their address, not readable by others."""

    customer_id: str
    masked: str
    locale: str | None
    topics: tuple[Topic, ...]  # those they can leave
    left: frozenset[str]  # scopes nothing is written in: topics, or `all`


def reader(ground: Ground, customer_id: str) -> Reader | None:
    """Look up whom a link belongs to; None if they are no longer known."""
    with ground.sessions.read() as session:
        taken = photographs.photographs(session, [customer_id]).get(customer_id)
        if taken is None:
            return None
        topics = tuple(topic for topic in ground.shelf.playbook(session).policy.topics if not topic.transactional)
        customer = taken.snapshot.customer
        return Reader(customer.id, mask(customer.email), customer.locale, topics, taken.snapshot.suppressed)


def mask(address: str) -> str:
    """Show an address to its owner only: `a...@e...com`."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}\u2026@{domain[:1]}\u2026.{domain.rpartition('.')[2]}"


def unsubscribe(ground: Ground, customer_id: str, scope: str, because: str, at: Moment) -> bool:
    """Write to this address no more, in one topic or at all; what was queued is cancelled.  False if not known.

    Counts for everybody reached at the address.  Doing it again changes nothing.  Raises StillSending.
    """

    def act(session: Session) -> list[str] | None:
        taken = photographs.photographs(session, [customer_id]).get(customer_id)
        if taken is None:
            return None
        seal = ground.seals.email_hash(taken.snapshot.customer.email)
        everybody = inbox.customers_at(session, seal)
        photographs.lock(session, everybody)
        if not suppressions.suppress(session, seal, scope, because, at.now):
            return messages.handing(session, everybody)
        topic = None if scope == EVERYTHING else scope
        messages.cancel(session, everybody, topic, f"cancelled: {because}")
        told = Told("recipient", "", UNSUBSCRIBED, at.now, {"scope": scope, "how": because})
        for one in everybody:
            inbox.keep(session, told, one, None, at.now)
        fresh = photographs.photographs(session, everybody)
        if topic is None:
            fresh = {key: photograph.closed() for key, photograph in fresh.items()}
        settle_photographed(session, ground, fresh, dict.fromkeys(everybody, Cause(because, (told.fact,))), at)
        return messages.handing(session, everybody)

    handing = ground.sessions.write(act)
    if handing is None:
        return False
    wait_for_outcomes(ground, handing)
    return True


def survey_named(ground: Ground, key: str) -> Survey | None:
    """Find a published survey."""
    with ground.sessions.read() as session:
        return ground.shelf.playbook(session).surveys.get(key)


def answer(ground: Ground, customer_id: str, survey: str, text: str, at: Moment) -> bool:
    """Take a confirmed answer to a survey; a later one replaces it.  False if survey or answer is not valid.

    Raises StillSending where the answer moves them on while a letter is on its way.
    """

    def act(session: Session) -> list[str] | None:
        asked = ground.shelf.playbook(session).surveys.get(survey)
        value = asked.reads(text) if asked is not None else None
        if value is None:
            return None
        photographs.lock(session, [customer_id])
        told = Told("recipient", "", ANSWERED, at.now, {"survey": survey, "value": value})
        inbox.keep(session, told, customer_id, None, at.now)
        settle(session, ground, {customer_id: Cause(ANSWERED, (told.fact,))}, at, locked=True)
        return messages.outdated(session, [customer_id])

    outdated = ground.sessions.write(act)
    if outdated is None:
        return False
    wait_for_outcomes(ground, outdated)
    return True
