"""Who never entered: what refused them, as it was written down; or how it stands now, where nobody ever asked."""

from typing import NamedTuple

from nurture.engine.explain.reasons import AGAIN, ENTRY, EXIT, JOURNEY, PERSONA, STAGE, meant
from nurture.engine.explain.trail import day
from nurture.engine.explain.verdict import Case, Verdict
from nurture.engine.journey import Journey, Version
from nurture.engine.playbook import Playbook


class Answered(NamedTuple):
    """One question, answered as of now."""

    holds: bool
    because: str


def never_entered(case: Case) -> Verdict:
    """Say why somebody never entered a journey."""
    refused = next((note for note in case.past.notes if note.do == "refused"), None)
    if refused is not None:
        because = refused.because.removeprefix("not entered: ")
        no = meant(refused.because) or ENTRY
        sentence = f"Never entered {case.journey}: {because}; last asked on {day(refused.at)}."
        return Verdict("never entered", sentence, no, because, no, refused.at)
    live = as_of_now(case)
    nothing = case.snapshot.customer.hold or "nothing is against it"
    because = next((one.because for one in live.values() if not one.holds), nothing)
    return Verdict(
        "never entered",
        f"Never entered {case.journey}: {because}; nothing was ever asked, so this is how it stands now.",
    )


def as_of_now(case: Case) -> dict[str, Answered]:
    """Answer what an entry asks, as of now, in the order in which people read it."""
    base = _base(case.playbook, case.journey)
    if base is None:
        return {JOURNEY: Answered(False, f"no journey {case.journey} is published now")}
    journey, facts = base.journey, case.snapshot.facts
    stage, persona = case.snapshot.customer.stage, case.snapshot.customer.persona
    allowed = base.allows(stage, case.playbook.finals)
    fitting = base.entry.stage or journey.stays
    named = f"not {' or '.join(fitting)}" if fitting else "which is final"
    shape = journey.shape(stage, persona)
    again = base.entry.allows(facts.entries.get(journey.id), case.snapshot, case.now)
    return {
        JOURNEY: Answered(not journey.paused, f"version {base.number} of {journey.id} is {_stands(journey)}"),
        ENTRY: _entry(case, base),
        STAGE: Answered(allowed, f"the stage is {stage}" if allowed else f"the stage is {stage}, {named}"),
        PERSONA: _persona(case, journey, shape),
        AGAIN: Answered(not again, again or "they have not walked it before"),
        EXIT: _exit(case, journey),
    }


def _stands(journey: Journey) -> str:
    return "published, and paused" if journey.paused else "published"


def _base(playbook: Playbook, key: str) -> Version | None:
    """The journey that is entered; for one that is walked only as a variant, the journey it is a variant of."""
    version = playbook.live(key)
    if version is None or version.journey.enter is not None:
        return version
    bases = (one for one in playbook.journeys if any(each.journey == key for each in one.journey.variants))
    return next(bases, version)


def _entry(case: Case, base: Version) -> Answered:
    rule, snapshot, now = base.entry, case.snapshot, case.now
    if base.journey.enter is None:
        return Answered(False, "it has no entry: only a step of another journey starts it")
    if rule.once:
        belongs = case.playbook.segments[rule.segment or ""].answer(snapshot, now)
        started = "it is started by hand, and nobody has started it for them"
        return Answered(False, started if belongs.holds else f"not among {rule.segment}: {belongs.because}")
    if rule.when is not None and not (answer := rule.when.answer(snapshot, now)).holds:
        return Answered(False, answer.because)
    if rule.on:
        return Answered(False, f"{' or '.join(rule.on)} has not happened")
    return Answered(True, rule.when.words(snapshot, now) if rule.when is not None else "it asks for the stage alone")


def _persona(case: Case, journey: Journey, shape: str) -> Answered:
    who = f"{case.snapshot.customer.stage} and {case.snapshot.customer.persona}"
    if case.journey in (journey.id, shape):
        return Answered(True, f"for {who} it is walked as {shape}")
    return Answered(False, f"for {who}, {journey.id} is walked as {shape}, not as {case.journey}")


def _exit(case: Case, journey: Journey) -> Answered:
    facts, snapshot, now = case.snapshot.facts, case.snapshot, case.now
    if journey.goal is not None and (reached := journey.goal.reached(facts, now)):
        return Answered(False, f"its goal is reached already ({reached})")
    leaving = next((one for one in journey.leave_when if one.glance(snapshot, now)[0]), None)
    if leaving is not None:
        return Answered(False, f"they would leave at once ({leaving.words(snapshot, now)})")
    return Answered(True, "nothing would end it at once")
