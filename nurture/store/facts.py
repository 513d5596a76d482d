"""Facts: what a past comes down to, a customer's and what an account's people share, as compact JSON in their rows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from nurture.engine.snapshot import Account, Adopted, Answered, Cared, Entered, Facts, Stood, Touch, Trodden, Wishes
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
        arms=raw.get("arm", {}),
        care={key: Cared(moment(at), task, outcome) for key, (at, task, outcome) in raw.get("c", {}).items()},
        mail={key: {was: moment(at) for was, at in known.items()} for key, known in raw.get("mail", {}).items()},
        aside=raw.get("aside", {}),
        wishes=_read_wishes(raw["w"]) if "w" in raw else Wishes(),
        told={trait: moment(at) for trait, at in raw.get("tr", {}).items()},
        caught_up=when(raw.get("late")),
        path=tuple(Trodden(moment(at), event, to, from_) for at, event, to, from_ in raw.get("p", ())),
        origin=Stood(raw["o"][0], moment(raw["o"][1])) if "o" in raw else None,
    )


def _read_wishes(raw: Mapping[str, Any]) -> Wishes:
    return Wishes(when(raw.get("pause")), raw.get("fewer", False), frozenset(raw.get("on", ())))


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
        "arm": dict(facts.arms),
        "c": {key: (micros(cared.at), cared.task, cared.outcome) for key, cared in facts.care.items()},
        "mail": {key: {was: micros(at) for was, at in known.items()} for key, known in facts.mail.items()},
        "aside": dict(facts.aside),
        "w": _wishes(facts.wishes),
        "tr": {trait: micros(at) for trait, at in facts.told.items()},
        "late": micros_of(facts.caught_up),
        "p": [(micros(one.at), one.event, one.to, one.from_) for one in facts.path],
        "o": (facts.origin.stage, micros(facts.origin.at)) if facts.origin else None,
    }
    return orjson.dumps(_told(raw)).decode()


def _wishes(wishes: Wishes) -> dict[str, Any]:
    raw = {"pause": micros_of(wishes.pause_until), "fewer": wishes.fewer, "on": sorted(wishes.topics)}
    return _told(raw)


def _told(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is empty; the first moment of 1970 is a moment."""
    return {key: value for key, value in raw.items() if value or (value == 0 and value is not False)}


def read_account(ext_id: str | None, traits: str, text: str) -> Account:
    """Read what the people of an account share; an account that the product does not know is one of one."""
    if ext_id is None:
        return NOBODY_ELSE
    raw = orjson.loads(text)
    adopted = raw.get("adopted")
    return Account(
        shared=True,
        traits=orjson.loads(traits),
        milestones={key: moment(at) for key, at in raw.get("m", {}).items()},
        touches=tuple(Touch(moment(at), key, bool(pending)) for at, key, pending in raw.get("t", ())),
        adopted=Adopted(moment(adopted[0]), adopted[1], adopted[2]) if adopted else None,
    )


def write_account(account: Account) -> str:
    """Write what the people of an account share, but for its traits, as compact JSON."""
    adopted = account.adopted
    raw = {
        "m": {key: micros(at) for key, at in account.milestones.items()},
        "t": [(micros(touch.at), touch.key, int(touch.pending)) for touch in account.touches],
        "adopted": (micros(adopted.at), adopted.to, adopted.because) if adopted else None,
    }
    return orjson.dumps(_told(raw)).decode()


NOBODY_ELSE = Account()
