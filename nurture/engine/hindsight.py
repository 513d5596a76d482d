"""Hindsight: a real life lived again under another playbook, with only what was known at each moment.

What a row says of today is taken back to the beginning: stage, persona and milestones are decided anew, and traits
that an answer, a step or somebody of ours wrote down later are not there yet.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from nurture.engine.decision import Reached, StageChange
from nurture.engine.duration import parse_duration
from nurture.engine.journey import walk
from nurture.engine.learning import ANSWERED, LEAD_CAPTURED, OURS, SIGNED_UP, TRAITS_TOLD, TRIAL_CHANGED
from nurture.engine.playbook import Playbook
from nurture.engine.simulate import TRIAL, Arrival, Life
from nurture.engine.snapshot import Account, Adopted, Customer, Fact, Snapshot
from nurture.engine.steps.set import Set

BY_A_COLLEAGUE = "reached by a colleague"
A_COLLEAGUE_ADOPTED = "a colleague adopted: "
TOLD_BY_US = OURS | {ANSWERED}


class Heard(NamedTuple):
    """A fact, and since when it has been known here: never before it happened."""

    fact: Fact
    known_at: datetime


class Past(NamedTuple):
    """What is written down about one customer.

    heard: facts, in the order in which they became known.  stages, milestones: only what colleagues brought is used.
    suppressed: scopes that nothing may be written in, and since when.
    """

    customer: Customer
    account: Account
    heard: tuple[Heard, ...] = ()
    stages: tuple[StageChange, ...] = ()
    milestones: tuple[Reached, ...] = ()
    suppressed: tuple[tuple[str, datetime], ...] = ()


class Sent(NamedTuple):
    """One letter of a life lived again."""

    at: datetime
    journey: str
    step: str


class Lived(NamedTuple):
    """What came of a life: its letters, care tasks, the journey's entries, and how the customer stands in the end."""

    letters: tuple[Sent, ...]
    tasks: int
    entered_at: datetime | None
    persona: str | None
    stage: str

    def nudged_at(self, journey: str) -> datetime | None:
        """When the first letter of a journey went out that was not sent in the moment they entered it."""
        if self.entered_at is None:
            return None
        return next((one.at for one in self.letters if one.journey == journey and one.at > self.entered_at), None)


def live_again(playbook: Playbook, past: Past, until: datetime, journey: str) -> Lived:
    """Live a past under a playbook, from its first fact until then.  journey: whose entry is remembered."""
    start, snapshot, arrivals = beginning(playbook, past)
    life = Life(playbook, snapshot, _trial(past))
    letters: list[Sent] = []
    tasks, entered_at = 0, None
    for beat in life.beats(start, until, arrivals):
        decision = beat.decision
        letters += [Sent(beat.at, order.journey, order.step) for order in decision.orders]
        tasks += sum(task.do == "open" for task in decision.tasks)
        if entered_at is None and any(note.do == "entered" and note.journey == journey for note in decision.notes):
            entered_at = beat.at
    customer = life.snapshot.customer
    return Lived(tuple(letters), tasks, entered_at, customer.persona, customer.stage)


def beginning(playbook: Playbook, past: Past) -> tuple[datetime, Snapshot, list[Arrival]]:
    """Take a past back to its beginning: when, whom we knew then, and what became known afterwards."""
    customer = past.customer
    births = [one for one in past.heard if one.fact.name in (SIGNED_UP, LEAD_CAPTURED)]
    birth = births[0] if births else _assumed(customer)
    lead, starts = birth.fact.name == LEAD_CAPTURED, playbook.lifecycle.starts
    start, born = birth.known_at, min(birth.fact.at, birth.known_at)
    unborn = customer._replace(
        ext_id=None if lead else customer.ext_id or "known",
        stage=starts.lead if lead else starts.signup,
        stage_since=born,
        persona=None,
        persona_because="",
        persona_locked=False,
        gen=0,
        signed_up_at=None if lead else born,
        trial_starts_at=None if lead else born,
        trial_ends_at=None if lead else born + _trial(past),
        trial_paused_at=None,
        traits=_traits_at_first(playbook, past),
        created_at=born,
        revision=0,
    )
    account = Account(shared=past.account.shared, traits=past.account.traits)
    heard = [one for one in past.heard if one is not birth and _hears(playbook, one.fact)]
    news = (birth.fact, *(one.fact for one in heard if one.known_at <= start))
    suppressed = frozenset(scope for scope, since in past.suppressed if since <= start)
    snapshot = Snapshot(unborn, news=news, newborn=True, suppressed=suppressed, account=account)
    later = [Arrival(one.known_at, one.fact) for one in heard if one.known_at > start]
    return start, snapshot, [*_changes(past, start), *later]


def _assumed(customer: Customer) -> Heard:
    at = customer.signed_up_at or customer.created_at or customer.stage_since
    return Heard(Fact(SIGNED_UP if customer.ext_id else LEAD_CAPTURED, at), at)


def _hears(playbook: Playbook, fact: Fact) -> bool:
    """Whether this wakes anybody: what no document mentions is stored and changes nothing."""
    return fact.name in TOLD_BY_US or playbook.hears(fact.name)


def _trial(past: Past) -> timedelta:
    """How long their trial was when it began; the usual fortnight where its end was set anew since."""
    customer, heard = past.customer, [one.fact for one in past.heard if one.fact.name == TRIAL_CHANGED]
    if customer.trial_starts_at is None or customer.trial_ends_at is None:
        return TRIAL
    if any("extend" not in fact.properties for fact in heard):
        return TRIAL
    extended = sum((parse_duration(fact.properties["extend"]) for fact in heard), timedelta())
    return max(customer.trial_ends_at - customer.trial_starts_at - extended, timedelta())


def _traits_at_first(playbook: Playbook, past: Past) -> dict[str, object]:
    """Leave out what was only learned later: by an answer, by a step, by somebody's hand."""
    answered = {str(one.fact.properties.get("survey")) for one in past.heard if one.fact.name == ANSWERED}
    learned = {survey.sets for key, survey in playbook.surveys.items() if key in answered}
    versions = (*playbook.pinned.values(), *playbook.journeys)
    learned |= {step.trait for version in versions for step in walk(version.journey.steps) if isinstance(step, Set)}
    for one in past.heard:
        if one.fact.name == TRAITS_TOLD:
            learned |= set(one.fact.properties.get("traits", {}))
    return {name: value for name, value in past.customer.traits.items() if name not in learned}


def _changes(past: Past, start: datetime) -> Iterator[Arrival]:
    """What no fact tells: addresses that must not be written to, and what colleagues brought."""
    for scope, since in past.suppressed:
        if since > start:
            yield Arrival(since, change=_suppressing(scope))
    if not past.account.shared:
        return
    for reached in past.milestones:
        if reached.because == BY_A_COLLEAGUE:
            yield Arrival(max(reached.at, start), change=_sharing(reached))
    for move in past.stages:
        if move.because.startswith(A_COLLEAGUE_ADOPTED):
            because = move.because.removeprefix(A_COLLEAGUE_ADOPTED)
            yield Arrival(max(move.at, start), change=_adopting(Adopted(move.at, move.to, because)))


Change = Callable[[Snapshot], Snapshot]


def _suppressing(scope: str) -> Change:
    return lambda seen: seen._replace(suppressed=seen.suppressed | {scope})


def _sharing(reached: Reached) -> Change:
    def share(seen: Snapshot) -> Snapshot:
        milestones = {**seen.account.milestones, reached.milestone: reached.at}
        return seen._replace(account=seen.account._replace(milestones=milestones))

    return share


def _adopting(adopted: Adopted) -> Change:
    return lambda seen: seen._replace(account=seen.account._replace(adopted=adopted))


class Group:
    """Lives under two playbooks, added up.  Spans count how many get their first nudge so much later (or earlier)."""

    def __init__(self) -> None:
        self.customers = self.changed = 0
        self.emails, self.own_emails, self.tasks = [0, 0], [0, 0], [0, 0]
        self.entered, self.nudged = [0, 0], [0, 0]
        self.spans: dict[timedelta, int] = {}

    def add(self, before: Lived, after: Lived, journey: str) -> None:
        """Count one customer's two lives."""
        self.customers += 1
        self.changed += (before.letters, before.tasks) != (after.letters, after.tasks)
        for n, life in enumerate((before, after)):
            self.emails[n] += len(life.letters)
            self.own_emails[n] += sum(one.journey == journey for one in life.letters)
            self.tasks[n] += life.tasks
            self.entered[n] += life.entered_at is not None
            self.nudged[n] += life.nudged_at(journey) is not None
        first, second = before.nudged_at(journey), after.nudged_at(journey)
        if first is not None and second is not None and (span := rounded(second - first)):
            self.spans[span] = self.spans.get(span, 0) + 1


def rounded(span: timedelta) -> timedelta:
    """Round a span to whole days, or to whole hours below a day."""
    unit = timedelta(days=1) if abs(span) >= timedelta(days=1) else timedelta(hours=1)
    return round(span / unit) * unit
