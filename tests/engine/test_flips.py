"""A condition's `flips_at` is exact: before it the answer stands, and at it one leaf's answer changes."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from nurture.engine.condition import Condition
from nurture.engine.snapshot import Snapshot
from tests.engine.builders import EXAMPLES, MINUTE, NOON, ada, known

HORIZON = 120  # minutes that are scanned

spans = st.integers(0, 60).map(lambda n: f"{n}m")
counts = st.integers(0, 4)
leaves: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(lambda span: {"stage_for": {"at_least": span}}, spans),
    st.builds(lambda span: {"silent_for": span}, spans),
    st.builds(lambda span: {"did_not": "login", "within": span}, spans),
    st.builds(lambda span: {"did": "any", "within": span}, spans),
    st.builds(lambda n, span: {"did": "login", "at_least": n + 1, "within": span}, counts, spans),
    st.builds(lambda n, span: {"did": "login", "at_most": n, "within": span}, counts, spans),
    st.builds(
        lambda n, m, span: {"did": "login", "at_least": n + 1, "at_most": n + 1 + m, "within": span},
        counts,
        counts,
        spans,
    ),
    st.builds(lambda span: {"trial": {"ended_by": span}}, spans),
    st.builds(lambda n: {"trial": {"ends_within": f"{n + 1}m"}}, st.integers(0, 60)),
    st.sampled_from([{"persona": "wilma"}, {"stage": "adopted"}, {"did": "login"}, {"trial": {"day_at_least": 1}}]),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=5,
)


@st.composite
def photographs(draw: st.DrawFn) -> Snapshot:
    ago = st.integers(0, 90).map(lambda n: NOON - n * MINUTE)
    logins = tuple(sorted(draw(st.lists(ago, max_size=9, unique=True)), reverse=True))
    start = draw(st.integers(-90, 90)) * MINUTE + NOON
    customer = ada(NOON - 90 * MINUTE, trial_starts_at=start, trial_ends_at=start + 20 * MINUTE)
    return known(customer, rings={"login": logins, "any": logins[:1]}, last_seen=draw(st.none() | ago))


@EXAMPLES
@given(trees, photographs())
def test_no_answer_changes_before_it_flips(tree: dict[str, Any], snapshot: Snapshot) -> None:
    asked: Condition = TypeAdapter(Condition).validate_python(tree)
    answer = asked.answer(snapshot, NOON)

    for minute in range(1, HORIZON):
        now = NOON + timedelta(minutes=minute)
        if answer.flips_at is not None and now >= answer.flips_at:
            break
        assert asked.answer(snapshot, now).holds is answer.holds


@EXAMPLES
@given(leaves, photographs())
def test_a_leaf_changes_at_the_very_moment(tree: dict[str, Any], snapshot: Snapshot) -> None:
    asked: Condition = TypeAdapter(Condition).validate_python(tree)
    answer = asked.answer(snapshot, NOON)

    if answer.flips_at is not None:
        assert answer.flips_at > NOON
        assert asked.answer(snapshot, answer.flips_at - timedelta(microseconds=1)).holds is answer.holds
        assert asked.answer(snapshot, answer.flips_at).holds is not answer.holds
