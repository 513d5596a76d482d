"""Scenarios lived in memory: somebody invented, what they and people of ours do, and what came of it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from nurture.engine.decision import NoticeOrder, Order, TaskOrder
from nurture.engine.document import DAY
from nurture.engine.learning import ANSWERED, CARE_DONE, LEAD_CAPTURED
from nurture.engine.playbook import Playbook
from nurture.engine.scenario import Happening, Scenario
from nurture.engine.simulate import Transcript, newcomer, simulate
from nurture.engine.snapshot import Fact, Snapshot

WEEK = timedelta(days=7)


def lived(playbook: Playbook, scenario: Scenario) -> Transcript:
    """Live a scenario; the outcome of a task is told of the newest one that was open by then."""
    snapshot, start = somebody(playbook, scenario), scenario.from_
    script: list[Fact] = []
    for happening in scenario.script:
        at = moment(scenario, happening)
        known = simulate(playbook, snapshot, start, scenario.days, script) if happening.care else None
        script.append(fact_of(happening, at, known))
    return simulate(playbook, snapshot, start, scenario.days, script)


def somebody(playbook: Playbook, scenario: Scenario) -> Snapshot:
    """Whom a scenario is about, on its first day."""
    trial = scenario.trial_days * DAY
    snapshot = newcomer(playbook, scenario.persona, scenario.from_, trial, scenario.timezone)
    customer = snapshot.customer._replace(traits=scenario.traits, stage=scenario.stage or snapshot.customer.stage)
    if scenario.stage != playbook.lifecycle.starts.lead:
        return snapshot._replace(customer=customer)
    lead = customer._replace(ext_id=None, signed_up_at=None, trial_starts_at=None, trial_ends_at=None)
    return snapshot._replace(customer=lead, news=(Fact(LEAD_CAPTURED, scenario.from_),))


def moment(scenario: Scenario, happening: Happening) -> datetime:
    """When something happens, on the clock of the scenario's zone."""
    zone = ZoneInfo(scenario.timezone or "UTC")
    day = scenario.from_.astimezone(zone).date() + (happening.on_day - 1) * DAY
    return datetime.combine(day, happening.at, zone).astimezone(scenario.from_.tzinfo)


def fact_of(happening: Happening, at: datetime, known: Transcript | None) -> Fact:
    """Tell a happening as the engine hears of it."""
    if happening.event is not None:
        return Fact(happening.event, at, happening.properties)
    if happening.answers is not None:
        return Fact(ANSWERED, at, {"survey": happening.answers, "value": happening.value})
    if happening.extend is not None:
        return Fact("trial_changed", at, {})
    assert known is not None
    open_ = [task for when, task in tasks(known) if when <= at and task.task == happening.care and task.do == "open"]
    return Fact(CARE_DONE, at, {"key": open_[-1].key, "task": happening.care, "outcome": happening.outcome})


def tasks(life: Transcript) -> Iterator[tuple[datetime, TaskOrder]]:
    """Every order for a person of ours."""
    return ((at, task) for at, decision in life.beats for task in decision.tasks)


def letters(life: Transcript) -> list[tuple[datetime, Order]]:
    """Every letter that went out."""
    return [(at, order) for at, decision in life.beats for order in decision.orders]


def asked(life: Transcript, journey: str) -> list[str]:
    """The steps of a journey that wrote, showed or asked for something, in their order."""
    found: list[str] = []
    for _, decision in life.beats:
        effects: Sequence[Order | NoticeOrder | TaskOrder] = (
            *decision.orders,
            *decision.notices,
            *(task for task in decision.tasks if task.do == "open"),
        )
        found += [one.step for one in effects if one.journey == journey]
    return found


def most_in_a_week(moments: Sequence[datetime]) -> int:
    """The most that fell into any seven days."""
    return max((sum(first <= at < first + WEEK for at in moments) for first in moments), default=0)
