"""Feedback: what recipients tell us by a click they confirmed, in effect before it is answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from nurture.engine.learning import ANSWERED, UNSUBSCRIBED, WISHES
from nurture.engine.local import zone_for
from nurture.engine.policy import Cap, Policy, Topic
from nurture.engine.snapshot import Wishes
from nurture.engine.survey import Survey
from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import Cause, settle, settle_photographed, wait_for_outcomes
from nurture.store import audit, inbox, messages, photographs, publishing, suppressions
from nurture.store.inbox import Told
from nurture.store.session import Session

EVERYTHING = "all"
RECIPIENT = suppressions.RECIPIENT  # who said it

Wish = Literal["pause", "resume", "fewer", "as_many"]


class Reader(NamedTuple):
    """Who a link belongs to, as their pages need to know them.

    masked: their address, not readable by others.  topics: those they can leave.  left: scopes nothing is written in,
    topics or `all`; theirs: those of them that they left themselves.  zone: an IANA name.
    pause, fewer: what the policy offers.
    """

    customer_id: str
    masked: str
    locale: str | None
    topics: tuple[Topic, ...]
    left: frozenset[str]
    theirs: frozenset[str]
    wishes: Wishes
    zone: str
    pause: timedelta
    fewer: Cap

    def gets(self, topic: Topic) -> bool:
        """Whether letters on this topic are written to them, as far as that is their own choice."""
        chosen = topic.default == "on" or topic.id in self.wishes.topics
        return chosen and not self.left & {topic.id, EVERYTHING}

    def may_come_back(self, scope: str) -> bool:
        """Whether they can have these letters again by asking: whoever else stopped them has the last word."""
        return scope not in self.left or scope in self.theirs

    def paused_until(self, now: datetime) -> datetime | None:
        """Until when they asked for no letters, if that is still to come."""
        until = self.wishes.pause_until
        return until if until is not None and until > now else None


def reader(ground: Ground, customer_id: str) -> Reader | None:
    """Look up whom a link belongs to; None if they are no longer known."""
    with ground.sessions.read() as session:
        taken = photographs.portraits(session, [customer_id]).get(customer_id)
        if taken is None:
            return None
        policy, snapshot = ground.shelf.playbook(session).policy, taken.snapshot
        customer = snapshot.customer
        return Reader(
            customer.id,
            mask(customer.email),
            customer.locale,
            tuple(topic for topic in policy.topics if not topic.transactional),
            snapshot.suppressed,
            _their_own(session, ground.seals.email_hash(customer.email)),
            snapshot.facts.wishes,
            zone_for(policy.window, customer.zone).key,
            policy.pause,
            policy.fewer,
        )


def mask(address: str) -> str:
    """Show an address to its owner only: `a...@e...com`."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}\u2026@{domain[:1]}\u2026.{domain.rpartition('.')[2]}"


def _their_own(session: Session, seal: str) -> frozenset[str]:
    reasons = suppressions.reasons(session, seal)
    return frozenset(scope for scope, reason in reasons.items() if reason.startswith(f"{RECIPIENT}: "))


class _Reached(NamedTuple):
    """Everybody reached at one address, now locked: a choice made there counts for all of them."""

    customer_ids: Sequence[str]
    seal: str
    wishes: Wishes


def _reached(session: Session, ground: Ground, customer_id: str) -> _Reached | None:
    taken = photographs.portraits(session, [customer_id]).get(customer_id)
    if taken is None:
        return None
    seal = ground.seals.email_hash(taken.snapshot.customer.email)
    everybody = inbox.customers_at(session, seal)
    photographs.lock(session, everybody)
    fresh = photographs.portraits(session, [customer_id])[customer_id]  # as it is once nobody else can change it
    return _Reached(everybody, seal, fresh.snapshot.facts.wishes)


def unsubscribe(ground: Ground, customer_id: str, scope: str, because: str, at: Moment) -> bool:
    """Write to this address no more, in one topic or at all; what was queued is cancelled.  False if not known.

    Counts for everybody reached at the address.  Doing it again changes nothing.  Raises StillSending.
    """

    def act(session: Session) -> list[str] | None:
        reached = _reached(session, ground, customer_id)
        if reached is None:
            return None
        everybody = reached.customer_ids
        if not suppressions.suppress(session, reached.seal, scope, f"{RECIPIENT}: {because}", at.now):
            return messages.handing(session, everybody)
        topic = None if scope == EVERYTHING else scope
        messages.cancel(session, everybody, topic, f"cancelled: {because}")
        told = Told(RECIPIENT, "", UNSUBSCRIBED, at.now, {"scope": scope, "how": because})
        _settle(session, ground, everybody, told, because, at, close=topic is None)
        return messages.handing(session, everybody)

    return _acknowledged(ground, ground.sessions.write(act))


def _settle(
    session: Session, ground: Ground, everybody: Sequence[str], told: Told, because: str, at: Moment, *, close: bool
) -> None:
    """Let all of them have said this.  close: what was decided before is void."""
    for one in everybody:
        inbox.keep(session, told, one, None, at.now)
    fresh = photographs.photographs(session, everybody)
    if close:
        fresh = {key: photograph.closed() for key, photograph in fresh.items()}
    settle_photographed(session, ground, fresh, dict.fromkeys(everybody, Cause(because, (told.fact,))), at)


def _acknowledged(ground: Ground, leaving: Sequence[str] | None) -> bool:
    if leaving is None:
        return False
    wait_for_outcomes(ground, leaving)
    return True


def stop_writing(ground: Ground, address: str, scope: str, because: str, actor: str, at: Moment) -> bool:
    """Write to an address no more, because staff say so; audited.  False where that stood already.

    Whoever is reached at it, now or later, gets nothing.  Raises ValueError on a bad address, StillSending.
    """
    seal = ground.seals.email_hash(address)

    def act(session: Session) -> tuple[bool, list[str]]:
        everybody = inbox.customers_at(session, seal)
        photographs.lock(session, everybody)
        if not suppressions.suppress(session, seal, scope, f"{actor}: {because}", at.now):
            return False, messages.handing(session, everybody)
        audit.record(session, at.machine, actor, "suppress", seal, None, {"scope": scope, "reason": because})
        topic = None if scope == EVERYTHING else scope
        messages.cancel(session, everybody, topic, f"cancelled: {because}")
        told = Told("staff", "", UNSUBSCRIBED, at.now, {"scope": scope, "how": because})
        _settle(session, ground, everybody, told, because, at, close=topic is None)
        return True, messages.handing(session, everybody)

    news, leaving = ground.sessions.write(act)
    wait_for_outcomes(ground, leaving)
    return news


def write_again(ground: Ground, address: str, scope: str, because: str, actor: str, at: Moment) -> bool:
    """Let an address be written to again, because staff say who asked for it; audited.  False where nothing stood."""
    seal = ground.seals.email_hash(address)

    def act(session: Session) -> bool:
        everybody = inbox.customers_at(session, seal)
        photographs.lock(session, everybody)
        if not suppressions.lift(session, seal, scope, actor, because, at.now):
            return False
        told = Told("staff", "", WISHES, at.now, {"back": scope})
        _settle(session, ground, everybody, told, WISHES, at, close=False)
        return True

    return ground.sessions.write(act)


def come_back(ground: Ground, customer_id: str, scope: str, at: Moment) -> bool:
    """Write to this address again, in a topic or, where `scope` is everything, at all.

    Lifts only what was suppressed at this very address by its reader; that is audited.  A topic that only those get who
    ask for it is asked for.  False where somebody else, or a provider, stopped it, or the customer is not known.
    """

    def act(session: Session) -> list[str] | None:
        reached = _reached(session, ground, customer_id)
        if reached is None:
            return None
        suppressed = suppressions.reasons(session, reached.seal)
        if scope in suppressed and scope not in _their_own(session, reached.seal):
            return None
        because = "they asked for these letters again on the preferences page"
        suppressions.lift(session, reached.seal, scope, RECIPIENT, because, at.now)
        asked = _asked_for(ground.shelf.playbook(session).policy, reached.wishes, scope)
        told = Told(RECIPIENT, "", WISHES, at.now, {"back": scope, **asked})
        _settle(session, ground, reached.customer_ids, told, WISHES, at, close=False)
        return []

    return _acknowledged(ground, ground.sessions.write(act))


def _asked_for(policy: Policy, wishes: Wishes, scope: str) -> Mapping[str, Any]:
    off = any(topic.id == scope and topic.default == "off" for topic in policy.topics)
    return {"topics_on": sorted({*wishes.topics, scope})} if off else {}


def wish(ground: Ground, customer_id: str, wished: Wish, at: Moment) -> bool:
    """Let letters rest for as long as the policy's pause lasts, or go on; let fewer come, or as many as before.

    Counts for everybody reached at the address, and for what is queued already.  False if the customer is not known.
    Raises StillSending where a letter leaves while they ask for a pause.
    """

    def act(session: Session) -> list[str] | None:
        reached = _reached(session, ground, customer_id)
        if reached is None:
            return None
        everybody = reached.customer_ids
        playbook = ground.shelf.playbook(session)
        told = Told(RECIPIENT, "", WISHES, at.now, _wished(playbook.policy, wished, at.now))
        _settle(session, ground, everybody, told, WISHES, at, close=False)
        publishing.ask_again(session, everybody, playbook.revision, at.now)
        return messages.handing(session, everybody) if wished == "pause" else []

    return _acknowledged(ground, ground.sessions.write(act))


def _wished(policy: Policy, wished: Wish, now: datetime) -> Mapping[str, Any]:
    if wished in ("fewer", "as_many"):
        return {"fewer": wished == "fewer"}
    return {"pause_until": (now + policy.pause).isoformat() if wished == "pause" else None}


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
        told = Told(RECIPIENT, "", ANSWERED, at.now, {"survey": survey, "value": value})
        inbox.keep(session, told, customer_id, None, at.now)
        settle(session, ground, {customer_id: Cause(ANSWERED, (told.fact,))}, at, locked=True)
        return messages.outdated(session, [customer_id])

    outdated = ground.sessions.write(act)
    if outdated is None:
        return False
    wait_for_outcomes(ground, outdated)
    return True
