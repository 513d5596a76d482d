"""Backtest: the real sign-ups of late, lived again under the published playbook and under a draft.  Reads only."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from nurture.engine.document import DAY
from nurture.engine.duration import in_words
from nurture.engine.hindsight import Group, Past, live_again
from nurture.engine.playbook import Playbook
from nurture.engine.rehearsal import counted
from nurture.flow.ground import Ground
from nurture.store import lives

BATCH = 200  # customers whose past is in memory at once
EVERYBODY = ""
UNKNOWN = "no persona"
NAMED = 3  # shifts that are told by themselves

Progress = Callable[[int, int], None]
"""Told how many of how many are done."""


class Backtest(NamedTuple):
    """What a draft would have changed for the people who signed up since then.

    groups: everybody under '', and each persona, as the published playbook knew them in the end.
    failed: how many could not be lived, by why.
    """

    journey: str
    since: datetime
    until: datetime
    groups: Mapping[str, Group]
    failed: Mapping[str, int]


def in_silence(_done: int, _total: int) -> None:
    """Tell nobody."""


def backtest(
    ground: Ground,
    published: Playbook,
    draft: Playbook,
    journey: str,
    since: datetime,
    until: datetime,
    progress: Progress = in_silence,
) -> Backtest:
    """Live everybody again who signed up since then, until `until`, under both playbooks; a page of people at a time.

    A fact counts from when it was received, or from its own moment where that is later.
    """
    groups = {EVERYBODY: Group()}
    failed: dict[str, int] = {}
    with ground.sessions.read() as session:
        total = lives.number_signed_up(session, since)
    done, after = 0, ""
    while True:
        with ground.sessions.read() as session:
            ids = lives.signed_up(session, since, after, BATCH)
            pasts = lives.pasts(session, ids) if ids else {}
        if not ids:
            return Backtest(journey, since, until, groups, failed)
        for past in pasts.values():
            _count(groups, failed, published, draft, past, until, journey)
        done, after = done + len(ids), ids[-1]
        progress(done, max(done, total))


def _count(
    groups: dict[str, Group],
    failed: dict[str, int],
    published: Playbook,
    draft: Playbook,
    past: Past,
    until: datetime,
    journey: str,
) -> None:
    try:
        before, lived = (live_again(playbook, past, until, journey) for playbook in (published, draft))
    except Exception as error:  # noqa: BLE001 - a life that cannot be decided must not hide all the others
        because = f"{type(error).__name__}: {error}"[:200]
        failed[because] = failed.get(because, 0) + 1
        return
    for key in (EVERYBODY, before.persona or UNKNOWN):
        groups.setdefault(key, Group()).add(before, lived, journey)


def in_a_sentence(group: Group) -> str:
    """Say what a draft changes for a group of customers: `37 fewer emails, 12 customers get their first nudge ...`."""
    parts = [
        _more(group.emails, "email"),
        _more(group.tasks, "care task"),
        _more(group.entered, "customer", " in the journey"),
        _more(group.nudged, "customer", " with a nudge"),
    ]
    parts += _nudges(group)
    said = ", ".join(part for part in parts if part)
    return said or "no difference"


def _nudges(group: Group) -> list[str]:
    """Say when the first nudges come instead: the commonest shifts by themselves, the others together."""
    spans = sorted(group.spans.items(), key=lambda one: (-one[1], abs(one[0]), one[0]))
    said = [_shift(number, f"{_span(span)} {_when(span)}") for span, number in spans[:NAMED]]
    others = {when: sum(n for span, n in spans[NAMED:] if _when(span) == when) for when in ("earlier", "later")}
    return said + [_shift(number, f"otherwise {when}") for when, number in others.items() if number]


def _shift(number: int, how: str) -> str:
    return f"{counted(number, 'customer')} {'gets' if number == 1 else 'get'} their first nudge {how}"


def _when(span: timedelta) -> str:
    return "later" if span > timedelta() else "earlier"


def _more(both: list[int], noun: str, of: str = "") -> str:
    by = both[1] - both[0]
    return f"{abs(by):,} {'more' if by > 0 else 'fewer'} {noun if abs(by) == 1 else noun + 's'}{of}" if by else ""


def _span(span: timedelta) -> str:
    days, rest = divmod(abs(span), DAY)
    return in_words(abs(span)) if rest or days == 0 else counted(days, "day")
