"""Retry-After."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.fetch.backoff import MAX_PAUSE_S, parse_retry_after

NOW = datetime(2025, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0),
        ("99999999999999999999999", MAX_PAUSE_S),
        (format_datetime(NOW + timedelta(days=400), usegmt=True), MAX_PAUSE_S),
        ("soon", None),
        ("Mon, 24 Nov 2025 09:00:00 +99999999999999999999", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_and_as_a_date(value, seconds):
    """Both forms of RFC 9110 §10.2.3, capped at a day, never negative."""
    assert parse_retry_after(value, NOW) == seconds


@given(st.text(max_size=60))
def test_no_retry_after_breaks_the_reader(value):
    """Whatever a server writes, the answer is nothing or a pause of at most a day."""
    seconds = parse_retry_after(value, NOW)
    assert seconds is None or 0 <= seconds <= MAX_PAUSE_S
