"""What a person of ours does to one customer: hold them, let them go, pass a step, send a letter now, end a journey.

Each is a fact that names its reason.  One that names a journey which they do not walk any more, or another step than
the one where they stand, changes nothing: who asks for it is told so before.
"""

from collections.abc import Callable, Mapping

from nurture.engine.deliberation import Deliberation
from nurture.engine.entering import end
from nurture.engine.journey import Version
from nurture.engine.learning import HELD_BY_HAND, RELEASED_BY_HAND, REMOVED_BY_HAND, SENT_BY_HAND, SKIPPED_BY_HAND
from nurture.engine.snapshot import STAFF, Enrollment, Fact
from nurture.engine.walking import resumed


def steer(here: Deliberation) -> None:
    """Do what the news says that a person of ours did, in the order in which it happened."""
    for fact in sorted((fact for fact in here.snapshot.news if fact.name in STEERED), key=lambda fact: fact.at):
        STEERED[fact.name](here, fact)


def near(version: Version, step: str) -> frozenset[str]:
    """Name the steps that can be passed by hand for whoever stands at this one: itself, and any that may be next."""
    place = version.places[step]
    return frozenset(one for one in (step, place.onward, *place.paths.values()) if one is not None)


def _because(fact: Fact) -> str:
    return str(fact.properties.get("because") or "by hand")


def _hold(here: Deliberation, fact: Fact) -> None:
    if here.customer.held_at is None:
        here.see(held_at=min(fact.at, here.now), held_because=_because(fact))
        here.note("hold", f"held {_because(fact)}")


def _release(here: Deliberation, fact: Fact) -> None:
    """Let them go on as if time had stood still, also in a journey that rests for something else while time goes on."""
    since = here.customer.held_at
    if since is None:
        return
    here.see(held_at=None, held_because=None)
    here.note("release", f"released {_because(fact)}")
    for one in here.active():
        held: Mapping[str, str] = one.memory.get("held", {})
        if held.get("by") == STAFF:
            resumed(here, one, f"goes on: released {_because(fact)}")
        elif held and held["resume"] != "continue" and one.due_at is not None:
            stood = here.now - since
            here.put(one._replace(since=one.since + stood, due_at=one.due_at + stood))


def _skip(here: Deliberation, fact: Fact) -> None:
    one, step = _meant(here, fact), str(fact.properties.get("step"))
    if one is not None and one.step is not None and step in near(here.version(one), one.step):
        skips = {**one.memory.get("skips", {}), step: f"skipped {_because(fact)}"}
        here.put(one._replace(memory={**one.memory, "skips": skips}))


def _send(here: Deliberation, fact: Fact) -> None:
    one = _meant(here, fact)
    if one is not None and one.step == fact.properties.get("step") and here.customer.held_at is None:
        here.hurried[one.journey, one.entry] = f"sent now {_because(fact)}"


def _remove(here: Deliberation, fact: Fact) -> None:
    """End a journey; what it has queued goes to nobody, so that no cap counts it."""
    one = _meant(here, fact)
    if one is not None:
        end(here, one, "left", f"left: removed {_because(fact)}")
        here.forget_waiting(f"{one.journey}|{one.entry}|")


def _meant(here: Deliberation, fact: Fact) -> Enrollment | None:
    named = fact.properties.get("journey"), fact.properties.get("entry")
    return next((one for one in here.active() if (one.journey, one.entry) == named), None)


STEERED: Mapping[str, Callable[[Deliberation, Fact], None]] = {
    HELD_BY_HAND: _hold,
    RELEASED_BY_HAND: _release,
    SKIPPED_BY_HAND: _skip,
    SENT_BY_HAND: _send,
    REMOVED_BY_HAND: _remove,
}
