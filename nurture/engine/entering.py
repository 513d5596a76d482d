"""Who enters a journey, who is refused and why, and whose journey ends before its last step."""

from typing import TYPE_CHECKING

from nurture.engine.journey import Version
from nurture.engine.snapshot import Enrollment, Entered, Fact, Snapshot

if TYPE_CHECKING:
    from nurture.engine.decide import Deliberation


def leave(here: "Deliberation") -> None:
    """End the enrollments whose stage, goal or exit says so."""
    for enrollment in here.active():
        journey = here.playbook.version(enrollment.journey, enrollment.revision).journey
        stage = here.customer.stage
        if here.playbook.lifecycle.final(stage) or (journey.stages and stage not in journey.stages):
            end(here, enrollment, "left", f"left: the stage became {stage} ({_last_move(here)})")
            continue
        reached = journey.goal.reached(here.snapshot.facts, enrollment.entered_at) if journey.goal else ""
        if reached:
            end(here, enrollment, "finished", f"goal reached: {reached}")
            continue
        for condition in journey.leave_when:
            answer = condition.answer(here.snapshot, here.now)
            if answer.holds:
                end(here, enrollment, "left", f"left: {answer.because}")
                break
            here.rests_on(answer.flips_at, f"may leave {journey.id}")


def _last_move(here: "Deliberation") -> str:
    return here.stage_changes[-1].because if here.stage_changes else "its stages were edited"


def end(here: "Deliberation", enrollment: Enrollment, state: str, because: str) -> None:
    """End one enrollment, well (`finished`) or early (`left`)."""
    here.put(enrollment._replace(state=state, step=None, due_at=None, because=because, ended_at=here.now))
    here.note(state, because, journey=enrollment.journey, step=enrollment.step)


def enter(here: "Deliberation") -> None:
    """Let them into every journey that a change has opened to them."""
    walking = {one.journey for one in here.enrollments.values() if one.state == "active"}
    matched = set()
    for version in here.playbook.journeys:
        rule, key = version.journey.enter, version.journey.id
        called = next((fact for fact in here.snapshot.news if fact.name in rule.on), None) if rule.on else None
        if rule.on and called is None:
            continue
        met, why = _meets(here, here.snapshot, version, rest=True)
        if met and not rule.on:
            matched.add(key)
            if key in here.snapshot.facts.matched:
                continue
        if key in walking or not (met or called):
            continue
        refusal = _refusal(here, version, called) if met else f"not entered: {why}"
        if refusal:
            _refuse(here, key, refusal)
        else:
            _admit(here, version, f"{called.name}, {why}" if called and why else called.name if called else why)
    if matched != here.snapshot.facts.matched:
        here.remember(matched=frozenset(matched))


def _meets(here: "Deliberation", snapshot: Snapshot, version: Version, *, rest: bool) -> tuple[bool, str]:
    """Whether the stage and the condition of the entry hold, and why."""
    rule, stage = version.journey.enter, snapshot.customer.stage
    allowed = rule.stage or version.journey.stays
    if allowed is not None and stage not in allowed:
        return False, f"the stage is {stage}, not {' or '.join(allowed)}"
    if here.playbook.lifecycle.final(stage) and not (allowed and stage in allowed):
        return False, f"the stage is {stage}, which is final"
    stands = f"stage is {stage}"
    if rule.when is None:
        return True, stands
    answer = rule.when.answer(snapshot, here.now)
    if rest and not rule.on:
        here.rests_on(answer.flips_at, f"may enter {version.journey.id}")
    return answer.holds, f"{stands}, {answer.because}"


def _refusal(here: "Deliberation", version: Version, called: Fact | None) -> str:
    """Say why someone who meets the entry is still not let in; '' if they are."""
    journey, facts, now = version.journey, here.snapshot.facts, here.now
    late = here.playbook.policy.lateness.after
    if called is not None and now - called.at > late:
        return f"not entered: {called.name} happened too long ago to start anything"
    if called is None and _met_before_it_was_published(here, version):
        return "not entered: they met its entry already when it was published"
    if again := journey.enter.allows(facts.entries.get(journey.id), here.snapshot, now):
        return f"not entered: {again}"
    if journey.goal is not None and (reached := journey.goal.reached(facts, now)):
        return f"not entered: its goal is reached already ({reached})"
    return ""


def _met_before_it_was_published(here: "Deliberation", version: Version) -> bool:
    """Whoever met the entry all along is not let in by the next fact: journeys are entered by a change."""
    settled = here.before.customer.revision
    if here.before.newborn or here.playbook.since[version.journey.id] <= settled:
        return False
    return _meets(here, here.before, version, rest=False)[0]


def _refuse(here: "Deliberation", journey: str, because: str) -> None:
    refused = here.snapshot.facts.refused
    if refused.get(journey) != because:
        here.remember(refused={**refused, journey: because})
        here.note("refused", because, journey=journey)


def _admit(here: "Deliberation", version: Version, because: str) -> None:
    journey, facts, now = version.journey.id, here.snapshot.facts, here.now
    times = facts.entries[journey].times + 1 if journey in facts.entries else 1
    refused = {key: why for key, why in facts.refused.items() if key != journey}
    here.remember(entries={**facts.entries, journey: Entered(times, now)}, refused=refused)
    here.put(Enrollment(journey, times, version.revision, version.first, now, now, because, now, because))
    here.note("entered", because, journey=journey)
