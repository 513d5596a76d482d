"""Why: gather what was written down about one customer and one step, and have it explained."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from nurture.engine.explain import Explanation, Past, PastWalk, explain
from nurture.engine.journey import Version
from nurture.engine.playbook import Playbook
from nurture.flow.ground import Ground
from nurture.store import customers, house, past, photographs
from nurture.store.customers import Customer, Walk
from nurture.store.session import Session


class Unknown(LookupError):
    """There is no such customer, journey or step; the message says which."""


class _Asked(NamedTuple):
    """Who is asked about, and what stands."""

    playbook: Playbook
    customer: Customer
    walks: Sequence[Walk]


def why(ground: Ground, reference: str, journey: str | None, step: str | None, now: datetime) -> Explanation:
    """Explain one step, or one journey, to one customer.  Raises Unknown.

    reference: the product's id, ours, or `email:...`.  journey None: the one that has the step, walked ones first.
    A step that was deleted is explained too; a fixed number of queries, however much was written down.
    """
    with ground.sessions.read() as session:
        customer = customers.find(session, reference)
        if customer is None:
            raise Unknown(f"no customer is known as {reference!r}")
        return why_now(session, ground.shelf.playbook(session), customer, journey, step, now)


def why_now(
    session: Session, playbook: Playbook, customer: Customer, journey: str | None, step: str | None, now: datetime
) -> Explanation:
    """Explain one step, or one journey, to a customer who was found already: seven queries.  Raises Unknown."""
    asked = _Asked(playbook, customer, customers.enrollments_of(session, customer.id))
    deeds = past.deeds(session, customer.id, step) if step is not None else []
    keys = _shapes(asked, journey) if journey is not None else None
    editions = past.editions(session, step, keys)
    known = Past(deeds=deeds, editions=editions, held=_held(session), stuck=_stuck(customer))
    chosen = journey or _journey_with(asked, step, known)
    walk = _latest(asked, chosen)
    about = walk.journey if walk is not None else chosen
    known = known._replace(
        walk=walk,
        deeds=[deed for deed in deeds if deed.journey == about],
        notes=past.notes(session, customer.id, journey=about),
    )
    _must_exist(asked, known, chosen, step)
    snapshot = photographs.photographs(session, [customer.id])[customer.id].snapshot
    return explain(playbook, snapshot, known, chosen, step, now)


def why_all(ground: Ground, reference: str, now: datetime) -> list[Explanation]:
    """Say of every journey where a customer stands in it, or why they never entered.  Raises Unknown."""
    with ground.sessions.read() as session:
        asked = _asked(ground, session, reference)
        refusals = past.notes(session, asked.customer.id, do="refused")
        snapshot = photographs.photographs(session, [asked.customer.id])[asked.customer.id].snapshot
    live = [version.journey.id for version in asked.playbook.journeys if version.journey.enter is not None]
    keys = dict.fromkeys([*(walk.journey for walk in asked.walks), *live])
    told = []
    for key in keys:
        notes = [note for note in refusals if note.journey == key]
        known = Past(_latest(asked, key), notes=notes, stuck=_stuck(asked.customer))
        told.append(explain(asked.playbook, snapshot, known, key, None, now))
    return told


def _asked(ground: Ground, session: Session, reference: str) -> _Asked:
    customer = customers.find(session, reference)
    if customer is None:
        raise Unknown(f"no customer is known as {reference!r}")
    playbook = ground.shelf.playbook(session)
    return _Asked(playbook, customer, customers.enrollments_of(session, customer.id))


def _held(session: Session) -> str:
    return "all sending is held" if house.held(session) else ""


def _stuck(customer: Customer) -> str:
    return customer.due_because if customer.failures else ""


def _shapes(asked: _Asked, journey: str) -> list[str]:
    """The journeys whose texts may have the step: the one asked about, its variants, and what they walked it as."""
    live = asked.playbook.live(journey)
    variants = [one.journey for one in live.journey.variants] if live is not None else []
    return [journey, *variants, *(walk.variant for walk in asked.walks if walk.variant and walk.journey == journey)]


def _journey_with(asked: _Asked, step: str | None, known: Past) -> str:
    """Choose the journey meant by a step: the one they walked last, or else any that has or had it."""
    if step is None:
        raise Unknown("name a journey, a step, or both")
    named = [version.journey.id for version in asked.playbook.journeys if step in version.places]
    named += [key for (key, _), version in asked.playbook.pinned.items() if step in version.places]
    named += [deed.journey for deed in known.deeds]
    missing = (one for one in known.editions if one.journey not in named)
    named += [one.journey for one in missing if _has(one.version, step)]
    if not named:
        raise Unknown(f"no journey has, or had, a step {step!r}")
    return next(_met(asked.walks, named), named[0])


def _met(walks: Iterable[Walk], named: Sequence[str]) -> Iterator[str]:
    for walk in walks:
        if walk.variant in named or walk.journey in named:
            yield walk.journey


def _has(version: Version | None, step: str) -> bool:
    return version is not None and step in version.places


def _latest(asked: _Asked, journey: str) -> PastWalk | None:
    """The latest enrollment in a journey; for one that is walked as a variant, in that shape if they ever did."""
    own = [walk for walk in asked.walks if journey in (walk.journey, walk.variant)]
    if not own and (live := asked.playbook.live(journey)) is not None and live.journey.enter is None:
        own = [walk for walk in asked.walks if _may_become(asked.playbook, walk.journey, journey)]
    latest = max(own, key=lambda walk: (walk.entered_at, walk.entry), default=None)
    return PastWalk._make(getattr(latest, field) for field in PastWalk._fields) if latest is not None else None


def _may_become(playbook: Playbook, base: str, journey: str) -> bool:
    live = playbook.live(base)
    return live is not None and any(variant.journey == journey for variant in live.journey.variants)


def _must_exist(asked: _Asked, known: Past, journey: str, step: str | None) -> None:
    version = asked.playbook.live(journey)
    if version is None and known.walk is None and not known.editions and not known.notes:
        raise Unknown(f"there is no journey {journey!r}")
    if step is None or known.deeds or any(note.step == step for note in known.notes):
        return
    shapes = {journey, *_shapes(asked, journey)}
    versions = [one for (key, _), one in asked.playbook.pinned.items() if key in shapes]
    if any(step in one.places for one in versions) or any(_has(one.version, step) for one in known.editions):
        return
    steps = f"; its steps are {', '.join(sorted(version.places))}" if version is not None else ""
    raise Unknown(f"{journey} has, and had, no step {step!r}{steps}")
