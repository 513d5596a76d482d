"""What is JSON to us, and what is not: each refusal is a 400 that names its reason."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nurture.web.problems import Malformed
from nurture.web.strict_json import MAX_DEPTH, MAX_INTEGER, read


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"{", "not JSON"),
        (b'{"a": 1,}', "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 01}', "not JSON"),
        (b'{"a": "\n"}', "not JSON"),
        (b'{"a": 1} {}', "line 1, column 10"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": -1e999}', "too large"),
        (b'{"a": 9007199254740993}', "beyond 2^53"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "beyond 2^53"),
        (b'{"a": 1, "a": 1}', "'a' stands twice"),
        (b'{"b": {"a": 1, "\\u0061": 2}}', "'a' stands twice"),
        (nested(MAX_DEPTH + 1), "nested more than 32"),
        (nested(200_000), "nested more than 32"),
        (b'{"a":' * 200_000, "nested more than 32"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"\\uDFFF": 1}', "surrogate"),
        (b'[["\\u0000"]]', "NUL"),
        (b'{"a": "\x00"}', "UTF-8"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ("{}".encode("utf-16"), "UTF-8"),
        ("{}".encode("utf-16-le"), "UTF-8"),
        (b'{"a": "\xff"}', "byte 7 is not"),
        (b'{"a": "\xed\xa0\x80"}', "UTF-8"),
    ],
)
def test_what_is_not_json_is_refused_with_the_reason(raw: bytes, says: str) -> None:
    with pytest.raises(Malformed, match=says.replace("^", r"\^")):
        read(raw)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b' {"a": [1, -2.5e3, true, null]} ', {"a": [1, -2500.0, True, None]}),
        (nested(MAX_DEPTH), json.loads(nested(MAX_DEPTH))),
        (json.dumps("[{" * 400).encode(), "[{" * 400),
        (b'["\\"' + b"[" * 40 + b'"]', ['"' + "[" * 40]),
        (b"[" + b"[]," * 100 + b"[]]", [[]] * 101),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'"\\\\u0000"', "\\u0000"),
        (str(MAX_INTEGER).encode(), MAX_INTEGER),
        (b'[{"a": 1}, {"a": 1}]', [{"a": 1}, {"a": 1}]),
    ],
)
def test_what_is_json_is_read_as_it_is(raw: bytes, found: Any) -> None:
    assert read(raw) == found


@pytest.mark.parametrize(
    "raw",
    [b'"\\' * 500_000, b'"\\"' * 300_000, b"[[[" + b'"' * 1_000_000, b'{"a":"' + b"\\" * 1_000_001, b"1" * 1_000_000],
    ids=["escapes", "quotes", "many strings", "backslashes", "digits"],
)
@pytest.mark.timeout(20)
def test_a_million_hostile_bytes_are_refused_in_linear_time(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read(raw if raw.isdigit() else b"[]," * (MAX_DEPTH + 1) + raw)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="ascii", exclude_characters="\x00")), inner, max_size=4)
    ),
    max_leaves=30,
)


@given(VALUES)
@settings(max_examples=200, deadline=None)
def test_whatever_can_be_kept_is_read_back(value: Any) -> None:
    assert read(json.dumps(value).encode()) == value
    assert read(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=60) | st.text('[]{}",:\\u0dD8 1eE+-.ntf\x00', max_size=60).map(str.encode))
@settings(max_examples=500, deadline=None)
def test_no_bytes_at_all_raise_anything_but_malformed(raw: bytes) -> None:
    try:
        found = read(raw)
    except Malformed:
        return
    assert json.loads(raw) == found
