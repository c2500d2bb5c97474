"""Pages for a machine without a corpus are like real ones, or a comparison on them would say nothing."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from statistics import median

from invented_pages import invented_pages

import talkscraper


def test_sizes_are_those_of_real_pages_and_no_two_are_alike():
    """A median of 60 to 100 KB, spread, that packs as real pages do."""
    made = invented_pages(100)
    sizes = sorted(map(len, made))
    assert 60_000 <= median(sizes) <= 100_000
    assert sizes[-1] > 2 * sizes[0]
    assert len(set(made)) == 100
    assert 0.15 < median(len(gzip.compress(page)) / len(page) for page in made[:20]) < 0.3
    assert invented_pages(3) == made[:3]


def test_a_page_is_an_article_with_what_programs_look_for():
    found = talkscraper.extract(
        invented_pages(1)[0], "http://127.0.0.1/story-0.html", datetime(2026, 11, 28, tzinfo=UTC)
    )
    assert found.article is not None
    assert found.article.authors
    assert found.article.published_at is not None
    assert found.article.language == "en"
    assert "Advertisement" not in found.article.text
