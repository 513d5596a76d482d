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


class Report(NamedTuple):
    """One event as a machine reports it, about a customer named by the product's id or by address.

    account_id: the product's own; where no customer is named, the event is about everybody in the account.
    """

    name: str
    at: datetime
    user_id: str | None = None
    email: str | None = None
    id: str = ""
    properties: Mapping[str, Any] = {}
    account_id: str | None = None

    @property
    def reference(self) -> str:
        """How it says whom it is about: `id:`, `email:` or `account:...`.  Raises ValueError on a malformed address."""
        if self.user_id is None and self.email is None and self.account_id is not None:
            return f"account:{self.account_id}"
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
    account = _account(newcomer)
    if account.ext_id is None:
        photographs.lock(session, [known])
    else:
        accounts.lock_with(session, known, account, at.now)
    taken = photographs.photographs(session, [known])[known]
    customer = taken.snapshot.customer
    again = customer.ext_id is not None or newcomer.user_id is None
    returns = again and ground.shelf.playbook(session).lifecycle.final(customer.stage) and newcomer.user_id is not None
    fresh = inbox.keep(session, told, known, None, at.now)
    if fresh:
        if returns or not again:
            taken = taken._replace(snapshot=taken.snapshot._replace(customer=_signed_up(customer, newcomer, at)))
            customer = _admit(session, ground, newcomer, _in_account(session, taken, account, at), told, at)
        elif newcomer.user_id is not None and account.ext_id is not None:
            customer = _change_account(session, ground, taken, account, at)
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


def _change_account(session: Session, ground: Ground, taken: Photograph, told: accounts.Told, at: Moment) -> Customer:
    """Take in what a repeated sign-up tells of their account, and let them hear what its people share."""
    before = taken.snapshot.customer
    taken = _in_account(session, taken, told, at)
    customer = taken.snapshot.customer
    if customer.account_id == before.account_id:
        return customer
    decisions = settle_photographed(session, ground, {customer.id: taken}, {customer.id: Cause("account")}, at)
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
        traits=newcomer.traits,
        created_at=born,
    )


def _trial_end(newcomer: Newcomer, start: datetime) -> datetime:
    if newcomer.trial_ends_at is not None:
        return newcomer.trial_ends_at
    return start + (timedelta(days=newcomer.trial_days) if newcomer.trial_days is not None else TRIAL)


def _signed_up(customer: Customer, newcomer: Newcomer, at: Moment) -> Customer:
    """What is known of someone once they sign up, or sign up again after an end."""
    start = max(min(newcomer.at, at.now), customer.stage_since)
    return customer._replace(
        ext_id=newcomer.user_id,
        email=newcomer.email,
        zone=newcomer.zone or customer.zone,
        locale=newcomer.locale or customer.locale,
        signed_up_at=start,
        trial_starts_at=start,
        trial_ends_at=_trial_end(newcomer, start),
        trial_paused_at=None,
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
    sound: list[_Sound] = []
    for n, report in enumerate(reports):
        try:
            sound.append(_Sound(n, report, report.reference))
        except ValueError as error:
            rejected.append((n, str(error)))
    if not sound:
        return Receipt(0, 0, 0, tuple(rejected))

    taken = ground.sessions.write(lambda session: _take(session, ground, sound, source, at))
    wait_for_outcomes(ground, taken.outdated)
    duplicates = len(sound) - taken.accepted - taken.held - len(taken.rejected)
    return Receipt(taken.accepted, duplicates, taken.held, tuple(sorted([*rejected, *taken.rejected])))


class _Sound(NamedTuple):
    n: int
    report: Report
    reference: str


class _Taken(NamedTuple):
    accepted: int
    held: int
    rejected: list[tuple[int, str]]
    outdated: list[str]  # letters to those whom this stops and to their colleagues, already on their way


def _known(session: Session, references: Iterable[str]) -> dict[str, list[str]]:
    """Find who these references mean, by the references themselves: one customer, or everybody in an account."""
    named: dict[str, list[str]] = {"id": [], "email": [], "account": []}
    for kind, name in (reference.split(":", 1) for reference in references):
        named[kind].append(name)
    found = {key: [one.id] for key, one in inbox.known_to(session, named["id"], named["email"]).items()}
    if named["account"]:
        found |= {f"account:{key}": people for key, people in accounts.known_to(session, named["account"]).items()}
    return found


def _take(session: Session, ground: Ground, sound: Sequence[_Sound], source: str, at: Moment) -> _Taken:
    references = {one.reference for one in sound}
    known = _known(session, references)
    unknown = {reference for reference in references - known.keys() if not reference.startswith("account:")}
    if unknown:
        inbox.line_up(session, unknown, shared=True)
        known |= _known(session, unknown)
    photographs.lock(session, [customer_id for people in known.values() for customer_id in people])
    playbook = ground.shelf.playbook(session)
    accepted, held, news, again = set[int](), 0, list[tuple[int, str, Fact]](), set[str]()
    rejected: list[tuple[int, str]] = []
    for n, report, reference in sound:
        people = known.get(reference, [])
        told = Told(source, report.id, report.name, min(report.at, at.now), report.properties)
        if not people and reference.startswith("account:"):
            rejected.append(
                (n, f"nobody is known in the account {report.account_id!r}; send its people's sign-ups first")
            )
        elif not _keep(session, told, people, reference, at.now):
            again.update(people)
        elif not people:
            held += 1
        else:
            accepted.add(n)
            news += [(n, customer_id, told.fact) for customer_id in people if playbook.hears(report.name)]
    causes = together([(customer_id, fact) for _, customer_id, fact in news])
    decisions = settle(session, ground, causes, at, locked=True) if news else {}
    aside = {customer_id for customer_id in causes if customer_id not in decisions}  # in effect when they are decided
    late = {n for n, customer_id, _ in news if customer_id in aside}
    # A stop that is delivered again waits again: its first answer may have been a 503.
    stopped = again.union(aside, (key for key, decision in decisions.items() if decision.turned))
    outdated = messages.outdated(session, stopped) if stopped else []
    return _Taken(len(accepted - late), held + len(late), rejected, outdated)


def _keep(session: Session, told: Told, people: Sequence[str], reference: str, now: datetime) -> bool:
    """Write down what we were told, for each whom it is about.  False if we knew it already, about whomever."""
    if not people:
        return inbox.keep(session, told, None, reference, now)
    if not inbox.keep(session, told, people[0], None, now):
        return False
    for one in people[1:]:
        inbox.keep(session, told._replace(ext_id=told.ext_id and f"{told.ext_id}|{one}"), one, None, now)
    return True
