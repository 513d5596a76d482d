"""Errands: every kind of long work there is, each by the one function that does a batch of it.

A new kind is one line in `KINDS`.  What is done to each of many customers goes through `over_people`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from nurture.flow import by_hand, feedback, steering
from nurture.flow.errands import Batch, Kind, Kinds, Work
from nurture.flow.ground import Ground, Moment
from nurture.flow.intake import arrival_of, bring_in
from nurture.flow.settle import StillSending
from nurture.store import people
from nurture.store.errands import Errand
from nurture.store.session import Session
from nurture.store.wanted import NOBODY, Wanted

AT_ONCE = 50  # customers in one batch: a second or so, and then a stop is heard
REASONS = 12  # of those for whom it was not done, told by themselves

Done = tuple[int, Mapping[str, int]]
"""For how many it was done, and for how many not, by the reason."""
Act = Callable[[Ground, Errand, Sequence[str], Moment], Done]


def wanted_of(asked: Mapping[str, Any]) -> Wanted:
    """Who is meant, as an errand keeps it: the filters as they were, lists for tuples."""
    known = {name: value for name, value in asked.items() if name in Wanted._fields}
    said: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in known.items()}
    return Wanted(**said)


def whom(session: Session, errand: Errand, after: str, limit: int = AT_ONCE) -> list[str]:
    """The next customers that an errand is about: the chosen, or all who match as of when it was asked."""
    ids: Sequence[str] | None = errand.asked.get("ids")
    if ids is not None:
        return [one for one in sorted(ids) if one > after][:limit]
    since = datetime.fromisoformat(errand.asked["as_of"])
    return people.matching(session, wanted_of(errand.asked["wanted"]), since, after, limit)


def over_people(act: Act) -> Work:
    """Do something to each of many customers, a batch at a time."""

    def work(ground: Ground, errand: Errand, at: Moment) -> Batch:
        so_far = errand.result
        with ground.sessions.read() as session:
            ids = whom(session, errand, str(so_far.get("after", "")))
        if not ids:
            return Batch(errand.done, so_far, over=True)
        changed, refused = act(ground, errand, ids, at)
        told = {**so_far, "after": ids[-1], "changed": int(so_far.get("changed", 0)) + changed}
        told["refused"] = _summed(so_far.get("refused", {}), refused)
        return Batch(errand.done + len(ids), told, over=len(ids) < AT_ONCE)

    return work


def _summed(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    both = dict(before)
    for because, number in now.items():
        key = because if because in both or len(both) < REASONS else "for other reasons"
        both[key] = both.get(key, 0) + number
    return both


def one_by_one(do: Callable[[Ground, Errand, str, Moment], bool], unchanged: str) -> Act:
    """Do it to each by itself.  unchanged: what is said of those for whom it was so already.

    A ValueError is a reason why it was not done; a letter that was on its way already changes nothing about it.
    """

    def act(ground: Ground, errand: Errand, ids: Sequence[str], at: Moment) -> Done:
        changed, refused = 0, dict[str, int]()
        for one in ids:
            try:
                because = "" if do(ground, errand, one, at) else unchanged
            except StillSending:
                because = ""
            except (ValueError, LookupError) as error:
                because = f"{error}"[:200]
            changed += not because
            if because:
                refused[because] = refused.get(because, 0) + 1
        return changed, refused

    return act


def _journey(ground: Ground, errand: Errand, ids: Sequence[str], at: Moment) -> Done:
    started = by_hand.start(ground, str(errand.asked["journey"]), ids, errand.id, at)
    return started.entered, started.refused


def _hold(ground: Ground, errand: Errand, customer_id: str, at: Moment) -> bool:
    return steering.hold(ground, customer_id, errand.author, str(errand.asked["because"]), at)


def _owner(ground: Ground, errand: Errand, customer_id: str, at: Moment) -> bool:
    owner = str(errand.asked["owner"])
    return steering.assign_owner(ground, customer_id, None if owner == NOBODY else owner, errand.author, at)


def _suppress(ground: Ground, errand: Errand, customer_id: str, at: Moment) -> bool:
    with ground.sessions.read() as session:
        found = people.listed(session, [customer_id])
    if not found:
        raise LookupError(by_hand.GONE)
    return feedback.stop_writing(ground, found[0].email, "all", str(errand.asked["because"]), errand.author, at)


def _import(ground: Ground, errand: Errand, at: Moment) -> Batch:
    rows = errand.asked["rows"][errand.done : errand.done + AT_ONCE]
    made = bring_in(ground, [arrival_of(row) for row in rows], at) if rows else 0
    done, changed = errand.done + len(rows), int(errand.result.get("changed", 0)) + made
    return Batch(done, {**errand.result, "changed": changed}, over=done >= len(errand.asked["rows"]))


KINDS: Kinds = {
    "owner": Kind("Assign an owner to customers", over_people(one_by_one(_owner, "it was so already"))),
    "hold": Kind("Hold customers", over_people(one_by_one(_hold, "they were held already"))),
    "journey": Kind("Add customers to a journey", over_people(_journey)),
    "suppress": Kind("Stop writing to customers", over_people(one_by_one(_suppress, "nobody wrote to them already"))),
    "import": Kind("Bring in customers from a file", _import, "/customers"),
}
"""Every kind of long work, by its name."""
