"""Facts: what a customer's past comes down to, as compact JSON in their row."""

from datetime import datetime

import orjson

from nurture.engine.snapshot import Answered, Entered, Facts, Touch
from nurture.store.schema import micros, moment


def when(at: int | None) -> datetime | None:
    """A moment, where there is one."""
    return None if at is None else moment(at)


def micros_of(at: datetime | None) -> int | None:
    """Microseconds since 1970, where there is a moment."""
    return None if at is None else micros(at)


def read_facts(text: str) -> Facts:
    """Read what the past comes down to, as `write_facts` wrote it."""
    raw = orjson.loads(text)
    if not raw:
        return Facts()
    return Facts(
        milestones={key: moment(at) for key, at in raw.get("m", {}).items()},
        rings={key: tuple(moment(at) for at in ring) for key, ring in raw.get("r", {}).items()},
        last_seen=when(raw.get("seen")),
        stages={key: moment(at) for key, at in raw.get("s", {}).items()},
        touches=tuple(Touch(moment(at), key, bool(pending)) for at, key, pending in raw.get("t", ())),
        entries={key: Entered(times, moment(at)) for key, (times, at) in raw.get("e", {}).items()},
        matched=frozenset(raw.get("in", ())),
        refused=raw.get("no", {}),
        answers={key: Answered(moment(at), value) for key, (at, value) in raw.get("a", {}).items()},
    )


def write_facts(facts: Facts) -> str:
    """Write what the past comes down to as compact JSON, moments in microseconds, empty parts left out."""
    raw = {
        "m": {key: micros(at) for key, at in facts.milestones.items()},
        "r": {key: [micros(at) for at in ring] for key, ring in facts.rings.items()},
        "seen": micros_of(facts.last_seen),
        "s": {key: micros(at) for key, at in facts.stages.items()},
        "t": [(micros(touch.at), touch.key, int(touch.pending)) for touch in facts.touches],
        "e": {key: (entered.times, micros(entered.at)) for key, entered in facts.entries.items()},
        "in": sorted(facts.matched),
        "no": dict(facts.refused),
        "a": {key: (micros(given.at), given.value) for key, given in facts.answers.items()},
    }
    return orjson.dumps({key: value for key, value in raw.items() if value}).decode()
