"""Which canonical addresses are believed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import talkscraper
from tests.support.pages import FERRY_MARKUP

SITE = "https://courier.example"


@pytest.mark.parametrize(
    ("fetched", "canonical", "wanted"),
    [
        ("/en/news/ferry", "/en/", "/en/news/ferry"),
        ("/en/news/ferry", "/", "/en/news/ferry"),
        ("/pt-br/news/ferry", "/pt-br/index.html", "/pt-br/news/ferry"),
        ("/a.html?id=41", "/a.html", "/a.html?id=41"),
        ("/a.html?id=41", "/a.html?id=article", "/a.html?id=41"),
        ("/news/a.php?id=41", "/news/", "/news/a.php?id=41"),
        ("/?p=7", "/", "/?p=7"),
        ("/?p=7", "/2026/ferry-returns", "/2026/ferry-returns"),
        ("/a.html?id=41&ref=x", "/a.html?id=41", "/a.html?id=41"),
        ("/news/ferry?utm_source=x", "/news/ferry", "/news/ferry"),
    ],
)
def test_a_canonical_that_cannot_be_this_page_is_not_believed(fetched, canonical, wanted):
    """A front page, or an address without what identifies the article."""
    page = f'<html><head><title>Ferry</title><link rel="canonical" href="{canonical}"></head><body><article>'
    page += f"<h1>Ferry returns to the lake</h1>{FERRY_MARKUP}</article></body></html>"
    found = talkscraper.extract(page.encode(), SITE + fetched, datetime(2026, 3, 1, tzinfo=UTC))
    assert found.article is not None
    assert found.article.url == SITE + wanted


def test_a_canonical_in_the_body_says_nothing():
    """Readers' comments may hold one."""
    page = '<html><head><title>Ferry</title></head><body><article><link rel="canonical" href="/other">'
    page += f"<h1>Ferry returns to the lake</h1>{FERRY_MARKUP}</article></body></html>"
    found = talkscraper.extract(page.encode(), f"{SITE}/ferry", datetime(2026, 3, 1, tzinfo=UTC))
    assert found.article is not None
    assert found.article.url == f"{SITE}/ferry"
