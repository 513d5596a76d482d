"""What goes in: the photograph of one customer, as frozen values."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from nurture.engine.condition import Condition


class Fact(NamedTuple):
    """Something that happened to a customer, once.  `at` is its own moment, which may lie before its arrival."""

    name: str
    at: datetime
    properties: Mapping[str, Any] = {}


class Touch(NamedTuple):
    """One message handed over to them, or about to be: what a cap counts.  `key` is the message's id."""

    at: datetime
    key: str
    pending: bool = False  # queued, not yet handed over: a turn takes it back


class Answered(NamedTuple):
    """The latest answer to a survey: a score as an int, a choice or free text as a str."""

    at: datetime
    value: int | str


class Entered(NamedTuple):
    """How often they entered a journey, and when last."""

    times: int
    at: datetime


class Facts(NamedTuple):
    """What the past comes down to, kept beside the customer so that a photograph is two queries."""

    milestones: Mapping[str, datetime] = {}
    rings: Mapping[str, tuple[datetime, ...]] = {}  # newest moments first, one ring per event a condition names
    last_seen: datetime | None = None  # the last first-party sign of life
    stages: Mapping[str, datetime] = {}  # stages reached since the last sign-up, and when last
    touches: tuple[Touch, ...] = ()  # newest first, as far back as the longest cap
    entries: Mapping[str, Entered] = {}
    matched: frozenset[str] = frozenset()  # journeys whose entry they met when last settled
    refused: Mapping[str, str] = {}  # journey -> why they were not let in
    answers: Mapping[str, Answered] = {}


class Customer(NamedTuple):
    """One reachable person as the engine sees them.  Absent values are None; `zone` is an IANA name."""

    id: str
    account_id: str
    ext_id: str | None
    email: str
    stage: str
    stage_since: datetime
    persona: str | None = None
    persona_because: str = ""
    persona_locked: bool = False
    gen: int = 0
    zone: str | None = None
    locale: str | None = None
    signed_up_at: datetime | None = None
    trial_starts_at: datetime | None = None
    trial_ends_at: datetime | None = None
    traits: Mapping[str, Any] = {}
    created_at: datetime | None = None
    revision: int = 0  # the playbook they were last settled under


class Enrollment(NamedTuple):
    """One customer walking one version of a journey; `step` is where they stand and `since` when they arrived."""

    journey: str
    entry: int
    revision: int
    step: str | None
    since: datetime
    due_at: datetime | None
    because: str
    entered_at: datetime
    entered_because: str
    state: str = "active"
    ended_at: datetime | None = None


class Snapshot(NamedTuple):
    """Everything known about one customer, taken under their account's lock.

    news: facts that have just arrived and are not yet in `facts`.
    suppressed: scopes nothing may be written in: `all`, or topics.
    segments: named conditions, put here by `decide` from the playbook.
    """

    customer: Customer
    facts: Facts = Facts()
    enrollments: tuple[Enrollment, ...] = ()
    news: tuple[Fact, ...] = ()
    suppressed: frozenset[str] = frozenset()
    segments: Mapping[str, "Condition"] = {}
    newborn: bool = False  # this very settle creates the customer
