"""What a past comes down to is read as it was written, whatever it is, and as an older release wrote it."""

from datetime import UTC, datetime
from typing import Any

import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from nurture.engine.snapshot import (
    Account,
    Adopted,
    Answered,
    Cared,
    Enrollment,
    Entered,
    Facts,
    Stood,
    Touch,
    Trodden,
    Wishes,
)
from nurture.store.facts import read_account, read_facts, write_account, write_facts
from nurture.store.publishing import as_json, from_json
from tests.engine.builders import EXAMPLES

FIRST = datetime(1970, 1, 1, tzinfo=UTC)  # in microseconds it is nothing at all
moments = st.one_of(
    st.just(FIRST),
    st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - `timezones`
)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(words, values, max_size=2)


def several(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, max_size=2).map(tuple)


keys = st.frozensets(words, max_size=2)
touches = several(st.builds(Touch, moments, words, st.booleans()))
pasts = st.builds(
    Facts,
    milestones=some(moments),
    rings=some(several(moments)),
    last_seen=st.none() | moments,
    stages=some(moments),
    touches=touches,
    entries=some(st.builds(Entered, st.integers(1, 99), moments)),
    matched=keys,
    refused=some(words),
    answers=some(st.builds(Answered, moments, st.integers(-(2**63), 2**63 - 1) | words)),
    arms=some(words),
    care=some(st.builds(Cared, moments, words, words)),
    mail=some(some(moments)),
    aside=some(st.booleans()),
    wishes=st.builds(Wishes, st.none() | moments, st.booleans(), keys),
    path=several(st.builds(Trodden, moments, words, words, words)),
    origin=st.none() | st.builds(Stood, words, moments),
    told=some(moments),
    caught_up=st.none() | moments,
)
accounts = st.builds(
    Account,
    shared=st.just(True),
    traits=some(words | st.booleans() | st.none()),
    milestones=some(moments),
    touches=touches,
    adopted=st.none() | st.builds(Adopted, moments, words, words),
)
memories = st.fixed_dictionaries(
    {},
    optional={
        "passes": some(st.integers(1, 20)),
        "step": some(st.booleans()),
        "held": some(words),
        "arrived": words,
        "moved": words,
        "sent": st.lists(st.tuples(words, st.integers(1, 20)).map(list), max_size=2),
    },
)
walks = st.builds(
    Enrollment,
    journey=words,
    entry=st.integers(1, 99),
    revision=st.integers(1, 99),
    step=st.none() | words,
    since=moments,
    due_at=st.none() | moments,
    because=words,
    entered_at=moments,
    entered_because=words,
    state=st.sampled_from(["active", "finished", "left"]),
    ended_at=st.none() | moments,
    variant=st.none() | words,
    memory=memories,
)


@EXAMPLES
@given(pasts)
@example(Facts(last_seen=FIRST, caught_up=FIRST, wishes=Wishes(FIRST)))
def test_a_past_is_read_as_it_was_written(past: Facts) -> None:
    assert read_facts(write_facts(past)) == past


@EXAMPLES
@given(accounts)
def test_what_an_account_shares_is_read_as_it_was_written(account: Account) -> None:
    traits = orjson.dumps(account.traits).decode()

    assert read_account("acme", traits, write_account(account)) == account


@EXAMPLES
@given(walks)
def test_a_move_is_remembered_as_it_was(walk: Enrollment) -> None:
    assert from_json(orjson.loads(orjson.dumps(as_json(walk)))) == walk


def test_a_past_that_an_older_release_wrote_lacks_what_is_new() -> None:
    assert read_facts('{"m": {"first_value": 0}, "t": [[0, "path|1|a|1", 1]]}') == Facts(
        milestones={"first_value": FIRST}, touches=(Touch(FIRST, "path|1|a|1", pending=True),)
    )
    assert read_facts("{}") == Facts()
