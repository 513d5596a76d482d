"""Newcomers: a sign-up or a lead becomes a customer, and whoever is known already is recognised."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from nurture.engine.decision import Decision
from nurture.engine.learning import LEAD_CAPTURED, SIGNED_UP, TRAITS_TOLD
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Customer
from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import Cause, give_birth, settle_photographed, wait_for_outcomes
from nurture.store import accounts, decided, inbox, messages, photographs
from nurture.store.ids import new_id
from nurture.store.inbox import Told
from nurture.store.photographs import Photograph
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
    told = _told(newcomer, at)
    if known is None:
        return _TakenIn(_newborn(session, ground, newcomer, key, told, at))
    account = _account(newcomer)
    if account.ext_id is None:
        photographs.lock(session, [known])
    else:
        accounts.lock_with(session, known, account, at.now)
    taken = photographs.photographs(session, [known])[known]
    customer = taken.snapshot.customer
    again = customer.ext_id is not None or newcomer.user_id is None
    ended = ground.shelf.playbook(session).lifecycle.final(customer.stage) and told.at >= customer.stage_since
    returns = again and ended and newcomer.user_id is not None
    if again and not returns and newcomer.user_id is not None:
        told = told._replace(name=TRAITS_TOLD)  # they have signed up already: what is new is what is said of them
    fresh = inbox.keep(session, told, known, None, at.now)
    if fresh:
        if returns or not again:
            taken = taken._replace(snapshot=taken.snapshot._replace(customer=_signed_up(customer, newcomer, at)))
            customer = _admit(session, ground, newcomer, _in_account(session, taken, account, at), told, at)
        else:
            account = account if newcomer.user_id is not None else accounts.Told(None)
            customer = _hear(session, ground, _in_account(session, taken, account, at), told, at)
    return _TakenIn(_welcome(session, customer, created=fresh and not again), messages.outdated(session, [known]))


def _admit(session: Session, ground: Ground, newcomer: Newcomer, taken: Photograph, told: Told, at: Moment) -> Customer:
    """Let somebody we know sign up; what was held for them takes effect with it."""
    customer, key = taken.snapshot.customer, email_key(newcomer.email)
    decided.update_person(session, customer, key, ground.seals.email_hash(newcomer.email))
    held = inbox.held_for(session, _references(newcomer, key), at.now)
    inbox.give(session, [event_id for event_id, _ in held], customer.id)
    cause = Cause(told.name, (told.fact, *(fact for _, fact in held)))
    decisions = settle_photographed(session, ground, {customer.id: taken}, {customer.id: cause}, at)
    return decisions[customer.id].customer if customer.id in decisions else customer


def _told(newcomer: Newcomer, at: Moment) -> Told:
    name = SIGNED_UP if newcomer.user_id else LEAD_CAPTURED
    said = {"traits": dict(newcomer.traits)} if newcomer.traits else {}
    return Told(newcomer.source, newcomer.ext_id, name, min(newcomer.at, at.now), said)


def _account(newcomer: Newcomer) -> accounts.Told:
    return accounts.Told(newcomer.account_id, newcomer.account_name, newcomer.account_traits)


def _in_account(session: Session, taken: Photograph, told: accounts.Told, at: Moment) -> Photograph:
    """Let somebody we know join the account that is told of; without one they stay where they are."""
    if told.ext_id is None:
        return taken
    joined = accounts.join(session, told, at.now)
    customer = taken.snapshot.customer
    if joined.id != customer.account_id:
        accounts.move(session, customer.id, joined)
    snapshot = taken.snapshot._replace(customer=customer._replace(account_id=joined.id), account=joined.account)
    return taken._replace(snapshot=snapshot, account_gen=joined.gen)


def _hear(session: Session, ground: Ground, taken: Photograph, told: Told, at: Moment) -> Customer:
    """Take in what is said again of somebody we know, who hears what the people of their account share."""
    customer = taken.snapshot.customer
    cause = Cause(told.name, (told.fact,))
    decisions = settle_photographed(session, ground, {customer.id: taken}, {customer.id: cause}, at)
    return decisions[customer.id].customer if customer.id in decisions else customer


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
    joined = accounts.join(session, _account(newcomer), at.now)
    customer = _customer(ground.shelf.playbook(session), newcomer, joined.id, at)
    held = inbox.held_for(session, _references(newcomer, key), at.now)
    cause = Cause(told.name, (told.fact, *(fact for _, fact in held)))
    seal = ground.seals.email_hash(newcomer.email)
    decision = give_birth(session, ground, customer, (key, seal), joined, cause, at)
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
        created_at=born,
    )


def _trial_end(newcomer: Newcomer, start: datetime) -> datetime:
    if newcomer.trial_ends_at is not None:
        return newcomer.trial_ends_at
    return start + (timedelta(days=newcomer.trial_days) if newcomer.trial_days is not None else TRIAL)


def _signed_up(customer: Customer, newcomer: Newcomer, at: Moment) -> Customer:
    """What is known of someone once they sign up, or sign up again after an end."""
    start = min(newcomer.at, at.now)
    return customer._replace(
        ext_id=newcomer.user_id,
        email=newcomer.email,
        zone=newcomer.zone or customer.zone,
        locale=newcomer.locale or customer.locale,
        signed_up_at=start,
        trial_starts_at=start,
        trial_ends_at=_trial_end(newcomer, start),
        trial_paused_at=None,
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
