"""Who enters a journey, who is refused and why, and whose journey ends before its last step."""

from datetime import datetime

from nurture.engine.allocation import kept_aside
from nurture.engine.decision import TaskOrder
from nurture.engine.deliberation import Deliberation
from nurture.engine.journey import Journey, Version
from nurture.engine.learning import STARTED_BY_HAND
from nurture.engine.policy import fraction
from nurture.engine.question import Question
from nurture.engine.snapshot import Enrollment, Entered, Fact, Snapshot

A_PAUSE = "it is paused"


def leave(here: Deliberation) -> None:
    """End the enrollments whose stage, goal or exit says so."""
    stage = here.customer.stage
    for enrollment in here.active():
        journey = here.version(enrollment).journey
        if here.passed and (earlier := _left_earlier(here, enrollment, journey)):
            end(here, enrollment, "left", f"left: a late fact tells that the stage was {earlier}")
            continue
        if _ends_in(here, journey, stage):
            end(here, enrollment, "left", f"left: the stage became {stage} ({_last_move(here)})")
            continue
        reached = journey.goal.reached(here.snapshot.facts, enrollment.entered_at) if journey.goal else ""
        if reached:
            end(here, enrollment, "finished", f"goal reached: {reached}")
        elif exit_ := _exit(here, journey):
            end(here, enrollment, "left", f"left: {exit_}")


def _ends_in(here: Deliberation, journey: Journey, stage: str) -> bool:
    """Whether nobody walks on in this stage."""
    return stage in here.playbook.finals or (bool(journey.stages) and stage not in journey.stages)


def _left_earlier(here: Deliberation, enrollment: Enrollment, journey: Journey) -> str:
    """The stage that a late fact put them through since they entered, and that ends this journey; '' if none did."""
    since = enrollment.entered_at
    return next((stage for stage, at in here.passed if at >= since and _ends_in(here, journey, stage)), "")


def _exit(here: Deliberation, journey: Journey) -> str:
    """Say which of the journey's exits holds; '' if none does, and then remember when time could open one."""
    for condition in journey.leave_when:
        holds, flips_at = condition.glance(here.snapshot, here.now)
        if holds:
            return condition.words(here.snapshot, here.now)
        here.rests_on(flips_at, f"may leave {journey.id}")
    return ""


def _last_move(here: Deliberation) -> str:
    return here.stage_changes[-1].because if here.stage_changes else "its stages were edited"


def end(here: Deliberation, enrollment: Enrollment, state: str, because: str) -> None:
    """End one enrollment, well (`finished`) or early (`left`); nobody need do any more what it asked of them."""
    if enrollment.memory.get("step", {}).get("opened"):
        here.tasks.append(closing(enrollment, because, here.now))
    ended = enrollment._replace(state=state, step=None, due_at=None, because=because, ended_at=here.now, memory={})
    here.put(ended)
    here.note(state, because, journey=enrollment.journey, step=enrollment.step)


def closing(enrollment: Enrollment, because: str, now: datetime) -> TaskOrder:
    """The order that takes back the task which the present step asks for."""
    assert enrollment.step is not None
    where = (enrollment.journey, enrollment.entry, enrollment.step, enrollment.pass_)
    return TaskOrder("close", *where, task="", owner=None, because=because, due_at=now)


def enter(here: Deliberation) -> None:
    """Let them into every journey that a change or a fact has opened to them."""
    walking = {one.journey for one in here.active()}
    _enter_by_change(here, walking)
    if here.snapshot.news:
        _enter_by_news(here, walking)


def _enter_by_change(here: Deliberation, walking: set[str]) -> None:
    before, matched = here.snapshot.facts.matched, list[str]()
    for version in here.playbook.open_in.get(here.customer.stage, ()):
        key, rule = version.journey.id, version.entry.when
        if rule is not None:
            holds, flips_at = rule.glance(here.snapshot, here.now)
            here.rests_on(flips_at, f"may enter {key}")
            if not holds:
                continue
        matched.append(key)
        if (key not in before or _let_in_now(here, version)) and key not in walking:
            _answer(here, version, None)
    if before != set(matched):
        here.remember(matched=frozenset(matched))


def _let_in_now(here: Deliberation, version: Version) -> bool:
    """Whether its publish lets in whoever met the entry before and has never walked it."""
    key, before = version.journey.id, here.before.customer
    published = here.playbook.since[key] > before.revision
    return version.entry.existing == "enter" and published and key not in here.snapshot.facts.entries


def _enter_by_news(here: Deliberation, walking: set[str]) -> None:
    """Of several facts that call for the same journey, the newest counts; and each calls once in a decision."""
    newest: dict[str, tuple[Version, Fact]] = {}
    for fact in sorted(here.snapshot.news, key=lambda fact: fact.at):
        for version in _opened_by(here, fact):
            newest[version.journey.id] = version, fact
    for key, (version, fact) in newest.items():
        if key not in walking and key not in here.called:
            _answer(here, version, fact)


def _opened_by(here: Deliberation, fact: Fact) -> tuple[Version, ...]:
    """The journeys that a fact may open; one that we start by hand names its journey itself."""
    if fact.name != STARTED_BY_HAND:
        return here.playbook.opened_by.get(fact.name, ())
    version = here.playbook.live(str(fact.properties.get("journey")))
    return (version,) if version is not None else ()


def start(here: Deliberation, key: str, because: str) -> None:
    """Let them into a journey because a step of another one says so, or write down why not."""
    version = here.playbook.live(key)
    if version is None:
        here.note("refused", "not entered: it is not published any more", journey=key)
    elif key in here.called or any(one.journey == key for one in here.active()):
        here.note("refused", "not entered: they are walking it", journey=key)
    elif refusal := _not_now(here, version):
        here.note("refused", f"not entered: {refusal}", journey=key)
    else:
        here.called.add(key)
        _admit(here, version, because)


def _not_now(here: Deliberation, version: Version) -> str:
    if version.journey.id in here.playbook.paused:
        return A_PAUSE
    if not version.allows(here.customer.stage, here.playbook.finals):
        return _stands(here, version)
    return version.entry.allows(here.snapshot.facts.entries.get(version.journey.id), here.snapshot, here.now)


def _answer(here: Deliberation, version: Version, called: Fact | None) -> None:
    """Let them in, or say why not.  called: the fact that asks for it, None if it is a change of theirs."""
    key, stands = version.journey.id, _stands(here, version)
    if called is not None and not _meets(here, here.snapshot, version):
        refusal = stands
    else:
        refusal = _refusal(here, version, called)
    if not refusal:
        here.called.add(key)
        _admit(here, version, f"{_called(called)}, {stands}" if called else stands)
    elif here.snapshot.facts.refused.get(key) != (said := f"not entered: {refusal}"):
        here.remember(refused={**here.snapshot.facts.refused, key: said})
        here.note("refused", said, journey=key)


def _called(fact: Fact) -> str:
    """Name what let them in; of what we start by hand, who did and why."""
    return str(fact.properties.get("because") or fact.name) if fact.name == STARTED_BY_HAND else fact.name


def _meets(here: Deliberation, snapshot: Snapshot, version: Version) -> bool:
    """Whether the stage and the condition of the entry hold."""
    allowed = version.allows(snapshot.customer.stage, here.playbook.finals)
    return allowed and all(rule.glance(snapshot, here.now)[0] for rule in _rules(here, version))


def _rules(here: Deliberation, version: Version) -> list[Question]:
    """What the entry asks besides the stage: its condition, or its segment."""
    entry = version.entry
    segment = [here.playbook.segments[entry.segment]] if entry.segment else []
    return [*segment, *([entry.when] if entry.when is not None else [])]


def _stands(here: Deliberation, version: Version) -> str:
    """Say how they stand to the entry of a journey."""
    stage = here.customer.stage
    if not version.allows(stage, here.playbook.finals):
        allowed = version.entry.stage or version.journey.stays
        return f"the stage is {stage}, " + (f"not {' or '.join(allowed)}" if allowed else "which is final")
    said = [rule.words(here.snapshot, here.now) for rule in _rules(here, version)]
    return ", ".join([f"stage is {stage}", *said])


def _refusal(here: Deliberation, version: Version, called: Fact | None) -> str:
    """Say why someone who meets the entry is still not let in; '' if they are."""
    journey, facts, now = version.journey, here.snapshot.facts, here.now
    if called is not None and now - called.at > here.playbook.policy.lateness.after:
        return f"{called.name} happened too long ago to start anything"
    if journey.id in here.playbook.paused:
        return A_PAUSE
    if called is None and _met_before_it_was_published(here, version):
        return "they met its entry already when it was published"
    if again := version.entry.allows(facts.entries.get(journey.id), here.snapshot, now):
        return again
    if journey.goal is not None and (reached := journey.goal.reached(facts, now)):
        return f"its goal is reached already ({reached})"
    exit_ = _exit(here, journey)
    return f"they would leave at once ({exit_})" if exit_ else ""


def _met_before_it_was_published(here: Deliberation, version: Version) -> bool:
    """Whoever met the entry all along is not let in by the next fact: journeys are entered by a change."""
    if version.entry.existing == "enter":
        return False
    if here.before.newborn or here.playbook.since[version.journey.id] <= here.before.customer.revision:
        return False
    return _meets(here, here.before, version)


def _admit(here: Deliberation, version: Version, because: str) -> None:
    journey, facts, now = version.journey, here.snapshot.facts, here.now
    times = facts.entries[journey.id].times + 1 if journey.id in facts.entries else 1
    refused = {key: why for key, why in facts.refused.items() if key != journey.id}
    here.remember(entries={**facts.entries, journey.id: Entered(times, now)}, refused=refused)
    shape = journey.shape(here.customer.stage, here.customer.persona)
    walked = here.playbook.live(shape) or version
    variant = shape if walked is not version else None
    if variant is not None:
        because = f"{because}; as {variant}, for {here.customer.stage} and {here.customer.persona}"
    here.put(
        Enrollment(journey.id, times, walked.revision, walked.first, now, now, because, now, because, variant=variant)
    )
    here.note("entered", because, journey=journey.id, about=variant)
    _draw_lots(here, walked.journey if variant else journey, journey.id)


def _draw_lots(here: Deliberation, walked: Journey, key: str) -> None:
    """Decide, once and for life, whether they are kept aside for comparison: from all journeys, and from this one."""
    holdout, aside = here.playbook.policy.holdout, here.snapshot.facts.aside
    salt = str(holdout.salt) if holdout is not None else ""
    drawn: dict[str, bool] = {}
    if holdout is not None and "" not in aside:
        drawn[""] = kept_aside(salt, "", here.customer.id, holdout.fraction)
    if walked.holdout is not None and key not in aside:
        drawn[key] = kept_aside(salt, key, here.customer.id, fraction(walked.holdout))
    if drawn:
        here.remember(aside={**aside, **drawn})
    for of, kept in drawn.items():
        if kept:
            here.note("aside", f"kept aside for comparison, from {of or 'all journeys'}", journey=of or None)
