"""Timestamps of 1 to 14 digits."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.errors import UsageError
from talkscraper.replay.timestamps import first_instant, last_instant, parse_time


@pytest.mark.parametrize(
    ("digits", "first", "last"),
    [
        ("2025", "2025-01-01T00:00:00", "2025-12-31T23:59:59"),
        ("202402", "2024-02-01T00:00:00", "2024-02-29T23:59:59"),
        ("20251028", "2025-10-28T00:00:00", "2025-10-28T23:59:59"),
        ("20251028143005", "2025-10-28T14:30:05", "2025-10-28T14:30:05"),
        ("20259999", "2025-12-31T00:00:00", "2025-12-31T23:59:59"),
    ],
)
def test_a_prefix_means_a_span(digits, first, last):
    """The missing digits are the least, or the greatest, that there are."""
    assert first_instant(digits) == datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert last_instant(digits) == datetime.fromisoformat(last).replace(tzinfo=UTC)


@given(st.text(alphabet="0123456789", min_size=1, max_size=14))
def test_any_digits_mean_some_instant(digits):
    """No digits crash, and the first instant is never after the last."""
    assert first_instant(digits) <= last_instant(digits)


@pytest.mark.parametrize("text", ["", "x", "2025-10", "１２３４", "1" * 15, "-2025"])
def test_what_is_no_timestamp_is_refused(text):
    """Letters, other scripts' digits and signs are not taken for digits."""
    with pytest.raises(UsageError):
        first_instant(text)


def test_people_may_write_iso_dates():
    """A date, a date-time with an offset, and digits all work."""
    assert parse_time("2025-10-28T03:00:00+03:00") == datetime(2025, 10, 28, tzinfo=UTC)
    assert parse_time("2025-10-28") == parse_time("20251028")
    with pytest.raises(UsageError):
        parse_time("yesterday")
