"""Spans of time are written and read the way staff say them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from nurture.engine.duration import LONGEST, Duration, Offset, in_words, parse_duration, write_duration
from tests.engine.builders import DAY, EXAMPLES, HOUR, MINUTE

seconds = st.integers(-int(LONGEST.total_seconds()), int(LONGEST.total_seconds())).map(lambda n: timedelta(seconds=n))


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("30m", 30 * MINUTE),
        ("4h", 4 * HOUR),
        ("1w", 7 * DAY),
        ("1d 12h", 36 * HOUR),
        ("1d12h", 36 * HOUR),
        (" 2d ", 2 * DAY),
        ("-2d", -2 * DAY),
        ("0s", timedelta()),
    ],
)
def test_a_span_is_read(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize("text", ["", "2", "2 days", "d", "2d-1h", "1.5h", "२d", "999999d", 3, None, ["2d"]])
def test_what_is_no_span_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="expected a duration such as 30m, 4h, 2d, 1w or '1d 12h', found"):
        parse_duration(text)


def test_no_span_runs_off_the_calendar() -> None:
    with pytest.raises(ValueError, match="expected at most ten years, found '99999w'"):
        parse_duration("99999w")


@EXAMPLES
@given(seconds)
def test_what_is_written_is_read_back(span: timedelta) -> None:
    assert parse_duration(write_duration(span)) == span


def test_only_an_offset_counts_backwards() -> None:
    assert TypeAdapter(Offset).validate_python("-2d") == -2 * DAY
    with pytest.raises(ValidationError, match="counts forward, found '-2d'"):
        TypeAdapter(Duration).validate_python("-2d")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (36 * HOUR, "1 day 12 hours"),
        (14 * DAY, "2 weeks"),
        (10 * DAY, "10 days"),
        (DAY + HOUR + MINUTE, "1 day 1 hour"),
        (-2 * DAY, "2 days"),
        (timedelta(microseconds=5), "no time"),
    ],
)
def test_a_span_is_said_in_two_words_at_most(span: timedelta, words: str) -> None:
    assert in_words(span) == words
