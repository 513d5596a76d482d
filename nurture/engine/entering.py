"""Who enters a journey, who is refused and why, and whose journey ends before its last step."""

from nurture.engine.deliberation import Deliberation
from nurture.engine.journey import Journey, Version
from nurture.engine.snapshot import Enrollment, Entered, Fact, Snapshot


def leave(here: Deliberation) -> None:
    """End the enrollments whose stage, goal or exit says so."""
    stage = here.customer.stage
    for enrollment in here.active():
        journey = here.playbook.version(enrollment.journey, enrollment.revision).journey
        if stage in here.playbook.finals or (journey.stages and stage not in journey.stages):
            end(here, enrollment, "left", f"left: the stage became {stage} ({_last_move(here)})")
            continue
        reached = journey.goal.reached(here.snapshot.facts, enrollment.entered_at) if journey.goal else ""
        if reached:
            end(here, enrollment, "finished", f"goal reached: {reached}")
        elif exit_ := _exit(here, journey):
            end(here, enrollment, "left", f"left: {exit_}")


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
    """End one enrollment, well (`finished`) or early (`left`)."""
    here.put(enrollment._replace(state=state, step=None, due_at=None, because=because, ended_at=here.now))
    here.note(state, because, journey=enrollment.journey, step=enrollment.step)


def enter(here: Deliberation) -> None:
    """Let them into every journey that a change or a fact has opened to them."""
    walking = {one.journey for one in here.active()}
    _enter_by_change(here, walking)
    if here.snapshot.news:
        _enter_by_news(here, walking)


def _enter_by_change(here: Deliberation, walking: set[str]) -> None:
    before, matched = here.snapshot.facts.matched, list[str]()
    for version in here.playbook.open_in.get(here.customer.stage, ()):
        key, rule = version.journey.id, version.journey.enter.when
        if rule is not None:
            holds, flips_at = rule.glance(here.snapshot, here.now)
            here.rests_on(flips_at, f"may enter {key}")
            if not holds:
                continue
        matched.append(key)
        if key not in before and key not in walking:
            _answer(here, version, None)
    if before != set(matched):
        here.remember(matched=frozenset(matched))


def _enter_by_news(here: Deliberation, walking: set[str]) -> None:
    """Of several facts that call for the same journey, the newest counts; and each calls once in a decision."""
    newest: dict[str, tuple[Version, Fact]] = {}
    for fact in sorted(here.snapshot.news, key=lambda fact: fact.at):
        for version in here.playbook.opened_by.get(fact.name, ()):
            newest[version.journey.id] = version, fact
    for key, (version, fact) in newest.items():
        if key not in walking and key not in here.called:
            _answer(here, version, fact)


def _answer(here: Deliberation, version: Version, called: Fact | None) -> None:
    """Let them in, or say why not.  called: the fact that asks for it, None if it is a change of theirs."""
    key, stands = version.journey.id, _stands(here, version)
    if called is not None and not _meets(here, here.snapshot, version):
        refusal = stands
    else:
        refusal = _refusal(here, version, called)
    if not refusal:
        here.called.add(key)
        _admit(here, version, f"{called.name}, {stands}" if called else stands)
    elif here.snapshot.facts.refused.get(key) != (said := f"not entered: {refusal}"):
        here.remember(refused={**here.snapshot.facts.refused, key: said})
        here.note("refused", said, journey=key)


def _meets(here: Deliberation, snapshot: Snapshot, version: Version) -> bool:
    """Whether the stage and the condition of the entry hold."""
    rule = version.journey.enter.when
    allowed = version.allows(snapshot.customer.stage, here.playbook.finals)
    return allowed and (rule is None or rule.glance(snapshot, here.now)[0])


def _stands(here: Deliberation, version: Version) -> str:
    """Say how they stand to the entry of a journey."""
    stage, rule = here.customer.stage, version.journey.enter.when
    if not version.allows(stage, here.playbook.finals):
        allowed = version.journey.enter.stage or version.journey.stays
        return f"the stage is {stage}, " + (f"not {' or '.join(allowed)}" if allowed else "which is final")
    return f"stage is {stage}" + (f", {rule.words(here.snapshot, here.now)}" if rule else "")


def _refusal(here: Deliberation, version: Version, called: Fact | None) -> str:
    """Say why someone who meets the entry is still not let in; '' if they are."""
    journey, facts, now = version.journey, here.snapshot.facts, here.now
    if called is not None and now - called.at > here.playbook.policy.lateness.after:
        return f"{called.name} happened too long ago to start anything"
    if called is None and _met_before_it_was_published(here, version):
        return "they met its entry already when it was published"
    if again := journey.enter.allows(facts.entries.get(journey.id), here.snapshot, now):
        return again
    if journey.goal is not None and (reached := journey.goal.reached(facts, now)):
        return f"its goal is reached already ({reached})"
    exit_ = _exit(here, journey)
    return f"they would leave at once ({exit_})" if exit_ else ""


def _met_before_it_was_published(here: Deliberation, version: Version) -> bool:
    """Whoever met the entry all along is not let in by the next fact: journeys are entered by a change."""
    if here.before.newborn or here.playbook.since[version.journey.id] <= here.before.customer.revision:
        return False
    return _meets(here, here.before, version)


def _admit(here: Deliberation, version: Version, because: str) -> None:
    journey, facts, now = version.journey.id, here.snapshot.facts, here.now
    times = facts.entries[journey].times + 1 if journey in facts.entries else 1
    refused = {key: why for key, why in facts.refused.items() if key != journey}
    here.remember(entries={**facts.entries, journey: Entered(times, now)}, refused=refused)
    here.put(Enrollment(journey, times, version.revision, version.first, now, now, because, now, because))
    here.note("entered", because, journey=journey)
