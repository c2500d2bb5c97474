"""Time windows: ``hours = "22:00-06:00"`` in the source's zone."""

from datetime import datetime, timedelta

import pytest

from talkscraper.errors import SourcesError
from talkscraper.sources.hours import in_words, is_open, next_opening, opens_at, windows
from talkscraper.sources.model import Source
from talkscraper.sources.values import ValueRefused


def _source(hours, timezone=None):
    return Source(id="quay", name="Quay", homepage="https://quay.example/", hours=hours, timezone=timezone)


def _at(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "opened"),
    [("21:59:59", False), ("22:00:00", True), ("23:59:59", True), ("00:00:00", True), ("05:59:59", True),
     ("06:00:00", False), ("12:29:00", False), ("12:30:00", True), ("13:00:00", False)],
)  # fmt: skip
def test_windows_begin_included_and_end_excluded_also_over_midnight(moment, opened):
    """Two windows, one over midnight."""
    assert is_open(_source("22:00-06:00, 12:30-13:00"), _at(f"2026-03-02T{moment}+00:00")) is opened


def test_windows_are_in_the_zone_of_the_source():
    """22:00 in Nairobi is 19:00 UTC."""
    source = _source("22:00-06:00", "Africa/Nairobi")
    assert is_open(source, _at("2026-03-02T19:00:00+00:00"))
    assert opens_at(source, _at("2026-03-02T04:30:00+00:00")) == _at("2026-03-02T19:00:00+00:00")
    assert in_words(source, _at("2026-03-02T04:30:00+00:00")) == "until 22:00 Africa/Nairobi"
    assert opens_at(source, _at("2026-03-02T20:00:00+00:00")) is None


def test_a_window_within_the_skipped_hour_is_left_out_on_that_day():
    """In Berlin 02:00 to 03:00 isn't there on 29 March 2026, and is there twice on 25 October."""
    assert next_opening("02:15-02:45", "Europe/Berlin", _at("2026-03-29T00:00:00+00:00")) == _at(
        "2026-03-30T00:15:00+00:00"
    )
    assert next_opening("02:30-04:00", "Europe/Berlin", _at("2026-03-29T00:00:00+00:00")) == _at(
        "2026-03-29T01:00:00+00:00"
    )
    source = _source("02:00-03:00", "Europe/Berlin")
    start = _at("2026-10-24T22:00:00+00:00")
    assert sum(is_open(source, start + timedelta(minutes=n)) for n in range(25 * 60)) == 120


@pytest.mark.parametrize(
    "text",
    ["", "22-6", "22:00", "22:00-22:00", "24:00-06:00", "22:00-24:01", "25:00-26:00", "22:60-23:00", "22:00-06:00,",
     "22:00-06:00;12:00-13:00", "٢٢:٠٠-٠٦:٠٠", ",".join(["01:00-02:00"] * 25)],
)  # fmt: skip
def test_what_is_no_window_is_refused(text):
    """The message shows how to write one."""
    with pytest.raises(ValueRefused):
        windows(text)


def test_a_wrong_window_is_named_with_its_line(tmp_path):
    """Like every value of sources.toml."""
    from talkscraper.sources.load import parse

    text = '[sources.quay]\nhomepage = "https://quay.example/"\nhours = "10-6"\n'
    with pytest.raises(SourcesError, match=r"sources.toml:3: hours: '10-6' is not a time window"):
        parse(text, tmp_path / "sources.toml")
    assert windows("00:00-24:00") == ((0, 1440),)
