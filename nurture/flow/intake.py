"""Intake: a sign-up, a lead, an event becomes a fact and takes effect before it is answered."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from nurture.engine.decision import Decision
from nurture.engine.learning import LEAD_CAPTURED, SIGNED_UP
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Customer, Fact
from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import Cause, give_birth, settle, settle_photographed, together, wait_for_outcomes
from nurture.store import inbox, messages, photographs
from nurture.store.ids import new_id
from nurture.store.inbox import Known, Told
from nurture.store.session import Conflict, Session
from nurture.store.suppressions import email_key

TRIAL = timedelta(days=14)  # where a sign-up names neither its trial's days nor its end
TRIES = 4  # a sign-up delivered many times at once: whoever comes second finds the first one's customer


class Newcomer(NamedTuple):
    """What a sign-up or a lead says of someone.  Without `user_id` it is a lead.

    traits: name, first_name, company, role, plan, driver and whatever else was told, absent ones left out.
    source, ext_id: who told us, and under which id; '' where the sender gave none.
    """

    user_id: str | None
    email: str
    at: datetime
    source: str
    ext_id: str = ""
    lead_id: str | None = None
    zone: str | None = None
    locale: str | None = None
    trial_days: int | None = None
    trial_ends_at: datetime | None = None
    account_id: str | None = None
    account_name: str | None = None
    account_traits: Mapping[str, Any] = {}
    traits: Mapping[str, Any] = {}


class Welcome(NamedTuple):
    """Where a newcomer stands when they are answered: the stage, the persona, the journeys they are in, and why."""

    customer_id: str
    user_id: str | None
    stage: str
    persona: str | None
    enrollments: tuple[tuple[str, int, str], ...]  # journey, version, because
    created: bool


class Report(NamedTuple):
    """One event as a machine reports it, about a customer named by the product's id or by address."""

    name: str
    at: datetime
    user_id: str | None = None
    email: str | None = None
    id: str = ""
    properties: Mapping[str, Any] = {}

    @property
    def reference(self) -> str:
        """How the customer is named: `id:...` or `email:...`.  Raises ValueError on a malformed address."""
        return f"id:{self.user_id}" if self.user_id else f"email:{email_key(self.email or '')}"


class Receipt(NamedTuple):
    """What became of reported events: counts, and the index and reason of each that was refused."""

    accepted: int
    duplicates: int
    held: int
    rejected: tuple[tuple[int, str], ...]


def sign_up(ground: Ground, newcomer: Newcomer, at: Moment) -> Welcome:
    """Make a trial customer, or recognise one; held events take effect with it.

    Raises ValueError on a bad address, StillSending where a lead's letter is on its way while they sign up.
    """
    return _insisting(ground, lambda session: _take_in(session, ground, newcomer, at))


def capture_lead(ground: Ground, newcomer: Newcomer, at: Moment) -> Welcome:
    """Make a lead, or recognise somebody with this address.  Raises ValueError on a bad address."""
    return _insisting(ground, lambda session: _take_in(session, ground, newcomer, at))


def _insisting(ground: Ground, act: Callable[[Session], "_TakenIn"]) -> Welcome:
    """Write, and look again where somebody else inserted the same customer meanwhile."""
    for tries_left in reversed(range(TRIES)):
        try:
            taken = ground.sessions.write(act)
        except Conflict:
            if not tries_left:
                raise
        else:
            break
    wait_for_outcomes(ground, taken.outdated)
    return taken.welcome


class _TakenIn(NamedTuple):
    welcome: Welcome
    outdated: Sequence[str] = ()  # letters to them that were decided at an earlier stage and are on their way


def _take_in(session: Session, ground: Ground, newcomer: Newcomer, at: Moment) -> _TakenIn:
    key = email_key(newcomer.email)
    inbox.line_up(session, _references(newcomer, key))
    known = _recognised(session, newcomer, key)
    told = Told(newcomer.source, newcomer.ext_id, SIGNED_UP if newcomer.user_id else LEAD_CAPTURED, newcomer.at)
    if known is None:
        return _TakenIn(_newborn(session, ground, newcomer, key, told, at))
    photographs.lock(session, [known])
    taken = photographs.photographs(session, [known])
    customer = taken[known].snapshot.customer
    again = customer.ext_id is not None or newcomer.user_id is None
    returns = again and ground.shelf.playbook(session).lifecycle.final(customer.stage) and newcomer.user_id is not None
    if not inbox.keep(session, told, known, None, at.now) or (again and not returns):
        return _TakenIn(_welcome(session, customer, created=False), messages.outdated(session, [known]))
    lately = _joined(session, customer, newcomer, at)
    photographs.update_person(session, lately, key, ground.seals.email_hash(newcomer.email))
    held = inbox.held_for(session, _references(newcomer, key), at.now)
    inbox.give(session, [event_id for event_id, _ in held], known)
    cause = Cause(told.name, (told.fact, *(fact for _, fact in held)))
    snapshot = taken[known].snapshot._replace(customer=lately)
    decisions = settle_photographed(
        session, ground, {known: taken[known]._replace(snapshot=snapshot)}, {known: cause}, at
    )
    welcome = _welcome(session, decisions[known].customer if known in decisions else lately, created=not again)
    return _TakenIn(welcome, messages.outdated(session, [known]))


def _recognised(session: Session, newcomer: Newcomer, key: str) -> str | None:
    """Find who this is already: by the product's id, as the lead it names, or as the lead with its address."""
    if newcomer.user_id is None:
        found = inbox.known_to(session, [], [key])
        return found[f"email:{key}"].id if found else None
    found = inbox.known_to(session, [newcomer.user_id], [])
    if found:
        return next(iter(found.values())).id
    if newcomer.lead_id is not None and inbox.is_lead(session, newcomer.lead_id):
        return newcomer.lead_id
    return inbox.lead_of(session, key)


def _newborn(session: Session, ground: Ground, newcomer: Newcomer, key: str, told: Told, at: Moment) -> Welcome:
    account = inbox.account_for(session, newcomer.account_id, newcomer.account_name, newcomer.account_traits, at.now)
    customer = _customer(ground.shelf.playbook(session), newcomer, account, at)
    held = inbox.held_for(session, _references(newcomer, key), at.now)
    cause = Cause(told.name, (told.fact, *(fact for _, fact in held)))
    seal = ground.seals.email_hash(newcomer.email)
    decision = give_birth(session, ground, customer, (key, seal), cause, at)
    if not inbox.keep(session, told, customer.id, None, at.now):
        raise Conflict("this delivery was used for another customer already")
    inbox.give(session, [event_id for event_id, _ in held], customer.id)
    return _welcome_from(decision, created=True)


def _customer(playbook: Playbook, newcomer: Newcomer, account: str, at: Moment) -> Customer:
    starts = playbook.lifecycle.starts
    born = min(newcomer.at, at.now)
    signed_up = newcomer.user_id is not None
    return Customer(
        id=new_id("cus", at.now),
        account_id=account,
        ext_id=newcomer.user_id,
        email=newcomer.email,
        stage=starts.signup if signed_up else starts.lead,
        stage_since=born,
        zone=newcomer.zone,
        locale=newcomer.locale,
        signed_up_at=born if signed_up else None,
        trial_starts_at=born if signed_up else None,
        trial_ends_at=_trial_end(newcomer, born) if signed_up else None,
        traits=newcomer.traits,
        created_at=born,
    )


def _trial_end(newcomer: Newcomer, start: datetime) -> datetime:
    if newcomer.trial_ends_at is not None:
        return newcomer.trial_ends_at
    return start + (timedelta(days=newcomer.trial_days) if newcomer.trial_days is not None else TRIAL)


def _joined(session: Session, customer: Customer, newcomer: Newcomer, at: Moment) -> Customer:
    """What is known of someone once they sign up, or sign up again after an end."""
    start = max(min(newcomer.at, at.now), customer.stage_since)
    account = customer.account_id
    if newcomer.account_id is not None:
        account = inbox.account_for(
            session, newcomer.account_id, newcomer.account_name, newcomer.account_traits, at.now
        )
    return customer._replace(
        account_id=account,
        ext_id=newcomer.user_id,
        email=newcomer.email,
        zone=newcomer.zone or customer.zone,
        locale=newcomer.locale or customer.locale,
        signed_up_at=start,
        trial_starts_at=start,
        trial_ends_at=_trial_end(newcomer, start),
        traits={**customer.traits, **newcomer.traits},
    )


def _references(newcomer: Newcomer, key: str) -> list[str]:
    return [f"email:{key}", *([f"id:{newcomer.user_id}"] if newcomer.user_id else [])]


def _welcome(session: Session, customer: Customer, *, created: bool) -> Welcome:
    walking = photographs.enrollments(session, [customer.id]).get(customer.id, ())
    journeys = tuple((walk.journey, walk.revision, walk.entered_because) for walk in walking)
    return Welcome(customer.id, customer.ext_id, customer.stage, customer.persona, journeys, created)


def _welcome_from(decision: Decision, *, created: bool) -> Welcome:
    customer = decision.customer
    journeys = tuple(
        (walk.journey, walk.revision, walk.entered_because) for walk in decision.enrollments if walk.state == "active"
    )
    return Welcome(customer.id, customer.ext_id, customer.stage, customer.persona, journeys, created)


def take_events(ground: Ground, reports: Sequence[Report], source: str, at: Moment) -> Receipt:
    """Take in events: each once, those of customers not yet known are held; all take effect in one transaction."""
    rejected: list[tuple[int, str]] = []
    sound: list[tuple[Report, str]] = []
    for n, report in enumerate(reports):
        try:
            sound.append((report, report.reference))
        except ValueError as error:
            rejected.append((n, str(error)))
    if not sound:
        return Receipt(0, 0, 0, tuple(rejected))

    taken = ground.sessions.write(lambda session: _take(session, ground, sound, source, at))
    wait_for_outcomes(ground, taken.outdated)
    return Receipt(taken.accepted, len(sound) - taken.accepted - taken.held, taken.held, tuple(rejected))


class _Taken(NamedTuple):
    accepted: int
    held: int
    outdated: list[str]  # letters to those whom this stops, already on their way


def _known(session: Session, references: Iterable[str]) -> dict[str, Known]:
    """Find who these references mean, by the references themselves."""
    pairs = [reference.split(":", 1) for reference in references]
    ids, keys = ([name for kind, name in pairs if kind == wanted] for wanted in ("id", "email"))
    return inbox.known_to(session, ids, keys)


def _take(session: Session, ground: Ground, sound: Sequence[tuple[Report, str]], source: str, at: Moment) -> _Taken:
    references = {reference for _, reference in sound}
    known = _known(session, references)
    unknown = references - known.keys()
    if unknown:
        inbox.line_up(session, unknown, shared=True)
        known |= _known(session, unknown)
    photographs.lock(session, [one.id for one in known.values()])
    playbook = ground.shelf.playbook(session)
    accepted, held, news, again = 0, 0, list[tuple[str, Fact]](), set[str]()
    for report, reference in sound:
        whom: Known | None = known.get(reference)
        told = Told(source, report.id, report.name, min(report.at, at.now), report.properties)
        if not inbox.keep(session, told, whom.id if whom else None, None if whom else reference, at.now):
            again |= {whom.id} if whom else set()
            continue
        if whom is None:
            held += 1
            continue
        accepted += 1
        if playbook.hears(report.name):
            news.append((whom.id, told.fact))
    decisions = settle(session, ground, together(news), at, locked=True) if news else {}
    aside = [customer_id for customer_id, _ in news if customer_id not in decisions]  # in effect when they are decided
    # A stop that is delivered again waits again: its first answer may have been a 503.
    stopped = again.union(aside, (key for key, decision in decisions.items() if decision.turned))
    outdated = messages.outdated(session, stopped) if stopped else []
    return _Taken(accepted - len(aside), held + len(aside), outdated)
