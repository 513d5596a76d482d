"""Customers as people look at them: one, a page of them, how many stand where, and their past in plain rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import JSON, ColumnElement, Select, and_, case, cast, func, literal_column, or_, select

from nurture.engine.decision import Reached, StageChange
from nurture.store import schema
from nurture.store.schema import moment
from nurture.store.suppressions import email_key
from nurture.store.transaction import Session
from nurture.store.versions import OLDER


class Customer(NamedTuple):
    """One customer as the console and the API show them; `user_id` is the product's, None for a lead."""

    id: str
    account_id: str
    user_id: str | None
    email: str
    stage: str
    stage_since: datetime
    persona: str | None
    persona_because: str
    persona_locked: bool
    zone: str | None
    locale: str | None
    signed_up_at: datetime | None
    trial_starts_at: datetime | None
    trial_ends_at: datetime | None
    trial_paused_at: datetime | None  # since when the trial rests
    due_at: datetime | None
    due_because: str
    failures: int
    created_at: datetime
    owner: str | None  # who of ours looks after them
    held_at: datetime | None  # since when staff hold them
    held_because: str | None
    traits: dict[str, Any]


class Page(NamedTuple):
    """Some customers, newest first, and the cursor of those that follow; None at the end."""

    customers: list[Customer]
    cursor: str | None


class Count(NamedTuple):
    """How many customers there are of one stage and persona."""

    stage: str
    persona: str | None
    number: int


class Walk(NamedTuple):
    """One enrollment: a customer in one version of a journey. `step` and `due_at` are None once it ended.

    number: what staff call the version of its revision.
    """

    journey: str
    entry: int
    revision: int
    variant: str | None
    state: str
    step: str | None
    since: datetime
    due_at: datetime | None
    because: str
    entered_at: datetime
    entered_because: str
    ended_at: datetime | None
    number: int


CUSTOMERS = schema.customers.c
LISTED = [CUSTOMERS["ext_id" if field == "user_id" else field] for field in Customer._fields]


def find(session: Session, reference: str) -> Customer | None:
    """Find a customer by the product's id, by ours (`cus_...`), or by `email:ada@example.com`.

    An address means the lead who has it, or else the only customer who does.
    """
    kind, _, address = reference.partition(":")
    if kind == "email":
        return _by_email(session, address)
    found = _listed(
        session,
        select(*LISTED)
        .where(or_(CUSTOMERS.ext_id == reference, CUSTOMERS.id == reference))
        .order_by(case((CUSTOMERS.ext_id == reference, 0), else_=1))
        .limit(1),
    )
    return found[0] if found else None


def page(
    session: Session,
    *,
    stage: str | None = None,
    persona: str | None = None,
    journey: str | None = None,
    step: str | None = None,
    search: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """List customers, newest first, each condition narrowing it.

    journey: they walk it now; with step, they stand there.  search: part of the name, company, address or an id.
    """
    wanted = select(*LISTED).order_by(CUSTOMERS.id.desc()).limit(limit + 1)
    if stage is not None:
        wanted = wanted.where(CUSTOMERS.stage == stage)
    if persona is not None:
        wanted = wanted.where(CUSTOMERS.persona == persona)
    if journey is not None:
        wanted = wanted.where(_walks(journey, step))
    if search:
        wanted = wanted.where(_mentions(session, search))
    if cursor is not None:
        wanted = wanted.where(CUSTOMERS.id < cursor)
    found = _listed(session, wanted)
    return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)


def assign_owner(session: Session, customer_id: str, owner: str | None) -> None:
    """Say who of ours looks after a customer; None for nobody."""
    session.run("UPDATE customers SET owner = :owner WHERE id = :id", {"id": customer_id, "owner": owner})


def counts(session: Session) -> list[Count]:
    """Count the customers of each stage and persona."""
    found = session.rows("SELECT stage, persona, COUNT(*) FROM customers GROUP BY stage, persona")
    return sorted((Count(*row) for row in found), key=lambda count: (count.stage, count.persona or ""))


def walking(session: Session) -> dict[tuple[str, str], int]:
    """Count the enrollments of each journey and state; entered is the sum of active, finished and left."""
    found = session.rows("SELECT journey, state, COUNT(*) FROM enrollments GROUP BY journey, state")
    return {(journey, state): number for journey, state, number in found}


def standing(session: Session, journey: str) -> dict[str, int]:
    """Count those inside a journey by the step they stand at."""
    found = session.rows(
        "SELECT step, COUNT(*) FROM enrollments WHERE journey = :journey AND state = 'active' GROUP BY step",
        {"journey": journey},
    )
    return {row[0]: row[1] for row in found}


def enrollments_of(session: Session, customer_id: str) -> list[Walk]:
    """List the journeys a customer walks or walked, the latest entered first."""
    enrollments, texts = schema.enrollments.c, schema.revisions.c
    shape = func.coalesce(enrollments.variant, enrollments.journey)
    walked = and_(texts.kind == "journey", texts.key == shape, texts.n == enrollments.revision)
    number: ColumnElement[int] = literal_column(OLDER.format(of="revisions"))
    found = session.execute(
        select(*[enrollments[field] for field in Walk._fields[:-1]], number)
        .outerjoin_from(schema.enrollments, schema.revisions, walked)
        .where(enrollments.customer_id == customer_id)
        .order_by(enrollments.entered_at.desc(), enrollments.journey, enrollments.entry.desc())
    )
    return [Walk._make(row) for row in found]


def stage_history(session: Session, customer_id: str) -> list[StageChange]:
    """List a customer's stage changes, the first first."""
    found = session.rows(
        "SELECT from_stage, to_stage, at, because FROM stage_changes WHERE customer_id = :id ORDER BY n",
        {"id": customer_id},
    )
    return [StageChange(before, after, moment(at), because) for before, after, at, because in found]


def milestones_of(session: Session, customer_id: str) -> list[Reached]:
    """List the milestones a customer has reached, the first first."""
    found = session.rows(
        "SELECT milestone, at, because FROM milestones WHERE customer_id = :id ORDER BY at, milestone",
        {"id": customer_id},
    )
    return [Reached(milestone, moment(at), because) for milestone, at, because in found]


def _by_email(session: Session, address: str) -> Customer | None:
    try:
        key = email_key(address)
    except ValueError:
        return None
    found = _listed(session, select(*LISTED).where(CUSTOMERS.email_key == key).limit(2_000))
    leads = [customer for customer in found if customer.user_id is None]
    if leads:
        return leads[0]
    return found[0] if len(found) == 1 else None


def _walks(journey: str, step: str | None) -> ColumnElement[bool]:
    enrollments = schema.enrollments.c
    here = and_(enrollments.customer_id == CUSTOMERS.id, enrollments.journey == journey, enrollments.state == "active")
    return select(1).where(here if step is None else and_(here, enrollments.step == step)).exists()


def _mentions(session: Session, search: str) -> ColumnElement[bool]:
    """Match part of a text in any case; beyond ASCII, SQLite tells the cases apart.

    Of our own ids the beginning counts: any two letters stand somewhere in one of them.
    """
    if search.casefold().startswith("cus_"):
        return CUSTOMERS.id.istartswith(search, autoescape=True)
    words: Sequence[ColumnElement[Any]] = [
        CUSTOMERS.email,
        CUSTOMERS.ext_id,
        *(_trait(session, name) for name in ("name", "first_name", "company")),
    ]
    return or_(*[word.icontains(search, autoescape=True) for word in words])


def _trait(session: Session, name: str) -> ColumnElement[Any]:
    if session.dialect == "postgresql":
        return func.json_extract_path_text(cast(CUSTOMERS.traits, JSON), name)
    return func.json_extract(CUSTOMERS.traits, f"$.{name}")


def _listed(session: Session, wanted: Select[Any]) -> list[Customer]:
    return [Customer._make((*row[:-1], orjson.loads(row[-1]))) for row in session.execute(wanted)]


def following(session: Session, after: str, limit: int) -> list[str]:
    """List the customers whose ids come after this one, in order; '' begins with the first."""
    rows = session.rows(
        "SELECT id FROM customers WHERE id > :after ORDER BY id LIMIT :limit", {"after": after, "limit": limit}
    )
    return [row[0] for row in rows]
