"""``retention`` and ``max_archive`` in sources.toml: what is read, and what is refused with its line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from talkscraper.errors import SourcesError
from talkscraper.frontier.seeds import settings_digest
from talkscraper.sources.load import parse

HEAD = '[sources.quay]\nhomepage = "https://quay.example/"\n'


def _source(line: str):
    return parse(HEAD + line, Path("sources.toml")).sources["quay"]


def test_ages_are_read_and_change_nothing_of_what_is_fetched():
    """Years are 365 days; a retention alone makes no seed due again."""
    source = _source('retention = { requisites = "2y", unchanged = "90d" }')
    kept = source.retention
    assert (kept.requisites, kept.unchanged, kept.listings) == (timedelta(days=730), timedelta(days=90), None)
    assert settings_digest(source) == settings_digest(_source(""))
    assert not _source("").retention


@pytest.mark.parametrize(("written", "size"), [('"500G"', 500 * 2**30), ('"1.5T"', 3 * 2**39), ('"800M"', 800 * 2**20)])
def test_the_size_of_the_archive_is_read(written, size):
    """Powers of 1024."""
    assert parse(f"max_archive = {written}\n{HEAD}", Path("sources.toml")).max_archive == size


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('retention = { unchanged = "1h" }', "unchanged: less than a day"),
        ('retention = { unchanged = "soon" }', "unchanged: 'soon' is not a time span"),
        ("retention = { unchanged = 90 }", "unchanged must be a text in quotes"),
        ('retention = { articles = "1y" }', "unknown key 'articles' in retention"),
        ('retention = "90d"', "retention must be a table"),
        ('max_archive = "5G"', "unknown key 'max_archive' in a source"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(line, told):
    """One line with the place and the key."""
    with pytest.raises(SourcesError, match=r"sources.toml:3: ") as refused:
        _source(line)
    assert told in str(refused.value)
