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


class Cared(NamedTuple):
    """What came of a care task: which task document, and the outcome a person of ours recorded."""

    at: datetime
    task: str
    outcome: str


class Wishes(NamedTuple):
    """What a recipient chose on their preferences page.

    pause_until: no letters before then.  fewer: the policy's cap for those who want fewer mails holds as well.
    topics: topics they asked for that are off by default.
    """

    pause_until: datetime | None = None
    fewer: bool = False
    topics: frozenset[str] = frozenset()


class Stood(NamedTuple):
    """Where somebody stood before the oldest part of their path that is kept, and since when."""

    stage: str
    at: datetime


class Trodden(NamedTuple):
    """One part of somebody's path through the lifecycle, at its own moment.

    event: what happened, '' for a move that time or a condition made.  to, from_: that move's; `to` alone by hand.
    """

    at: datetime
    event: str
    to: str = ""
    from_: str = ""


class Facts(NamedTuple):
    """What the past comes down to, kept beside the customer so that a photograph is two queries."""

    milestones: Mapping[str, datetime] = {}
    rings: Mapping[str, tuple[datetime, ...]] = {}  # newest moments first, one ring per event a condition names
    last_seen: datetime | None = None  # the last first-party sign of life
    stages: Mapping[str, datetime] = {}  # stages reached since the last sign-up, and when last
    touches: tuple[Touch, ...] = ()  # newest first, as far back as the policy may ask
    entries: Mapping[str, Entered] = {}
    matched: frozenset[str] = frozenset()  # journeys whose entry they met when last settled
    refused: Mapping[str, str] = {}  # journey -> why they were not let in
    answers: Mapping[str, Answered] = {}
    arms: Mapping[str, str] = {}  # `journey.step` of an experiment -> the arm they are in, for life
    care: Mapping[str, Cared] = {}  # message key of a care step -> what came of its task
    mail: Mapping[str, Mapping[str, datetime]] = {}  # email -> delivered, clicked, replied, bounced -> when last
    aside: Mapping[str, bool] = {}  # journey, or '' for all -> whether kept aside for comparison, for life
    wishes: Wishes = Wishes()
    path: tuple[Trodden, ...] = ()  # what moved them through the lifecycle, oldest first
    origin: Stood | None = None
    told: Mapping[str, datetime] = {}  # trait -> as of when we know it; without one it is as old as they are
    caught_up: datetime | None = None  # when a letter last went out that was late: it stands for all that were


class Adopted(NamedTuple):
    """Somebody of the account adopted: when, into which stage, and because of what."""

    at: datetime
    to: str
    because: str


class Account(NamedTuple):
    """What the people of one account share.

    shared: there may be several of them; an account of one shares nothing.
    milestones: those that count for all, and when first reached.  touches: as in Facts, of all its people.
    """

    shared: bool = False
    traits: Mapping[str, Any] = {}
    milestones: Mapping[str, datetime] = {}
    touches: tuple[Touch, ...] = ()  # keys are `customer|message key`
    adopted: Adopted | None = None


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
    trial_paused_at: datetime | None = None  # since when the trial rests
    owner: str | None = None  # who of ours looks after them: an owner of the policy
    held_at: datetime | None = None  # since when a person of ours holds them: facts are heard, and no step acts
    held_because: str | None = None  # `by ana@example.com: they are on holiday`

    @property
    def hold(self) -> str:
        """Say since when, by whom and why they are held; '' if they are not."""
        return f"held since {self.held_at:%a %d %b %Y %H:%M} UTC {self.held_because}" if self.held_at else ""


STAFF = "*"  # in place of the journey that makes one rest: a person of ours holds the customer


class Enrollment(NamedTuple):
    """One customer walking one version of a journey; `step` is where they stand and `since` when they arrived.

    variant: the journey whose shape they walk, where that is another one.
    memory: `passes` (repeat -> which time round), `step` (what the present step remembers), `held` (by which journey,
    or `STAFF`, and since when: they rest until that ends), `skips` (step -> why it is to be passed), `arrived` (when
    they came here, where they have rested here), `moved` (by a publish, to where they stand: nothing was planned for
    earlier than that, nor does time let them go on before), `sent` (steps ahead, each with its pass, that acted on them
    before a publish moved them).
    """

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
    variant: str | None = None
    memory: Mapping[str, Any] = {}

    @property
    def shape(self) -> str:
        """The journey whose steps they walk."""
        return self.variant or self.journey

    @property
    def arrived(self) -> datetime:
        """When they came to this step: `since` is later by as long as they have rested here."""
        came = self.memory.get("arrived")
        return datetime.fromisoformat(came) if came else self.since

    @property
    def held(self) -> bool:
        """Whether something makes this one rest."""
        return "held" in self.memory

    @property
    def moved_at(self) -> datetime | None:
        """Since when time may let them go on, and what follows can be late, where a publish moved them."""
        return datetime.fromisoformat(self.memory["moved"]) if "moved" in self.memory else None

    @property
    def pass_(self) -> int:
        """Which time round they stand here: 1, unless inside a `repeat`."""
        passes = self.memory.get("passes")
        return max(passes.values()) if passes else 1

    @property
    def key(self) -> str:
        """Name what the present step does to them, across versions and restarts."""
        return message_key(self.journey, self.entry, self.step or "", self.pass_)


def message_key(journey: str, entry: int, step: str, pass_: int) -> str:
    """Name one message of one customer, across versions and restarts."""
    return f"{journey}|{entry}|{step}|{pass_}"


class Snapshot(NamedTuple):
    """Everything known about one customer, taken under their account's lock.

    news: facts that have just arrived and are not yet in `facts`.
    suppressed: scopes nothing may be written in: `all`, or topics.
    segments, zone: named conditions, and the zone their local time is read in; put here by `decide` from the playbook.
    """

    customer: Customer
    facts: Facts = Facts()
    enrollments: tuple[Enrollment, ...] = ()
    news: tuple[Fact, ...] = ()
    suppressed: frozenset[str] = frozenset()
    segments: Mapping[str, "Condition"] = {}
    newborn: bool = False  # this very settle creates the customer
    account: Account = Account()
    zone: str = "UTC"
