"""Tokens: what a preview was true of, so that nobody publishes something else than they were shown."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson

from nurture.flow.publish.drafting import Draft
from nurture.store import publishing
from nurture.store.publishing import Step
from nurture.store.session import Conflict, Session

LEEWAY = 2  # people who may have come or gone at a step, or a tenth of those who stood there


class Stale(Conflict):
    """What was shown is no longer so; look again, then publish."""


class Garbled(ValueError):
    """This is no token of ours."""


def sealed(drafted: Draft, steps: Sequence[Step]) -> str:
    """Write down what a preview was true of: the texts, what they replace, and how many people stood where."""
    return urlsafe_b64encode(orjson.dumps([drafted.digest, _counts(steps)])).decode().rstrip("=")


class Drift(NamedTuple):
    """People who have come to a step, or gone from it, since a preview."""

    journey: str
    version: int
    step: str
    before: int
    now: int


def drift(before: str, now: str) -> tuple[Drift, ...]:
    """Say where two previews saw another number of people; nothing where one of the tokens is none of ours."""
    try:
        were, are = _opened(before)[1], _opened(now)[1]
    except Garbled:
        return ()
    keys = [key for key in {**were, **are} if were.get(key, 0) != are.get(key, 0)]
    places = ((key, *key.split("|")) for key in keys)
    return tuple(Drift(name, int(n), step, were.get(key, 0), are.get(key, 0)) for key, name, n, step in places)


def check(session: Session, drafted: Draft, token: str) -> None:
    """Check that what was previewed is still so.  Raises Stale."""
    try:
        digest, counted = _opened(token)
    except Garbled:
        raise Stale("this is no token of ours; look at what would happen, then publish") from None
    if digest != drafted.digest:
        raise Stale("the documents have changed since you looked; look again, then publish")
    now = _counts(publishing.standing(session, drafted.journeys))
    if any(_far(counted.get(key, 0), now.get(key, 0)) for key in {*counted, *now}):
        raise Stale("people have moved on since you looked; look again, then publish")


def _opened(token: str) -> tuple[str, dict[str, int]]:
    """Read what a token was true of: the texts, and who stood where.  Raises Garbled."""
    try:
        digest, before = orjson.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return str(digest), {str(key): int(people) for key, people in before.items()}
    except (Error, ValueError, TypeError, AttributeError):
        raise Garbled from None


def _far(before: int, now: int) -> bool:
    return abs(now - before) > max(LEEWAY, before // 10)


def _counts(steps: Sequence[Step]) -> Mapping[str, int]:
    return {f"{one.journey}|{one.revision}|{one.step}": one.people for one in steps}
