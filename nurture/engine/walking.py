"""How they walk: each journey in turn, step by step, until it rests; one arbiter for the letters of all."""

from datetime import datetime, timedelta

from nurture.engine.decision import Order
from nurture.engine.deliberation import Deliberation
from nurture.engine.duration import in_words
from nurture.engine.entering import end
from nurture.engine.journey import Place
from nurture.engine.snapshot import Enrollment, Touch
from nurture.engine.steps import Letter, Outcome
from nurture.engine.timing import clearance, longest_cap

ALWAYS = timedelta(days=30)  # how long a letter that is never too late may lie before hand-over


def walk(here: Deliberation) -> bool:
    """Walk every enrollment as far as it goes.  Returns True if that changed stage or traits: decide once more."""
    customer = here.customer
    for enrollment in here.active():
        _walk_one(here, enrollment)
        if here.customer.stage != customer.stage:
            break
    return here.customer is not customer and (here.customer.stage, here.customer.traits) != (
        customer.stage,
        customer.traits,
    )


def _walk_one(here: Deliberation, enrollment: Enrollment) -> None:
    version = here.playbook.version(enrollment.journey, enrollment.revision)
    planned = min(here.now, enrollment.due_at or here.now)
    for _ in range(len(version.places) + 1):
        assert enrollment.step is not None
        place = version.places[enrollment.step]
        if place.step.off:
            outcome = Outcome("switched off", onward=True)
        else:
            outcome = place.step.decide(here.snapshot, enrollment.since, here.now)
        if outcome.letter is not None:
            outcome = _letter(here, enrollment, outcome.letter, planned)
        if not _onward(outcome):
            _rest(here, enrollment, outcome)
            return
        planned = outcome.planned or planned
        ahead = _go_on(here, enrollment, place, outcome)
        if ahead is None:
            return
        enrollment = ahead
    raise AssertionError(f"{version.journey.id} does not come to an end")


def _onward(outcome: Outcome) -> bool:
    return outcome.onward or outcome.ends


def _rest(here: Deliberation, enrollment: Enrollment, outcome: Outcome) -> None:
    """Stay at this step; said once, until the time changes."""
    assert outcome.due_at is not None
    if outcome.due_at == enrollment.due_at:
        return
    here.put(enrollment._replace(due_at=outcome.due_at, because=outcome.because))
    do = "held" if outcome.because.startswith("held") else "rest"
    here.note(do, outcome.because, journey=enrollment.journey, step=enrollment.step, until=outcome.due_at)


def _go_on(here: Deliberation, enrollment: Enrollment, place: Place, outcome: Outcome) -> Enrollment | None:
    """Take the step's effects and walk on.  Returns where they stand next, None at an end or at a move."""
    if outcome.letter is None:
        here.note("onward", outcome.because, journey=enrollment.journey, step=enrollment.step)
    if outcome.sets:
        here.see(traits={**here.customer.traits, **outcome.sets})
    following = place.paths[outcome.path] if outcome.path is not None else place.onward
    if outcome.ends or following is None:
        end(here, enrollment, "finished", outcome.because if outcome.ends else "walked to its end")
    else:
        enrollment = enrollment._replace(step=following, since=here.now, due_at=here.now, because=outcome.because)
        here.put(enrollment)
    if outcome.moves_to is not None and outcome.moves_to != here.customer.stage:
        here.turn(outcome.moves_to, here.now, f"{enrollment.journey} moved them")
        return None
    return enrollment if not outcome.ends and following is not None else None


def _letter(here: Deliberation, enrollment: Enrollment, letter: Letter, planned: datetime) -> Outcome:
    """Judge a letter, as the one arbiter over all journeys: born now, held, withheld, or too late."""
    playbook, step = here.playbook, enrollment.step
    assert step is not None
    policy = playbook.policy
    topic = playbook.emails[letter.email].head.topic
    where = {"journey": enrollment.journey, "step": step, "about": letter.email}
    then = letter.late or policy.lateness.then
    late_by = here.now - planned
    if late_by > policy.lateness.after and then == "skip" and not policy.topic(topic).transactional:
        because = f"skipped as late: planned for {planned:%a %d %b %H:%M} UTC, {in_words(late_by)} ago"
        here.note("skipped", because, **where)
        return Outcome(because, onward=True, letter=letter)
    judged = clearance(
        policy, here.customer, here.snapshot.facts, here.snapshot.suppressed, topic, letter.urgent, here.now
    )
    if judged.verdict == "held":
        return Outcome(judged.because, due_at=judged.until)
    if judged.verdict == "withheld":
        here.note("withheld", judged.because, **where)
        return Outcome(judged.because, onward=True, letter=letter)
    expires = planned + policy.lateness.after if then == "skip" else here.now + ALWAYS
    order = Order(
        journey=enrollment.journey,
        entry=enrollment.entry,
        step=step,
        email=letter.email,
        topic=topic,
        urgent=letter.urgent,
        because=judged.because,
        expires_at=max(expires, here.now),
    )
    here.orders.append(order)
    here.note("letter", judged.because, **where)
    if not policy.topic(topic).transactional:
        _touch(here, order.key)
    return Outcome(judged.because, onward=True, letter=letter)


def _touch(here: Deliberation, key: str) -> None:
    oldest = here.now - longest_cap(here.playbook.policy)
    kept = (touch for touch in here.snapshot.facts.touches if touch.at > oldest)
    here.remember(touches=(Touch(here.now, key, pending=True), *kept))
