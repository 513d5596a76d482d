"""How they walk: each journey in turn, step by step, until it rests."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from nurture.engine.acting import act
from nurture.engine.deliberation import Deliberation
from nurture.engine.entering import closing, end
from nurture.engine.folding import tread
from nurture.engine.journey import Place
from nurture.engine.snapshot import STAFF, Enrollment
from nurture.engine.steps import Outcome
from nurture.engine.steps.wait import Wait
from nurture.engine.steps.wait_for import WaitFor
from nurture.engine.steps.wait_until import WaitUntil

MOST_ROUNDS = 21  # how often a `repeat` can be looked at before it is over


Name = tuple[str, int]


class Rest(NamedTuple):
    """Why somebody stands still in a journey.

    by: the journey that makes it rest, '' where it is paused itself, `STAFF` where a person of ours holds them.

    resume: `continue` where time stands still for them, `replan` where it goes on.
    """

    by: str
    resume: str


WAITS = (Wait, WaitFor, WaitUntil)  # what a letter that is to go now is not kept by, as if its time were over
RESTS = "rests: it is paused"
OVER = {"": "goes on: it is not paused any more", STAFF: "goes on: nobody holds them any more"}
PAUSED = {"freeze": Rest("", "continue"), "count": Rest("", "replan")}


def walk(here: Deliberation) -> bool:
    """Walk every enrollment as far as it goes.

    Returns True if that changed their stage or traits, began a journey or let one go on: decide once more.
    """
    if here.customer.held_at is not None:
        for enrollment in here.active():
            _suspend(here, enrollment, Rest(STAFF, "continue"))
        return False
    customer, entered, resting = here.customer, len(here.enrollments), holders(here)
    for enrollment in here.active():
        rest = resting.get((enrollment.journey, enrollment.entry))
        if rest is not None:
            _suspend(here, enrollment, rest)
        else:
            _walk_one(here, resumed(here, enrollment))
        if here.customer.stage != customer.stage:
            break
    changed = here.customer is not customer and (here.customer.stage, here.customer.traits) != (
        customer.stage,
        customer.traits,
    )
    return changed or len(here.enrollments) > entered or (bool(resting) and holders(here).keys() != resting.keys())


def holders(here: Deliberation) -> dict[Name, Rest]:
    """Find which enrollments rest, and why.  Of two that hold each other, the first to speak does.

    Who stands still in a journey that is paused makes no other one rest.
    """
    active = here.active()
    held = _paused(here, active) if here.playbook.paused else {}
    if len(active) < 2 or not here.playbook.holders:
        return held
    for holder in active:
        journey = here.version(holder).journey
        if journey.holds is None or (holder.journey, holder.entry) in held:
            continue
        for one in active:
            if one.journey != holder.journey and journey.rests(one.journey):
                held.setdefault((one.journey, one.entry), Rest(holder.journey, journey.resume))
    return held


def _paused(here: Deliberation, active: Iterable[Enrollment]) -> dict[Name, Rest]:
    paused = here.playbook.paused
    ways = {(one.journey, one.entry): paused.get(one.journey) or paused.get(one.shape) for one in active}
    return {name: PAUSED[way] for name, way in ways.items() if way is not None}


def _suspend(here: Deliberation, enrollment: Enrollment, rest: Rest) -> None:
    """Let a journey rest while another is walked, or while it is paused; said once."""
    if enrollment.held:
        return
    held = {"by": rest.by, "since": here.now.isoformat(), "resume": rest.resume}
    because = {"": RESTS, STAFF: here.customer.hold}.get(rest.by, f"rests while they walk {rest.by}")
    here.put(enrollment._replace(because=because, memory={**enrollment.memory, "held": held}))
    here.note("suspended", because, journey=enrollment.journey, step=enrollment.step)


def resumed(here: Deliberation, enrollment: Enrollment, because: str = "") -> Enrollment:
    """Let a journey go on that has rested: with as much left of a wait as before, or as if it had not rested."""
    if not enrollment.held:
        return enrollment
    held: Mapping[str, str] = enrollment.memory["held"]
    stood = here.now - datetime.fromisoformat(held["since"]) if held["resume"] == "continue" else timedelta()
    because = because or OVER.get(held["by"], f"goes on, since {held['by']} is over")
    due_at = enrollment.due_at + stood if enrollment.due_at is not None else None
    memory = {name: kept for name, kept in enrollment.memory.items() if name != "held"}
    memory["arrived"] = enrollment.arrived.isoformat()
    going = enrollment._replace(since=enrollment.since + stood, due_at=due_at, because=because, memory=memory)
    here.put(going)
    here.note("resumed", because, journey=enrollment.journey, step=enrollment.step)
    return going


def _walk_one(here: Deliberation, enrollment: Enrollment) -> None:
    version = here.version(enrollment)
    planned = min(here.now, enrollment.due_at or here.now)
    for _ in range((len(version.places) + 1) * MOST_ROUNDS):
        assert enrollment.step is not None
        place = version.places[enrollment.step]
        outcome = _in_turn(here, enrollment, place, _asked(here, enrollment, place))
        if outcome.effect is not None:
            outcome = act(here, enrollment, outcome, planned)
        if not (outcome.onward or outcome.ends):
            _rest(here, enrollment, outcome)
            return
        planned = outcome.planned or planned
        if enrollment.moved_at is not None:
            planned = max(planned, enrollment.moved_at)
        ahead = _go_on(here, enrollment, place, outcome, planned)
        if ahead is None:
            return
        enrollment = ahead
    raise AssertionError(f"{version.journey.id} does not come to an end")


def _asked(here: Deliberation, enrollment: Enrollment, place: Place) -> Outcome:
    """Ask a step that is not off; what it did to them before the journey was edited it does not do again."""
    passes: dict[str, int] | None = {} if place.step.do == "repeat" else None
    if skipped := enrollment.memory.get("skips", {}).get(enrollment.step):
        if enrollment.memory.get("step", {}).get("opened"):
            here.tasks.append(closing(enrollment, skipped, here.now))
        return Outcome(skipped, onward=True, skipped=True, passes=passes)
    if place.step.off:
        return Outcome("switched off", onward=True, passes=passes)
    outcome = place.step.decide(here.snapshot, enrollment, here.now)
    hurry = here.hurried.get((enrollment.journey, enrollment.entry))
    if hurry and isinstance(place.step, WAITS) and not (outcome.onward or outcome.ends):
        return Outcome(hurry, onward=True, path="else" if isinstance(place.step, WaitFor) else None)
    if outcome.moves_to is not None and not here.playbook.lifecycle.has(outcome.moves_to):
        return Outcome(f"skipped: the stage {outcome.moves_to} was deleted", onward=True, skipped=True)
    if outcome.effect is not None and [enrollment.step, enrollment.pass_] in enrollment.memory.get("sent", ()):
        return Outcome("walked past: it was done for them before the journey was edited", onward=True, skipped=True)
    return outcome


def _in_turn(here: Deliberation, enrollment: Enrollment, place: Place, outcome: Outcome) -> Outcome:
    """Let whom a publish made due, along with many others, go on when their turn has come; what they do needs none."""
    turn = enrollment.moved_at
    if turn is None or here.now >= turn or not (outcome.planned or place.step.off):
        return outcome
    return Outcome(f"{outcome.because}; a publish made many due at once, and their turn is later", due_at=turn)


def _rest(here: Deliberation, enrollment: Enrollment, outcome: Outcome) -> None:
    """Stay at this step; said once, until the time changes."""
    assert outcome.due_at is not None
    if outcome.remember is not None:
        enrollment = enrollment._replace(memory={**enrollment.memory, "step": dict(outcome.remember)})
        here.put(enrollment)
    if outcome.due_at == enrollment.due_at:
        return
    here.put(enrollment._replace(due_at=outcome.due_at, because=outcome.because))
    do = "held" if outcome.because.startswith("held") else "rest"
    here.note(do, outcome.because, journey=enrollment.journey, step=enrollment.step, until=outcome.due_at)


def _go_on(
    here: Deliberation, enrollment: Enrollment, place: Place, outcome: Outcome, planned: datetime
) -> Enrollment | None:
    """Take the step's effects and walk on.  Returns where they stand next, None at an end or at a move.

    What follows counts from when this was planned: an outage does not move the rest of a journey.
    """
    if outcome.effect is None:
        do = "skipped" if outcome.skipped else "onward"
        here.note(do, outcome.because, journey=enrollment.journey, step=enrollment.step)
    if outcome.sets:
        here.tell(outcome.sets, here.now)
    if outcome.arm is not None:
        here.remember(arms={**here.snapshot.facts.arms, outcome.arm[0]: outcome.arm[1]})
    following = place.paths[outcome.path] if outcome.path is not None else place.onward
    memory = _carried(enrollment, outcome)
    if outcome.ends or following is None:
        end(
            here,
            enrollment._replace(memory=memory),
            "finished",
            outcome.because if outcome.ends else "walked to its end",
        )
    else:
        enrollment = enrollment._replace(
            step=following, since=planned, due_at=planned, because=outcome.because, memory=memory
        )
        here.put(enrollment)
    if outcome.moves_to is not None and outcome.moves_to != here.customer.stage:
        tread(here, outcome.moves_to)
        here.turn(outcome.moves_to, here.now, f"{enrollment.journey} moved them")
        return None
    return enrollment if not outcome.ends and following is not None else None


def _carried(enrollment: Enrollment, outcome: Outcome) -> Mapping[str, object]:
    """What they remember at the next step: which time round they are, and nothing of the step they leave.

    Somebody whom a publish moved remembers for good which steps have acted on them and lie ahead again.
    """
    if not enrollment.memory and not outcome.passes:
        return enrollment.memory
    skips = {step: why for step, why in enrollment.memory.get("skips", {}).items() if step != enrollment.step}
    passes = enrollment.memory.get("passes") if outcome.passes is None else outcome.passes
    memory: dict[str, object] = {**({"passes": dict(passes)} if passes else {}), **({"skips": skips} if skips else {})}
    return {**memory, "sent": enrollment.memory["sent"]} if "sent" in enrollment.memory else memory
