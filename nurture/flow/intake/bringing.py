"""Bringing in: customers who were there before nurture was, from a file.  Nothing is started for them.

They are born into a stage as if they had stood in it all along: no journey is entered, no letter goes out, until
something changes about them.  Whoever is known already is left as they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from nurture.engine.learning import IMPORTED
from nurture.engine.playbook import Playbook
from nurture.engine.snapshot import Customer, Fact, Facts
from nurture.flow.ground import Ground, Moment
from nurture.flow.settle import Cause, give_birth
from nurture.store import accounts, inbox
from nurture.store.ids import new_id
from nurture.store.session import Conflict, Session
from nurture.store.suppressions import email_key

SOURCE = "import"


class Arrival(NamedTuple):
    """One row of a file.  Without `user_id` it is a lead.  stage: '' for the one in which their like begins."""

    email: str
    user_id: str | None = None
    stage: str = ""
    zone: str | None = None
    locale: str | None = None
    signed_up_at: datetime | None = None
    trial_ends_at: datetime | None = None
    account_id: str | None = None
    account_name: str | None = None
    traits: Mapping[str, Any] = {}


def known_among(session: Session, arrivals: Sequence[Arrival]) -> set[int]:
    """Say which of them are customers already, by the product's id or by their address: two queries."""
    keys = [email_key(one.email) for one in arrivals]
    known = inbox.known_to(session, [one.user_id for one in arrivals if one.user_id], keys)
    return {
        n
        for n, (one, key) in enumerate(zip(arrivals, keys, strict=True))
        if f"id:{one.user_id}" in known or f"email:{key}" in known
    }


def bring_in(ground: Ground, arrivals: Sequence[Arrival], at: Moment) -> int:
    """Make customers of those who are none yet, in one transaction; returns how many were made.

    Done again it makes nobody twice.  Raises ValueError on a bad address, KeyError for a stage there is not.
    """

    def act(session: Session) -> int:
        inbox.line_up(session, sorted({reference for one in arrivals for reference in _references(one)}))
        known = known_among(session, arrivals)
        new = [one for n, one in enumerate(arrivals) if n not in known]
        return sum(_born(session, ground, one, at) for one in new)

    return ground.sessions.write(act)


def _references(one: Arrival) -> Iterable[str]:
    yield f"email:{email_key(one.email)}"
    if one.user_id:
        yield f"id:{one.user_id}"


def _born(session: Session, ground: Ground, one: Arrival, at: Moment) -> bool:
    """Make one customer; False where somebody with this address or id came first."""
    playbook = ground.shelf.playbook(session)
    address = (email_key(one.email), ground.seals.email_hash(one.email))
    fact = Fact(IMPORTED, at.now)
    try:
        with session.savepoint():
            joined = accounts.join(session, accounts.Told(one.account_id, one.account_name), at.now)
            customer = _customer(playbook, one, joined.id, at)
            give_birth(session, ground, customer, address, joined, Cause(IMPORTED, (fact,)), at, _settled_in(playbook))
            inbox.keep(session, inbox.Told(SOURCE, "", IMPORTED, at.now), customer.id, None, at.now)
    except Conflict:
        return False
    return True


def _settled_in(playbook: Playbook) -> Facts:
    """As if they had met every entry all along: a journey is entered by a change, and there has been none."""
    return Facts(matched=frozenset(version.journey.id for version in playbook.journeys))


def _customer(playbook: Playbook, one: Arrival, account: str, at: Moment) -> Customer:
    starts = playbook.lifecycle.starts
    stage = one.stage or (starts.signup if one.user_id else starts.lead)
    if not playbook.lifecycle.has(stage):
        raise KeyError(stage)
    return Customer(
        id=new_id("cus", at.now),
        account_id=account,
        ext_id=one.user_id,
        email=one.email,
        stage=stage,
        stage_since=at.now,
        zone=one.zone,
        locale=one.locale,
        signed_up_at=min(one.signed_up_at or at.now, at.now) if one.user_id else None,
        trial_starts_at=min(one.signed_up_at or at.now, at.now) if one.trial_ends_at else None,
        trial_ends_at=one.trial_ends_at,
        traits=one.traits,
        created_at=at.now,
        revision=playbook.revision,
    )
